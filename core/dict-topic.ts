// Dicts: their algebra, and the topic around it.
//
// - Any op fits any state: a put of an equal item and a delete of what is not there are none. So what a client wrote
//   for an older value still means something, and is never stale.
// - The Map is never handed out, its items are: they are frozen as they come in. `value` is a record made of the Map
//   when somebody asks, and forgotten at the next change.
// - Empty dicts share one Map, which nobody changes: `apply` begins another one.
//
// Not here: who is told of a change, and when (topic.ts, transaction.ts).

import { describeValue, ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, SET, type UncheckedOp } from "./kind.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { adopt, checkKey, equals, type Json } from "./value.ts";

const PUT = 1;
const DELETE = 2;

type Entries = Map<string, Json>;

const EMPTY: Entries = new Map();

/**
 * The algebra of dicts: `put(key, item)`, `delete(key)`, each key a register of its own; `set` takes keys and items in
 * turn, in one array. The state is a Map that is changed in place. The order of keys is no part of the value.
 */
export const dictKind: Kind<Entries> = {
  name: "dict",
  ops: [
    { name: "set", arity: 1 },
    { name: "put", arity: 2 },
    { name: "delete", arity: 1 },
  ],
  isPositional: false,
  isScalar: false,
  prepare(state: Entries, [code, ...operands]: UncheckedOp): Op | undefined {
    if (code === SET) {
      const entries = dictKind.fromWire(operands[0]);
      return dictKind.equals(state, entries) ? undefined : [SET, dictKind.toWire(entries)];
    }
    const key = checkKey(operands[0]);
    if (code === DELETE) return state.has(key) ? [DELETE, key] : undefined;
    const item = adopt(operands[1], 1);
    return equals(item, state.get(key)) ? undefined : [PUT, key, item];
  },
  effort: (state, [code]) => (code === SET ? state.size * 50 : 0),
  apply(shared: Entries, [code, key, item]: Op): Entries {
    if (code === SET) return dictKind.fromWire(key);
    const state = shared === EMPTY ? new Map() : shared;
    if (code === PUT) state.set(key as string, item as Json);
    else state.delete(key as string);
    return state;
  },
  invert(state: Entries, [code, key]: Op): Op {
    if (code === SET) return [SET, dictKind.toWire(state)];
    const old = state.get(key as string);
    return old === undefined ? [DELETE, key as string] : [PUT, key as string, old];
  },
  toWire(state: Entries): Json[] {
    const pairs: Json[] = [];
    for (const [key, item] of state) pairs.push(key, item);
    return pairs;
  },
  fromWire(data: unknown): Entries {
    if (!Array.isArray(data) || data.length % 2 !== 0) {
      throw new ObjectSyncError("wrong_type", `expected keys and items in turn, got ${describeValue(data)}`);
    }
    if (data.length === 0) return EMPTY;
    const entries: Entries = new Map();
    for (let index = 0; index < data.length; index += 2) entries.set(checkKey(data[index]), adopt(data[index + 1], 1));
    return entries;
  },
  equals(a: Entries, b: Entries): boolean {
    if (a.size !== b.size) return false;
    for (const [key, item] of a) if (!equals(item, b.get(key))) return false;
    return true;
  },
};

/** What an op did to a dict. `old` is `undefined` where the key is new. */
export type DictChange<T> = TopicEvent &
  (
    | { readonly type: "put"; readonly key: string; readonly old: T | undefined; readonly item: T }
    | { readonly type: "delete"; readonly key: string; readonly old: T }
    | { readonly type: "set"; readonly old: Readonly<Record<string, T>>; readonly value: Readonly<Record<string, T>> }
  );

/** A key has an item that it did not have. */
export interface DictPut<T> extends TopicEvent {
  readonly key: string;
  /** `undefined` where the key is new. */
  readonly old: T | undefined;
  readonly item: T;
}

/** A key has gone. */
export interface DictDelete<T> extends TopicEvent {
  readonly key: string;
  readonly old: T;
}

/** The events of a dict topic. A `set` is also told key by key. */
export interface DictEvents<T> extends TopicEvents {
  readonly change: DictChange<T>;
  readonly put: DictPut<T>;
  readonly delete: DictDelete<T>;
}

/** Items by string key, which are JSON data of type `T`; empty by default. The order of keys means nothing. */
export class DictTopic<T = Json> extends Topic<Readonly<Record<string, T>>, Entries, DictEvents<T>> {
  #view: Readonly<Record<string, T>> | undefined;

  constructor(initial: Readonly<Record<string, T>> = {}, options?: TopicOptions) {
    super(dictKind.fromWire(pairs(initial)), options);
  }

  get kind(): typeof dictKind {
    return dictKind;
  }

  /** How many keys there are. */
  get size(): number {
    return this.read().size;
  }

  /** The item of a key; `undefined` if the key is not there. */
  get(key: string): T | undefined {
    return this.read().get(key) as T | undefined;
  }

  has(key: string): boolean {
    return this.read().has(key);
  }

  keys(): string[] {
    return [...this.read().keys()];
  }

  entries(): [key: string, item: T][] {
    return [...this.read().entries()] as [string, T][];
  }

  /** Replaces the whole. */
  set(value: Readonly<Record<string, T>>): void {
    this.write([SET, pairs(value)]);
  }

  /** Gives a key, new or not, its item. */
  put(key: string, item: T): void {
    this.write([PUT, key, item]);
  }

  /** Removes a key; nothing happens if it is not there. */
  delete(key: string): void {
    this.write([DELETE, key]);
  }

  protected view(state: Entries): Readonly<Record<string, T>> {
    this.#view ??= record<T>(state);
    return this.#view;
  }

  protected override forgetView(): void {
    this.#view = undefined;
  }

  protected describe(op: Op, inverse: Op, _old: Entries, origin: Origin): DictChange<T> {
    const key = op[1] as string;
    switch (op[0]) {
      case SET:
        return { type: "set", origin, old: record<T>(dictKind.fromWire(inverse[1])), value: this.view(this.state) };
      case PUT:
        return { type: "put", origin, key, old: inverse[2] as T | undefined, item: op[2] as T };
      default:
        return { type: "delete", origin, key, old: inverse[2] as T };
    }
  }

  protected override *details(
    change: DictChange<T>,
  ): Iterable<readonly ["put", DictPut<T>] | readonly ["delete", DictDelete<T>]> {
    const { origin } = change;
    if (change.type === "put") yield ["put", change];
    if (change.type === "delete") yield ["delete", change];
    if (change.type !== "set") return;
    const { old, value } = change;
    for (const key of Object.keys(old)) {
      if (!Object.hasOwn(value, key)) yield ["delete", { origin, key, old: old[key] as T }];
    }
    for (const [key, item] of Object.entries(value)) {
      if (!equals(item as Json, old[key] as Json | undefined)) yield ["put", { origin, key, old: old[key], item }];
    }
  }
}

function pairs(value: Readonly<Record<string, unknown>>): unknown[] {
  if (typeof value === "object" && value !== null) {
    const prototype = Object.getPrototypeOf(value);
    // Not of an instance: a Map has no entries of this sort, and would empty the dict.
    if (prototype === null || prototype === Object.prototype) return Object.entries(value).flat(1);
  }
  throw new ObjectSyncError("wrong_type", `expected an object of items by key, got ${describeValue(value)}`);
}

function record<T>(entries: Entries): Readonly<Record<string, T>> {
  const copy = Object.create(null);
  for (const [key, item] of entries) copy[key] = item;
  return Object.freeze(copy);
}
