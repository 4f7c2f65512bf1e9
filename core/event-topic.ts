// Events of objects: something that happened, told and then forgotten.
//
// - There is no value: the state is one constant, and no saved data or snapshot has anything of it. So who joins later, or
//   was away, does not hear what was emitted before: an event is told at most once.
// - An emit is an op like others. It belongs to its transaction, which rules may refuse; what takes it back is a `revert`
//   with the same arguments. `prepare` accepts none from anybody: only a rollback makes one, or an undo.
// - Arguments are frozen as they come in, and bytes in them are copied in and out.
// - An event that has an `inverse` can be undone. What its rules return, its info, is kept beside the op of the emit, and so
//   with the step of the history that holds the op: it is in no message. A `revert` is in none either, as there is nothing
//   that a mirror would have to take back.

import { describeValue, ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, SET, type UncheckedOp } from "./kind.ts";
import { callObserver, type Listener } from "./listeners.ts";
import type { SObject } from "./object.ts";
import { type AnyTopic, applyAndTell, Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { type Change, currentDirection, perform, runObservers } from "./transaction.ts";
import { adoptData, type Data, type DataRecord, detach, isPlainObject } from "./value.ts";

const EMIT = 1;
const REVERT = 2;

/** What stands for the value that an event does not have. */
type Nothing = readonly [];

const NOTHING: Nothing = Object.freeze([]);

/** By the op of an emit, what rules returned. */
const infos = new WeakMap<Op, DataRecord>();

/** By the event that tells of it, the op of an emit: of those that have an inverse. */
const emits = new WeakMap<TopicEvent, Op>();

const NO_INFO: DataRecord = Object.freeze(Object.create(null));

/** The algebra of events: `emit(args)`, taken back by `revert(args)`. An emit is always a change, a `set` is refused. */
export const eventKind: Kind<Nothing> = {
  name: "event",
  ops: [
    { name: "set", arity: 1 },
    { name: "emit", arity: 1 },
    { name: "revert", arity: 1 },
  ],
  isPositional: false,
  isScalar: true,
  isEvent: true,
  prepare(_state: Nothing, op: UncheckedOp): Op {
    const [code, args] = op;
    if (code === SET) throw new ObjectSyncError("wrong_type", "an event has no value to set: `emit` it");
    if (code !== EMIT)
      throw new ObjectSyncError("forbidden", "what was emitted is taken back only with its transaction");
    // One that is emitted again keeps its info.
    return infos.has(op as Op) ? (op as Op) : [EMIT, adoptData(args)];
  },
  effort: () => 0,
  apply: (state) => state,
  invert: (_state, [code, args]) => [code === EMIT ? REVERT : EMIT, args as Data],
  transform: (op) => [op],
  // Who listens hears of each.
  merge: () => undefined,
  toWire: (state) => state,
  fromWire(data: unknown): Nothing {
    if (Array.isArray(data) && data.length === 0) return NOTHING;
    throw new ObjectSyncError("wrong_type", "an event has no value");
  },
  equals: () => true,
};

/** What is known of an event if nobody says more: any data, by name. */
export interface EventInfo {
  readonly [name: string]: Data;
}

/** What was told with an event. */
export interface EventPart<T, Info extends object = EventInfo> extends TopicEvent {
  /** For the compiler only: what a rule on it may return. */
  readonly "~result"?: RuleResult<Info>;
  readonly args: T;
  /**
   * What the rules on `emit` have returned so far: nothing yet for observers, who come before them; all of it when the event
   * is taken back or redone. `undefined` where the topic has no `inverse`, and on a mirror.
   */
  readonly info: Readonly<Partial<Info>> | undefined;
}

/** Something happened, or what did was taken back. */
export interface EventChange<T, Info extends object = EventInfo> extends EventPart<T, Info> {
  readonly type: "emit" | "revert";
}

/**
 * The events of an event topic. `emit` is told when it happens, and when it is redone; `revert` when it is taken back, by a
 * rollback or an undo.
 */
export interface EventEvents<T, Info extends object = EventInfo> extends TopicEvents {
  readonly change: EventChange<T, Info>;
  readonly emit: EventPart<T, Info>;
  readonly revert: EventPart<T, Info>;
}

/** What was emitted, as an `inverse` is told when it is undone. */
export interface Emission<T, Info extends object = EventInfo> {
  readonly args: T;
  /** What the rules on `emit` returned. */
  readonly info: Readonly<Partial<Info>>;
  /** The object whose event it is, as it is now; none for a topic that stands alone. */
  readonly object: SObject | undefined;
}

/** The options of an event topic: what is told of once has no newest value. */
export interface EventOptions<T = unknown, Info extends object = EventInfo> extends Omit<TopicOptions, "latest"> {
  /**
   * Makes the event undoable: an emit is part of its step in the history, and `inverse` is called when that is undone, before
   * the observers of `revert`. What rules changed in topics is taken back by itself, so this is for the rest. It is called
   * as an observer is: it cannot write, and what it throws is reported. Default: an emit is in no history.
   */
  readonly inverse?: (emission: Emission<T, Info>) => unknown;
}

/** What a rule on an event may return: info, if the topic says of what type, else anything. */
// biome-ignore lint/suspicious/noConfusingVoidType: most rules return nothing
type RuleResult<Info> = string extends keyof Info ? unknown : Readonly<Partial<Info>> | undefined | void;

/** What histories do with events. */
interface EventInternals {
  isReversible(topic: AnyTopic): topic is AnyEventTopic;
  /** Takes an emit back that has been committed. */
  takeBack(topic: AnyEventTopic, emit: Op): void;
  /** What an emit keeps beside its arguments. */
  infoOf(emit: Op): DataRecord;
  /** Has a topic that takes another's place undo what that did. */
  succeed(topic: AnyTopic, predecessor: AnyTopic | undefined): void;
}

/** An event topic of any type. */
// biome-ignore lint/suspicious/noExplicitAny: variance, as of `AnyTopic`
type AnyEventTopic = EventTopic<any, any>;

/** See `EventInternals`; assigned once, by the class below, which alone can reach its private fields. */
export let eventInternals: EventInternals;

/**
 * Something that happens to an object: a press, an alarm, a sound to play. It has no value. Who listens when it is emitted
 * hears it, at most once; who comes later does not. `T` is what is told with it: JSON data, with bytes if need be.
 *
 * ```ts
 * readonly press = new EventTopic<{ x: number }>({ write: "everyone" });
 * button.press.rule("emit", ({ args }) => this.clicks.push(args.x));
 * ```
 *
 * With an `inverse` it can be undone and redone. `Info` is what the rules return for that: plain objects, of data, which
 * are merged; of a name that several give, the first counts. It is kept with the step, on the server.
 */
export class EventTopic<T = null, Info extends object = EventInfo> extends Topic<
  undefined,
  Nothing,
  EventEvents<T, Info>
> {
  #inverse: EventOptions<T, Info>["inverse"];

  /** Throws `wrong_type`, and `invalid_value` for `history: true` without an `inverse`. */
  constructor(options?: EventOptions<T, Info>) {
    super(NOTHING, options);
    const { inverse, history } = options ?? {};
    if (inverse !== undefined && typeof inverse !== "function") {
      throw new ObjectSyncError("wrong_type", `expected a function as \`inverse\`, got ${describeValue(inverse)}`);
    }
    if (history && !inverse) {
      throw new ObjectSyncError("invalid_value", "an event that is to be undone needs an `inverse`");
    }
    this.#inverse = inverse;
  }

  get kind(): typeof eventKind {
    return eventKind;
  }

  /** Tells all who listen, here and on the other ends. */
  emit(...[args]: null extends T ? [args?: T] : [args: T]): void {
    this.write([EMIT, args ?? null]);
  }

  protected view(): undefined {
    return undefined;
  }

  protected describe(op: Op, inverse: Op, _old: Nothing, origin: Origin): EventChange<T, Info> {
    const isEmit = op[0] === EMIT;
    const emit = isEmit ? op : inverse;
    const isReversible = this.#inverse !== undefined;
    const change: EventChange<T, Info> = {
      type: isEmit ? "emit" : "revert",
      origin,
      // Each listener may change the bytes that it gets.
      get args() {
        return argsOf(emit) as T;
      },
      get info() {
        return isReversible ? (infoOf(emit) as Partial<Info>) : undefined;
      },
    };
    if (isReversible) emits.set(change, emit);
    return change;
  }

  protected override *details(
    change: EventChange<T, Info>,
  ): Iterable<readonly ["emit" | "revert", EventPart<T, Info>]> {
    yield [change.type, change];
  }

  /** A plain object that a rule returns is info. */
  protected override takeResult(change: TopicEvent, result: unknown): void {
    const emit = emits.get(change);
    if (emit && isPlainObject(result)) infos.set(emit, adoptInfo({ ...result, ...infos.get(emit) }));
  }

  static {
    eventInternals = {
      isReversible: (topic): topic is AnyEventTopic => topic instanceof EventTopic && topic.#inverse !== undefined,
      takeBack: (topic, emit) => perform(new Reversal(topic, emit, topic.#inverse as Listener<Emission<unknown>>)),
      infoOf,
      succeed(topic, predecessor) {
        if (topic instanceof EventTopic && predecessor instanceof EventTopic) topic.#inverse = predecessor.#inverse;
      },
    };
  }
}

/** The end of an emit that was committed before. */
class Reversal implements Change {
  /** No tree is told: of an event nothing is left that others would have to take back. */
  readonly keeper = undefined;
  readonly hasRules = false;
  readonly #topic: AnyEventTopic;
  readonly #emit: Op;
  readonly #revert: Op;
  readonly #inverse: Listener<Emission<unknown>>;

  constructor(topic: AnyEventTopic, emit: Op, inverse: Listener<Emission<unknown>>) {
    this.#topic = topic;
    this.#emit = emit;
    this.#revert = eventKind.invert(NOTHING, emit);
    this.#inverse = inverse;
  }

  apply(): void {
    const emission = { args: argsOf(this.#emit), info: infoOf(this.#emit), object: this.#topic.object };
    runObservers(() => callObserver(this.#inverse, emission, this.#topic, "the inverse"));
    applyAndTell(this.#topic, this.#revert, this.#emit, currentDirection());
  }

  wake(): void {}

  revert(): void {
    applyAndTell(this.#topic, this.#emit, this.#revert, "rollback");
  }
}

function argsOf([, args]: Op): Data {
  return detach(args as Data);
}

function infoOf(emit: Op): DataRecord {
  return detach(infos.get(emit) ?? NO_INFO) as DataRecord;
}

function adoptInfo(info: object): DataRecord {
  try {
    return adoptData(info) as DataRecord;
  } catch (error) {
    if (!(error instanceof ObjectSyncError)) throw error;
    throw new ObjectSyncError(error.code, `what a rule on \`emit\` returned is kept for the inverse: ${error.message}`);
  }
}
