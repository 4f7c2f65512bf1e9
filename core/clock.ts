/** Time, as the library uses it; tests put their own in its place. */
export interface Clock {
  /** Milliseconds since some moment; never runs backward. */
  now(): number;
  /** Calls `task` once, after `ms` milliseconds. Returns what cancels it. */
  after(ms: number, task: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    // Timers take no more: a longer one would fire at once.
    const timer = setTimeout(task, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
