// Dicts: their algebra, and the topics around it.
//
// `DictTopic` holds what it is given; dicts of objects (ref-dict-topic.ts) hold their ids. What is given and what is held
// differ there, and nothing else does.
//
// - Any op fits any state: a put of an equal item and a delete of what is not there are none. So what a client wrote
//   for an older value still means something, and is never stale.
// - The Map is never handed out, its items are: they are frozen as they come in. What is handed out is a record made of
//   the Map when somebody asks, and forgotten at the next change.
// - Empty dicts share one Map, which nobody changes: `apply` begins another one.
//
// Not here: who is told of a change, and when (topic.ts, transaction.ts).

import type { Wire } from "./codec.ts";
import { type DraftOf, draft, type Recipe } from "./draft.ts";
import { describeValue, ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, type References, SET, type UncheckedOp } from "./kind.ts";
import { mergeRegisters, transformRegister } from "./register.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { adopt, checkKey, equals, isPlainObject, type Json } from "./value.ts";

/** Op codes of the kinds of dicts. */
export const PUT = 1;
export const DELETE = 2;

const EMPTY = new Map<string, never>();

/**
 * The algebra of dicts, for items of one sort: `put(key, item)`, `delete(key)`, each key a register of its own; `set` takes
 * keys and items in turn, in one array. The state is a Map that is changed in place. The order of keys is no part of the
 * value.
 */
export function makeDictKind<Item extends Json>(
  name: string,
  adoptItem: (item: unknown) => Item,
  references?: References,
): Kind<Map<string, Item>> {
  type Entries = Map<string, Item>;
  const fromWire = (data: unknown): Entries => {
    if (!Array.isArray(data) || data.length % 2 !== 0) {
      throw new ObjectSyncError("wrong_type", `expected keys and items in turn, got ${describeValue(data)}`);
    }
    if (data.length === 0) return EMPTY;
    const entries: Entries = new Map();
    for (let index = 0; index < data.length; index += 2) entries.set(checkKey(data[index]), adoptItem(data[index + 1]));
    return entries;
  };
  const toWire = (state: Entries): Json[] => {
    const pairs: Json[] = [];
    for (const [key, item] of state) pairs.push(key, item);
    return pairs;
  };
  const isEqual = (a: Entries, b: Entries): boolean => {
    if (a.size !== b.size) return false;
    for (const [key, item] of a) if (!equals(item, b.get(key))) return false;
    return true;
  };
  const kind: Kind<Entries> = {
    name,
    ops: [
      { name: "set", arity: 1 },
      { name: "put", arity: 2 },
      { name: "delete", arity: 1 },
    ],
    isPositional: false,
    isScalar: false,
    prepare(state: Entries, [code, ...operands]: UncheckedOp): Op | undefined {
      if (code === SET) {
        const entries = fromWire(operands[0]);
        return isEqual(state, entries) ? undefined : [SET, toWire(entries)];
      }
      const key = checkKey(operands[0]);
      if (code === DELETE) return state.has(key) ? [DELETE, key] : undefined;
      const item = adoptItem(operands[1]);
      return equals(item, state.get(key)) ? undefined : [PUT, key, item];
    },
    effort: (state, [code]) => (code === SET ? state.size * 50 : 0),
    apply(shared: Entries, [code, key, item]: Op): Entries {
      if (code === SET) return fromWire(key);
      const state = shared === EMPTY ? new Map<string, Item>() : shared;
      if (code === PUT) state.set(key as string, item as Item);
      else state.delete(key as string);
      return state;
    },
    invert(state: Entries, [code, key]: Op): Op {
      if (code === SET) return [SET, toWire(state)];
      const old = state.get(key as string);
      return old === undefined ? [DELETE, key as string] : [PUT, key as string, old];
    },
    transform: (op, over, side) => transformRegister(kind, op, over, side),
    merge: (first, second) => mergeRegisters(kind.transform, first, second),
    kept: (op) => (op[0] === SET ? op : op[0] === PUT ? op.slice(1) : []),
    toWire,
    fromWire,
    equals: isEqual,
    saved: { fromWire: recordOfPairs, toWire: (data) => pairsOf(data) as Wire[] },
    ...(references && { references }),
  };
  return kind;
}

/** The algebra of dicts of JSON data. */
export const dictKind: Kind<Map<string, Json>> = makeDictKind("dict", (item) => adopt(item, 1));

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

/** What dicts of all sorts can do: they show an `Item` for each `Stored`, and take what is `Given`. */
export abstract class AbstractDictTopic<Item, Given extends Item, Stored extends Json> extends Topic<
  Readonly<Record<string, Item>>,
  Map<string, Stored>,
  DictEvents<Item>
> {
  /** How many keys there are. */
  get size(): number {
    return this.read().size;
  }

  /** The item of a key; `undefined` if the key is not there. */
  get(key: string): Item | undefined {
    const stored = this.read().get(key);
    return stored === undefined ? undefined : this.toItem(stored);
  }

  has(key: string): boolean {
    return this.read().has(key);
  }

  keys(): string[] {
    return [...this.read().keys()];
  }

  entries(): [key: string, item: Item][] {
    return Array.from(this.read(), ([key, stored]) => [key, this.toItem(stored)]);
  }

  /** Replaces the whole. */
  set(value: Readonly<Record<string, Given>>): void {
    this.write([SET, this.toStored(value)]);
  }

  /** Gives a key, new or not, its item. */
  put(key: string, item: Given): void {
    this.write([PUT, key, this.toStoredItem(item)]);
  }

  /** Removes a key; nothing happens if it is not there. */
  delete(key: string): void {
    this.write([DELETE, key]);
  }

  /** What is stored for an item. Throws for what cannot be. */
  protected abstract toStoredItem(item: Given): unknown;

  /** Keys and what is stored for their items, in turn. */
  protected abstract toStored(value: Readonly<Record<string, Given>>): unknown;

  /** The item that is shown for what is stored. */
  protected abstract toItem(stored: Stored): Item;

  /** Whether two items that are shown are equal. */
  protected abstract isSame(a: Item, b: Item | undefined): boolean;

  protected override *details(
    change: DictChange<Item>,
  ): Iterable<readonly ["put", DictPut<Item>] | readonly ["delete", DictDelete<Item>]> {
    const { origin } = change;
    if (change.type === "put") yield ["put", change];
    if (change.type === "delete") yield ["delete", change];
    if (change.type !== "set") return;
    const { old, value } = change;
    for (const key of Object.keys(old)) {
      if (!Object.hasOwn(value, key)) yield ["delete", { origin, key, old: old[key] as Item }];
    }
    for (const [key, item] of Object.entries(value)) {
      if (!this.isSame(item, old[key])) yield ["put", { origin, key, old: old[key], item }];
    }
  }
}

/** Items by string key, which are JSON data of type `T`; empty by default. The order of keys means nothing. */
export class DictTopic<T = Json> extends AbstractDictTopic<T, T, Json> {
  #view: Readonly<Record<string, T>> | undefined;

  constructor(initial: Readonly<Record<string, T>> = {}, options?: TopicOptions) {
    super(dictKind.fromWire(pairsOf(initial)), options);
  }

  get kind(): typeof dictKind {
    return dictKind;
  }

  /**
   * Changes a draft of the dict as one changes a record; then each key that is another now is put or deleted, all together.
   * Needs `import "objectsync/drafts"`, which the server's entry has.
   */
  update(recipe: Recipe<DraftOf<Record<string, T>>, Readonly<Record<string, T>>>): void {
    this.together(() => {
      const result = draft(this, (drafting) => drafting.record(this.state, recipe));
      if ("whole" in result) return this.set(result.whole as Readonly<Record<string, T>>);
      for (const [[key], ...item] of result.edits) this.write([item.length === 0 ? DELETE : PUT, key, ...item]);
    });
  }

  protected toStoredItem(item: T): unknown {
    return item;
  }

  protected toStored(value: Readonly<Record<string, T>>): unknown {
    return pairsOf(value);
  }

  protected toItem(stored: Json): T {
    return stored as T;
  }

  protected isSame(a: T, b: T | undefined): boolean {
    return equals(a as Json, b as Json | undefined);
  }

  protected view(state: Map<string, Json>): Readonly<Record<string, T>> {
    this.#view ??= record<T>(state);
    return this.#view;
  }

  protected override forgetView(): void {
    this.#view = undefined;
  }

  protected describe(op: Op, inverse: Op, _old: Map<string, Json>, origin: Origin): DictChange<T> {
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
}

/** Keys and items of a whole value, in turn. */
export function pairsOf(value: unknown): unknown[] {
  // Not of an instance: a Map has no entries of this sort, and would empty the dict.
  if (!isPlainObject(value)) {
    throw new ObjectSyncError("wrong_type", `expected an object of items by key, got ${describeValue(value)}`);
  }
  const pairs: unknown[] = [];
  for (const key of Object.keys(value)) pairs.push(key, value[key]);
  return pairs;
}

function recordOfPairs(pairs: Wire): Wire {
  const copy: Record<string, Wire> = Object.create(null);
  const all = pairs as readonly Wire[];
  for (let index = 0; index < all.length; index += 2) copy[all[index] as string] = all[index + 1] as Wire;
  return copy;
}

/** A record of entries, immutable. */
export function record<T>(entries: ReadonlyMap<string, unknown>): Readonly<Record<string, T>> {
  const copy = Object.create(null);
  for (const [key, item] of entries) copy[key] = item;
  return Object.freeze(copy);
}
