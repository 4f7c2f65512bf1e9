import { ObjectSyncError } from "../core/error.ts";

/** What part of the steps of an op is spent if it is refused for their number. */
const REFUSED_SHARE = 0.1;

/** The steps that a batch may take: see `Limits.maxStepsPerSecond`. */
export class Budget {
  readonly #most: number;
  #isExhausted = false;
  spent = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many are left. */
  get left(): number {
    return this.#isExhausted ? 0 : this.#most - this.spent;
  }

  /** Counts so many that have been taken, whether or not they might. */
  charge(steps: number): void {
    this.spent += steps;
  }

  /** Throws `too_large` if there are not so many left; from then on there are none. */
  spend(steps: number): void {
    if (!this.#isExhausted && this.spent + steps <= this.#most) {
      this.spent += steps;
      return;
    }
    // To find out how much it would have been was some work too.
    if (!this.#isExhausted) this.spent += Math.min(steps, this.#most) * REFUSED_SHARE;
    this.#isExhausted = true;
    throw new ObjectSyncError("too_large", "this is too much work at once");
  }
}
