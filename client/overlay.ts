// Overlay: an attribute of a mirror on which something is pending: the confirmed value, and the edits on top of it.
//
// The view has them applied. Of a container, which ops change in place, the confirmed value is made only when it is
// needed: as long as nobody else has changed the attribute, what takes the edits back leads to it.

import { ObjectSyncError } from "../core/error.ts";
import { type AnyKind, type Op, SET, type UncheckedOp } from "../core/kind.ts";
import { cross } from "../core/transform.ts";
import type { PendingTransaction, TopicEdit } from "./pending.ts";
import { isSameOp, type Rebased, rebase, valueWith, withdraw } from "./rebase.ts";

/** See the head of this file. What its methods return is to be done to the view. */
export class Overlay {
  readonly kind: AnyKind;
  readonly #view: () => unknown;
  /** The oldest first, what is local last. */
  #edits: TopicEdit[] = [];
  /** Of those before this place nothing is left. */
  #next = 0;
  #confirmed: unknown;
  /** What takes each shown op back, the oldest first, while the confirmed value has not been made: all lead to it. */
  #undo: Op[] | undefined;
  /** How many of these are of ops that are confirmed. */
  #undone = 0;
  /** Of the transaction that has last made an edit that is not shown: what those that it has made come to. */
  #hidden: { readonly transaction: PendingTransaction | undefined; readonly ops: Op[] } | undefined;

  /** `view` gives the state that is shown, which is the confirmed one now. */
  constructor(kind: AnyKind, view: () => unknown) {
    this.kind = kind;
    this.#view = view;
    if (kind.isScalar) this.#confirmed = view();
    else this.#undo = [];
  }

  /** The state that is shown. */
  get view(): unknown {
    return this.#view();
  }

  /** Whether nothing is pending: the view shows the confirmed value. */
  get isEmpty(): boolean {
    return this.#edits.length === 0;
  }

  /** The state that the server has confirmed; not to be changed. */
  get confirmed(): unknown {
    this.#makeConfirmed();
    return this.#confirmed;
  }

  /** What the view should be: the confirmed value with what is pending on top. */
  get expected(): unknown {
    return valueWith(this.kind, this.confirmed, this.#edits);
  }

  /** Takes an edit whose op was made for the view. */
  add(edit: TopicEdit): readonly Op[] {
    if (!edit.isLocal && this.#edits.at(-1)?.isLocal) return this.#addBelow(edit);
    const [op] = edit.ops as readonly [Op];
    if (edit.isShown) this.#undo?.push(this.kind.invert(this.#view(), op));
    else this.#hide(edit);
    this.#edits.push(edit);
    return edit.isShown ? edit.ops : [];
  }

  /** Has an edit that is not shown follow those of its transaction, which its op was made without. */
  #hide(edit: TopicEdit): void {
    const { transaction } = edit;
    if (!this.#hidden || this.#hidden.transaction !== transaction) {
      const before = this.#edits.filter((each) => !each.isShown && each.transaction === transaction);
      this.#hidden = { transaction, ops: before.flatMap(({ ops }) => ops) };
    }
    const { ops } = this.#hidden;
    let later = edit.ops;
    let index = 0;
    // While it is one op, nobody has to know what becomes of those that it passes.
    for (; later.length === 1 && index < ops.length; index++) {
      later = this.kind.transform(later[0] as Op, ops[index] as Op, "later");
    }
    edit.ops = cross(this.kind, ops.slice(index), later).later;
    for (const op of edit.ops) {
      // The fewer there are, the less the next ones have to pass: most often they go to one place.
      const merged = ops.length > 0 && this.kind.merge(ops.at(-1) as Op, op);
      if (merged) ops[ops.length - 1] = merged;
      else ops.push(op);
    }
  }

  /** Takes an edit that goes below what is local, though it was made for the view with that. */
  #addBelow(edit: TopicEdit): readonly Op[] {
    const local = this.#edits.filter(({ isLocal }) => isLocal);
    const bare = this.withdraw(({ isLocal }) => isLocal);
    edit.ops = cross(this.kind, bare, edit.ops).later;
    const own = this.add(edit);
    const { pending } = rebase(this.kind, local, own);
    for (const [index, each] of local.entries()) each.ops = pending[index] as readonly Op[];
    this.#edits.push(...local);
    return this.#toView([...bare, ...own, ...local.flatMap(({ ops }) => ops)]);
  }

  /** Makes two edits that follow each other one, if their ops can be one. */
  absorb(older: TopicEdit, newer: TopicEdit): boolean {
    const [[first, ...more], [second, ...others]] = [older.ops, newer.ops];
    if (!first || !second || more.length > 0 || others.length > 0) return false;
    const merged = this.kind.merge(first, second);
    // What is local stays on top of both, and would have to be taken back first.
    if (!merged || !older.isShown || this.#edits.at(-1) !== newer) return false;
    if (this.#undo) {
      const [before, last] = this.#undo.slice(-2) as [Op, Op];
      const inverse = this.kind.merge(last, before);
      if (inverse) this.#undo.splice(-2, 2, inverse);
      else this.#makeConfirmed();
    }
    older.ops = [merged];
    this.#edits.pop();
    return true;
  }

  /** Somebody else's op, or the server's, is confirmed. It is prepared for the confirmed value. */
  confirmOther(op: Op): readonly Op[] {
    this.#confirmed = this.kind.apply(this.confirmed, op);
    return this.#toView(this.#take(rebase(this.kind, this.#edits, [op])));
  }

  /** An op of ours has come back: whether it is the next one that is expected of its transaction. It may be unchecked. */
  confirmOwn(transaction: PendingTransaction, op: UncheckedOp): boolean {
    while (this.#edits[this.#next]?.ops.length === 0) this.#next++;
    const edit = this.#edits[this.#next];
    const [expected, ...rest] = edit?.ops ?? [];
    if (!edit?.isShown || edit.transaction !== transaction || !expected || !isSameOp(expected, op)) return false;
    this.#confirm(expected);
    edit.ops = rest;
    return true;
  }

  /** All that a transaction did here counts as confirmed, if it is the next one of which that is expected. */
  accept(transaction: PendingTransaction): readonly Op[] {
    if (this.#edits.find(({ ops }) => ops.length > 0)?.transaction !== transaction) return [];
    const shown: Op[] = [];
    for (const edit of this.#edits.filter((each) => each.transaction === transaction)) {
      const { ops } = edit;
      edit.ops = [];
      if (edit.isShown) for (const op of ops) this.#confirm(op);
      else for (const op of ops) shown.push(...this.confirmOther(op));
    }
    this.#drop((edit) => edit.transaction === transaction);
    return this.#toView(shown);
  }

  /** Takes edits back. */
  withdraw(isMeant: (edit: TopicEdit) => boolean): readonly Op[] {
    this.#drop((edit) => edit.ops.length === 0 && isMeant(edit));
    // Where nothing was left to take back the confirmed value need not be made for it.
    if (!this.#edits.some(isMeant)) return this.#toView([]);
    const rebased = withdraw(this.kind, this.confirmed, this.#edits, isMeant);
    this.#drop(isMeant);
    return this.#toView(this.#take(rebased));
  }

  /** Forgets edits. */
  #drop(isMeant: (edit: TopicEdit) => boolean): void {
    this.#edits = this.#edits.filter((edit) => !isMeant(edit));
    this.#next = 0;
    this.#undo?.splice(0, this.#undone);
    this.#undone = 0;
    this.#hidden = undefined;
  }

  /** Has the confirmed value made, if it has not been: what takes the shown ops back leads to it. */
  #makeConfirmed(): void {
    if (!this.#undo) return;
    const { fromWire, toWire, apply } = this.kind;
    const pending = this.#undo.slice(this.#undone);
    this.#confirmed = pending.reduceRight((state, op) => apply(state, op), fromWire(toWire(this.#view())));
    this.#undo = undefined;
  }

  /** An op of ours that the view has is confirmed. */
  #confirm(op: Op): void {
    if (this.#undo) this.#undone++;
    else this.#confirmed = this.kind.apply(this.#confirmed, op);
  }

  #take({ pending, shown }: Rebased): readonly Op[] {
    for (const [index, edit] of this.#edits.entries()) {
      const ops = pending[index] as readonly Op[];
      const [gone] = ops.length === 0 ? edit.ops : [];
      edit.ops = ops;
      if (gone && !edit.isLocal) edit.refusal = this.#refusalOf(gone, index);
    }
    return shown;
  }

  /** Why an op that has come to nothing cannot be carried out, if that is why. */
  #refusalOf(op: Op, index: number): ObjectSyncError | undefined {
    // Of texts and lists what is gone with its place counts as done.
    if (this.kind.isPositional) return undefined;
    try {
      this.kind.prepare(valueWith(this.kind, this.confirmed, this.#edits.slice(0, index)), op);
    } catch (error) {
      if (error instanceof ObjectSyncError) return error;
      throw error;
    }
    return undefined;
  }

  /** Of registers and counters the view is made anew: sums of floats depend on their order. */
  #toView(shown: readonly Op[]): readonly Op[] {
    const { isScalar, isPositional, isEvent, equals: isSame, toWire } = this.kind;
    if (!isScalar || isPositional || isEvent) return shown;
    const { expected } = this;
    return isSame(this.#view(), expected) ? [] : [[SET, toWire(expected)]];
  }
}
