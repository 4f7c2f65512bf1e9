import type { Clock } from "../core/clock.ts";
import type { AnyKind, Op } from "../core/kind.ts";
import { type AnyTopic, TopicChange } from "../core/topic.ts";
import type { TreeChange } from "../core/tree-changes.ts";
import { weightOf, weightOfState } from "../core/weight.ts";

interface Estimate {
  /** About the bytes of the value. */
  bytes: number;
  /** When the value was last measured, in milliseconds. */
  measuredAt: number;
}

/** Milliseconds between two measurements of one value: measuring costs as much as the value is large. */
const MEASURE_INTERVAL_MS = 1000;

/**
 * Keeps values that clients write below a size. A value is measured when a client first writes it; from then on each
 * committed op counts for how much it is larger than its inverse. When that comes to too much, it is measured again. So a
 * write costs what the write is large, not the value. What makes a value smaller always has room.
 */
export class Quota {
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #estimates = new WeakMap<AnyTopic, Estimate>();

  constructor(maxBytes: number, clock: Clock) {
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** Whether a topic's value stays below the size with a prepared op, which `inverse` takes back. */
  hasRoom(topic: AnyTopic, op: Op, inverse: Op): boolean {
    const growth = growthOf(topic.kind, op, inverse);
    if (growth <= 0) return true;
    let estimate = this.#estimates.get(topic);
    if (!estimate) {
      estimate = { bytes: 0, measuredAt: Number.NEGATIVE_INFINITY };
      this.#measure(topic, estimate);
      this.#estimates.set(topic, estimate);
    }
    if (estimate.bytes + growth > this.#maxBytes) this.#measure(topic, estimate);
    return estimate.bytes + growth <= this.#maxBytes;
  }

  /** Takes what was committed, whoever did it. */
  note(changes: readonly TreeChange[]): void {
    for (const change of changes) {
      if (!(change instanceof TopicChange)) continue;
      const estimate = this.#estimates.get(change.topic);
      if (estimate) estimate.bytes += growthOf(change.topic.kind, change.op, change.inverse);
    }
  }

  #measure(topic: AnyTopic, estimate: Estimate): void {
    const now = this.#clock.now();
    if (now - estimate.measuredAt < MEASURE_INTERVAL_MS) return;
    estimate.bytes = weightOfState(topic);
    estimate.measuredAt = now;
  }
}

/** By how many bytes a value grows with a prepared op, which `inverse` takes back. */
export function growthOf(kind: AnyKind, op: Op, inverse: Op): number {
  if (!kind.kept) return weightOf(op) - weightOf(inverse);
  return weightOf(kind.kept(op)) - weightOf(kind.kept(inverse));
}
