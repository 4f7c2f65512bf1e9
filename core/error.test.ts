import { describe, expect, it } from "vitest";
import { describeValue } from "./error.ts";

class Apple {}
class Card {}

describe("what came, in an error message", () => {
  it.each<[unknown, string]>([
    [undefined, "undefined"],
    [null, "null"],
    ["text", '"text"'],
    [1.5, "1.5"],
    [[1, 2], "an array of 2"],
    [{}, "an Object"],
    [Object.create(null), "a plain object"],
    [new (class {})(), "a plain object"],
    [new Apple(), "an Apple"],
    [new Card(), "a Card"],
    [new Error("x"), "an Error"],
    [new Uint8Array(1), "a Uint8Array"],
    [Symbol("s"), "a Symbol"],
    [() => 1, "a function"],
  ])("%o is described as %s", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it("is never the whole of a long text", () => {
    expect(describeValue("x".repeat(1000))).toHaveLength(43);
  });
});
