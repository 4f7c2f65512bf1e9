import type { Clock } from "../core/clock.ts";
import type { MemoryNetwork } from "./memory-network.ts";

/** What a server has of its machine: timers, and turns of the event loop. They end with it. */
export class ServerProcess {
  readonly clock: Clock;
  readonly defer: (task: () => void) => void;
  readonly #timers = new Set<() => void>();
  #isOver = false;

  constructor(network: Pick<MemoryNetwork, "clock" | "defer">) {
    this.clock = {
      now: () => network.clock.now(),
      after: (ms, task) => this.#after(network.clock, ms, task),
    };
    this.defer = (task) => network.defer(() => this.#isOver || task());
  }

  /** From now on nothing of it runs by itself. */
  end(): void {
    this.#isOver = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #after(clock: Clock, ms: number, task: () => void): () => void {
    if (this.#isOver) return () => {};
    const cancelTimer = clock.after(ms, () => {
      this.#timers.delete(cancel);
      task();
    });
    const cancel = (): void => {
      this.#timers.delete(cancel);
      cancelTimer();
    };
    this.#timers.add(cancel);
    return cancel;
  }
}
