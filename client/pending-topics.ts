// PendingTopics: the attributes of a mirror on which something is pending, each with its overlay.
//
// All ops on attributes pass here, those of frames and those of the program: where nothing is pending they go right to
// the view.

import type { AnyKind, Op, UncheckedOp } from "../core/kind.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import type { Attribute } from "../core/shape.ts";
import { newestKind } from "./newest-kind.ts";
import { Overlay } from "./overlay.ts";
import type { PendingTransaction, TopicEdit } from "./pending.ts";

/** What the mirror shows. */
export interface TopicView {
  state(object: SObject, slot: number): unknown;
  /** Applies a prepared op. `isNet`: listeners hear only what it comes to with others. */
  show(object: SObject, slot: number, kind: AnyKind, op: Op, isNet: boolean): void;
}

/** See the head of this file. */
export class PendingTopics {
  readonly #view: TopicView;
  readonly #overlays = new Map<SObject, Map<number, Overlay>>();

  constructor(view: TopicView) {
    this.#view = view;
  }

  /** Whether something is pending on an attribute. */
  has(object: SObject, slot: number): boolean {
    return this.#overlays.get(object)?.has(slot) ?? false;
  }

  /** The state that the server has confirmed; not to be changed. */
  confirmed(object: SObject, slot: number): unknown {
    const overlay = this.#overlays.get(object)?.get(slot);
    if (!overlay) return this.#view.state(object, slot);
    const { kind, isLatest } = attributeAt(object, slot);
    return isLatest ? kind.fromWire(overlay.confirmed) : overlay.confirmed;
  }

  /** What is shown on each attribute that something is pending on, and what should be. For tests. */
  *audit(): Iterable<readonly [kind: AnyKind, shown: unknown, expected: unknown]> {
    for (const slots of this.#overlays.values()) {
      for (const { kind, view, expected } of slots.values()) yield [kind, view, expected];
    }
  }

  /** Takes an edit of the program, whose op is prepared for what is shown, and shows it. */
  add(edit: TopicEdit): void {
    const { object, slot } = edit;
    this.#show(object, slot, this.#make(object, slot).add(edit));
  }

  /** Makes two edits of one attribute that follow each other one, if their ops can be one. */
  absorb(older: TopicEdit, newer: TopicEdit): boolean {
    return this.#overlays.get(older.object)?.get(older.slot)?.absorb(older, newer) ?? false;
  }

  /** Takes an op of the server. `own`: the transaction that it belongs to, if it may be what that has written. */
  confirm(
    object: SObject,
    slot: number,
    { kind }: Attribute,
    unchecked: UncheckedOp,
    own: PendingTransaction | undefined,
  ): void {
    const overlay = this.#overlays.get(object)?.get(slot);
    // First: it costs no look at the value.
    if (own && overlay?.confirmOwn(own, unchecked)) return;
    if (!overlay) {
      const op = kind.prepare(this.#view.state(object, slot), unchecked);
      if (op) this.#view.show(object, slot, kind, op, false);
      return;
    }
    const op = overlay.kind.prepare(overlay.confirmed, unchecked);
    if (!op) return;
    if (own) {
      this.#show(
        object,
        slot,
        overlay.withdraw(({ transaction }) => transaction === own),
      );
    }
    this.#show(object, slot, overlay.confirmOther(op));
  }

  /** All that a transaction did to an object counts as confirmed, save for newest values. */
  accept(object: SObject, transaction: PendingTransaction): void {
    for (const [slot, overlay] of [...(this.#overlays.get(object) ?? [])]) {
      if (attributeAt(object, slot).isLatest) continue;
      this.#show(object, slot, overlay.accept(transaction));
      this.#prune(object, slot, overlay);
    }
  }

  /**
   * What the server was to say of a transaction it has said: what has not come back has changed nothing. Unless it `isAnswered`,
   * of newest values the answer is still to come: they are not in the stream.
   */
  finish(transaction: PendingTransaction, isAnswered: boolean): void {
    for (const edit of transaction.edits) {
      if (edit.type !== "topic") continue;
      const overlay = this.#overlays.get(edit.object)?.get(edit.slot);
      const isLatest = attributeOf(edit.object, edit.slot)?.isLatest ?? false;
      if (!overlay || (isLatest && !isAnswered)) continue;
      const shown = isLatest
        ? overlay.accept(transaction)
        : overlay.withdraw((each) => each.transaction === transaction);
      this.#show(edit.object, edit.slot, shown);
      this.#prune(edit.object, edit.slot, overlay);
    }
  }

  /** Takes edits back. */
  withdraw(edits: ReadonlySet<unknown>): void {
    for (const edit of edits as ReadonlySet<TopicEdit>) {
      const overlay = edit.type === "topic" && this.#overlays.get(edit.object)?.get(edit.slot);
      if (!overlay) continue;
      this.#show(
        edit.object,
        edit.slot,
        overlay.withdraw((each) => edits.has(each)),
      );
      this.#prune(edit.object, edit.slot, overlay);
    }
  }

  /** Forgets what is pending on an attribute that is no more. */
  delete(object: SObject, slot: number): void {
    const slots = this.#overlays.get(object);
    slots?.delete(slot);
    if (slots?.size === 0) this.#overlays.delete(object);
  }

  /** Takes all back: the tree is another one. */
  clear(): void {
    for (const [object, slots] of this.#overlays) {
      for (const [slot, overlay] of slots)
        this.#show(
          object,
          slot,
          overlay.withdraw(() => true),
        );
    }
    this.#overlays.clear();
  }

  #make(object: SObject, slot: number): Overlay {
    let slots = this.#overlays.get(object);
    if (!slots) {
      slots = new Map();
      this.#overlays.set(object, slots);
    }
    let overlay = slots.get(slot);
    if (!overlay) {
      const { kind, isLatest } = attributeAt(object, slot);
      const view = (): unknown => this.#view.state(object, slot);
      overlay = isLatest ? new Overlay(newestKind(kind), () => kind.toWire(view())) : new Overlay(kind, view);
      slots.set(slot, overlay);
    }
    return overlay;
  }

  #show(object: SObject, slot: number, ops: readonly Op[]): void {
    if (ops.length === 0) return;
    const { kind, isLatest } = attributeAt(object, slot);
    // A text or list has no `set` that could be applied. What is local may change nothing any more, as others have done it.
    const mayBeUnfit = isLatest || !(kind.isPositional || kind.isEvent);
    for (const op of ops) {
      const prepared = mayBeUnfit ? kind.prepare(this.#view.state(object, slot), op) : op;
      if (prepared) this.#view.show(object, slot, kind, prepared, true);
    }
  }

  #prune(object: SObject, slot: number, overlay: Overlay): void {
    if (overlay.isEmpty) this.delete(object, slot);
  }
}

function attributeAt(object: SObject, slot: number): Attribute {
  return attributeOf(object, slot) as Attribute;
}
