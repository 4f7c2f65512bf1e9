import type { Clock } from "../core/clock.ts";

/** When what the program writes is sent. */
export interface FlushOptions {
  /** Milliseconds without a write after which what was written is sent; 0 for the end of the present task. Default: 0. */
  readonly debounceMs: number;
  /** Milliseconds after the first write that waits at which it is sent even though more is written. Default: 1,000. */
  readonly maxWaitMs: number;
}

/** Waits until there has been nothing to write for a while, but not for ever. */
export class FlushTimer {
  readonly #options: FlushOptions;
  readonly #clock: Clock;
  readonly #flush: () => void;
  #isSoon = false;
  #isDue = false;
  #since: number | undefined;
  #cancel: (() => void) | undefined;

  /** `flush` is called when it is time. */
  constructor(options: FlushOptions, clock: Clock, flush: () => void) {
    this.#options = options;
    this.#clock = clock;
    this.#flush = flush;
  }

  /** Something waits. */
  start(): void {
    const { debounceMs, maxWaitMs } = this.#options;
    if (debounceMs === 0 || this.#isDue) return this.#soon();
    const now = this.#clock.now();
    this.#since ??= now;
    this.#cancel?.();
    const waitMs = Math.min(debounceMs, Math.max(0, this.#since + maxWaitMs - now));
    this.#cancel = this.#clock.after(waitMs, () => this.#flush());
  }

  /** It is time, and what waits cannot be sent yet: the next `start` is for the end of the present task. */
  hurry(): void {
    this.#isDue = true;
  }

  /** Nothing waits any more, or it is sent now. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#since = undefined;
    this.#isDue = false;
  }

  #soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    queueMicrotask(() => {
      this.#isSoon = false;
      this.#flush();
    });
  }
}
