import * as oracle from "@msgpack/msgpack";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CodecError, type CodecErrorReason, DECODE_DEFAULTS, decode, Encoded, encode, type Wire } from "./codec.ts";

/** Bytes of a text such as `"93 01 02 03"`. */
function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(" ").filter(Boolean), (pair) => Number.parseInt(pair, 16));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The code of the CodecError that is thrown; another error goes through, none is `undefined`. */
function refusal(run: () => unknown): CodecErrorReason | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error.reason;
    throw error;
  }
  return undefined;
}

function refusalOf(hex: string): CodecErrorReason | undefined {
  return refusal(() => decode(bytesOf(hex)));
}

/** `depth` arrays inside one another. */
function nested(depth: number): Wire {
  return depth === 0 ? 0 : [nested(depth - 1)];
}

/** What a value is once it went over the wire; `number` says what becomes of numbers. */
function received(value: Wire, number: (value: number) => number = (value) => value): unknown {
  if (typeof value === "number") return number(value === 0 ? 0 : value);
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map((item) => received(item, number));
  if (value === null || typeof value === "boolean" || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), received(item, number)]));
}

const anyNumber = fc.oneof(
  fc.integer({ min: -200, max: 300 }),
  fc.integer({ min: -70000, max: 70000 }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc
    .tuple(fc.integer({ min: -99999, max: 99999 }), fc.integer({ min: -40, max: 36 }))
    .map(([n, e]) => Number(`${n}e${e}`)),
);
const wellFormedText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.tuple(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 300 })).map(([part, count]) => part.repeat(count)),
);
const anyText = fc.oneof(
  wellFormedText,
  fc.array(fc.integer({ min: 0xd000, max: 0xe000 })).map((codes) => String.fromCharCode(...codes)),
);

function wire(text: fc.Arbitrary<string>): fc.Arbitrary<Wire> {
  const key = fc.string({ unit: "binary" }).filter((name) => name !== "__proto__");
  return fc.letrec<{ value: Wire }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      anyNumber,
      text,
      fc.constantFrom(null, false, true),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie("value"), { maxLength: 20 }),
      fc.dictionary(key, tie("value"), { maxKeys: 20 }),
    ),
  })).value;
}

describe("exact bytes", () => {
  const golden: [name: string, value: Wire, hex: string][] = [
    ["null", null, "c0"],
    ["false", false, "c2"],
    ["true", true, "c3"],
    ["0", 0, "00"],
    ["127", 127, "7f"],
    ["128", 128, "cc 80"],
    ["255", 255, "cc ff"],
    ["256", 256, "cd 01 00"],
    ["65535", 65535, "cd ff ff"],
    ["65536", 65536, "ce 00 01 00 00"],
    ["2^31", 2 ** 31, "ce 80 00 00 00"],
    ["2^32 - 1", 2 ** 32 - 1, "ce ff ff ff ff"],
    ["2^32", 2 ** 32, "cf 00 00 00 01 00 00 00 00"],
    ["the largest safe integer", Number.MAX_SAFE_INTEGER, "cf 00 1f ff ff ff ff ff ff"],
    ["-1", -1, "ff"],
    ["-32", -32, "e0"],
    ["-33", -33, "d0 df"],
    ["-128", -128, "d0 80"],
    ["-129", -129, "d1 ff 7f"],
    ["-32768", -32768, "d1 80 00"],
    ["-32769", -32769, "d2 ff ff 7f ff"],
    ["-2^31", -(2 ** 31), "d2 80 00 00 00"],
    ["-2^31 - 1", -(2 ** 31) - 1, "d3 ff ff ff ff 7f ff ff ff"],
    ["the smallest safe integer", Number.MIN_SAFE_INTEGER, "d3 ff e0 00 00 00 00 00 01"],
    ["0.5", 0.5, "ca 3f 00 00 00"],
    ["0.1", 0.1, "ca 3d cc cc cd"],
    ["-12.75", -12.75, "ca c1 4c 00 00"],
    ["1e10, shorter as a float32 than as an integer", 1e10, "ca 50 15 02 f9"],
    ["-1e10", -1e10, "ca d0 15 02 f9"],
    ["1e20", 1e20, "ca 60 ad 78 ec"],
    ["1e-45", 1e-45, "ca 00 00 00 01"],
    ["0.1 + 0.2", 0.1 + 0.2, "cb 3f d3 33 33 33 33 33 34"],
    ["pi", Math.PI, "cb 40 09 21 fb 54 44 2d 18"],
    [
      "the double nearest 0.1 that is a float32, whose float32 means 0.1",
      Math.fround(0.1),
      "cb 3f b9 99 99 a0 00 00 00",
    ],
    ["2^53", 2 ** 53, "cb 43 40 00 00 00 00 00 00"],
    ["1e300", 1e300, "cb 7e 37 e4 3c 88 00 75 9c"],
    ["an empty string", "", "a0"],
    ["a short string", "abc", "a3 61 62 63"],
    ["31 letters", "a".repeat(31), `bf${" 61".repeat(31)}`],
    ["32 letters", "a".repeat(32), `d9 20${" 61".repeat(32)}`],
    ["255 letters", "a".repeat(255), `d9 ff${" 61".repeat(255)}`],
    ["256 letters", "a".repeat(256), `da 01 00${" 61".repeat(256)}`],
    ["65536 letters", "a".repeat(65536), `db 00 01 00 00${" 61".repeat(65536)}`],
    ["letters outside ASCII", "aé€😀", "aa 61 c3 a9 e2 82 ac f0 9f 98 80"],
    ["16 letters of two bytes, whose header grows", "é".repeat(16), `d9 20${" c3 a9".repeat(16)}`],
    ["90 letters of three bytes, whose header grows", "€".repeat(90), `da 01 0e${" e2 82 ac".repeat(90)}`],
    ["a byte order mark", "\ufeffa", "a4 ef bb bf 61"],
    ["no bytes", new Uint8Array(0), "c4 00"],
    ["some bytes", Uint8Array.of(1, 2, 255), "c4 03 01 02 ff"],
    ["256 bytes", new Uint8Array(256), `c5 01 00${" 00".repeat(256)}`],
    ["65536 bytes", new Uint8Array(65536), `c6 00 01 00 00${" 00".repeat(65536)}`],
    ["an empty array", [], "90"],
    ["an array", [1, [true, null]], "92 01 92 c3 c0"],
    ["15 items", new Array(15).fill(1), `9f${" 01".repeat(15)}`],
    ["16 items", new Array(16).fill(1), `dc 00 10${" 01".repeat(16)}`],
    ["65536 items", new Array(65536).fill(1), `dd 00 01 00 00${" 01".repeat(65536)}`],
    ["an empty map", {}, "80"],
    ["a map", { a: 1, b: { c: "d" } }, "82 a1 61 01 a1 62 81 a1 63 a1 64"],
    [
      "16 keys",
      Object.fromEntries([..."abcdefghijklmnop"].map((key) => [key, 0])),
      `de 00 10${[..."abcdefghijklmnop"].map((key) => ` a1 ${key.charCodeAt(0).toString(16)} 00`).join("")}`,
    ],
  ];

  it.each(golden)("of %s, there and back", (_, value, hex) => {
    expect(hexOf(encode(value))).toBe(hex);
    expect(decode(bytesOf(hex))).toEqual(value);
  });

  it("of -0 are those of 0", () => {
    expect(hexOf(encode(-0))).toBe("00");
  });

  it("of lone surrogates are those of U+FFFD", () => {
    expect(hexOf(encode("a\ud800b"))).toBe("a5 61 ef bf bd 62");
    expect(decode(encode({ "\udc00": `${"x".repeat(100)}\ud800` }))).toEqual({ "\ufffd": `${"x".repeat(100)}\ufffd` });
  });

  it.each<[hex: string, value: Wire]>([
    ["cc 01", 1],
    ["cd 00 01", 1],
    ["ce 00 00 00 01", 1],
    ["cf 00 00 00 00 00 00 00 01", 1],
    ["d0 01", 1],
    ["d1 00 01", 1],
    ["d2 00 00 00 01", 1],
    ["d2 ff ff ff ff", -1],
    ["d3 00 00 00 00 00 00 00 01", 1],
    ["d3 ff ff ff ff ff ff ff ff", -1],
    ["ca 3f 80 00 00", 1],
    ["ca 80 00 00 00", 0],
    ["ca 50 00 00 00", 8589935000],
    ["ca 7f 7f ff ff", 3.4028235e38],
    ["cb 3f f0 00 00 00 00 00 00", 1],
    ["cb 80 00 00 00 00 00 00 00", 0],
    ["d9 01 61", "a"],
    ["da 00 01 61", "a"],
    ["db 00 00 00 01 61", "a"],
    ["c5 00 01 07", Uint8Array.of(7)],
    ["c6 00 00 00 01 07", Uint8Array.of(7)],
    ["dc 00 01 07", [7]],
    ["dd 00 00 00 01 07", [7]],
    ["de 00 01 d9 01 61 07", { a: 7 }],
    ["df 00 00 00 01 da 00 01 61 07", { a: 7 }],
    ["81 db 00 00 00 01 61 07", { a: 7 }],
  ])("that are longer than they need be, %s, are read", (hex, value) => {
    expect(decode(bytesOf(hex))).toEqual(value);
  });
});

describe("a round trip", () => {
  it("keeps every value", () => {
    fc.assert(
      fc.property(wire(anyText), (value) => {
        expect(decode(encode(value))).toEqual(received(value));
      }),
      { numRuns: 500 },
    );
  });

  it("keeps every number, in at most 9 bytes", () => {
    fc.assert(
      fc.property(anyNumber, (number) => {
        const bytes = encode(number);
        expect(decode(bytes)).toBe(number === 0 ? 0 : number);
        expect(bytes.length).toBeLessThanOrEqual(9);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps a message larger than any buffer kept, and the small ones around it", () => {
    const large = [new Uint8Array(5_000_000).fill(7), "ü".repeat(1_000_000), new Array(100_000).fill(300.25)];
    const small = encode(["small"]);
    const bytes = encode(large);
    expect(encode(["small"])).toEqual(small);
    const back = decode(bytes) as typeof large;
    expect((back[0] as Uint8Array).every((byte) => byte === 7)).toBe(true);
    expect(back[1] === large[1]).toBe(true);
    expect((back[2] as number[]).every((number) => number === 300.25)).toBe(true);
  });

  it("of what was read gives the same bytes again: the form is canonical", () => {
    fc.assert(
      fc.property(wire(wellFormedText), (value) => {
        const bytes = encode(value);
        // Keys that look like numbers change places when they are read.
        if (!/"\d+":/.test(JSON.stringify(value))) expect(hexOf(encode(decode(bytes)))).toBe(hexOf(bytes));
      }),
    );
  });
});

describe("another implementation of msgpack", () => {
  it("reads what we wrote, short decimals as the float32 that stands for them", () => {
    fc.assert(
      fc.property(wire(anyText), (value) => {
        const bytes = encode(value);
        const asOracle = (number: number) => (encode(number)[0] === 0xca ? Math.fround(number) : number);
        expect(oracle.decode(bytes)).toEqual(received(value, asOracle));
      }),
      { numRuns: 300 },
    );
  });

  it("writes what we read", () => {
    fc.assert(
      fc.property(wire(wellFormedText), (value) => {
        expect(decode(oracle.encode(value))).toEqual(received(value));
      }),
      { numRuns: 300 },
    );
  });

  it("writes a float32 that we read as a decimal that rounds to it", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (float) => {
        const decimal = decode(oracle.encode(float, { forceFloat32: true })) as number;
        expect(Math.fround(decimal)).toBe(float === 0 ? 0 : float);
      }),
    );
  });
});

describe("the result of encode", () => {
  it("has a buffer of its own, of exactly its size", () => {
    const first = encode([1, 2, 3]);
    const second = encode([4, 5, 6]);
    expect(first.buffer.byteLength).toBe(4);
    expect(first.buffer).not.toBe(second.buffer);
    expect(hexOf(first)).toBe("93 01 02 03");
  });

  it("contains encoded bytes as they are", () => {
    const inner = new Encoded(encode({ a: [1, 2] }));
    expect(encode([0, inner, "end"])).toEqual(encode([0, { a: [1, 2] }, "end"]));
    expect(encode(inner)).toEqual(inner.bytes);
    expect(() => new Encoded(new Uint8Array(0))).toThrow(TypeError);
  });

  it("is right where a getter encodes something else meanwhile", () => {
    let inner: Uint8Array | undefined;
    const value = {
      before: 1,
      get middle() {
        inner = encode(new Array(100_000).fill(9));
        return 2;
      },
      after: 3,
    };
    expect(decode(encode(value))).toEqual({ before: 1, middle: 2, after: 3 });
    expect(inner?.length).toBe(100_005);
  });

  it("is right after an error half-way", () => {
    expect(() => encode([1, 2, Number.NaN])).toThrow(CodecError);
    expect(hexOf(encode([1]))).toBe("91 01");
  });
});

describe("encode refuses", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%d with bad_number", (number) => {
    expect(refusal(() => encode([number]))).toBe("bad_number");
  });

  it("the key __proto__ with bad_key", () => {
    expect(refusal(() => encode(JSON.parse('{"__proto__":1}')))).toBe("bad_key");
  });

  it("two keys that become one with bad_key", () => {
    expect(refusal(() => encode({ "\ud800": 1, "\udc00": 2 }))).toBe("bad_key");
    expect(refusal(() => encode({ "\ud800": 1, "\ufffd": 2 }))).toBe("bad_key");
  });

  it("a cycle, and all that decode would find too deep, with too_deep", () => {
    const cycle: Wire[] = [];
    cycle.push({ cycle });
    expect(refusal(() => encode(cycle))).toBe("too_deep");
    expect(refusal(() => encode(nested(64)))).toBeUndefined();
    expect(refusal(() => encode(nested(65)))).toBe("too_deep");
    expect(refusal(() => encode(nested(65), { maxDepth: 65 }))).toBeUndefined();
  });

  it.each<[what: string, value: unknown]>([
    ["undefined", undefined],
    ["a function", () => 0],
    ["a symbol", Symbol("s")],
    ["a bigint", 1n],
    ["a Date", new Date(0)],
    ["a Map", new Map()],
    ["a Float64Array", new Float64Array(1)],
    ["an ArrayBuffer", new ArrayBuffer(1)],
    ["an instance of a class", new (class Point {})()],
  ])("%s with a TypeError that names the key", (_, value) => {
    expect(() => encode({ outer: { here: value } } as unknown as Wire)).toThrow(TypeError);
    expect(() => encode({ outer: { here: value } } as unknown as Wire)).toThrow('at "here"');
    expect(() => encode([0, value] as unknown as Wire)).toThrow("at 1");
    expect(() => encode(value as Wire)).toThrow(TypeError);
  });

  it("a hole in an array with a TypeError", () => {
    expect(() => encode(new Array(1))).toThrow(TypeError);
  });
});

describe("decode", () => {
  it("gives maps without a prototype, and plain arrays", () => {
    const value = decode(encode({ list: [{ a: 1 }], constructor: 2 })) as Record<string, Wire>;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(["list", "constructor"]);
    expect(Object.getPrototypeOf((value.list as Wire[])[0])).toBeNull();
    expect(Object.getPrototypeOf(value.list)).toBe(Array.prototype);
    expect(Object.isFrozen(value.list)).toBe(false);
  });

  it("takes a Buffer and a view into a larger buffer, and gives copies of bytes that are plain Uint8Arrays", () => {
    const message = encode(["text", "long text ".repeat(10), Uint8Array.of(1, 2, 3), 0.1, Math.PI]);
    const around = new Uint8Array(message.length + 20);
    around.set(message, 7);
    const view = around.subarray(7, 7 + message.length);
    for (const source of [Buffer.from(view), Buffer.from(around.buffer, 7, message.length), view]) {
      const value = decode(source) as Wire[];
      expect(value).toEqual(decode(message));
      const bytes = value[2] as Uint8Array;
      expect(bytes.constructor).toBe(Uint8Array);
      expect(bytes.buffer.byteLength).toBe(3);
      source.fill(0);
      expect([...bytes]).toEqual([1, 2, 3]);
      source.set(message);
    }
  });

  it("counts depth in arrays and maps, 64 unless told otherwise", () => {
    expect(DECODE_DEFAULTS.maxDepth).toBe(64);
    expect(refusalOf(`${"91 ".repeat(64)}00`)).toBeUndefined();
    expect(refusalOf(`${"91 ".repeat(65)}00`)).toBe("too_deep");
    expect(refusalOf(`${"81 a0 ".repeat(65)}00`)).toBe("too_deep");
    expect(refusalOf("91 ".repeat(100_000))).toBe("too_deep");
    const limits = { maxDepth: 2 };
    expect(decode(bytesOf("92 90 91 00"), limits)).toEqual([[], [0]]);
    expect(refusal(() => decode(bytesOf("91 91 91 00"), limits))).toBe("too_deep");
    expect(refusal(() => decode(bytesOf("91 81 a0 90"), limits))).toBe("too_deep");
    expect(decode(bytesOf("00"), { maxDepth: 0 })).toBe(0);
    expect(refusal(() => decode(bytesOf("90"), { maxDepth: 0 }))).toBe("too_deep");
  });

  it.each<[what: string, hex: string, code: CodecErrorReason]>([
    ["nothing at all", "", "truncated"],
    ["an array of 2^32 - 1 items", "dd ff ff ff ff", "truncated"],
    ["a map of 2^32 - 1 keys", "df ff ff ff ff", "truncated"],
    ["a string of 2^32 - 1 bytes", "db ff ff ff ff", "truncated"],
    ["2^32 - 1 bytes", "c6 ff ff ff ff", "truncated"],
    ["a map with room for keys but not for values", "82 a0 a0", "truncated"],
    ["an array that takes the room its neighbours need, before it is read", "92 92 c1 01", "truncated"],
    ["a key that takes the room of its value", "81 a2 61 62", "truncated"],
    ["a second value", "00 00", "trailing"],
    ["the reserved byte", "c1", "unknown_type"],
    ["fixext 1", "d4 00 00", "unknown_type"],
    ["fixext 2", "d5 00 00 00", "unknown_type"],
    ["fixext 4", "d6 ff 00 00 00 00", "unknown_type"],
    ["fixext 8", "d7 ff 00 00 00 00 00 00 00 00", "unknown_type"],
    ["fixext 16", `d8${" 00".repeat(17)}`, "unknown_type"],
    ["ext 8", "c7 00 00", "unknown_type"],
    ["ext 16", "c8 00 00 00", "unknown_type"],
    ["ext 32", "c9 00 00 00 00 00", "unknown_type"],
    ["a short string cut within a character", "a1 c3", "bad_string"],
    ["an overlong form", "a2 c0 80", "bad_string"],
    ["a surrogate in UTF-8", "a3 ed a0 80", "bad_string"],
    ["a code point over U+10FFFF", "a4 f4 90 80 80", "bad_string"],
    ["a long string that is not UTF-8", `d9 28 ff${" 61".repeat(39)}`, "bad_string"],
    ["a key that is not UTF-8", "81 a1 ff 00", "bad_string"],
    ["a key that is a number", "81 01 00", "bad_key"],
    ["a key that is null", "81 c0 00", "bad_key"],
    ["a key that is bytes", "81 c4 01 61 00", "bad_key"],
    ["the key __proto__", "81 a9 5f 5f 70 72 6f 74 6f 5f 5f 00", "bad_key"],
    ["a key that stands there twice", "82 a1 61 00 a1 61 01", "bad_key"],
    ["a float32 that is NaN", "ca 7f c0 00 00", "bad_number"],
    ["a float32 that is infinite", "ca 7f 80 00 00", "bad_number"],
    ["a float64 that is NaN", "cb 7f f8 00 00 00 00 00 00", "bad_number"],
    ["a float64 that is -infinite", "cb ff f0 00 00 00 00 00 00", "bad_number"],
    ["2^53 as an integer", "cf 00 20 00 00 00 00 00 00", "bad_number"],
    ["2^53 + 1 as an integer", "cf 00 20 00 00 00 00 00 01", "bad_number"],
    ["2^64 - 1 as an integer", "cf ff ff ff ff ff ff ff ff", "bad_number"],
    ["-2^53 as an integer", "d3 ff e0 00 00 00 00 00 00", "bad_number"],
    ["-2^63 as an integer", "d3 80 00 00 00 00 00 00 00", "bad_number"],
  ])("refuses %s", (_, hex, code) => {
    expect(refusalOf(hex)).toBe(code);
  });

  it("refuses every message that is cut short with truncated", () => {
    fc.assert(
      fc.property(wire(anyText), (value) => {
        const bytes = encode(value);
        const step = Math.ceil(bytes.length / 500);
        for (let size = 0; size < bytes.length; size += step) {
          expect(refusal(() => decode(bytes.subarray(0, size)))).toBe("truncated");
        }
      }),
    );
  });

  it("refuses every message that something follows with trailing", () => {
    fc.assert(
      fc.property(wire(anyText), fc.uint8Array({ minLength: 1, maxLength: 9 }), (value, more) => {
        expect(refusal(() => decode(Uint8Array.of(...encode(value), ...more)))).toBe("trailing");
      }),
    );
  });

  it("throws nothing but CodecErrors on any bytes, and what it reads can be sent again", () => {
    const structureByte = fc.constantFrom(
      0x01,
      0x81,
      0x82,
      0x91,
      0x93,
      0xa1,
      0x61,
      0xc4,
      0xca,
      0xcb,
      0xd9,
      0xdc,
      0xdd,
      0xde,
    );
    const noise = fc.oneof(
      fc.uint8Array(),
      fc.array(structureByte, { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        let value: Wire | undefined;
        if (refusal(() => (value = decode(bytes))) === undefined) expect(decode(encode(value as Wire))).toEqual(value);
      }),
      { numRuns: 5000 },
    );
  });

  it("throws nothing but CodecErrors on messages with a few bytes changed", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(wire(anyText), changes, (value, changed) => {
        const bytes = encode(value);
        for (const [at, byte] of changed) bytes[at % bytes.length] = byte;
        refusal(() => decode(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
