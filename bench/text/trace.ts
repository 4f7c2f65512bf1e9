// An editing session that somebody recorded: `{ startContent, endContent, txns: [{ patches: [[position, deleteCount, text]] }] }`.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** So many characters at a position give way to a text. */
export type Edit = readonly [position: number, deleteCount: number, text: string];

export interface Trace {
  readonly start: string;
  readonly end: string;
  /** In order; each applies to the text that those before it made. */
  readonly edits: readonly Edit[];
}

interface TraceFile {
  readonly startContent: string;
  readonly endContent: string;
  readonly txns: readonly { readonly patches: readonly Edit[] }[];
}

/** Reads a trace, gzipped or not. Throws for a file of another shape. */
export function readTrace(path: string): Trace {
  const bytes = readFileSync(path);
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const file = JSON.parse((isZipped ? gunzipSync(bytes) : bytes).toString()) as Partial<TraceFile>;
  const { startContent: start, endContent: end, txns } = file;
  if (typeof start !== "string" || typeof end !== "string" || !Array.isArray(txns)) {
    throw new Error("expected a trace: { startContent, endContent, txns }");
  }
  return { start, end, edits: (txns as TraceFile["txns"]).flatMap(({ patches }) => patches) };
}

/** The text after some edits. */
export function edited(text: string, edits: readonly Edit[]): string {
  for (const [position, count, inserted] of edits) {
    text = text.slice(0, position) + inserted + text.slice(position + count);
  }
  return text;
}

/** The edits in groups of so many. */
export function grouped(edits: readonly Edit[], size: number): Edit[][] {
  return Array.from({ length: Math.ceil(edits.length / size) }, (_, index) => {
    return edits.slice(index * size, (index + 1) * size);
  });
}
