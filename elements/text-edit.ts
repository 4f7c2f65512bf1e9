// Edits of a text, as a field and a topic tell each other: what somebody has done to the text of a field, found by
// comparing it, and what becomes of a caret when somebody else edits the text around it.
//
// Everything here is pure. Positions count UTF-16 units, as those of the DOM do.

import type { Op } from "../core/kind.ts";
import { SPLICE } from "../core/splice.ts";
import { difference, splitsPair } from "../core/string-topic.ts";

/** So many units of a text, from a position on, give place to another text. */
export interface TextEdit {
  readonly position: number;
  readonly deleteCount: number;
  readonly text: string;
}

/** What is marked in a text; a caret where both ends are one. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The smallest edit that leads from one text to another. Where several would do, as for a letter among its like, it is
 * the one that ends at `caret`, or else the last of them. It splits no surrogate pair.
 */
export function editBetween(before: string, after: string, caret = Number.POSITIVE_INFINITY): TextEdit | undefined {
  const last = difference(before, after);
  if (!last) return undefined;
  const { position, deleteCount, text } = editOf(last);
  if (deleteCount > 0 && text !== "") return { position, deleteCount, text };
  // Something came or went, and nothing else. It may as well be that from a place in front, for as long as what it is
  // taken past is the same as its own end.
  const [shorter, longer] = deleteCount > 0 ? [after, before] : [before, after];
  const length = deleteCount + text.length;
  const wanted = caret - text.length;
  let place = position;
  for (let at = position - 1; at >= wanted && longer[at] === longer[at + length]; at--) {
    if (!splitsPair(shorter, at)) place = at;
  }
  return { position: place, deleteCount, text: after.slice(place, place + text.length) };
}

/** An edit as the op that a topic carries out. */
export function opOf({ position, deleteCount, text }: TextEdit): Op {
  return [SPLICE, position, deleteCount, text];
}

/** The edit that a splice is. */
export function editOf([, position, deleteCount, text]: Op): TextEdit {
  return { position: position as number, deleteCount: deleteCount as number, text: text as string };
}

/**
 * Where a range is after an edit by somebody else. It stays with the characters that it was at: what comes at a caret
 * comes behind it, so that two who type at one place do not type into each other's words; and what comes at either end
 * of a selection is not in it.
 */
export function moveRange({ start, end }: TextRange, edit: TextEdit): TextRange {
  const movedEnd = movePosition(end, edit, false);
  if (start === end) return { start: movedEnd, end: movedEnd };
  return { start: Math.min(movePosition(start, edit, true), movedEnd), end: movedEnd };
}

/** `goesAlong`: whether what comes at the position itself comes in front of it. */
function movePosition(at: number, { position, deleteCount, text }: TextEdit, goesAlong: boolean): number {
  const end = position + deleteCount;
  if (at < position || (at === position && !(deleteCount === 0 && goesAlong))) return at;
  if (at >= end) return at - deleteCount + text.length;
  // Inside of what was replaced. Most often that has only changed its form, as from small to capital letters.
  const offset = Math.min(at - position, text.length);
  return position + (splitsPair(text, offset) ? offset - 1 : offset);
}

/** A text as a field shows it: with `\n` for each end of a line, or, in one line, with none. */
export function shownText(text: string, hasLines: boolean): string {
  // Most texts are shown as they are, and each key would cost a walk through all of it.
  if (!text.includes("\r") && (hasLines || !text.includes("\n"))) return text;
  return hasLines ? text.replace(/\r\n?/g, "\n") : text.replace(/[\r\n]/g, "");
}

/** An edit of what a field shows, `shown`, as one of the text itself. */
export function unshownEdit(text: string, shown: string, edit: TextEdit, hasLines: boolean): TextEdit {
  if (shown === text) return edit;
  let from = placeBehind(text, edit.position, hasLines);
  if (edit.deleteCount === 0) return { ...edit, position: from };
  // What is not shown in front of what goes is none of it.
  while (!hasLines && /[\r\n]/.test(text.charAt(from))) from++;
  const to = placeBehind(text, edit.position + edit.deleteCount, hasLines);
  return { position: from, deleteCount: to - from, text: edit.text };
}

/** The place in a text right behind as many units as are shown. */
function placeBehind(text: string, shown: number, hasLines: boolean): number {
  let place = 0;
  for (let count = 0; count < shown && place < text.length; ) {
    const unit = text.charAt(place++);
    if (hasLines && unit === "\r" && text.charAt(place) === "\n") place++;
    if (hasLines || (unit !== "\r" && unit !== "\n")) count++;
  }
  return place;
}
