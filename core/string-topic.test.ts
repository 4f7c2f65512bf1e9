import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StringTopic, stringKind } from "./string-topic.ts";

const face = "\u{1f600}";
// Pairs that share their first or their second half with another.
const units = fc.string({ unit: fc.constantFrom("a", "b", face, "\u{1f601}", "\u{1fa00}"), maxLength: 8 });
const broken = fc.string({ unit: fc.constantFrom("a", "\ud83d", "\ude00"), maxLength: 3 });

describe("StringTopic", () => {
  it("[TO-04][TO-38] is empty by default and works alone", () => {
    const topic = new StringTopic();
    expect(topic.value).toBe("");
    topic.set("abc");
    topic.insert(3, "d");
    topic.delete(0, 1);
    topic.delete(0, "bc");
    expect(topic.value).toBe("d");
    expect(topic.length).toBe(1);
    expect(topic.object).toBeUndefined();
  });

  it.each<[string, (topic: StringTopic) => void, string]>([
    ["an insertion before the start", (topic) => topic.insert(-1, "x"), "out_of_range"],
    ["an insertion behind the end", (topic) => topic.insert(4, "x"), "out_of_range"],
    ["an insertion at no integer", (topic) => topic.insert(1.5, "x"), "wrong_type"],
    ["an insertion of no text", (topic) => topic.insert(0, 1 as never), "wrong_type"],
    ["a deletion before the start", (topic) => topic.delete(-1, 1), "out_of_range"],
    ["a deletion of more than there is", (topic) => topic.delete(2, 2), "out_of_range"],
    ["a deletion of less than nothing", (topic) => topic.delete(2, -1), "out_of_range"],
    ["a deletion of another text", (topic) => topic.delete(0, "bc"), "mismatch"],
    ["a deletion of a text at the end", (topic) => topic.delete(3, "c"), "mismatch"],
    ["a deletion of a text before the start", (topic) => topic.delete(-1, "a"), "out_of_range"],
    ["a deletion of a text behind the end", (topic) => topic.delete(4, ""), "out_of_range"],
    ["a deletion of what is no text", (topic) => topic.delete(0, undefined as never), "wrong_type"],
    ["a set to no text", (topic) => topic.set(null as never), "wrong_type"],
  ])("[TO-04] refuses %s", (_, call, code) => {
    const topic = new StringTopic("abc");
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toBe("abc");
  });

  it("[TO-04] deletes an empty text at the end, which changes nothing", () => {
    const topic = new StringTopic("abc");
    topic.delete(3, "");
    topic.delete(3, 0);
    expect(topic.value).toBe("abc");
  });

  it("makes ill-formed text well-formed where it enters", () => {
    expect(new StringTopic("a\ud800").value).toBe("a\ufffd");
    const topic = new StringTopic("ab");
    topic.insert(1, "\udc00");
    expect(topic.value).toBe("a\ufffdb");
    topic.set("\ud83d");
    expect(topic.value).toBe("\ufffd");
  });

  it.each<[string, (topic: StringTopic) => void, string]>([
    ["an insertion goes before the pair", (topic) => topic.insert(2, "x"), `ax${face}b`],
    ["a deletion that begins inside takes the pair", (topic) => topic.delete(2, 2), "a"],
    ["a deletion that ends inside takes the pair", (topic) => topic.delete(0, 2), "b"],
    ["a deletion inside of it takes it", (topic) => topic.splice(2, 1, "x"), "axb"],
    ["a replacement by half of it", (topic) => topic.splice(1, 1, "x"), "axb"],
  ])("never splits a surrogate pair: %s", (_, call, value) => {
    const topic = new StringTopic(`a${face}b`);
    call(topic);
    expect(topic.value).toBe(value);
  });

  it("does not take half a pair for the text to delete", () => {
    const topic = new StringTopic(face);
    expect(() => topic.delete(0, "\ud83d")).toThrow(expect.objectContaining({ code: "mismatch" }));
  });

  it("is well-formed after any splice, and after it was taken back", () => {
    fc.assert(
      fc.property(units, fc.nat(20), fc.nat(20), broken, (start, at, count, text) => {
        const position = Math.min(at, start.length);
        const op = stringKind.prepare(start, [1, position, Math.min(count, start.length - position), text]);
        if (!op) return;
        const after = stringKind.apply(start, op);
        expect(after.isWellFormed()).toBe(true);
        const inverse = stringKind.prepare(after, stringKind.invert(start, op));
        expect(inverse).toEqual(stringKind.invert(start, op));
        expect(inverse && stringKind.apply(after, inverse)).toBe(start);
      }),
    );
  });

  it("sets by one splice that cuts no pair, and no longer than need be", () => {
    fc.assert(
      fc.property(units, units, (start, end) => {
        const op = stringKind.prepare(start, [0, end]);
        if (start === end) expect(op).toBeUndefined();
        if (start === end) return;
        const [code, position, count, text] = op as unknown as [number, number, number, string];
        expect(code).toBe(1);
        expect(stringKind.apply(start, op as never)).toBe(end);
        expect(text.isWellFormed()).toBe(true);
        expect(start.slice(position, position + count).isWellFormed()).toBe(true);
        // By whole characters: what is replaced and what replaces it begin and end differently.
        const [gone, come] = [[...start.slice(position, position + count)], [...text]];
        if (gone.length && come.length) {
          expect(gone[0]).not.toBe(come[0]);
          expect(gone.at(-1)).not.toBe(come.at(-1));
        }
      }),
    );
  });

  it("[TO-13] tells a deletion before the insertion in its place", () => {
    const topic = new StringTopic("abc");
    const heard: unknown[] = [];
    topic.on("insert", ({ position, text }) => heard.push(["insert", position, text]));
    topic.on("delete", ({ position, text }) => heard.push(["delete", position, text]));
    topic.on("change", ({ old, value }) => heard.push(["change", old, value]));
    topic.splice(1, 1, "x");
    expect(heard).toEqual([
      ["change", "abc", "axc"],
      ["delete", 1, "b"],
      ["insert", 1, "x"],
    ]);
  });
});
