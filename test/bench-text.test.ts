import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { replaced } from "../bench/figures.ts";
import { inProcess } from "../bench/measure.ts";
import { measureLocal } from "../bench/text/local.ts";
import { APPENDED, type Kept } from "../bench/text/memory.ts";
import { openObjectSyncRoom } from "../bench/text/objectsync-room.ts";
import { openStringRoom } from "../bench/text/peer-rooms.ts";
import { measureSocket } from "../bench/text/socket.ts";
import { textKinds } from "../bench/text/texts.ts";
import { edited, grouped, readTrace } from "../bench/text/trace.ts";
import { measureWriters } from "../bench/text/writers.ts";

const folder = mkdtempSync(join(tmpdir(), "objectsync-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Somebody types a line, thinks better of its first word, and does so again. */
function writeTrace(name: string, zip: (text: string) => string | Uint8Array): string {
  const patches = Array.from({ length: 20 }, () => [
    ...Array.from("Hello world. ", (letter, index) => [index, 0, letter]),
    [0, 5, "Good morning"],
  ]).flat() as [number, number, string][];
  const startContent = "The end.";
  const file = {
    startContent,
    endContent: edited(startContent, patches),
    txns: patches.map((patch) => ({ patches: [patch] })),
  };
  const path = join(folder, name);
  writeFileSync(path, zip(JSON.stringify(file)));
  return path;
}

const path = writeTrace("trace.json.gz", (text) => gzipSync(text));
const trace = readTrace(path);
const transactions = grouped(trace.edits, 7);

describe("a trace", () => {
  it("is read gzipped or not, and leads from its start to its end", () => {
    expect(readTrace(writeTrace("trace.json", (text) => text))).toEqual(trace);
    expect(trace.end).toBe(`${"Good morning world. ".repeat(20)}The end.`);
    expect(transactions.flat()).toEqual(trace.edits);
  });

  it("is not any file", () => {
    const other = join(folder, "other.json");
    writeFileSync(other, "{}");
    expect(() => readTrace(other)).toThrow("expected a trace");
  });
});

describe("the figures", () => {
  const library = "# Figures\n\nof the library";

  it("have a part on texts, which one script writes, and leaves the others'", () => {
    const both = replaced(`${library}\n`, "texts", "of texts\n");
    expect(both).toBe(`${library}\n\n## Texts\n\nof texts\n`);
    expect(replaced(both, "texts", "others")).toBe(`${library}\n\n## Texts\n\nothers\n`);
  });

  it("have parts before it, which another script writes, and leaves that on texts", () => {
    const both = replaced(`${library}\n`, "texts", "of texts");
    expect(replaced(both, "library", "# Figures\n\nothers\n")).toBe("# Figures\n\nothers\n\n## Texts\n\nof texts\n");
    expect(replaced(library, "library", "# Figures")).toBe("# Figures\n");
  });
});

describe("the benchmark of texts", () => {
  it("has every kind of text take the session", async () => {
    const costs = await measureLocal(textKinds(undefined), trace, { rounds: 1, late: 50 });
    expect([...costs.keys()]).toEqual([...textKinds(undefined).keys()]);
    expect([...costs.values()].filter(({ edit, ageing }) => edit > 0 && ageing > 0)).toHaveLength(costs.size);
  });

  it("fails where a text ends otherwise", async () => {
    const wrong = { ...trace, end: `${trace.end}!` };
    await expect(measureLocal(textKinds(undefined), wrong, { rounds: 1, late: 50 })).rejects.toThrow("ends otherwise");
  });

  it("tells what a text keeps alive", async () => {
    const kept = await inProcess<Kept>("text/memory-process.ts", "StringTopic alone", path);
    expect(kept).toEqual({ session: expect.any(Number), left: expect.any(Number), appended: expect.any(Number) });
    expect(kept.appended).toBeGreaterThan(APPENDED / 2);
  });

  it.each([
    ["a string", openStringRoom],
    ["ObjectSync", openObjectSyncRoom],
  ])("brings the session through a server to a second client: %s", async (_, open) => {
    const cost = await measureSocket(open, { ...trace, transactions }, { perTurn: 3, open: 2 });
    expect(cost.refused).toBe(0);
    expect(cost.up).toBeGreaterThan(1);
    expect(cost.down).toBeGreaterThan(1);
  });

  it("has several writers on a slow line end alike", async () => {
    const writing = { writers: 3, edits: 10, everyMs: 1, delayMs: 5 };
    const cost = await measureWriters(openObjectSyncRoom, writing);
    // To the server and on to the others.
    expect(cost.converged).toBeGreaterThan(0);
    expect(cost.up).toBeGreaterThan(1);
  });
});
