import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editBetween, moveRange, shownText, type TextEdit, unshownEdit } from "./text-edit.ts";
import { undoKey } from "./undo-key.ts";

const apply = (text: string, { position, deleteCount, text: inserted }: TextEdit): string =>
  text.slice(0, position) + inserted + text.slice(position + deleteCount);

const edit = (position: number, deleteCount: number, text: string): TextEdit => ({ position, deleteCount, text });

/** Text with a `|` where the caret is, or two around what is marked. */
function read(marked: string): { text: string; start: number; end: number } {
  const [before = "", inside = "", after] = marked.split("|");
  const isCaret = after === undefined;
  return {
    text: before + inside + (after ?? ""),
    start: before.length,
    end: before.length + (isCaret ? 0 : inside.length),
  };
}

function write(text: string, { start, end }: { start: number; end: number }): string {
  return start === end
    ? `${text.slice(0, start)}|${text.slice(start)}`
    : `${text.slice(0, start)}|${text.slice(start, end)}|${text.slice(end)}`;
}

/** A small alphabet, so that there are many places for one letter; with surrogate pairs that begin alike. */
const someText = fc.array(fc.constantFrom("a", "b", "\u{1f600}", "\u{1f601}", "\n"), { maxLength: 8 });

describe("the edit between two texts", () => {
  it.each([
    ["aa|a", "aaa|a", edit(2, 0, "a")],
    ["|aaa", "a|aaa", edit(0, 0, "a")],
    ["aaa|", "aaaa|", edit(3, 0, "a")],
    ["aa|a", "a|a", edit(1, 1, "")],
    ["a|aa", "a|a", edit(1, 1, "")],
    ["abc ab|", "abc abc ab|", edit(6, 0, "c ab")],
    ["abc |ab", "abc abc |ab", edit(4, 0, "abc ")],
    ["|hello| you", "bye| you", edit(0, 5, "bye")],
    ["so|m| text", "som|e text", edit(3, 0, "e")],
  ])("[TF-01] is where the caret is, of all that lead there: %s to %s", (from, to, expected) => {
    const before = read(from);
    const after = read(to);
    expect(editBetween(before.text, after.text, after.end)).toEqual(expected);
  });

  it("[TF-01] is the smallest also where the caret is somewhere else, and none where nothing has changed", () => {
    expect(editBetween("abcdef", "abdef", 5)).toEqual(edit(2, 1, ""));
    expect(editBetween("abcdef", "abXdef", 0)).toEqual(edit(2, 1, "X"));
    expect(editBetween("aaa", "aaaa", 0)).toEqual(edit(0, 0, "a"));
    expect(editBetween("aaa", "aaaa")).toEqual(edit(3, 0, "a"));
    expect(editBetween("same", "same", 2)).toBeUndefined();
    expect(editBetween("\u{1f601}", "\u{1f600}\u{1f601}")).toEqual(edit(0, 0, "\u{1f600}"));
  });

  it("[TF-06] is at no place inside of a surrogate pair, where that is said to be the caret's", () => {
    expect(editBetween("\u{1f600}", "\u{1f600}\u{1f600}", 3)).toEqual(edit(2, 0, "\u{1f600}"));
    expect(editBetween("\u{1f600}\u{1f600}", "\u{1f600}", 1)).toEqual(edit(2, 2, ""));
  });

  it("[TF-06] leads from one to the other and splits no surrogate pair, wherever the caret is said to be", () => {
    fc.assert(
      fc.property(someText, someText, fc.nat(20), (from, to, caret) => {
        const [before, after] = [from.join(""), to.join("")];
        const found = editBetween(before, after, caret);
        expect(found === undefined).toBe(before === after);
        if (!found) return;
        expect(apply(before, found)).toBe(after);
        expect(found.text.isWellFormed()).toBe(true);
        expect(before.slice(0, found.position).isWellFormed()).toBe(true);
        expect(before.slice(found.position + found.deleteCount).isWellFormed()).toBe(true);
      }),
    );
  });

  it("[TF-01] of something typed, deleted or replaced is that, whatever stands around it", () => {
    fc.assert(
      fc.property(someText, fc.nat(8), fc.nat(3), someText, (units, at, count, inserted) => {
        const start = Math.min(at, units.length);
        const before = units.join("");
        const head = units.slice(0, start).join("");
        const tail = units.slice(start + count).join("");
        const typed = inserted.join("");
        const found = editBetween(before, head + typed + tail, head.length + typed.length);
        const deleted = before.length - head.length - tail.length;
        if (deleted === 0 && typed) expect(found).toEqual(edit(head.length, 0, typed));
        if (deleted > 0 && !typed) expect(found).toEqual(edit(head.length, deleted, ""));
        if (!found) return;
        expect(found.position).toBeGreaterThanOrEqual(head.length);
        expect(found.position + found.text.length).toBeLessThanOrEqual(head.length + typed.length);
      }),
    );
  });
});

describe("a caret or a selection, after somebody else's edit", () => {
  it.each([
    ["ab|cd", edit(0, 0, "x"), "xab|cd"],
    ["ab|cd", edit(4, 0, "x"), "ab|cdx"],
    ["ab|cd", edit(2, 0, "x"), "ab|xcd"],
    ["ab|cd", edit(0, 2, ""), "|cd"],
    ["ab|cd", edit(1, 2, ""), "a|d"],
    ["ab|cd", edit(1, 2, "xyz"), "ax|yzd"],
    ["ab|cd", edit(1, 1, "xyz"), "axyz|cd"],
    ["ab|cd", edit(2, 1, "xyz"), "ab|xyzd"],
    ["hello w|orld", edit(0, 11, "HELLO WORLD"), "HELLO W|ORLD"],
    ["hello w|orld", edit(0, 11, "bye"), "bye|"],
    ["a|bc|d", edit(1, 0, "x"), "ax|bc|d"],
    ["a|bc|d", edit(3, 0, "x"), "a|bc|xd"],
    ["a|bc|d", edit(2, 0, "x"), "a|bxc|d"],
    ["a|bc|d", edit(0, 4, ""), "|"],
    ["a|bc|d", edit(1, 2, ""), "a|d"],
    ["a|bc|d", edit(1, 2, "x"), "a|x|d"],
    ["a|bc|d", edit(0, 2, ""), "|c|d"],
    ["ab|cd", edit(1, 2, "\u{1f600}"), "a|\u{1f600}d"],
  ])("[DE-15] stays with the characters that it was at: %s, %o", (from, done, to) => {
    const { text, ...range } = read(from);
    expect(write(apply(text, done), moveRange(range, done))).toBe(to);
  });

  it("[DE-15] stays within the text, and in order", () => {
    const position = fc.nat(8);
    fc.assert(
      fc.property(someText, position, position, position, position, someText, (units, a, b, c, d, inserted) => {
        const text = units.join("");
        const within = (one: number, other: number): [number, number] => [
          Math.min(one, other, text.length),
          Math.min(Math.max(one, other), text.length),
        ];
        const [start, end] = within(a, b);
        const [from, to] = within(c, d);
        const done = edit(from, to - from, inserted.join(""));
        const moved = moveRange({ start, end }, done);
        expect(moved.start).toBeGreaterThanOrEqual(0);
        expect(moved.end).toBeGreaterThanOrEqual(moved.start);
        expect(moved.end).toBeLessThanOrEqual(apply(text, done).length);
        if (start === end) expect(moved.start).toBe(moved.end);
      }),
    );
  });
});

describe("a text and what a field shows of it", () => {
  it("[TF-06] differ in the ends of lines only", () => {
    expect(shownText("a\r\nb\rc\nd", true)).toBe("a\nb\nc\nd");
    expect(shownText("a\r\nb\rc\nd", false)).toBe("abcd");
  });

  it.each([
    ["a\r\nb", edit(1, 0, "x"), true, "ax\r\nb"],
    ["a\r\nb", edit(2, 0, "x"), true, "a\r\nxb"],
    ["a\r\nb", edit(1, 1, ""), true, "ab"],
    ["a\r\nb\r\nc", edit(2, 1, "x"), true, "a\r\nx\r\nc"],
    ["a\nb", edit(1, 0, "x"), false, "ax\nb"],
    ["a\nb", edit(1, 1, ""), false, "a\n"],
    ["a\nb", edit(0, 1, ""), false, "\nb"],
    ["a\nb", edit(0, 2, "x"), false, "x"],
    ["a\r\nb", edit(1, 1, "x"), false, "a\r\nx"],
  ])("[TF-06] an edit of the one is an edit of the other: %j, %o", (text, done, hasLines, expected) => {
    expect(apply(text, unshownEdit(text, shownText(text, hasLines), done, hasLines))).toBe(expected);
  });

  it("[TF-06] are edited alike", () => {
    const lines = fc.array(fc.constantFrom("a", "\n", "\r\n"), { maxLength: 6 });
    fc.assert(
      fc.property(
        lines,
        fc.nat(6),
        fc.nat(6),
        fc.constantFrom("", "x"),
        fc.boolean(),
        (units, a, b, typed, hasLines) => {
          const text = units.join("");
          const shown = shownText(text, hasLines);
          const [from, to] = [Math.min(a, b, shown.length), Math.min(Math.max(a, b), shown.length)];
          const done = edit(from, to - from, typed);
          const edited = apply(text, unshownEdit(text, shown, done, hasLines));
          expect(shownText(edited, hasLines)).toBe(apply(shown, done));
        },
      ),
    );
  });
});

describe("a key", () => {
  const key = (keys: string, code = "KeyZ", letter = code.slice(3).toLowerCase()) => ({
    key: letter,
    code,
    ctrlKey: keys.includes("c"),
    metaKey: keys.includes("m"),
    shiftKey: keys.includes("s"),
    altKey: keys.includes("a"),
  });

  it.each([
    ["Ctrl+Z", key("c"), "undo", undefined],
    ["Ctrl+Shift+Z", key("cs", "KeyZ", "Z"), "redo", undefined],
    ["Ctrl+Y", key("c", "KeyY"), "redo", undefined],
    ["Cmd+Z", key("m"), undefined, "undo"],
    ["Cmd+Shift+Z", key("ms"), undefined, "redo"],
    ["Cmd+Y", key("m", "KeyY"), undefined, undefined],
    ["Z", key(""), undefined, undefined],
    ["AltGr+Z", key("ca"), undefined, undefined],
    ["Ctrl+A", key("c", "KeyA"), undefined, undefined],
    ["Ctrl+Z of a German keyboard", key("c", "KeyY", "z"), "undo", undefined],
    ["Ctrl+Z of a Russian keyboard", key("c", "KeyZ", "я"), "undo", undefined],
  ])("[TF-04] %s asks for what it asks for everywhere on the machine", (_, event, elsewhere, onApple) => {
    expect(undoKey(event, false)).toBe(elsewhere);
    expect(undoKey(event, true)).toBe(onApple);
  });
});
