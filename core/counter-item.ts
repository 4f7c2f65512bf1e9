// CounterItem: an addition to a number, as an item of a history.
//
// Additions commute: to undo one is to add its negative, whatever others have added since. But where the number was set
// since, the addition is of no account any more, and neither undone nor redone. So all items at one number share a `Counter`,
// which knows when it was set last. Its times are counted, not measured.
//
// To set a number is a step, too, and can be undone: then the additions before it count again. An `Overwriting` sees to that.
//
// Not here: who holds the counters (history-places.ts), and how a number that was set goes back (RegisterItem, in
// topic-items.ts).

import type { Op } from "./kind.ts";
import { topicInternals } from "./topic.ts";
import { attempt, OpItem, type TopicItemParts } from "./topic-items.ts";

/** What is known of a number beside what was added to it. Its times are those at which it was added to, or set. */
export interface Counter {
  /** When it was set last, of all that is in effect; 0 if never. */
  setAt: number;
  /** How many additions to it there are in the history. */
  items: number;
}

/** That a number was set by a step, which can be undone. */
export class Overwriting {
  readonly #counter: Counter;
  readonly #at: number;
  #before: number;

  constructor(counter: Counter, at: number) {
    this.#counter = counter;
    this.#at = at;
    this.#before = counter.setAt;
    counter.setAt = at;
  }

  takeBack(): void {
    // Else it was set again.
    if (this.#counter.setAt === this.#at) this.#counter.setAt = this.#before;
  }

  putBack(): void {
    if (this.#counter.setAt >= this.#at) return;
    this.#before = this.#counter.setAt;
    this.#counter.setAt = this.#at;
  }
}

/** An addition to a number: it is taken back unless the number was set since. */
export class CounterItem extends OpItem {
  readonly bytes = 200;
  isUndone = false;
  readonly #counter: Counter;
  readonly #at: number;
  #undo: Undo | undefined;
  readonly #onRelease: () => void;

  constructor(parts: TopicItemParts, counter: Counter, at: number, onRelease: () => void) {
    super(parts);
    this.#counter = counter;
    this.#at = at;
    this.#onRelease = onRelease;
  }

  /** Whether what it added is of no account, as the number was set since. */
  get #isOverwritten(): boolean {
    return this.#counter.setAt > this.#at;
  }

  protected override takes(_op: Op, _inverse: Op, merged: Op): boolean {
    return !this.#isOverwritten && this.place.kind.negate?.(merged) !== undefined;
  }

  undo(): boolean {
    const undo = this.#carryOut(this.inverse, this.op, this.place.kind.negate?.(this.op) as Op);
    if (undo) this.#undo = undo;
    return undo !== undefined;
  }

  redo(): boolean {
    const { op, inverse } = this.#undo as Undo;
    return this.#carryOut(inverse, op, this.op) !== undefined;
  }

  override release(): void {
    this.#onRelease();
  }

  /** Carries `exact` out if that is what takes the op back that was `done`; where others have added since, what does. */
  #carryOut(exact: Op, done: Op, otherwise: Op): Undo | undefined {
    const { topic } = this.place;
    if (!topic || this.#isOverwritten) return undefined;
    const { kind } = topic;
    const state = topicInternals.state(topic);
    const isExact = kind.equals(kind.apply(kind.apply(state, exact), done), state);
    const op = isExact ? exact : otherwise;
    const inverse = kind.invert(state, op);
    return attempt(() => this.write(topic, op)) ? { op, inverse } : undefined;
  }
}

/** What was done to undo an addition, and what takes that back. */
interface Undo {
  readonly op: Op;
  readonly inverse: Op;
}
