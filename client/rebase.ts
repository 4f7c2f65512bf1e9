// Rebasing: what becomes of a client's own ops on one attribute when others come before them.
//
// The view is always the confirmed value with the pending ops on top, the oldest first. Three things happen below the
// pending ones: somebody else's ops are confirmed, and one of our own is confirmed or taken back. Each changes the value
// that the later ones were made for; so they are transformed, and what has to be done to the view comes out as well. The
// server does the same with the batch that it gets (server/bridges.ts), by the same functions of the kinds.
//
// Everything here is pure: values and ops go in, ops come out.

import { ObjectSyncError } from "../core/error.ts";
import type { AnyKind, Op, UncheckedOp } from "../core/kind.ts";
import { cross } from "../core/transform.ts";
import { type Data, equals } from "../core/value.ts";

/** The ops of one edit, as they are to be carried out where all that is before them has been. */
export interface PendingOps {
  readonly ops: readonly Op[];
  /** Whether the view has them; else the value that later ops were made for is without them, but for those below. */
  readonly isShown: boolean;
  /** What it is part of. Those of one transaction that are not shown follow each other. */
  readonly transaction?: unknown;
}

/** What comes of pending ops and of the view when something happens below them. */
export interface Rebased {
  /** The ops of each pending edit. */
  readonly pending: readonly (readonly Op[])[];
  /** What is to be done to the view. */
  readonly shown: readonly Op[];
}

/** Ops on their way from below pending edits to the view: those are transformed as they pass, and so are the ops. */
class Passage {
  readonly #kind: AnyKind;
  #shown: readonly Op[];
  /** The same behind the edits that are not shown, while these are of one transaction. */
  #hidden: readonly Op[];
  #transaction: unknown;

  constructor(kind: AnyKind, ops: readonly Op[]) {
    this.#kind = kind;
    this.#shown = ops;
    this.#hidden = ops;
  }

  /** What has come to the view. */
  get shown(): readonly Op[] {
    return this.#shown;
  }

  /** Passes an edit; returns its ops. */
  pass({ ops, isShown, transaction }: PendingOps): readonly Op[] {
    if (isShown || transaction === undefined || transaction !== this.#transaction) this.#hidden = this.#shown;
    this.#transaction = isShown ? undefined : transaction;
    const { earlier, later } = cross(this.#kind, this.#hidden, ops);
    this.#hidden = earlier;
    if (isShown) this.#shown = earlier;
    return later;
  }

  /** More ops begin their way, before those that are on it. */
  precede(ops: readonly Op[]): void {
    if (ops.length === 0) return;
    this.#shown = [...ops, ...this.#shown];
    this.#hidden = this.#shown;
  }
}

/** Pending edits after `incoming`, which was made for the value that the first of them was made for. */
export function rebase(kind: AnyKind, pending: readonly PendingOps[], incoming: readonly Op[]): Rebased {
  const passage = new Passage(kind, incoming);
  return { pending: pending.map((edit) => passage.pass(edit)), shown: passage.shown };
}

/** Pending edits without some of them, which are taken back: what is left of the others. `confirmed`: the value below all. */
export function withdraw<State, Edit extends PendingOps>(
  kind: AnyKind,
  confirmed: State,
  pending: readonly Edit[],
  isMeant: (edit: Edit) => boolean,
): Rebased {
  const passage = new Passage(kind, []);
  const rebased: (readonly Op[])[] = [];
  const state = new Value(kind, confirmed);
  /** What takes back the edits since the last one that stays, the oldest first. */
  let inverses: Op[] = [];
  for (const edit of pending) {
    const isWithdrawn = isMeant(edit);
    if (edit.isShown)
      for (const op of edit.ops) {
        const inverse = state.apply(op);
        if (inverse && isWithdrawn) inverses.push(inverse);
      }
    if (isWithdrawn) continue;
    passage.precede(inverses.reverse());
    inverses = [];
    rebased.push(passage.pass(edit));
  }
  passage.precede(inverses.reverse());
  return { pending: rebased, shown: passage.shown };
}

/** Whether two ops, as they are prepared, or as they came over the wire, are the same. */
export function isSameOp(a: UncheckedOp, b: UncheckedOp): boolean {
  return equals(a as readonly Data[], b as readonly Data[]);
}

/** The value that a view shows: a state of its own, with the pending ops on top of the confirmed one. */
export function valueWith<State>(kind: AnyKind, confirmed: State, pending: readonly PendingOps[]): State {
  const value = new Value(kind, confirmed);
  for (const { ops, isShown } of pending) if (isShown) for (const op of ops) value.apply(op);
  return value.state;
}

/** A state of its own, on which pending ops are carried out. */
class Value<State> {
  readonly #kind: AnyKind;
  state: State;

  constructor(kind: AnyKind, confirmed: State) {
    this.#kind = kind;
    this.state = kind.isScalar ? confirmed : kind.fromWire(kind.toWire(confirmed));
  }

  /**
   * Carries an op out; returns what takes it back. Nothing happens where it changes nothing, as what several have become may,
   * or where it cannot be carried out any more: a sum may have come to be out of range.
   */
  apply(op: Op): Op | undefined {
    const fit = this.#fitting(op);
    if (!fit) return undefined;
    const inverse = this.#kind.invert(this.state, fit);
    this.state = this.#kind.apply(this.state, fit) as State;
    return inverse;
  }

  #fitting(op: Op): Op | undefined {
    if (this.#kind.isEvent) return op;
    try {
      return this.#kind.prepare(this.state, op);
    } catch (error) {
      if (error instanceof ObjectSyncError) return undefined;
      throw error;
    }
  }
}
