import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withCode } from "../test/with-code.ts";
import {
  adopt,
  adoptData,
  checkKey,
  type Data,
  detach,
  equals,
  finite,
  type Json,
  MAX_VALUE_DEPTH,
  wellFormed,
} from "./value.ts";

function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value };
  return value;
}

const cyclic: { self?: unknown } = {};
cyclic.self = [cyclic];

describe("adopt", () => {
  it("copies and freezes, at every depth", () => {
    const given = { a: [1, { b: 2 }] };
    const adopted = adopt(given) as { a: readonly [number, object] };
    expect(adopted).toEqual(given);
    expect([adopted, adopted.a, adopted.a[1]].map(Object.isFrozen)).toEqual([true, true, true]);
    given.a.push(3);
    expect(adopted.a).toHaveLength(2);
    expect(Object.isFrozen(given)).toBe(false);
  });

  it("gives back what it has adopted before, and keeps those parts of something new", () => {
    const inner = adopt({ a: [1] });
    expect(adopt(inner)).toBe(inner);
    const outer = adopt([inner, 2]) as readonly Json[];
    expect(outer[0]).toBe(inner);
    expect(adopt(outer)).toBe(outer);
  });

  it("does not take what is frozen at the top only for immutable", () => {
    const given = Object.freeze([{ a: 1 }]);
    const adopted = adopt(given) as readonly { a: number }[];
    (given[0] as { a: number }).a = 2;
    expect(adopted[0]?.a).toBe(1);
  });

  it("gives objects no prototype", () => {
    expect(Object.getPrototypeOf(adopt({ a: 1 }))).toBeNull();
    expect((adopt({}) as { toString?: unknown }).toString).toBeUndefined();
  });

  it("normalizes minus zero and lone surrogates, in keys too", () => {
    expect(adopt([-0, "a\ud800", { "\udc00": 1 }])).toEqual([0, "a\ufffd", { "\ufffd": 1 }]);
    expect(Object.is((adopt([-0]) as number[])[0], 0)).toBe(true);
    expect(adopt(Object.freeze(["\ud800"]))).toEqual(["\ufffd"]);
  });

  it.each<[string, unknown, string]>([
    ["undefined", undefined, "wrong_type"],
    ["undefined inside", { a: undefined }, "wrong_type"],
    ["a hole", new Array(2), "wrong_type"],
    ["a function", () => 1, "wrong_type"],
    ["a symbol", Symbol("s"), "wrong_type"],
    ["a big integer", 1n, "wrong_type"],
    ["a date", new Date(), "wrong_type"],
    ["a map", new Map(), "wrong_type"],
    ["bytes", new Uint8Array(1), "wrong_type"],
    ["an instance", new (class Point {})(), "wrong_type"],
    ["NaN", [Number.NaN], "invalid_value"],
    ["infinity", { a: Number.POSITIVE_INFINITY }, "invalid_value"],
    ["`__proto__` as a key", JSON.parse('{"a":{"__proto__":{}}}'), "invalid_value"],
    ["what holds itself", cyclic, "too_deep"],
    ["what is nested too deeply", nested(MAX_VALUE_DEPTH + 1), "too_deep"],
  ])("refuses %s", (_, value, code) => {
    expect(() => adopt(value)).toThrow(withCode(code));
  });

  it.each<[unknown, string]>([
    [undefined, "expected JSON data, got undefined"],
    [{ a: undefined }, "expected JSON data, got undefined, at a"],
    [[1, [2, undefined]], "expected JSON data, got undefined, at [1][1]"],
    [{ a: [{ b: new Date() }] }, "expected JSON data, got a Date, at a[0].b"],
    [[{ "my key": Number.NaN }], 'expected a finite number, got NaN, at [0]["my key"]'],
    [cyclic, "a value may nest 40 arrays and objects, and not itself"],
  ])("names the part that does not fit: %o", (value, message) => {
    let thrown: unknown;
    try {
      adopt(value);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error).message).toBe(message);
  });

  it("leaves the errors of getters as they are", () => {
    const error = new Error("mine");
    const value = {
      get a(): never {
        throw error;
      },
    };
    expect(() => adopt([value])).toThrow(error);
  });

  it("takes what is nested as deeply as it may be", () => {
    expect(adopt(nested(MAX_VALUE_DEPTH))).toEqual(nested(MAX_VALUE_DEPTH));
  });

  it("gives something equal for any JSON data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (JSON.stringify(value).includes('"__proto__"')) return;
        const adopted = adopt(value);
        expect(JSON.stringify(adopted)).toBe(JSON.stringify(value));
        expect(equals(adopted, value as Json)).toBe(true);
        expect(adopt(adopted)).toBe(adopted);
      }),
    );
  });
});

describe("adoptData", () => {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

  it("takes what adopt takes, to the same form", () => {
    const adopted = adopt({ a: [1, { b: "\ud800" }] });
    expect(adoptData({ a: [1, { b: "\ud800" }] })).toEqual(adopted);
    expect(adoptData(adopted)).toBe(adopted);
  });

  it("copies bytes at any depth, also those inside of what is frozen", () => {
    const given = bytes(1, 2);
    const frozen = Object.freeze([given]);
    const adopted = adoptData({ a: [given], frozen }) as { a: Uint8Array[]; frozen: Uint8Array[] };
    const alone = adoptData(given);
    given[0] = 9;
    expect({ alone, adopted }).toEqual({ alone: bytes(1, 2), adopted: { a: [bytes(1, 2)], frozen: [bytes(1, 2)] } });
  });

  it("makes plain bytes of every kind of Uint8Array, of its own part of a buffer", () => {
    const adopted = adoptData([Buffer.from("abcdef").subarray(2, 4)]) as Uint8Array[];
    expect(Object.getPrototypeOf(adopted[0])).toBe(Uint8Array.prototype);
    expect(adopted[0]?.buffer.byteLength).toBe(2);
    expect(adopted).toEqual([bytes(99, 100)]);
  });

  it.each<[string, unknown, string]>([
    ["another array of numbers", new Uint16Array(1), "expected JSON data or bytes, got a Uint16Array"],
    ["a buffer", [new ArrayBuffer(1)], "expected JSON data or bytes, got an ArrayBuffer, at [0]"],
    ["undefined", { a: undefined }, "expected JSON data or bytes, got undefined, at a"],
  ])("refuses %s", (_, value, message) => {
    expect(() => adoptData(value)).toThrow(message);
  });
});

describe("detach", () => {
  it("is the data itself where there are no bytes", () => {
    const data = adoptData({ a: [1, { b: "c" }] });
    expect(detach(data)).toBe(data);
    expect(detach(1)).toBe(1);
  });

  it("copies the bytes, and only what is around them", () => {
    const data = adoptData({ bytes: [new Uint8Array(2)], plain: { a: 1 } }) as {
      readonly bytes: readonly Uint8Array[];
      readonly plain: Data;
    };
    const first = detach(data) as typeof data;
    expect(first).toEqual(data);
    expect(first.plain).toBe(data.plain);
    (first.bytes[0] as Uint8Array)[0] = 1;
    expect(detach(data)).toEqual({ bytes: [new Uint8Array(2)], plain: { a: 1 } });
    expect([first, first.bytes].map(Object.isFrozen)).toEqual([true, true]);
    expect(Object.getPrototypeOf(first)).toBeNull();
  });

  it("leads to equal data that shares no bytes, for any data", () => {
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.uint8Array({ maxLength: 3 }));
    const { data } = fc.letrec<{ data: unknown }>((tie) => ({
      data: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("data")),
        fc.dictionary(fc.constantFrom("a", "b"), tie("data")),
      ),
    }));
    fc.assert(
      fc.property(data, (value) => {
        const adopted = adoptData(value);
        const before = structuredClone(adopted);
        const detached = detach(adopted);
        expect(equals(detached, adopted)).toBe(true);
        scribble(detached);
        expect(adopted).toEqual(before);
        scribble(value as Data);
        expect(adopted).toEqual(before);
      }),
    );
  });
});

/** Changes all bytes in data. */
function scribble(data: Data): void {
  if (data instanceof Uint8Array) data.fill(255);
  else if (typeof data === "object" && data !== null) for (const part of Object.values<Data>(data)) scribble(part);
}

describe("equals", () => {
  it.each<[Data | undefined, Data | undefined, boolean]>([
    [1, 1, true],
    [1, "1", false],
    [null, undefined, false],
    [null, {}, false],
    [[], {}, false],
    [{}, [], false],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [{ toString: 1 }, { a: 1 }, false],
    [{ a: [{ b: 1 }] }, { a: [{ b: 1 }] }, true],
    [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, false],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 3), false],
    [Uint8Array.of(1, 2), Uint8Array.of(1), false],
    [Uint8Array.of(1), [1], false],
    [Uint8Array.of(1), { 0: 1 }, false],
    [{ a: [Uint8Array.of(1)] }, { a: [Uint8Array.of(1)] }, true],
  ])("%j and %j: %s", (a, b, expected) => {
    expect(equals(a, b)).toBe(expected);
    expect(equals(b, a)).toBe(expected);
  });
});

describe("the checks of single values", () => {
  it("take what is right and refuse the rest", () => {
    expect([wellFormed("a\udc00"), finite(-0), checkKey("a\ud800")]).toEqual(["a\ufffd", 0, "a\ufffd"]);
    expect(() => wellFormed(1)).toThrow(withCode("wrong_type"));
    expect(() => finite("1")).toThrow(withCode("wrong_type"));
    expect(() => finite(Number.NaN)).toThrow(withCode("invalid_value"));
    expect(() => checkKey(1)).toThrow(withCode("wrong_type"));
    expect(() => checkKey("__proto__")).toThrow(withCode("invalid_value"));
  });
});
