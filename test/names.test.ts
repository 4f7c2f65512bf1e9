import { describe, expect, it } from "vitest";
import { ENTRIES, publicNames, type Read, readSource, undocumented } from "../scripts/names.ts";

const pinned = JSON.parse(readSource("test/public-names.json") ?? "{}") as Record<string, string[]>;

describe.each(Object.entries(ENTRIES))("the public names of %s", (room, entry) => {
  const text = readSource(entry);

  it("are the pinned ones", ({ skip }) => {
    if (text === undefined) return skip(`${entry} is not there yet`);
    // A room that nobody pinned yet must not stop those who work on it, and must not be released.
    if (!pinned[room] && !process.env.CI) return skip(`${room} is not pinned yet: node scripts/names.ts --write`);
    expect(publicNames(text)).toEqual(pinned[room]);
  });

  it("are documented where they are defined", ({ skip }) => {
    if (text === undefined) return skip(`${entry} is not there yet`);
    if (!pinned[room] && !process.env.CI) return skip(`${room} is not pinned yet: node scripts/names.ts --write`);
    expect(undocumented(entry, readSource)).toEqual([]);
  });
});

describe("the reading of names", () => {
  it("finds lists, types, renamed names and declarations, sorted", () => {
    const text = [
      'export { Tree, type Op } from "./tree.ts";',
      'export type {\n  Shape,\n  Slot as AttributeSlot, // the index\n} from "./shape.ts";',
      "export const DEFAULTS = {};",
      "export abstract class Base {}",
      'import { hidden } from "./hidden.ts";',
    ].join("\n");
    expect(publicNames(text)).toEqual(["AttributeSlot", "Base", "DEFAULTS", "Op", "Shape", "Tree"]);
  });

  it.each(['export * from "./tree.ts";', 'export * as tree from "./tree.ts";', "export default class Tree {}"])(
    "refuses %j",
    (text) => {
      expect(() => publicNames(text)).toThrow("lists its names");
    },
  );

  it.each([
    ["a class", "/** Documented. */\nexport class A {}", true],
    ["an abstract class", "/** Documented. */\nexport abstract class A {}", true],
    ["a long comment", "/**\n * Documented.\n */\nexport async function A() {}", true],
    ["a list at the end", "/** Documented. */\ninterface A {}\nexport { type A };", true],
    ["nothing", "export const A = 1;", false],
    ["a comment that is no doc comment", "/* plain */\nexport type A = 1;", false],
    ["a line comment", "/** Of another. */\n// for A\nexport type A = 1;", false],
    ["a comment of another name", "/** Of B. */\nexport type B = 1;\nexport interface A {}", false],
    ["a name that begins alike", "/** Of A2. */\nexport class A2 {}\nexport class A {}", false],
  ])("sees whether a definition is documented: %s", (_, source, isDocumented) => {
    const files = new Map([
      ["core/index.ts", 'export { A as Renamed } from "./a.ts";'],
      ["core/a.ts", source],
    ]);
    const read: Read = (path) => files.get(path);
    expect(undocumented("core/index.ts", read)).toEqual(isDocumented ? [] : ["Renamed (core/a.ts)"]);
  });

  it("follows a name through other entries and asks no package", () => {
    const files = new Map([
      ["elements/index.ts", 'export { html } from "lit";\nexport { A, B } from "../core/index.ts";'],
      ["core/index.ts", 'export { A } from "./a.ts";\nimport { B } from "./b.ts";\nexport { B };'],
      ["core/a.ts", "/** Documented. */\nexport class A {}"],
      ["core/b.ts", "export class B {}"],
    ]);
    expect(undocumented("elements/index.ts", (path) => files.get(path))).toEqual(["B (core/index.ts)"]);
  });
});
