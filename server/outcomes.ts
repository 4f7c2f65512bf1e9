// Outcomes: what became of the transactions of one batch, as far as the stream does not tell its sender.
//
// That are those that were refused, those that wrote newest values, which are in no stream, and those that changed nothing
// that the sender sees. Not here: carrying them out (client-batch.ts), and when their sender is told (owed.ts).

import type { Wire } from "../core/codec.ts";
import type { ObjectSyncError } from "../core/error.ts";
import { SET } from "../core/kind.ts";
import type { SObject } from "../core/object.ts";
import { StreamWriter } from "../core/stream.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import { MessageCode, type OutcomeEntry, type Result } from "../core/wire.ts";
import type { Publisher } from "./publisher.ts";
import type { Recipient } from "./scope.ts";

/** See the head of this file. */
export class Outcomes {
  readonly #number: number;
  readonly #recipient: Recipient;
  readonly #publisher: Publisher;
  readonly #entries: (() => OutcomeEntry)[] = [];
  /** The place of the last transaction that wrote a newest value: there it is told, once. */
  readonly #writtenLast = new Map<AnyTopic, number>();

  /** `number`: the batch's. */
  constructor(number: number, recipient: Recipient, publisher: Publisher) {
    this.#number = number;
    this.#recipient = recipient;
    this.#publisher = publisher;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** `offset`: the place of a transaction in the batch. */
  refused(offset: number, { code, message }: ObjectSyncError): void {
    this.#entries.push(() => [offset, code, message]);
  }

  /** It was carried out, and wrote these newest values. */
  committed(offset: number, written: ReadonlyMap<AnyTopic, Wire>): void {
    for (const topic of written.keys()) this.#writtenLast.set(topic, offset);
    this.#entries.push(() => {
      const ops = this.#differing(offset, written);
      return ops.length > 0 ? [offset, null, ops] : [offset];
    });
  }

  /** The message that tells them, with newest values as they are now. */
  message(): Result {
    return [MessageCode.result, this.#number, ...this.#entries.map((entry) => entry())];
  }

  /** What has become of newest values that a transaction was the last to write, where it is not what it wrote. */
  #differing(offset: number, written: ReadonlyMap<AnyTopic, Wire>): StreamWriter["ops"] {
    const publisher = this.#publisher;
    const writer = new StreamWriter();
    for (const [topic, wire] of written) {
      if (this.#writtenLast.get(topic) !== offset) continue;
      const object = topic.object as SObject;
      const slot = topicInternals.slot(topic);
      if (object.isDestroyed || !publisher.sees(this.#recipient, object)) continue;
      if (publisher.tree.topicOf(object, slot) !== topic) continue;
      const { kind } = topic;
      const state = topicInternals.state(topic);
      if (!kind.equals(state, kind.fromWire(wire))) writer.topic(object.id, slot, [SET, kind.toWire(state)]);
    }
    return writer.ops;
  }
}
