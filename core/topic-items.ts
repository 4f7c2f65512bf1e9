// What was done to topics, as items of a history.
//
// Not here: what an item must know of others at its place (history-places.ts), and how texts and lists go back
// (op-history.ts).

import type { Overwriting } from "./counter-item.ts";
import { ObjectSyncError } from "./error.ts";
import { eventInternals } from "./event-topic.ts";
import type { HistoryItem, HistoryTarget, HistoryTree } from "./history-items.ts";
import type { AnyKind, Op } from "./kind.ts";
import { attributeOf, type SObject } from "./object.ts";
import { type AnyTopic, type TopicChange, topicInternals } from "./topic.ts";
import { transact } from "./transaction.ts";
import { type Data, equals } from "./value.ts";
import { weightOf, weightOfOp } from "./weight.ts";

/** Where a topic is: in an object of the tree, whichever instance that is by then, or by itself. */
export class TopicPlace {
  readonly #tree: HistoryTree | undefined;
  readonly #topic: AnyTopic;
  /**
   * What its attribute is called: in an object that was restored, another one may have its slot. Not known of one that was
   * removed by the same step.
   */
  readonly #name: string | undefined;
  /** The same for all that are at one place. */
  readonly key: unknown;

  constructor(tree: HistoryTree | undefined, topic: AnyTopic) {
    this.#tree = tree;
    this.#topic = topic;
    this.#name = nameAt(topic.object, topicInternals.slot(topic));
    this.key = placeKey(topic);
  }

  get kind(): AnyKind {
    return this.#topic.kind;
  }

  get object(): SObject | undefined {
    return this.#topic.object;
  }

  /** The topic, if it is there. */
  get topic(): AnyTopic | undefined {
    const { object } = this.#topic;
    if (!object) return this.#topic;
    const present = this.#tree?.get(object.id);
    const slot = topicInternals.slot(this.#topic);
    const topic = present && this.#tree?.topicOf(present, slot);
    const isSame = this.#name === undefined || nameAt(present, slot) === this.#name;
    return isSame && topic?.kind === this.#topic.kind ? topic : undefined;
  }
}

function nameAt(object: SObject | undefined, slot: number): string | undefined {
  return object && attributeOf(object, slot)?.name;
}

/** What stands for the place of a topic: the same for all that are there, one after the other. */
export function placeKey(topic: AnyTopic): unknown {
  const { object } = topic;
  return object ? `${object.id}.${topicInternals.slot(topic)}` : topic;
}

/** Writes an op of an undo; returns what takes it back, nothing where it changes nothing. Throws where it cannot be. */
export type Write = (topic: AnyTopic, unchecked: Op) => Op | undefined;

/** What an item of a topic is made with. */
export interface TopicItemParts {
  readonly place: TopicPlace;
  readonly write: Write;
  readonly change: TopicChange;
}

/** Something that was done to a topic. */
export abstract class TopicItem implements HistoryItem {
  readonly isDirect: boolean;
  readonly place: TopicPlace;
  protected readonly write: Write;

  constructor({ place, write, change }: TopicItemParts) {
    this.place = place;
    this.write = write;
    this.isDirect = !change.isDerived;
  }

  get target(): HistoryTarget {
    return { type: "topic", topic: this.place.topic, object: this.place.object };
  }

  abstract readonly bytes: number;
  abstract isUndone: boolean;

  /** Takes what was done next at the same place in, if the two can be one. */
  extend(_op: Op, _inverse: Op): boolean {
    return false;
  }

  /** Whether nothing is left of all that was done. */
  get isIdle(): boolean {
    return false;
  }

  abstract undo(): boolean;
  abstract redo(): boolean;
  release(): void {}
}

/** An op that those after it are merged into, if one can say them all. */
export abstract class OpItem extends TopicItem {
  #op: Op;
  #inverse: Op;

  constructor(parts: TopicItemParts) {
    super(parts);
    this.#op = parts.change.op;
    this.#inverse = parts.change.inverse;
  }

  /** What was done. */
  protected get op(): Op {
    return this.#op;
  }

  /** What takes it back, if nothing was done since. */
  protected get inverse(): Op {
    return this.#inverse;
  }

  override get isIdle(): boolean {
    return equals(this.#op as Data, this.#inverse as Data);
  }

  /** Whether the next op may be merged into it. */
  protected abstract takes(op: Op, inverse: Op, merged: Op): boolean;

  override extend(op: Op, inverse: Op): boolean {
    const { kind } = this.place;
    const merged = kind.merge(this.#op, op);
    const back = kind.merge(inverse, this.#inverse);
    if (!merged || !back || !this.takes(op, inverse, merged)) return false;
    this.#op = merged;
    this.#inverse = back;
    return true;
  }
}

/** An op on a register: it is taken back where what it wrote is still there. */
export class RegisterItem extends OpItem {
  readonly #overwriting: Overwriting | undefined;
  #isUndone = false;

  /** `overwriting`: of a number to which others have added. */
  constructor(parts: TopicItemParts, overwriting: Overwriting | undefined) {
    super(parts);
    this.#overwriting = overwriting;
  }

  get isUndone(): boolean {
    return this.#isUndone;
  }

  set isUndone(isUndone: boolean) {
    if (this.#isUndone === isUndone) return;
    this.#isUndone = isUndone;
    if (isUndone) this.#overwriting?.takeBack();
    else this.#overwriting?.putBack();
  }

  get bytes(): number {
    return weightOfOp(this.op) + weightOfOp(this.inverse);
  }

  protected override takes(_op: Op, inverse: Op): boolean {
    // Else somebody has written in between.
    return equals(inverse as Data, this.op as Data);
  }

  undo(): boolean {
    return this.#replace(this.op, this.inverse);
  }

  redo(): boolean {
    return this.#replace(this.inverse, this.op);
  }

  #replace(present: Op, next: Op): boolean {
    const { topic } = this.place;
    return topic !== undefined && holds(topic, present) && attempt(() => this.write(topic, next));
  }
}

/** An event that has an inverse. */
export class EmitItem extends TopicItem {
  readonly bytes: number;
  isUndone = false;
  readonly #op: Op;

  constructor(parts: TopicItemParts) {
    super(parts);
    const { op } = parts.change;
    this.#op = op;
    this.bytes = weightOfOp(op) + weightOf(eventInternals.infoOf(op));
  }

  undo(): boolean {
    const { topic } = this.place;
    if (!topic || !eventInternals.isReversible(topic)) return false;
    eventInternals.takeBack(topic, this.#op);
    return true;
  }

  redo(): boolean {
    const { topic } = this.place;
    if (topic) this.write(topic, this.#op);
    return topic !== undefined;
  }
}

/** Runs a part of an undo, or nothing of it where a topic does not take what it writes. Tells which. */
export function attempt(part: () => void): boolean {
  try {
    transact(part);
    return true;
  } catch (error) {
    if (error instanceof ObjectSyncError) return false;
    throw error;
  }
}

/** Whether what an op wrote is there: then it would change nothing. */
function holds(topic: AnyTopic, op: Op): boolean {
  try {
    return topic.kind.prepare(topicInternals.state(topic), op) === undefined;
  } catch {
    // There is no place for it any more.
    return false;
  }
}
