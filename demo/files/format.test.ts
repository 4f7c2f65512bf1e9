import { describe, expect, it } from "vitest";
import { imageType, textOf } from "./content.ts";
import { bytes, compareNames, plain, since } from "./format.ts";

describe("how figures and names read", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [1023, "1023 bytes"],
    [1024, "1 kB"],
    [1536, "1.5 kB"],
    [10_240, "10 kB"],
    [5 * 1024 ** 3, "5 GB"],
    [2 ** 53, "8 PB"],
  ])("%d bytes are %s", (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it("a time is just now, today's or a date", () => {
    const noon = new Date(2024, 4, 3, 12).getTime();
    expect([0, 59_000, 3_600_000, 86_400_000].map((age) => since(noon - age, noon))).toEqual([
      "just now",
      "just now",
      "11:00",
      "2 May 2024",
    ]);
  });

  it("names are in the order in which people look for them, and each has its place", () => {
    const names = ["a10", "a9", "B", "b", "á", "a", "10", "9", ""];
    const sorted = ["", "9", "10", "a", "á", "a9", "a10", "b", "B"];
    expect(names.sort(compareNames)).toEqual(sorted);
    expect(names.reverse().sort(compareNames)).toEqual(sorted);
    expect(compareNames("a\u0000", "a")).not.toBe(0);
  });

  it("signs that are not seen are shown", () => {
    expect(plain("a\tb\u202Ec\u2028d é 🌲")).toBe("a␉b\uFFFDc\uFFFDd é 🌲");
  });
});

describe("what bytes are", () => {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

  it("a text may be cut inside of a character, at either end", () => {
    const all = utf8("ä€🌲\nä€🌲");
    for (let end = all.length; end > all.length - 4; end--) {
      expect(textOf(all.subarray(0, end), { isCutAfter: true })).toMatch(/^ä€🌲\nä€(🌲)?$/);
    }
    expect(textOf(all.subarray(1), { isCutBefore: true })).toBe("ä€🌲");
    expect(textOf(utf8("äbc").subarray(1), { isCutBefore: true })).toBe("bc");
    expect(textOf(utf8("äbc").subarray(1))).toBeUndefined();
    expect(textOf(utf8("ä").subarray(0, 1))).toBeUndefined();
  });

  it("a text has no zeros in it, and may have colours", () => {
    expect([textOf(utf8("a\0b")), textOf(utf8("\x1b[31mred\r\n\tx"))]).toEqual([undefined, "\x1b[31mred\r\n\tx"]);
  });

  it.each([
    ["\x89PNG\r\n\x1a\n", "image/png"],
    ["\xff\xd8\xff\xe0", "image/jpeg"],
    ["GIF89a", "image/gif"],
    ["RIFF\n\n\n\nWEBPVP8", "image/webp"],
    ["\0\0\0\x20ftypavif", "image/avif"],
    ["<svg xmlns", undefined],
    ["xGIF89a", undefined],
    ["", undefined],
  ])("%j is %s", (head, type) => {
    expect(imageType(Buffer.from(head, "latin1"))).toBe(type);
  });
});
