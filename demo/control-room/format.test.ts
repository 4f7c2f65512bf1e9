import { describe, expect, it } from "vitest";
import { aligned, bytes, duration } from "./format.ts";
import { parseRelease } from "./system.ts";

describe("figures", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1024, "1 kB"],
    [4.2 * 1024 ** 2, "4.2 MB"],
    [612.3 * 1024 ** 2, "612 MB"],
    [64 * 1024 ** 3, "64 GB"],
    [2 ** 70, "1048576 PB"],
  ])("%d bytes read as %s", (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it.each([
    [0, "0.0"],
    [61.34, "61.3"],
    [99.97, "100"],
    [142.6, "143"],
  ])("%d reads as %s", (value, text) => {
    expect(aligned(value)).toBe(text);
  });

  it.each([
    [59, "0 min"],
    [3_600 + 120, "1 h 2 min"],
    [86_400, "1 day 0 h"],
    [12 * 86_400 + 4 * 3_600, "12 days 4 h"],
  ])("%d seconds read as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe("the name of the system", () => {
  it.each([
    ['NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n', "Debian 13"],
    ["PRETTY_NAME=Alpine\n", "Alpine"],
    ['PRETTY_NAME="Ubuntu 24.04.1 LTS"\n', "Ubuntu 24.04.1 LTS"],
    ["", "Linux"],
  ])("is read from %j as %s", (text, name) => {
    expect(parseRelease(text)).toBe(name);
  });
});
