import type { Clock } from "../core/clock.ts";

/** Lets through so many a second on average, and some times as many at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #most: number;
  #tokens: number;
  #filledAt: number;

  /** `burst`: how many seconds' worth may come at once. */
  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#most = perSecond * burst;
    this.#clock = clock;
    this.#tokens = this.#most;
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

  #fill(): void {
    const now = this.#clock.now();
    const gained = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#most, this.#tokens + gained);
    this.#filledAt = now;
  }
}
