// What a text keeps alive. It is measured by letting it go: the heap with it, less the heap without it. So all counts that
// only the text holds on to, whatever it is: the older text that a part was sliced from, or the nodes of a rope.

import { median } from "../measure.ts";
import { kept } from "./kept.ts";
import type { EditableText, MakeText } from "./texts.ts";
import { readTrace } from "./trace.ts";

/** How many characters are left of the session's text after nearly all was deleted. */
export const LEFT = 1000;

/** How many characters are appended, one at a time. */
export const APPENDED = 100_000;

/** Bytes that a text keeps alive at rest, beyond what an empty one does. */
export interface Kept {
  /** After a session. */
  readonly session: number;
  /** When then all but `LEFT` characters were deleted. */
  readonly left: number;
  /** When `APPENDED` characters were appended to nothing, and nobody read them. */
  readonly appended: number;
}

/** Needs `--expose-gc`, and a process in which nothing else goes on. `path`: of the session's trace. */
export async function measureMemory(make: MakeText, path: string): Promise<Kept> {
  // What is compiled and cached the first time is not the text's; nor is what goes when the last one of its kind has gone.
  const another = make("");
  for (let round = 0; round < 3; round++) await keptBy(make, "", append);
  const { start, end } = readTrace(path);
  const surplus = Math.max(0, end.length - LEFT);
  const keptEmpty = (): Promise<number> => keptBy(make, "", () => {});
  // The trace lives only as long as it is applied, lest it hold what the text does.
  const replay = (text: EditableText): void => {
    for (const edit of readTrace(path).edits) text.splice(...edit);
  };
  const empty = median([await keptEmpty(), await keptEmpty(), await keptEmpty()]);
  const session = await keptBy(make, start, replay);
  const left = await keptBy(make, start, (text) => {
    replay(text);
    text.splice(end.length - surplus, surplus, "");
  });
  const appended = await keptBy(make, "", append);
  another.end?.();
  return { session: session - empty, left: left - empty, appended: appended - empty };
}

function keptBy(make: MakeText, start: string, edit: (text: EditableText) => void): Promise<number> {
  return kept(() => {
    const text = make(start);
    edit(text);
    text.end?.();
    return text;
  });
}

function append(text: EditableText): void {
  for (let length = 0; length < APPENDED; length++) text.splice(length, 0, String.fromCharCode(97 + (length % 26)));
}
