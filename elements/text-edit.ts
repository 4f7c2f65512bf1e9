// Edits of a text, as a field and a topic tell each other: what somebody has done to the text of a field, found by
// comparing it, and what becomes of a caret when somebody else edits the text around it.
//
// Everything here is pure. Positions count UTF-16 units, as those of the DOM do.

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
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head++;
  let tail = 0;
  while (tail < shorter && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail))
    tail++;
  if (head + tail > shorter) {
    // Something came or went, and nothing else: it may be anywhere between the two places.
    const insertCount = Math.max(0, after.length - before.length);
    head = Math.min(head, Math.max(shorter - tail, caret - insertCount));
    tail = shorter - head;
  }
  if (splitsPair(before, head) || splitsPair(after, head)) head--;
  if (splitsPair(before, before.length - tail) || splitsPair(after, after.length - tail)) tail--;
  const deleteCount = before.length - tail - head;
  return { position: head, deleteCount, text: after.slice(head, after.length - tail) };
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
  return hasLines ? text.replace(/\r\n?/g, "\n") : text.replace(/[\r\n]/g, "");
}

/** An edit of what a field shows, as one of the text itself. */
export function unshownEdit(text: string, edit: TextEdit, hasLines: boolean): TextEdit {
  if (shownText(text, hasLines) === text) return edit;
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

function splitsPair(text: string, position: number): boolean {
  return position > 0 && (text.codePointAt(position - 1) as number) > 0xffff;
}
