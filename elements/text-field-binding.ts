// A native field and a text topic, each kept as the other.
//
// The field shows the topic, as long as nobody is in the middle of something. Each input event is compared with that and
// written as one splice, which the mirror shows at once; so there is no echo, and nothing in the field is touched. What
// others do comes as changes of the topic and is done to the field alike, around caret and selection.
//
// While an input method composes, the field is its: nothing is written to it, and nothing of it is sent. That is a draft:
// what others do is gathered, and when the draft ends it is carried over that, and that over it. So is what is typed into
// a topic that does not show writes before the server has answered: its draft ends with the native `change`.
//
// Undo is that of the client, as the browser's knows nothing of what others do to the text.
//
// Not here: which edit it was and where carets go (text-edit.ts), the elements of the package (text-field-element.ts).

import { ObjectSyncError } from "../core/error.ts";
import type { Op } from "../core/kind.ts";
import { attributeOf } from "../core/object.ts";
import { type StringChange, type StringTopic, stringKind } from "../core/string-topic.ts";
import { topicInternals } from "../core/topic.ts";
import { transact } from "../core/transaction.ts";
import { cross } from "../core/transform.ts";
import type { UndoResult } from "../core/undo-result.ts";
import {
  editBetween,
  editOf,
  moveRange,
  opOf,
  shownText,
  type TextEdit,
  type TextRange,
  unshownEdit,
} from "./text-edit.ts";
import { undoKey } from "./undo-key.ts";

/** A native field for text: an `<input>` of type text, search, tel, url or password, or a `<textarea>`. */
export type TextField = HTMLInputElement | HTMLTextAreaElement;

/** Who takes back what was typed: a `Client`. */
export interface TextHistory {
  undo(): Promise<UndoResult>;
  redo(): Promise<UndoResult>;
  /** For steps that have a label. */
  transact?(fn: () => void, options: { readonly label: string }): unknown;
}

/** How a field is bound. */
export interface TextFieldOptions {
  /**
   * What steps of typing are called in the server's history, at most 200 UTF-16 units. Default: nothing. Needs a `history` that
   * is a client. With a label each input is a transaction by itself, also while there is no connection; without one what waits
   * to be sent becomes one where it can.
   */
  readonly label?: string;
}

/** What somebody is about to do to the text. */
interface Draft {
  /** The text that it was begun with. */
  readonly text: string;
  /** What others have done since. */
  readonly others: Op[];
}

/** Undos that are not answered yet. */
interface Travel {
  count: number;
  /** What is marked, for as long as only others move it. */
  range: TextRange;
  /** Where the text was changed last. */
  place: number | undefined;
}

/**
 * Keeps a native field and a text as each other, for as many people as there are: each input is written as one splice,
 * and what others write comes in around the caret, which stays behind the character that it was behind. While an input
 * method composes, the field is left alone. With a `history`, the keys and menus for undo and redo ask that; the caret goes
 * where they have changed something. A text that the client may not write makes the field read-only.
 *
 * Returns what ends it. Nobody else is to write the field's value meanwhile. Throws `wrong_type` for a field without a
 * caret, as that for a number.
 */
export function bindTextField(
  field: TextField,
  topic: StringTopic,
  history?: TextHistory,
  options: TextFieldOptions = {},
): () => void {
  const binding = new TextFieldBinding(field, topic, history, options);
  return () => binding.end();
}

class TextFieldBinding {
  readonly #field: TextField;
  readonly #topic: StringTopic;
  readonly #history: TextHistory | undefined;
  readonly #label: string | undefined;
  readonly #hasLines: boolean;
  /** Whether what is typed is sent when the field is left, and not with each input. */
  readonly #isHeld: boolean;
  readonly #cleanUps: (() => void)[] = [];
  #draft: Draft | undefined;
  #isWriting = false;
  #travel: Travel | undefined;

  constructor(field: TextField, topic: StringTopic, history: TextHistory | undefined, { label }: TextFieldOptions) {
    if (field.selectionStart === null) {
      throw new ObjectSyncError("wrong_type", `an <input> of type ${field.type} does not tell where its caret is`);
    }
    this.#field = field;
    this.#topic = topic;
    this.#history = history;
    this.#label = label;
    this.#hasLines = field.localName === "textarea";
    const attribute = topic.object && attributeOf(topic.object, topicInternals.slot(topic));
    this.#isHeld = attribute?.isOptimistic === false;
    if (attribute?.write === "nobody" && !field.readOnly) {
      field.readOnly = true;
      this.#cleanUps.push(() => {
        field.readOnly = false;
      });
    }
    const shown = this.#shown(topic.value);
    if (field.value !== shown) field.value = shown;
    this.#cleanUps.push(topic.on("change", (change) => this.#hear(change)));
    this.#listen("compositionstart", () => this.#begin());
    this.#listen("compositionend", () => !this.#isHeld && this.#commit());
    this.#listen("input", (event) => this.#input(event as InputEvent));
    this.#listen("change", () => this.#commit());
    this.#listen("blur", () => this.#commit());
    if (!history) return;
    this.#listen("keydown", (event) => this.#ask(event, undoKey(event as KeyboardEvent)));
    this.#listen("beforeinput", (event) => this.#ask(event, UNDO_INPUTS[(event as InputEvent).inputType]));
  }

  end(): void {
    for (const cleanUp of this.#cleanUps.splice(0)) cleanUp();
  }

  #listen(name: string, listener: (event: Event) => void): void {
    this.#field.addEventListener(name, listener);
    this.#cleanUps.push(() => this.#field.removeEventListener(name, listener));
  }

  // ---- what is typed here

  #input({ isComposing }: InputEvent): void {
    this.#begin();
    if (!isComposing && !this.#isHeld) this.#commit();
  }

  #begin(): void {
    this.#draft ??= { text: this.#topic.value, others: [] };
  }

  /** What stands in the field is meant. */
  #commit(): void {
    const draft = this.#draft;
    if (!draft) return;
    this.#draft = undefined;
    const { text, others } = draft;
    const shown = this.#shown(text);
    const typed = editBetween(shown, this.#field.value, this.#field.selectionEnd ?? undefined);
    const edit = typed && unshownEdit(text, shown, typed, this.#hasLines);
    if (edit) this.#travel = undefined;
    try {
      if (others.length > 0) this.#meet(text, edit, others);
      else if (edit) this.#write([edit]);
    } finally {
      // Where it was refused, or is not shown yet, it goes.
      this.#show();
    }
  }

  /** Makes an edit of a text that others have edited since. */
  #meet(text: string, edit: TextEdit | undefined, others: readonly Op[]): void {
    const own = edit && stringKind.prepare(text, opOf(edit));
    const { earlier, later } = cross(stringKind, others, own ? [own] : []);
    try {
      this.#write(later.map(editOf));
    } finally {
      let now = own ? stringKind.apply(text, own) : text;
      for (const op of earlier) {
        const old = now;
        now = stringKind.apply(old, op);
        this.#follow(old, now, editOf(op));
      }
    }
  }

  #write(edits: readonly TextEdit[]): void {
    const { object } = this.#topic;
    const label = this.#label;
    const splice = (): void => this.#splice(edits);
    this.#isWriting = true;
    try {
      if (label !== undefined && this.#history?.transact) this.#history.transact(splice, { label });
      // What one step has become two by others is refused whole.
      else if (edits.length > 1) object ? object.tree.group(splice) : transact(splice);
      else splice();
    } finally {
      this.#isWriting = false;
    }
  }

  #splice(edits: readonly TextEdit[]): void {
    // Where they do not show at once, each is made for the text without the others, which lie before it.
    let unshown = 0;
    for (const { position, deleteCount, text } of edits) {
      const before = this.#topic.value;
      if (!this.#topic.object?.isDestroyed) this.#topic.splice(position - unshown, deleteCount, text);
      if (this.#topic.value === before) unshown += text.length - deleteCount;
    }
  }

  // ---- what comes from elsewhere

  #hear({ position, deleted, inserted, old, value }: StringChange): void {
    if (this.#isWriting) return;
    const edit = { position, deleteCount: deleted.length, text: inserted };
    if (!this.#draft) return this.#follow(old, value, edit);
    this.#draft.others.push(opOf(edit));
    // Taken out of the document, it may never hear that the composition has ended. Not here: observers cannot write.
    if (!this.#hasFocus) queueMicrotask(() => this.#commit());
  }

  /** Does to the field what was done to the text. */
  #follow(old: string, value: string, edit: TextEdit): void {
    const [from, to] = [this.#shown(old), this.#shown(value)];
    if (this.#field.value !== from) return this.#show();
    const shown = from === old && to === value ? edit : editBetween(from, to);
    if (shown) this.#replace(shown);
  }

  /** Has the field show the topic. */
  #show(): void {
    const edit = editBetween(this.#field.value, this.#shown(this.#topic.value));
    if (edit) this.#replace(edit);
  }

  #shown(text: string): string {
    return shownText(text, this.#hasLines);
  }

  #replace(edit: TextEdit): void {
    const field = this.#field;
    const old = this.#range;
    const direction = field.selectionDirection ?? "none";
    const range = moveRange(old, edit);
    const restoreScroll = this.#keepScroll(edit.position < old.start);
    field.setRangeText(edit.text, edit.position, edit.position + edit.deleteCount, "preserve");
    this.#mark(range, direction);
    restoreScroll();
    if (!this.#travel) return;
    const isWhereLeft = isSameRange(old, this.#travel.range);
    if (isWhereLeft) Object.assign(this.#travel, { range, place: edit.position + edit.text.length });
    else this.#travel = undefined;
  }

  /** Returns what shows the same part of a long text again, seen from the caret. */
  #keepScroll(isInFront: boolean): () => void {
    const field = this.#field;
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth } = field;
    // At its begin it stays there, as what comes in front of all else is to be seen.
    const follows = isInFront && this.#hasFocus;
    return () => {
      field.scrollTop = scrollTop + (follows && scrollTop > 0 ? field.scrollHeight - scrollHeight : 0);
      field.scrollLeft = scrollLeft + (follows && scrollLeft > 0 ? field.scrollWidth - scrollWidth : 0);
    };
  }

  // ---- caret and selection

  get #range(): TextRange {
    return { start: this.#field.selectionStart ?? 0, end: this.#field.selectionEnd ?? 0 };
  }

  #mark(range: TextRange, direction: TextField["selectionDirection"] = "none"): void {
    const isMarked = isSameRange(this.#range, range) && this.#field.selectionDirection === direction;
    // Some browsers would give it the focus.
    if (!isMarked && this.#hasFocus) this.#field.setSelectionRange(range.start, range.end, direction ?? "none");
  }

  get #hasFocus(): boolean {
    return (this.#field.getRootNode() as Document | ShadowRoot).activeElement === this.#field;
  }

  // ---- undo

  #ask(event: Event, wish: "undo" | "redo" | undefined): void {
    // What is not sent yet is the browser's to take back, and keys of an input method are not meant for us.
    if (!wish || this.#draft || this.#field.readOnly || event.defaultPrevented) return;
    if ((event as KeyboardEvent | InputEvent).isComposing) return;
    event.preventDefault();
    void this.#undo(wish);
  }

  async #undo(wish: "undo" | "redo"): Promise<void> {
    const range = this.#range;
    if (!this.#travel || !isSameRange(this.#travel.range, range)) {
      this.#travel = { count: 0, range, place: undefined };
    }
    const travel = this.#travel;
    travel.count++;
    const { undone } = await (this.#history as TextHistory)[wish]();
    // Whoever has gone on meanwhile stays where they are.
    if (this.#travel !== travel) return;
    // The change comes right in front of the answer.
    const { place } = travel;
    if (undone && place !== undefined && isSameRange(this.#range, travel.range)) {
      travel.range = { start: place, end: place };
      this.#mark(travel.range);
    }
    travel.place = undefined;
    travel.count--;
    if (travel.count === 0) this.#travel = undefined;
  }
}

/** Of menus and gestures. */
const UNDO_INPUTS: Readonly<Record<string, "undo" | "redo">> = { historyUndo: "undo", historyRedo: "redo" };

function isSameRange(a: TextRange, b: TextRange): boolean {
  return a.start === b.start && a.end === b.end;
}
