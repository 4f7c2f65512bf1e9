import { afterEach, describe, expect, it, vi } from "vitest";
import { cdp, userEvent } from "vitest/browser";
import { SObject } from "../core/object.ts";
import { StringTopic, stringKind } from "../core/string-topic.ts";
import { afterCommit } from "../core/transaction.ts";
import { type JoinedPage, MirrorPage } from "../test/mirror-page.ts";
import { seededRandom } from "../testing/seeded-random.ts";
import { bindTextField, type TextField, type TextHistory } from "./index.ts";

class Sheet extends SObject {
  readonly text = new StringTopic("", { write: "everyone" });
  readonly slow = new StringTopic("", { write: "everyone", optimistic: false });
  readonly closed = new StringTopic();
}

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
  vi.restoreAllMocks();
});

interface Options {
  tag?: "input" | "textarea";
  topic?: "text" | "slow" | "closed";
}

/** A page with a field in which the text stands that is given, with a `|` where the caret is or two around what is marked. */
function open(marked: string, { tag = "textarea", topic: name = "text" }: Options = {}) {
  const server = new MirrorPage(Sheet);
  const sheet = server.frame(() => server.root.add(Sheet));
  server.frame(() => sheet[name].set(marked.replaceAll("|", "")));
  const page: JoinedPage = server.join();
  cleanUps.push(() => page.close());
  const topic = (page.tree.get(sheet.id) as Sheet)[name];
  const field = document.createElement(tag);
  page.target.append(field);
  const unbind = bindTextField(field, topic, page.client);
  cleanUps.push(unbind);
  field.focus();
  const start = marked.indexOf("|");
  const end = Math.max(start, marked.lastIndexOf("|") - 1);
  field.setSelectionRange(Math.max(0, start), Math.max(0, end));
  /** What somebody else does at the server. */
  const others = (edit: (text: StringTopic) => void): void => server.frame(() => edit(sheet[name]));
  /** The server's answers to all that was written. */
  const answerAll = (): void => {
    for (let left = 100; left > 0; left--) page.answer({ ok: true });
  };
  return { server, page, sheet, topic, field, unbind, others, answerAll, text: () => sheet[name].value };
}

/** What a field shows, with its caret or what is marked in it. */
function shown({ value, selectionStart, selectionEnd }: TextField): string {
  const [start, end] = [selectionStart ?? 0, selectionEnd ?? 0];
  const inside = start === end ? "|" : `|${value.slice(start, end)}|`;
  return value.slice(0, start) + inside + value.slice(end);
}

/** The splices that a page has written since. */
const writesOf = (page: JoinedPage): unknown[] => page.writes.splice(0).map(({ op: [, ...splice] }) => splice);

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

const compose = (text: string): Promise<unknown> =>
  cdp().send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
const insertText = (text: string): Promise<unknown> => cdp().send("Input.insertText", { text });

describe("what is typed into a bound field", () => {
  it.each([
    ["a letter among its like", "aa|a", "a", [2, 0, "a"], "aaa|a"],
    ["what is marked is typed over", "one |two| three", "x", [4, 3, "x"], "one x| three"],
    ["all is marked and typed over", "|all of it|", "n", [0, 9, "n"], "n|"],
    ["Backspace", "aab|b", "{Backspace}", [2, 1, ""], "aa|b"],
    ["Delete", "a|abb", "{Delete}", [1, 1, ""], "a|bb"],
    ["a word to the left", "one two| three", "{Control>}{Backspace}{/Control}", [4, 3, ""], "one | three"],
    ["a word to the right", "one |two two", "{Control>}{Delete}{/Control}", [4, 3, ""], "one | two"],
    ["Enter", "one|two", "{Enter}", [3, 0, "\n"], "one\n|two"],
    ["a pair of units as a whole", "x\u{1f600}|y", "{Backspace}", [1, 2, ""], "x|y"],
  ])("[TF-01] is one splice at its place: %s", async (_, before, keys, splice, after) => {
    const { page, topic, field, text, answerAll } = open(before);
    await userEvent.keyboard(keys);
    expect(writesOf(page)).toEqual([splice]);
    expect(shown(field)).toBe(after);
    expect(topic.value).toBe(field.value);
    answerAll();
    expect(text()).toBe(field.value);
    expect(shown(field)).toBe(after);
  });

  it("[TF-01] is not written to the field again, by what it does nor by the answer", async () => {
    const { page, field, answerAll } = open("a|c");
    const writes = [
      vi.spyOn(field, "setRangeText"),
      vi.spyOn(field, "setSelectionRange"),
      vi.spyOn(HTMLTextAreaElement.prototype, "value", "set"),
    ];
    await userEvent.keyboard("bb");
    answerAll();
    expect(shown(field)).toBe("abb|c");
    expect(writesOf(page)).toEqual([
      [1, 0, "b"],
      [2, 0, "b"],
    ]);
    for (const write of writes) expect(write).not.toHaveBeenCalled();
  });

  it("[TF-01] costs what one splice costs: a long text is copied once for each key", () => {
    const field = document.createElement("textarea");
    const topic = new StringTopic("a\nb");
    cleanUps.push(bindTextField(field, topic));
    const steps = [
      vi.spyOn(stringKind, "prepare"),
      vi.spyOn(stringKind, "apply"),
      vi.spyOn(String.prototype, "replace"),
    ];
    field.setRangeText("x", 3, 3, "end");
    field.dispatchEvent(new InputEvent("input"));
    const counts = steps.map(({ mock }) => mock.calls.length);
    expect([topic.value, counts]).toEqual(["a\nbx", [1, 1, 0]]);
  });

  it("[TF-01] is one splice where it is cut, pasted or put in place of a word", async () => {
    const { page, field } = open("one |two| three");
    await userEvent.cut();
    expect(shown(field)).toBe("one | three");
    expect(writesOf(page)).toEqual([[4, 3, ""]]);
    field.setSelectionRange(0, 0);
    await userEvent.paste();
    expect(shown(field)).toBe("two|one  three");
    expect(writesOf(page)).toEqual([[0, 0, "two"]]);
    field.setSelectionRange(0, 3);
    // As a correction is made.
    document.execCommand("insertText", false, "too");
    expect(shown(field)).toBe("too|one  three");
    expect(writesOf(page)).toEqual([[1, 1, "o"]]);
  });

  it("[TF-01] is what was dragged: gone there and come here", async () => {
    const { page, field, topic } = open("|drag| me to the end", { tag: "input" });
    field.style.cssText = "width: 600px; font: 20px monospace; padding: 0; border: 0";
    await userEvent.dragAndDrop(field, field, {
      sourcePosition: { x: 20, y: 10 },
      targetPosition: { x: 400, y: 10 },
    });
    await expect.poll(() => topic.value).toBe(" me to the enddrag");
    expect(field.value).toBe(topic.value);
    expect(writesOf(page)).toEqual([
      [0, 4, ""],
      [14, 0, "drag"],
    ]);
  });

  it("[TF-06] keeps the ends of lines that it was given, and writes at the right place behind them", async () => {
    const { page, field, topic, others, answerAll, text } = open("");
    others((text) => text.set("one\r\ntwo\r\nthree"));
    expect(field.value).toBe("one\ntwo\nthree");
    field.setSelectionRange(8, 8);
    await userEvent.keyboard("x");
    expect(writesOf(page)).toEqual([[10, 0, "x"]]);
    expect(topic.value).toBe("one\r\ntwo\r\nxthree");
    others((text) => text.insert(3, "!\r\n"));
    expect(shown(field)).toBe("one!\n\ntwo\nx|three");
    await userEvent.keyboard("y");
    answerAll();
    expect(text()).toBe("one!\r\n\r\ntwo\r\nxythree");
    expect(shown(field)).toBe("one!\n\ntwo\nxy|three");
  });

  it("[TF-06] leaves the ends of lines alone that a field of one line does not show", async () => {
    const { field, others, topic } = open("", { tag: "input" });
    others((text) => text.set("one\ntwo"));
    expect(field.value).toBe("onetwo");
    field.setSelectionRange(4, 4);
    await userEvent.keyboard("x{Backspace}{Backspace}");
    expect(topic.value).toBe("one\nwo");
    expect(shown(field)).toBe("one|wo");
  });

  it("[TF-06] is well-formed: of two that begin alike, a whole one comes and goes", async () => {
    const { page, field, topic } = open("|\u{1f600}|");
    await insertText("\u{1f601}");
    expect(topic.value).toBe("\u{1f601}");
    expect(writesOf(page)).toEqual([[0, 2, "\u{1f601}"]]);
    expect(shown(field)).toBe("\u{1f601}|");
  });
});

describe("what others write", () => {
  it.each([
    ["in front of the caret", "ab|cd", (text: StringTopic) => text.insert(0, "xx"), "xxab|cd"],
    ["behind the caret", "ab|cd", (text: StringTopic) => text.insert(3, "xx"), "ab|cxxd"],
    ["at the caret", "ab|cd", (text: StringTopic) => text.insert(2, "xx"), "ab|xxcd"],
    ["around the caret, and it goes", "ab|cd", (text: StringTopic) => text.delete(1, 2), "a|d"],
    ["in front of what is marked", "a|bc|d", (text: StringTopic) => text.insert(1, "xx"), "axx|bc|d"],
    ["inside of what is marked", "a|bc|d", (text: StringTopic) => text.insert(2, "xx"), "a|bxxc|d"],
    ["behind what is marked", "a|bc|d", (text: StringTopic) => text.insert(3, "xx"), "a|bc|xxd"],
    ["over what is marked", "a|bc|d", (text: StringTopic) => text.delete(0, 4), "|"],
    ["over the end of what is marked", "a|bc|d", (text: StringTopic) => text.splice(2, 2, "x"), "a|bx|"],
    ["the same in capital letters", "ab|cd", (text: StringTopic) => text.set("ABCD"), "AB|CD"],
  ])("[DE-15] comes in around caret and selection: %s", (_, before, edit, after) => {
    const { field, others, text } = open(before);
    others(edit);
    expect(shown(field)).toBe(after);
    expect(field.value).toBe(text());
    expect(document.activeElement).toBe(field);
  });

  it("[DE-15] leaves the direction of a selection, and the end that moves", async () => {
    const { field, others } = open("one two three|");
    await userEvent.keyboard("{Shift>}{ArrowLeft}{ArrowLeft}{ArrowLeft}{/Shift}");
    others((text) => text.insert(0, ">> "));
    expect(field.selectionDirection).toBe("backward");
    await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
    expect(shown(field)).toBe(">> one two t|hree|");
  });

  it("[DE-15] is told in several parts of one frame", () => {
    const { field, others, text } = open("one two| three");
    others((text) => {
      text.insert(0, "zero ");
      text.delete(text.value.indexOf("three"), 5);
      text.insert(text.length, "four");
      text.insert(0, "> ");
    });
    expect(text()).toBe("> zero one two four");
    expect(shown(field)).toBe("> zero one two| four");
  });

  it("[DE-15] shows in a field that nobody is in, and does not take the focus there", () => {
    const { field, others, page } = open("one|");
    const other = document.createElement("input");
    page.target.append(other);
    other.focus();
    others((text) => text.insert(3, " two"));
    expect(field.value).toBe("one two");
    expect(document.activeElement).toBe(other);
  });

  it("[TF-02] comes while something is on its way, and stands on the right side of it", async () => {
    const { field, others, answerAll, text } = open("one|");
    await userEvent.keyboard(" two");
    others((text) => text.insert(3, " other"));
    expect(shown(field)).toBe("one two| other");
    await userEvent.keyboard(" three");
    others((text) => text.insert(0, "> "));
    expect(shown(field)).toBe("> one two three| other");
    answerAll();
    expect(text()).toBe("> one two three other");
    expect(shown(field)).toBe("> one two three| other");
  });

  it("[TF-02] is typed at one place, and neither types into the other's words", async () => {
    const { server, sheet, field, others, answerAll, text } = open("|");
    const other = server.join();
    cleanUps.push(() => other.close());
    const theirs = document.createElement("input");
    other.target.append(theirs);
    cleanUps.push(bindTextField(theirs, (other.tree.get(sheet.id) as Sheet).text, other.client));
    for (const [mine, yours] of ["a1", "b2", "c3", "d4"]) {
      field.focus();
      await userEvent.keyboard(mine as string);
      theirs.focus();
      await userEvent.keyboard(yours as string);
      other.answer({ ok: true });
    }
    answerAll();
    expect([field.value, theirs.value]).toEqual([text(), text()]);
    expect(text()).toBe("abcd1234");
    expect([shown(field), shown(theirs)]).toEqual(["abcd|1234", "abcd1234|"]);
    others((text) => text.set(""));
    expect([shown(field), shown(theirs)]).toEqual(["|", "|"]);
  });

  it("[DE-15] leaves what is scrolled to where it is, seen from the caret", () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
    const { field, others } = open(lines);
    field.style.cssText = "height: 100px; line-height: 20px; padding: 0";
    const place = lines.indexOf("line 50");
    field.setSelectionRange(place, place);
    field.scrollTop = 48 * 20;
    others((text) => text.insert(text.length, "\nmore"));
    expect(field.scrollTop).toBe(48 * 20);
    others((text) => text.insert(0, "one\ntwo\nthree\n"));
    expect(field.scrollTop).toBe(51 * 20);
    others((text) => text.delete(0, 4));
    expect(field.scrollTop).toBe(50 * 20);
    field.blur();
    others((text) => text.insert(0, "again\n"));
    expect(field.scrollTop).toBe(50 * 20);
    field.focus();
    field.scrollTop = 0;
    others((text) => text.insert(0, "at the top\n"));
    expect(field.scrollTop).toBe(0);
  });

  it("[DE-15] leaves what is scrolled to in a single line, too", () => {
    const { field, others } = open("a long line that does not fit into the field|", { tag: "input" });
    field.style.cssText = "width: 100px; font: 20px monospace; padding: 0; border: 0";
    field.scrollLeft = field.scrollWidth - 100;
    const { scrollLeft } = field;
    others((text) => text.insert(0, "xx"));
    const letter = field.scrollWidth / field.value.length;
    expect(field.scrollLeft - scrollLeft).toBeGreaterThan(2 * letter - 3);
    expect(field.scrollLeft - scrollLeft).toBeLessThan(2 * letter + 3);
  });

  it("[TF-05] is all that is left in the field where a write was refused", async () => {
    const { page, field, others } = open("good|");
    await userEvent.keyboard("bad");
    others((text) => text.insert(0, "still "));
    expect(shown(field)).toBe("still goodbad|");
    for (let left = 3; left > 0; left--) page.answer({ ok: false, code: "rejected", message: "not this" });
    expect(shown(field)).toBe("still good|");
    await userEvent.keyboard("!");
    expect(field.value).toBe("still good!");
  });
});

describe("an input method", () => {
  it("[TF-03] composes undisturbed, and nothing of it is sent before it is done", async () => {
    const { page, field, topic, others, answerAll, text } = open("say |");
    await compose("n");
    await compose("ni");
    expect(field.value).toBe("say ni");
    others((text) => text.insert(0, "We "));
    others((text) => text.insert(text.length, "!"));
    expect(field.value).toBe("say ni");
    expect(topic.value).toBe("We say !");
    await compose("nih");
    expect(field.value).toBe("say nih");
    expect(writesOf(page)).toEqual([]);
    await insertText("你");
    expect(shown(field)).toBe("We say 你|!");
    expect(writesOf(page)).toEqual([[7, 0, "你"]]);
    answerAll();
    expect(text()).toBe("We say 你!");
  });

  it("[TF-03] composes over what was marked, and others write into that", async () => {
    const { page, field, others, answerAll, text } = open("one |two| three");
    await compose("zw");
    others((text) => text.insert(5, "X"));
    expect(field.value).toBe("one zw three");
    await insertText("二");
    expect(shown(field)).toBe("one 二|X three");
    answerAll();
    expect(text()).toBe("one 二X three");
    expect(field.value).toBe(text());
    expect(writesOf(page)).toHaveLength(2);
  });

  it("[TF-03] composes over what was marked in one transaction, though others write into that: refused, it goes whole", async () => {
    for (const outcome of [{ ok: true }, { ok: false, code: "rejected", message: "not this" }] as const) {
      const { page, field, topic, others, text } = open("one |two| three");
      await compose("zw");
      others((text) => text.insert(5, "X"));
      await insertText("二");
      expect(shown(field)).toBe("one 二|X three");
      page.answer(outcome);
      expect(text()).toBe(outcome.ok ? "one 二X three" : "one tXwo three");
      expect([topic.value, field.value]).toEqual([text(), text()]);
    }
  });

  it("[TF-03] composes over what was marked in one transaction of a text that stands alone, too", async () => {
    const field = document.createElement("input");
    document.body.append(field);
    cleanUps.push(() => field.remove());
    const topic = new StringTopic("one two three");
    cleanUps.push(bindTextField(field, topic));
    field.focus();
    field.setSelectionRange(4, 7);
    await compose("zw");
    topic.insert(5, "X");
    const committed: string[] = [];
    topic.rule("change", () => afterCommit(() => committed.push(topic.value)));
    await insertText("二");
    expect(committed).toEqual(["one 二X three", "one 二X three"]);
    expect(shown(field)).toBe("one 二|X three");
  });

  it("[OC-16] composes, and types behind that, what is sent as one op while it waits", async () => {
    const { page, field, others, text } = open("one| two");
    await compose("x");
    others((text) => text.insert(0, "> "));
    await insertText("xy");
    await userEvent.keyboard("z");
    expect(shown(field)).toBe("> onexyz| two");
    page.answer({ ok: true });
    expect(text()).toBe("> onexyz two");
  });

  it("[TF-03] gives up, and what others wrote meanwhile is there", async () => {
    const { page, field, others } = open("one|");
    await compose("x");
    others((text) => text.insert(0, "> "));
    await compose("");
    expect(shown(field)).toBe("> one|");
    expect(writesOf(page)).toEqual([]);
  });

  it("[TF-03] is left alone where others delete all around it", async () => {
    const { field, others, answerAll, text } = open("one | two");
    await compose("x");
    others((text) => text.set(""));
    await insertText("x");
    expect(shown(field)).toBe("x|");
    answerAll();
    expect(text()).toBe("x");
  });

  it("[TF-03][TF-07] ends with the field that is taken out of the document", async () => {
    const { field, others, topic, page } = open("one|");
    await compose("x");
    field.remove();
    others((text) => text.insert(0, "> "));
    await settled();
    expect(topic.value).toBe("> onex");
    expect(field.value).toBe("> onex");
    page.target.append(field);
    others((text) => text.insert(0, "> "));
    expect(field.value).toBe("> > onex");
  });

  it("[TF-03] is not asked for an undo", async () => {
    const { field, page } = open("one|");
    await compose("x");
    field.dispatchEvent(
      new KeyboardEvent("keydown", { key: "z", code: "KeyZ", ctrlKey: true, isComposing: true, cancelable: true }),
    );
    expect(page.undos).toEqual([]);
  });
});

describe("undo", () => {
  const answer = { skipped: 0, reason: undefined, label: undefined };

  it("[TF-04] is asked for by keys and by menus, and is not the browser's", async () => {
    const { page, field } = open("one|");
    await userEvent.keyboard("x");
    await userEvent.keyboard("{Control>}z{/Control}");
    await userEvent.keyboard("{Control>}{Shift>}Z{/Shift}{/Control}");
    await userEvent.keyboard("{Control>}y{/Control}");
    // As a menu does it: no key that means it, but the command of the browser.
    await cdp().send("Input.dispatchKeyEvent", { type: "keyDown", key: "F14", commands: ["undo"] });
    const redo = new InputEvent("beforeinput", { inputType: "historyRedo", cancelable: true });
    field.dispatchEvent(redo);
    expect(redo.defaultPrevented).toBe(true);
    expect(page.undos.map(({ isRedo }) => isRedo)).toEqual([false, true, true, false, true]);
    expect(field.value).toBe("onex");
  });

  it("[TF-04] finds steps of typing by the label that the field is bound with", async () => {
    const { page, topic, field, unbind, others } = open("one|");
    unbind();
    const labels: string[] = [];
    const { client } = page;
    const history: TextHistory = {
      undo: () => client.undo(),
      redo: () => client.redo(),
      transact: (fn, { label }) => {
        labels.push(label);
        return client.transact(fn);
      },
    };
    cleanUps.push(bindTextField(field, topic, history, { label: "typing" }));
    await userEvent.keyboard("!");
    await compose("x");
    others((text) => text.insert(0, "> "));
    await insertText("x");
    expect(shown(field)).toBe("> one!x|");
    expect(labels).toEqual(["typing", "typing"]);
    expect(writesOf(page)).toEqual([
      [3, 0, "!"],
      [6, 0, "x"],
    ]);
  });

  it("[TF-04] takes the caret to what it has changed", async () => {
    const { page, field, others } = open("one two| three");
    await userEvent.keyboard("{Control>}z{/Control}");
    others((text) => text.delete(10, 3));
    expect(shown(field)).toBe("one two| th");
    page.undos[0]?.resolve({ ...answer, undone: true });
    await settled();
    expect(shown(field)).toBe("one two th|");
    await userEvent.keyboard("{Control>}y{/Control}");
    others((text) => text.insert(10, "ree"));
    page.undos[1]?.resolve({ ...answer, undone: true });
    await settled();
    expect(shown(field)).toBe("one two three|");
  });

  it("[TF-04] asked for several times, takes the caret from one place to the next", async () => {
    const { page, field, others } = open("|abcdef");
    await userEvent.keyboard("{Control>}zz{/Control}");
    others((text) => text.delete(5, 1));
    page.undos[0]?.resolve({ ...answer, undone: true });
    await settled();
    expect(shown(field)).toBe("abcde|");
    others((text) => text.delete(1, 1));
    page.undos[1]?.resolve({ ...answer, undone: true });
    await settled();
    expect(shown(field)).toBe("a|cde");
  });

  it("[TF-04] leaves the caret with whoever has typed or gone on meanwhile", async () => {
    const { page, field, others } = open("one two| three");
    await userEvent.keyboard("{Control>}z{/Control}!");
    others((text) => text.delete(0, 3));
    page.undos[0]?.resolve({ ...answer, undone: true });
    await settled();
    expect(shown(field)).toBe(" two!| three");
    await userEvent.keyboard("{Control>}z{/Control}{ArrowLeft}");
    others((text) => text.delete(0, 1));
    page.undos[1]?.resolve({ ...answer, undone: true });
    await settled();
    expect(shown(field)).toBe("two|! three");
  });

  it("[TF-04] that has taken nothing back leaves the caret where it is", async () => {
    const { page, field, others } = open("one two| three");
    await userEvent.keyboard("{Control>}z{/Control}");
    others((text) => text.delete(0, 3));
    page.undos[0]?.resolve({ ...answer, undone: false, reason: "not_found" });
    await settled();
    expect(shown(field)).toBe(" two| three");
  });
});

describe("a bound field", () => {
  it("[TF-05] can be read only where clients may not write", async () => {
    const { page, field, others, unbind } = open("fixed|", { topic: "closed" });
    expect(field.readOnly).toBe(true);
    await userEvent.keyboard("x{Control>}z{/Control}");
    expect(field.value).toBe("fixed");
    expect(page.undos).toEqual([]);
    others((text) => text.set("changed"));
    expect(field.value).toBe("changed");
    unbind();
    expect(field.readOnly).toBe(false);
  });

  it("[TF-05] of a text that shows no writes before they are confirmed is sent when it is left", async () => {
    const { page, field, topic, others, answerAll } = open("one|", { topic: "slow" });
    await userEvent.keyboard(" two");
    others((text) => text.insert(0, "> "));
    expect(field.value).toBe("one two");
    expect(writesOf(page)).toEqual([]);
    await userEvent.keyboard("{Tab}");
    expect(writesOf(page)).toEqual([[5, 0, " two"]]);
    expect([field.value, topic.value]).toEqual(["> one", "> one"]);
    answerAll();
    expect([field.value, topic.value]).toEqual(["> one two", "> one two"]);
  });

  it("[TF-05] of such a text sends what was typed over in one transaction, though others have written into that", async () => {
    const { page, field, others, text } = open("one |two| three", { topic: "slow" });
    await userEvent.keyboard("zw");
    others((text) => text.insert(5, "X"));
    await userEvent.keyboard("{Tab}");
    expect([field.value, writesOf(page).length]).toEqual(["one tXwo three", 2]);
    page.answer({ ok: true });
    expect([text(), field.value]).toEqual(["one zwX three", "one zwX three"]);
  });

  it("[TF-07] goes on as it is when it is moved in the document", async () => {
    const { page, field, others } = open("one| two", { tag: "input" });
    const place = document.createElement("div");
    page.target.append(place);
    place.moveBefore(field, null);
    others((text) => text.insert(0, "> "));
    await userEvent.keyboard("!");
    expect(shown(field)).toBe("> one!| two");
    field.remove();
    others((text) => text.insert(0, "> "));
    page.target.prepend(field);
    expect(field.value).toBe("> > one! two");
    field.focus();
    await userEvent.keyboard("{End}!");
    expect(shown(field)).toBe("> > one! two!|");
  });

  it("[TF-07] is let go", async () => {
    const { page, topic, others, unbind } = open("one|");
    expect(topic.listenerCount).toBe(1);
    unbind();
    expect(topic.listenerCount).toBe(0);
    await userEvent.keyboard("x{Control>}z{/Control}");
    others((text) => text.set("two"));
    expect(writesOf(page)).toEqual([]);
    expect(page.undos).toEqual([]);
  });

  it("[TF-07] shows what becomes of its text after the object has gone, and writes nothing", async () => {
    const { server, sheet, page, field } = open("one|");
    server.frame(() => sheet.destroy());
    await userEvent.keyboard("x");
    expect(field.value).toBe("one");
    expect(writesOf(page)).toEqual([]);
    expect(server.takeErrors()).toEqual([]);
  });

  it("works for a text that stands alone, without a history", async () => {
    const field = document.createElement("input");
    document.body.append(field);
    cleanUps.push(() => field.remove());
    const topic = new StringTopic("one");
    cleanUps.push(bindTextField(field, topic));
    field.focus();
    await userEvent.keyboard("{End}!");
    expect(topic.value).toBe("one!");
    topic.insert(0, "> ");
    expect(shown(field)).toBe("> one!|");
  });

  it("has a caret, or is refused", () => {
    const field = document.createElement("input");
    field.type = "number";
    expect(() => bindTextField(field, new StringTopic())).toThrow(
      expect.objectContaining({ code: "wrong_type", message: expect.stringContaining("type number") }),
    );
  });
});

describe("two bound fields, after anything at all", () => {
  it.each([1, 2, 3, 4, 5, 6])("[TF-02][TF-03][CM-25] equal each other and the server: seed %i", (seed) => {
    const random = seededRandom(seed);
    const below = (count: number): number => Math.floor(random() * count);
    const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
    const { server, sheet, page, field, others, text } = open("some text\r\nto begin with");
    const other = server.join();
    cleanUps.push(() => other.close());
    const theirs = document.createElement("input");
    other.target.append(theirs);
    const topicOn = ({ tree }: JoinedPage): StringTopic => (tree.get(sheet.id) as Sheet).text;
    cleanUps.push(bindTextField(theirs, topicOn(other), other.client));
    const sides = [
      { page, field: field as TextField, isComposing: false },
      { page: other, field: theirs as TextField, isComposing: false },
    ];
    const edit = ({ field, isComposing }: (typeof sides)[number]): void => {
      const start = below(field.value.length + 1);
      const end = Math.min(field.value.length, start + pick([0, 0, 0, 1, 2, 5]));
      const typed = pick(["a", "aa", "b", "", "\u{1f600}"]);
      // As it is with keys, no pair of units is split.
      if (!(field.value.slice(0, start) + typed + field.value.slice(end)).isWellFormed()) return;
      field.setRangeText(typed, start, end, "end");
      field.dispatchEvent(new InputEvent("input", { isComposing }));
    };
    let composed = 0;
    for (let step = 0; step < 400; step++) {
      const side = pick(sides);
      const dice = below(10);
      if (dice < 4) edit(side);
      else if (dice < 5) {
        side.field.focus();
        side.isComposing = !side.isComposing;
        side.field.dispatchEvent(new CompositionEvent(side.isComposing ? "compositionstart" : "compositionend"));
        composed++;
      } else if (dice < 6) others((text) => text.insert(0, pick(["x", "y\r\n", "z"])));
      else if (dice < 7) others((text) => text.delete(0, Math.min(text.length, below(4))));
      else side.page.answer(pick([{ ok: true }, { ok: true }, { ok: false, code: "rejected", message: "no" }]));
      for (const { field, page, isComposing } of sides) {
        expect(page.tree.isConsistent()).toBe(true);
        const ends = field === theirs ? "" : "\n";
        if (!isComposing) expect(field.value).toBe(topicOn(page).value.replace(/\r\n?|\n/g, ends));
      }
    }
    for (const { field, isComposing } of sides) {
      if (isComposing) field.dispatchEvent(new CompositionEvent("compositionend"));
    }
    for (const { page } of sides) for (let left = 1000; left > 0; left--) page.answer({ ok: true });
    expect(field.value).toBe(text().replace(/\r\n?/g, "\n"));
    expect(theirs.value).toBe(text().replace(/\r\n?|\n/g, ""));
    expect(composed).toBeGreaterThan(10);
    expect(text().length).toBeGreaterThan(10);
    expect(server.takeErrors()).toEqual([]);
  });
});
