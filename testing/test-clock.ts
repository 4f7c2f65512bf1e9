import type { Clock } from "../core/clock.ts";

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/** So many tasks at one and the same moment plan one another without end. */
const MAX_TASKS_PER_MOMENT = 100_000;

/** A clock that stands still until it is told to go on. It begins at 0. */
export class TestClock implements Clock {
  #now = 0;
  readonly #tasks = new Set<Task>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    // As a timer of the machine: what is no time to wait is none.
    const task = { at: this.#now + Math.max(0, ms || 0), run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** How many tasks wait. */
  get taskCount(): number {
    return this.#tasks.size;
  }

  /** Milliseconds until each of the waiting tasks, ascending. */
  get dueInMs(): readonly number[] {
    return [...this.#tasks].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** The moment of the next task; infinite where none waits. */
  get nextAt(): number {
    return this.#next()?.at ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Lets so many milliseconds pass: runs what is due, in order, also what that plans. Messages do not arrive meanwhile, and
   * promises do not go on: see `TestWorld.advance`. Throws a `RangeError` for a time that is negative or endless, and what
   * a task throws.
   */
  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  /** The same, up to a moment. */
  advanceTo(moment: number): void {
    if (!(moment >= this.#now && moment < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a clock at ${this.#now} cannot advance to ${moment}`);
    }
    let atOnce = 0;
    for (let next = this.#next(); next && next.at <= moment; next = this.#next()) {
      atOnce = next.at === this.#now ? atOnce + 1 : 0;
      if (atOnce > MAX_TASKS_PER_MOMENT) throw new Error(`tasks plan one another without end, at ${this.#now}`);
      this.#tasks.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = moment;
  }

  /** Of those due at the same moment the one that was planned first. */
  #next(): Task | undefined {
    let next: Task | undefined;
    for (const task of this.#tasks) if (!next || task.at < next.at) next = task;
    return next;
  }
}
