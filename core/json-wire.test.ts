import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CodecError, decode, Encoded, encode, type Wire } from "./codec.ts";
import { fromJson, toJson } from "./json-wire.ts";

const key = fc.oneof(
  fc.string().filter((text) => text !== "__proto__"),
  fc.constantFrom("$", "$$", "$bytes", "$$bytes", "$a", "a$", "toJSON", "constructor", "length"),
);

const { wire } = fc.letrec<{ wire: Wire; array: Wire[]; map: Record<string, Wire> }>((tie) => ({
  wire: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    tie("array"),
    tie("map"),
  ),
  array: fc.array(tie("wire")),
  map: fc.dictionary(key, tie("wire")),
}));

/** What `encode` makes of a value is what it means: -0 is 0, and prototypes do not matter. */
function meaning(value: Wire): string {
  return Buffer.from(encode(value)).toString("hex");
}

function reasonOf(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error instanceof CodecError ? error.reason : error;
  }
}

function nested(depth: number, inside: unknown): unknown {
  return depth === 0 ? inside : [nested(depth - 1, inside)];
}

describe("the JSON form of the wire", () => {
  it("[WI-07] means the same value when it has been printed and parsed", () => {
    fc.assert(
      fc.property(wire, (value) => {
        const text = JSON.stringify(toJson(value));
        expect(meaning(fromJson(JSON.parse(text)))).toBe(meaning(value));
      }),
    );
  });

  it.each<[unknown, unknown]>([
    [Uint8Array.of(0, 127, 255), { $bytes: "AH//" }],
    [new Uint8Array(), { $bytes: "" }],
    [[{ a: Uint8Array.of(1) }], [{ a: { $bytes: "AQ==" } }]],
    [{ $bytes: "a text" }, { $$bytes: "a text" }],
    [
      { $: 1, $$: 2, a$: 3 },
      { $$: 1, $$$: 2, a$: 3 },
    ],
    [
      [1, [null, "$"]],
      [1, [null, "$"]],
    ],
  ])("[WI-07] of %j is %j", (value, json) => {
    expect(JSON.parse(JSON.stringify(toJson(value as Wire)))).toEqual(json);
    expect(fromJson(json)).toEqual(value);
  });

  it("holds what was encoded before, and bytes of any length", () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const json = toJson([new Encoded(encode({ bytes }))]);
    expect(fromJson(JSON.parse(JSON.stringify(json)))).toEqual([{ bytes }]);
  });

  it("leaves no doubt which keys and which bytes are meant", () => {
    for (const text of ['{"$a":1}', '{"$bytes":"AQ==","b":1}', '{"$bytes":5}', '{"$bytes":null}', '{"$":1}']) {
      expect([text, reasonOf(() => fromJson(JSON.parse(text)))]).toEqual([text, "bad_key"]);
    }
    expect(reasonOf(() => fromJson({ $bytes: "no base64!" }))).toBe("bad_string");
  });

  it("[WI-02] refuses what the codec has no value for", () => {
    expect(reasonOf(() => fromJson(JSON.parse('{"__proto__":1}')))).toBe("bad_key");
    expect(reasonOf(() => fromJson(JSON.parse("[1e999]")))).toBe("bad_number");
    class Point {
      x = 1;
    }
    for (const data of [undefined, 1n, Symbol("x"), () => 1, new Map(), new Date(), Uint8Array.of(1), new Point()]) {
      expect(reasonOf(() => fromJson([{ data }]))).toMatchObject({ code: "wrong_type" });
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("[WI-02] nests as deeply as the binary form may, and no deeper", () => {
    expect(decode(encode(fromJson(nested(64, 1))))).toEqual(nested(64, 1));
    expect(reasonOf(() => fromJson(nested(65, 1)))).toBe("too_deep");
    // Bytes are no level: in the binary form nothing is inside them.
    expect(fromJson(nested(64, { $bytes: "AQ==" }))).toEqual(nested(64, Uint8Array.of(1)));
    expect(reasonOf(() => fromJson(nested(64, {})))).toBe("too_deep");
    expect(reasonOf(() => fromJson(JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`)))).toBe("too_deep");
  });
});
