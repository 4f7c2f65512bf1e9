// Finding out what a computation read, so that it can run again when that changes.

/** What can be read and says when it changed. */
export interface Source {
  /** Calls `listener` after each change until the function that it returns is called. */
  on(event: "change", listener: () => void): () => void;
}

let reading: Set<Source> | undefined;

/** Notes that `source` was read. Called by whatever can be tracked. */
export function noteRead(source: Source): void {
  reading?.add(source);
}

/** Whether what is read now is noted by somebody. */
export function isTracking(): boolean {
  return reading !== undefined;
}

/** Runs `fn` without noting what it reads. */
export function untracked<T>(fn: () => T): T {
  const outer = reading;
  reading = undefined;
  try {
    return fn();
  } finally {
    reading = outer;
  }
}

/**
 * A computation that listens to what it read last. `run` may be called again and again, usually after `onChange`; what is
 * no longer read is no longer listened to.
 */
export class Tracker {
  readonly #onChange: () => void;
  #subscriptions = new Map<Source, () => void>();
  #stops = 0;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Runs `fn`, returns what it returns, and listens from now on to what it read. */
  run<T>(fn: () => T): T {
    const outer = reading;
    const sources = new Set<Source>();
    const stops = this.#stops;
    reading = sources;
    try {
      return fn();
    } finally {
      reading = outer;
      if (stops === this.#stops) this.#listenTo(sources);
    }
  }

  /** Ends all listening, that of a `run` under way too. */
  stop(): void {
    this.#stops++;
    this.#listenTo(new Set());
  }

  #listenTo(sources: ReadonlySet<Source>): void {
    for (const [source, unsubscribe] of this.#subscriptions) {
      if (sources.has(source)) continue;
      unsubscribe();
      this.#subscriptions.delete(source);
    }
    for (const source of sources) {
      if (!this.#subscriptions.has(source)) this.#subscriptions.set(source, source.on("change", this.#onChange));
    }
  }
}

/**
 * Runs `fn` now, and again after each change of a topic that it read. Returns what ends that. What `fn` throws the first
 * time comes out here, and nothing is listened to.
 *
 * ```ts
 * const stop = track(() => { title.textContent = `${card.title.value} (${card.votes.value})`; });
 * ```
 */
export function track(fn: () => void): () => void {
  const tracker = new Tracker(() => tracker.run(fn));
  try {
    tracker.run(fn);
  } catch (error) {
    tracker.stop();
    throw error;
  }
  return () => tracker.stop();
}
