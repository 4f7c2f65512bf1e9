// What the bytes of a file are. It is the bytes that say it, never the file's name.

/** Of a picture, if these are the first bytes of one that pages may show; else `undefined`. */
export function imageType(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
}

const SIGNATURES: readonly (readonly [type: string, signature: RegExp])[] = [
  ["image/png", /^\x89PNG\r\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF.{4}WEBP/s],
  ["image/avif", /^.{4}ftypavi[fs]/s],
];

/**
 * The text that a part of a file is; `undefined` if it is none. Where the part begins inside of the file it is taken from
 * the next line on, and a character that is cut at its end is left out.
 */
export function textOf(bytes: Uint8Array, { isCutBefore = false, isCutAfter = false } = {}): string | undefined {
  const start = isCutBefore ? bytes.indexOf(LINE_END) + 1 || firstCharacter(bytes) : 0;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start), { stream: isCutAfter });
    return BINARY.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const LINE_END = 0x0a;

/** What no text has in it. Colours of terminals are text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
const BINARY = /[\u0000-\u0007\u000e-\u001a]/;

function firstCharacter(bytes: Uint8Array): number {
  const index = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return index < 0 ? bytes.length : index;
}
