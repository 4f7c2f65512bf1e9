import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

it("the tests run on a Node that the package supports, whatever the shell's own is", () => {
  expect(Number.parseInt(process.version.slice(1), 10)).toBeGreaterThanOrEqual(22);
});

it("so does what a test starts as `node`", () => {
  const version = execFileSync("node", ["--version"], { encoding: "utf8" });
  expect(Number.parseInt(version.slice(1), 10)).toBeGreaterThanOrEqual(22);
});
