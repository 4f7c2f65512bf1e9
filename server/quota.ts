import type { Clock } from "../core/clock.ts";
import { encode } from "../core/codec.ts";
import type { Op } from "../core/kind.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";

interface Estimate {
  /** About the bytes of the value. */
  bytes: number;
  /** When the value was last measured, in milliseconds. */
  measuredAt: number;
}

/** Milliseconds between two measurements of one value: measuring costs as much as the value is large. */
const MEASURE_INTERVAL_MS = 1000;

/**
 * Keeps values that clients write below a size. Of each op it is counted how much it adds, which is what it is larger than
 * its inverse; when that comes to too much, the value is measured, as others have written it too. So a write costs what
 * the write is large, not the value. What makes a value smaller is always admitted.
 */
export class Quota {
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #estimates = new WeakMap<AnyTopic, Estimate>();

  constructor(maxBytes: number, clock: Clock) {
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** Whether a client's prepared op, which is about to be carried out, is admitted. Counts it if it is. */
  admits(topic: AnyTopic, op: Op): boolean {
    const growth = encode(op).length - encode(topic.kind.invert(topicInternals.state(topic), op)).length;
    let estimate = this.#estimates.get(topic);
    if (!estimate) {
      estimate = { bytes: 0, measuredAt: Number.NEGATIVE_INFINITY };
      this.#measure(topic, estimate);
      this.#estimates.set(topic, estimate);
    }
    if (growth > 0 && estimate.bytes + growth > this.#maxBytes) this.#measure(topic, estimate);
    if (growth > 0 && estimate.bytes + growth > this.#maxBytes) return false;
    estimate.bytes += growth;
    return true;
  }

  #measure(topic: AnyTopic, estimate: Estimate): void {
    const now = this.#clock.now();
    if (now - estimate.measuredAt < MEASURE_INTERVAL_MS) return;
    estimate.bytes = encode(topic.kind.toWire(topicInternals.state(topic))).length;
    estimate.measuredAt = now;
  }
}
