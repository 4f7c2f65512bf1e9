import { describe, expect, it } from "vitest";
import { LOOPBACK_NAMES, refusal } from "./admission.ts";

const scheme = "http";

const rules = {
  hosts: [...LOOPBACK_NAMES, "Board.example"],
  origins: ["https://app.example", "http://app.example:81"],
};

describe("[OP-11] admission", () => {
  it.each([
    ["localhost", undefined],
    ["localhost:8765", undefined],
    ["LOCALHOST:8765", undefined],
    ["127.0.0.1:8765", undefined],
    ["[::1]:8765", undefined],
    ["[::1]", undefined],
    ["board.example", undefined],
    ["localhost:8765", "http://localhost:8765"],
    ["localhost", "http://localhost"],
    ["[::1]:8765", "http://[::1]:8765"],
    ["Board.Example:80", "http://board.example:80"],
    ["board.example", "https://app.example"],
    ["localhost:8765", "http://app.example:81"],
  ])("lets in the host %j with the origin %j", (host, origin) => {
    expect(refusal({ host, ...(origin && { origin }) }, rules, scheme)).toBeUndefined();
  });

  it.each([
    undefined,
    "",
    ":8765",
    "evil.example",
    "evil.example:8765",
    "localhost.evil.example",
    "evil-localhost",
    "localhost.",
    "127.0.0.1.evil.example",
    "127.0.0.2",
    "127.1",
    "2130706433",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "[::1].evil.example",
    "::1",
    "localhost:8765:9",
    "localhost:",
    "localhost:abc",
    "localhost:123456",
    "user@localhost",
    "localhost/",
    "localhost localhost",
    "localhost,evil.example",
    "http://localhost",
    "board.example\nlocalhost",
  ])("refuses the host %j", (host) => {
    expect(refusal(host === undefined ? {} : { host }, rules, scheme)).toContain("is not served");
  });

  it.each([
    ["localhost:8765", "null"],
    ["localhost:8765", ""],
    ["localhost:8765", "https://localhost:8765"],
    ["localhost:8765", "ws://localhost:8765"],
    ["localhost:8765", "http://localhost"],
    ["localhost:8765", "http://localhost:8766"],
    ["localhost:8765", "http://127.0.0.1:8765"],
    ["localhost:8765", "http://localhost:8765.evil.example"],
    ["localhost:8765", "http://localhost:8765/"],
    ["localhost:8765", "http://evil.example"],
    ["localhost:8765", "http://localhost:8765@evil.example"],
    ["localhost:8765", "https://app.example.evil.example"],
    ["localhost:8765", "https://app.example:444"],
    ["localhost:8765", "http://app.example"],
    ["localhost:8765", "http://app.example:81, http://evil.example"],
    ["localhost:8765", "file://"],
  ])("refuses, at the host %j, the origin %j", (host, origin) => {
    expect(refusal({ host, origin }, rules, scheme)).toContain("may not connect");
  });

  it("lets in the pages of a server that speaks TLS by their own scheme only", () => {
    const headers = (origin: string) => ({ host: "localhost:8765", origin });
    expect(refusal(headers("https://localhost:8765"), rules, "https")).toBeUndefined();
    expect(refusal(headers("http://localhost:8765"), rules, "https")).toContain("may not connect");
  });

  it("quotes what came, and not more than a little of it", () => {
    const reason = refusal({ host: `evil"\n${"x".repeat(5000)}` }, rules, scheme) as string;
    expect(reason).toContain('"evil\\"\\nxxx');
    expect(reason.length).toBeLessThan(200);
  });
});
