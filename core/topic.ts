// Topic: one observable attribute, a value of one kind that only that kind's ops change.
//
// A topic stands alone or belongs to an object. Alone, or on the server, an op is carried out at once; on a mirror the
// tree decides what becomes of it. Either way the value, its listeners and its rules are the same code, here. What the
// kinds differ in is their `Kind` and, in the subclass, the names of the mutators and the shape of the events.

import type { WriteAccess } from "./access.ts";
import { assertNoDraft } from "./draft.ts";
import type { AnyKind, Op, Origin, UncheckedOp } from "./kind.ts";
import { type Listener, Listeners } from "./listeners.ts";
import type { SObject } from "./object.ts";
import { describeAttribute, treeForWriting } from "./object.ts";
import type { Reporter } from "./report.ts";
import { noteRead, type Source } from "./track.ts";
import {
  assertWritable,
  type Change,
  currentDirection,
  isDerived,
  type Keeper,
  perform,
  runObservers,
  transact,
} from "./transaction.ts";

/** What can be said of a topic when it is made. Keep options in module constants: instances share them. */
export interface TopicOptions {
  /** Which clients may write it. Default: `"nobody"`. The server always may. */
  readonly write?: WriteAccess;
  /**
   * Whether only the newest value counts, as of cursors, gauges and progress: clients get it at most every
   * `latestIntervalMs`, apart from transactions, and never the values between. Default: false.
   */
  readonly latest?: boolean;
  /**
   * Whether a client sees its own writes at once, before the server has answered. Where it is false, they show when they
   * come back. Default: true.
   */
  readonly optimistic?: boolean;
  /** Whether what is done to it can be undone. Default: true. */
  readonly history?: boolean;
}

/** What every event says. */
export interface TopicEvent {
  /** Where the change came from. */
  readonly origin: Origin;
}

/** The events of a topic by name. Every topic has `change`. */
export interface TopicEvents {
  readonly change: TopicEvent;
}

/** Takes one event and may write. What it returns is ignored, unless the event says what that is. */
export type Rule<Event> = (event: Event) => Event extends { readonly "~result"?: infer Result } ? Result : unknown;

/** A topic of any kind. */
// biome-ignore lint/suspicious/noExplicitAny: variance: a topic of a certain kind is one of any kind
export type AnyTopic = Topic<any, any, any>;

/** What trees may do with a topic that its users may not. */
interface TopicInternals {
  state(topic: AnyTopic): unknown;
  slot(topic: AnyTopic): number;
  writeAccess(topic: AnyTopic): WriteAccess;
  isLatest(topic: AnyTopic): boolean;
  isOptimistic(topic: AnyTopic): boolean;
  /** Whether what is done to it belongs in a history. */
  isRecorded(topic: AnyTopic): boolean;
  /** Gives a topic that nobody has seen yet its options. */
  configure(topic: AnyTopic, options: TopicOptions): void;
  /** Makes the topic an attribute of an object. */
  attach(topic: AnyTopic, owner: SObject, slot: number): void;
  /** Gives a topic that nobody has seen yet its state. */
  replaceState(topic: AnyTopic, state: unknown): void;
  /** Applies a prepared op; returns its `change` event if there is anybody to `notify`. */
  apply(topic: AnyTopic, op: Op, origin: Origin, inverse?: Op): TopicEvent | undefined;
  /** The `change` event of an op that has just been applied, if there is anybody to `notify`. */
  describe(topic: AnyTopic, op: Op, inverse: Op, old: unknown, origin: Origin): TopicEvent | undefined;
  notify(topic: AnyTopic, change: TopicEvent): void;
  hasRules(topic: AnyTopic): boolean;
  wake(topic: AnyTopic, change: TopicEvent): void;
}

/** See `TopicInternals`; assigned once, by the class below, which alone can reach its private fields. */
export let topicInternals: TopicInternals;

/** See the head of this file. `Value` is what is handed out, `State` what is kept inside. */
export abstract class Topic<Value, State, Events extends TopicEvents> implements Source {
  #state: State;
  #options: TopicOptions | undefined;
  #owner: SObject | undefined;
  #slot = 0;
  #listeners: Listeners | undefined;

  /** For the compiler only: from it, it learns which events a type of topics has. */
  declare readonly "~events"?: Events;

  /** The algebra of this topic's kind. */
  abstract readonly kind: AnyKind;

  /** For subclasses. `state` is taken over. */
  protected constructor(state: State, options: TopicOptions | undefined) {
    this.#state = state;
    this.#options = options;
  }

  /** The value: immutable, and the same one until it changes. */
  get value(): Value {
    noteRead(this);
    return this.view(this.#state);
  }

  /** The object whose attribute this is; `undefined` for a topic that stands alone. */
  get object(): SObject | undefined {
    return this.#owner;
  }

  /**
   * Calls `listener` after each change, whatever its origin: an observer, which cannot write. In a server's tree, and for a
   * topic that stands alone, that is inside the transaction; `rule` can write, or `afterCommit`. On a mirror it is when the
   * whole frame, or what the program wrote together, is in place; `client.afterUpdate` can write. For one change, `change`
   * comes first, then the finer events. What it throws is reported, and stops nothing. Returns what removes the listener.
   */
  on<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): () => void {
    this.#listeners ??= new Listeners(this);
    return this.#listeners.on(event, listener);
  }

  /** As `on`, for the next event only. */
  once<Name extends keyof Events & string>(event: Name, listener: Listener<Events[Name]>): () => void {
    this.#listeners ??= new Listeners(this);
    return this.#listeners.once(event, listener);
  }

  /**
   * Runs `rule` after each change that is made, when its observers have run; never when one is taken back, undone or redone.
   * What it changes belongs to the transaction, and wakes rules in its turn. If it throws, the change that woke it is taken
   * back, with all that this caused, and whoever made it gets the error. On a mirror rules never run: they are the server's.
   * Returns what removes the rule.
   */
  rule<Name extends keyof Events & string>(event: Name, rule: Rule<Events[Name]>): () => void {
    this.#listeners ??= new Listeners(this);
    return this.#listeners.rule(event, (change: Events[Name]) => {
      // A rule before it may have destroyed the object.
      if (this.#owner?.isDestroyed) return undefined;
      const result: unknown = rule(change);
      this.takeResult(change, result);
      return result;
    });
  }

  /** How many observers and rules there are. */
  get listenerCount(): number {
    return this.#listeners?.count ?? 0;
  }

  /** @internal */
  reporting(): ReturnType<Reporter["reporting"]> {
    return this.#owner ? describeAttribute(this.#owner, this.#slot) : { where: this.kind.name, onError: undefined };
  }

  /** The state, not to be changed or handed out: for accessors that need not build the whole value. Noted as a read. */
  protected read(): State {
    noteRead(this);
    return this.#state;
  }

  /** The state, not to be changed or handed out: for mutators. */
  protected get state(): State {
    return this.#state;
  }

  /** Asks for an op. Throws `stale` while a recipe has a draft of this topic. */
  protected write(op: UncheckedOp): void {
    assertNoDraft(this);
    if (this.#owner) treeForWriting(this.#owner).write(this, op);
    else execute(this, op);
  }

  /** What `fn` writes, to other topics too, happens together or, if it throws, not at all. */
  protected together(fn: () => void): void {
    if (this.#owner) treeForWriting(this.#owner).group(fn);
    else transact(fn);
  }

  /** The value that is handed out for a state. */
  protected abstract view(state: State): Value;

  /** The `change` event of an op just applied. `old` is the state before, for kinds whose states are immutable. */
  protected abstract describe(op: Op, inverse: Op, old: State, origin: Origin): Events["change"];

  /** The finer events that a change consists of, in an order that leads from the old value to the new one. */
  protected details(_change: Events["change"]): Iterable<readonly [name: keyof Events & string, event: unknown]> {
    return [];
  }

  /** Called after the state has changed. */
  protected forgetView(): void {}

  /** Called with what a rule has returned. */
  protected takeResult(_change: Events[keyof Events], _result: unknown): void {}

  /** The change of an op that has been applied, if anybody wants to know. */
  #event(op: Op, inverse: Op, old: State, origin: Origin): Events["change"] | undefined {
    return this.#listeners && this.describe(op, inverse, old, origin);
  }

  #notify(change: Events["change"]): void {
    const listeners = this.#listeners;
    if (!listeners) return;
    listeners.emit("change", change);
    if (listeners.hasFiner) for (const [name, event] of this.details(change)) listeners.emit(name, event);
  }

  #wake(change: Events["change"]): void {
    const listeners = this.#listeners;
    if (!listeners) return;
    listeners.wake("change", change);
    if (listeners.hasFiner) for (const [name, event] of this.details(change)) listeners.wake(name, event);
  }

  static {
    topicInternals = {
      state: (topic) => topic.#state,
      slot: (topic) => topic.#slot,
      writeAccess: (topic) => topic.#options?.write ?? "nobody",
      isLatest: (topic) => topic.#options?.latest ?? false,
      isOptimistic: (topic) => topic.#options?.optimistic ?? true,
      isRecorded: (topic) => (topic.#options?.history ?? true) && !topic.#options?.latest,
      configure(topic, options) {
        topic.#options = options;
      },
      attach(topic, owner, slot) {
        topic.#owner = owner;
        topic.#slot = slot;
      },
      replaceState(topic, state) {
        topic.#state = state;
        topic.forgetView();
      },
      apply(topic, op, origin, known) {
        const old = topic.#state;
        const inverse = known ?? (topic.#listeners && topic.kind.invert(old, op));
        topic.#state = topic.kind.apply(old, op);
        topic.forgetView();
        return inverse && topic.#event(op, inverse, old, origin);
      },
      describe: (topic, op, inverse, old, origin) => topic.#event(op, inverse, old, origin),
      notify(topic, change) {
        topic.#notify(change);
      },
      hasRules: (topic) => topic.#listeners?.hasRules ?? false,
      wake(topic, change) {
        topic.#wake(change);
      },
    };
  }
}

/** One op on one topic. */
export class TopicChange implements Change {
  readonly keeper: Keeper | undefined;
  readonly topic: AnyTopic;
  readonly op: Op;
  readonly inverse: Op;
  /** Whether a rule made it, and not the transaction's own code. */
  readonly isDerived = isDerived();
  #event: TopicEvent | undefined;

  constructor(keeper: Keeper | undefined, topic: AnyTopic, op: Op, inverse: Op) {
    this.keeper = keeper;
    this.topic = topic;
    this.op = op;
    this.inverse = inverse;
  }

  get hasRules(): boolean {
    return topicInternals.hasRules(this.topic);
  }

  apply(): void {
    this.#event = applyAndTell(this.topic, this.op, this.inverse, currentDirection());
  }

  wake(): void {
    if (this.#event) topicInternals.wake(this.topic, this.#event);
  }

  revert(): void {
    applyAndTell(this.topic, this.inverse, this.op, "rollback");
  }
}

/** Applies a prepared op and tells the observers; returns what they were told, if there is anybody to tell. */
export function applyAndTell(topic: AnyTopic, op: Op, inverse: Op, origin: Origin): TopicEvent | undefined {
  const event = topicInternals.apply(topic, op, origin, inverse);
  if (event) runObservers(() => topicInternals.notify(topic, event));
  return event;
}

/**
 * Carries an op out, here and now: checks it, applies it, tells observers, runs rules. `keeper` is told at the commit.
 */
export function execute(topic: AnyTopic, unchecked: UncheckedOp, keeper?: Keeper): void {
  assertWritable();
  const { kind } = topic;
  const state = topicInternals.state(topic);
  const op = kind.prepare(state, unchecked);
  if (op) executePrepared(topic, op, kind.invert(state, op), keeper);
}

/** `execute` for an op that its kind has prepared for the topic's present state, with what takes it back. */
export function executePrepared(topic: AnyTopic, op: Op, inverse: Op, keeper: Keeper | undefined): void {
  perform(new TopicChange(keeper, topic, op, inverse));
}
