import type { Op } from "./kind.ts";
import type { CarryOut, OpHistory, OpStep } from "./op-history.ts";
import { attempt, TopicItem, type TopicItemParts } from "./topic-items.ts";

/** What it takes to go along a spot of an `OpHistory`. */
const STEPS_PER_SPOT = 60;

/** Ops on a text or list: what others did stays. */
export class PositionItem extends TopicItem {
  /** Beside what its history counts. */
  readonly bytes = 500;
  readonly #history: OpHistory;
  readonly #onRelease: () => void;
  readonly #step: OpStep = { isUndone: false };

  /** `onRelease`: the item will not ask its history for anything any more. */
  constructor(parts: TopicItemParts, history: OpHistory, onRelease: () => void) {
    super(parts);
    this.#history = history;
    this.#onRelease = onRelease;
    history.note(parts.change.op, parts.change.inverse, this.#step);
  }

  get isUndone(): boolean {
    return this.#step.isUndone;
  }

  set isUndone(isUndone: boolean) {
    this.#history.correct(this.#step, isUndone);
  }

  get effort(): number {
    return STEPS_PER_SPOT * this.#history.length;
  }

  /** Whether it was too much: it is there, and cannot be taken back. */
  get isSettled(): boolean {
    return this.#history.isSettled(this.#step);
  }

  override extend(op: Op, inverse: Op): boolean {
    // Another value has come in the place of the one that it was done to.
    if (this.#history.isEnded) return false;
    // Of what is taken back in part only nobody has anything.
    this.#history.note(op, inverse, this.isSettled ? undefined : this.#step);
    return true;
  }

  override get isIdle(): boolean {
    return !this.isSettled && !this.#history.isTraced(this.#step);
  }

  undo(): boolean {
    return this.#toggle();
  }

  redo(): boolean {
    return this.#toggle();
  }

  override release(): void {
    this.#history.release(this.#step);
    this.#onRelease();
  }

  #toggle(): boolean {
    const { topic } = this.place;
    if (!topic) return false;
    const carryOut: CarryOut = (op) => this.write(topic, op);
    let isChanged = false;
    return (
      attempt(() => {
        isChanged = this.#history.toggle(this.#step, carryOut);
      }) && isChanged
    );
  }
}
