// Events of objects: something that happened, told and then forgotten.
//
// - There is no value: the state is one constant, and no saved data or snapshot has anything of it. So who joins later, or
//   was away, does not hear what was emitted before: an event is told at most once.
// - An emit is an op like others. It belongs to its transaction, which rules may refuse; what takes it back is a `revert`
//   with the same arguments. Only a rollback makes one: `prepare` accepts none from anybody.
// - Arguments are frozen as they come in, and bytes in them are copied in and out.

import { ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, SET, type UncheckedOp } from "./kind.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { adoptData, type Data, detach } from "./value.ts";

const EMIT = 1;
const REVERT = 2;

/** What stands for the value that an event does not have. */
type Nothing = readonly [];

const NOTHING: Nothing = Object.freeze([]);

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
  prepare(_state: Nothing, [code, args]: UncheckedOp): Op {
    if (code === SET) throw new ObjectSyncError("wrong_type", "an event has no value to set: `emit` it");
    if (code === EMIT) return [EMIT, adoptData(args)];
    throw new ObjectSyncError("forbidden", "what was emitted is taken back only with its transaction");
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

/** Something happened, or what did was taken back. */
export interface EventChange<T> extends TopicEvent {
  readonly type: "emit" | "revert";
  readonly args: T;
}

/** What was told with an event. */
export interface EventPart<T> extends TopicEvent {
  readonly args: T;
}

/** The events of an event topic. `emit` is told when it happens, `revert` when its transaction is taken back. */
export interface EventEvents<T> extends TopicEvents {
  readonly change: EventChange<T>;
  readonly emit: EventPart<T>;
  readonly revert: EventPart<T>;
}

/** The options of an event topic: what is told of once has no newest value. */
export type EventOptions = Omit<TopicOptions, "latest">;

/**
 * Something that happens to an object: a press, an alarm, a sound to play. It has no value. Who listens when it is emitted
 * hears it, at most once; who comes later does not. `T` is what is told with it: JSON data, with bytes if need be.
 *
 * ```ts
 * readonly press = new EventTopic<{ x: number }>({ write: "everyone" });
 * button.press.rule("emit", ({ args }) => this.clicks.push(args.x));
 * ```
 */
export class EventTopic<T = null> extends Topic<undefined, Nothing, EventEvents<T>> {
  constructor(options?: EventOptions) {
    super(NOTHING, options);
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

  protected describe([code, args]: Op, _inverse: Op, _old: Nothing, origin: Origin): EventChange<T> {
    return {
      type: code === EMIT ? "emit" : "revert",
      origin,
      // Each listener may change the bytes that it gets.
      get args() {
        return detach(args as Data) as T;
      },
    };
  }

  protected override *details(change: EventChange<T>): Iterable<readonly ["emit" | "revert", EventPart<T>]> {
    yield [change.type, change];
  }
}
