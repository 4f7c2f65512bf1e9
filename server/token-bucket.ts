import type { Clock } from "../core/clock.ts";

/** Lets through so many a second on average, and some times as many at once; for what cannot be done in parts it lends. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #most: number;
  #tokens: number;
  #filledAt: number;
  #debt: number;

  /** `burst`: how many seconds' worth may come at once. `owed`: how many it begins with owing, so that it lends later. */
  constructor(perSecond: number, burst: number, clock: Clock, owed = 0) {
    this.#perSecond = perSecond;
    this.#most = perSecond * burst;
    this.#clock = clock;
    this.#tokens = this.#most;
    this.#debt = perSecond * owed;
    this.#filledAt = clock.now();
  }

  /** Whether so many more may pass; they are counted if they may. */
  take(count = 1): boolean {
    this.#fill();
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Whether more has passed than there was. */
  get isOverdrawn(): boolean {
    this.#fill();
    return this.#tokens < 0;
  }

  /** Counts so many that have passed, whether or not they might. */
  spend(count: number): void {
    this.#fill();
    this.#tokens -= count;
  }

  /** Whether it lends: to who owes it nothing and has not taken much of late. */
  get isLending(): boolean {
    this.#fill();
    return this.#debt === 0 && this.#tokens >= this.#most / 2;
  }

  /**
   * Whether so many may pass beyond those that there are, so that it is owed no more than `seconds` are worth. What comes when
   * it is full pays that back.
   */
  borrow(count: number, seconds: number): boolean {
    this.#fill();
    if (this.#debt + count > this.#perSecond * seconds) return false;
    this.#debt += count;
    return true;
  }

  #fill(): void {
    const now = this.#clock.now();
    const tokens = this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#most, tokens);
    this.#debt = Math.max(0, this.#debt - (tokens - this.#tokens));
    this.#filledAt = now;
  }
}
