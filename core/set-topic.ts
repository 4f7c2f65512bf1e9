// Sets: their algebra, and the topic around it.
//
// - Any op fits any state: an addition of what is there and a deletion of what is not are none. So what a client wrote
//   for an older value still means something, and is never stale.
// - The Set is never handed out. `value` is a copy made when somebody asks, and forgotten at the next change.
// - Empty sets share one Set, which nobody changes: `apply` begins another one.
// - Items are scalars, so that a Set finds them: what holds objects would need equality by content.

import { draft, type Recipe } from "./draft.ts";
import { describeValue, ObjectSyncError } from "./error.ts";
import { immutableSet } from "./immutable-set.ts";
import { type Kind, type Op, type Origin, type References, SET, type Side, type UncheckedOp } from "./kind.ts";
import { mergeRegisters, transformRegister } from "./register.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { finite, wellFormed } from "./value.ts";

/** What a set can hold. */
export type SetItem = string | number | boolean;

/** Op codes of the kinds of sets. */
export const ADD = 1;
export const DELETE = 2;

const EMPTY: Set<never> = new Set();

/**
 * The algebra of sets, for items of one sort: `set` takes an array of items, `add(item)` and `delete(item)` one. The state
 * is a Set that is changed in place. The order of items is no part of the value.
 */
export function makeSetKind<Item extends SetItem>(
  name: string,
  adoptItem: (item: unknown) => Item,
  references?: References,
): Kind<Set<Item>> {
  const fromWire = (data: unknown): Set<Item> => {
    if (!Array.isArray(data)) {
      throw new ObjectSyncError("wrong_type", `expected an array of items, got ${describeValue(data)}`);
    }
    if (data.length === 0) return EMPTY;
    const items = new Set<Item>();
    // By index: holes become an error, as `undefined` is.
    for (let index = 0; index < data.length; index++) items.add(adoptItem(data[index]));
    return items;
  };
  const toWire = (state: ReadonlySet<Item>): Item[] => Array.from(state);
  const equals = (a: ReadonlySet<Item>, b: ReadonlySet<Item>): boolean => {
    if (a.size !== b.size) return false;
    for (const item of a) if (!b.has(item)) return false;
    return true;
  };
  const kind: Kind<Set<Item>> = {
    name,
    ops: [
      { name: "set", arity: 1 },
      { name: "add", arity: 1 },
      { name: "delete", arity: 1 },
    ],
    isPositional: false,
    isScalar: false,
    prepare(state: Set<Item>, [code, operand]: UncheckedOp): Op | undefined {
      if (code === SET) {
        const items = fromWire(operand);
        return equals(state, items) ? undefined : [SET, toWire(items)];
      }
      const item = adoptItem(operand);
      return state.has(item) === (code === ADD) ? undefined : [code, item];
    },
    effort: (state, [code]) => (code === SET ? state.size * 50 : 0),
    apply(shared: Set<Item>, [code, operand]: Op): Set<Item> {
      if (code === SET) return fromWire(operand);
      const state = shared === EMPTY ? new Set<Item>() : shared;
      if (code === ADD) state.add(operand as Item);
      else state.delete(operand as Item);
      return state;
    },
    invert(state: Set<Item>, [code, operand]: Op): Op {
      if (code === SET) return [SET, toWire(state)];
      return [code === ADD ? DELETE : ADD, operand as Item];
    },
    transform(op: Op, over: Op, side: Side): readonly Op[] {
      return side === "later" && isDone(op, over) ? [] : transformRegister(kind, op, over, side);
    },
    merge: (first, second) => mergeRegisters(kind.transform, first, second),
    kept: (op) => (op[0] === SET ? op : op[0] === ADD ? [op[1] as Item] : []),
    toWire,
    fromWire,
    equals,
    ...(references && { references }),
  };
  return kind;
}

/** The algebra of sets of strings, numbers and booleans. */
export const setKind: Kind<Set<SetItem>> = makeSetKind("set", adoptItem);

/** What an op did to a set. */
export type SetChange<T> = TopicEvent &
  (
    | { readonly type: "add"; readonly item: T }
    | { readonly type: "delete"; readonly item: T }
    | { readonly type: "set"; readonly deleted: readonly T[]; readonly added: readonly T[] }
  );

/** An item came or went. */
export interface SetPart<T> extends TopicEvent {
  readonly item: T;
}

/** The events of a set topic. A `set` is also told item by item. */
export interface SetEvents<T> extends TopicEvents {
  readonly change: SetChange<T>;
  readonly add: SetPart<T>;
  readonly delete: SetPart<T>;
}

/**
 * Strings, numbers and booleans, each at most once; empty by default. Their order means nothing. `T` has no constraint, or
 * the compiler would take `new SetTopic(["a"])` for a set that holds nothing but "a".
 */
export class SetTopic<T = string> extends Topic<ReadonlySet<T>, Set<SetItem>, SetEvents<T>> {
  #view: ReadonlySet<T> | undefined;

  constructor(initial: Iterable<T & SetItem> = [], options?: TopicOptions) {
    super(setKind.fromWire(itemsOf(initial)), options);
  }

  get kind(): typeof setKind {
    return setKind;
  }

  /**
   * Changes a draft of the set as one changes a Set; then what is new is added and what is gone deleted, all together. Needs
   * `import "objectsync/drafts"`, which the server's entry has.
   */
  update(recipe: Recipe<Set<T>, Iterable<T>>): void {
    this.together(() => {
      const result = draft(this, (drafting) => drafting.set(this.state, recipe));
      if ("whole" in result) return this.set(result.whole as Iterable<T & SetItem>);
      for (const [item, isThere] of result.edits) this.write([isThere ? ADD : DELETE, item]);
    });
  }

  /** How many items there are. */
  get size(): number {
    return this.read().size;
  }

  has(item: T & SetItem): boolean {
    return this.read().has(item);
  }

  /** The items, in no particular order. */
  [Symbol.iterator](): Iterator<T> {
    return this.value[Symbol.iterator]();
  }

  /** Replaces the whole. */
  set(items: Iterable<T & SetItem>): void {
    this.write([SET, itemsOf(items)]);
  }

  /** Adds an item; nothing happens if it is there. */
  add(item: T & SetItem): void {
    this.write([ADD, item]);
  }

  /** Removes an item; nothing happens if it is not there. */
  delete(item: T & SetItem): void {
    this.write([DELETE, item]);
  }

  protected view(state: Set<SetItem>): ReadonlySet<T> {
    this.#view ??= immutableSet(state as Iterable<T>);
    return this.#view;
  }

  protected override forgetView(): void {
    this.#view = undefined;
  }

  protected describe(op: Op, inverse: Op, _old: Set<SetItem>, origin: Origin): SetChange<T> {
    if (op[0] === SET) {
      const { deleted, added } = difference(inverse[1] as readonly T[], op[1] as readonly T[]);
      return { type: "set", origin, deleted, added };
    }
    return { type: op[0] === ADD ? "add" : "delete", origin, item: op[1] as T };
  }

  protected override *details(change: SetChange<T>): Iterable<readonly ["add" | "delete", SetPart<T>]> {
    const { origin } = change;
    if (change.type !== "set") return yield [change.type, change];
    for (const item of change.deleted) yield ["delete", { origin, item }];
    for (const item of change.added) yield ["add", { origin, item }];
  }
}

/** The items of a whole value as an array. A string is none, though it can be iterated. */
export function itemsOf<T>(items: Iterable<T>): T[] {
  if (typeof items === "object" && typeof items?.[Symbol.iterator] === "function") return Array.from(items);
  throw new ObjectSyncError("wrong_type", `expected a set or an array of items, got ${describeValue(items)}`);
}

/** What leads from one set to another. */
export function difference<Item>(
  from: readonly Item[],
  to: readonly Item[],
): { readonly deleted: readonly Item[]; readonly added: readonly Item[] } {
  const [old, present] = [new Set(from), new Set(to)];
  return {
    deleted: Object.freeze(from.filter((item) => !present.has(item))),
    added: Object.freeze(to.filter((item) => !old.has(item))),
  };
}

/** Whether an addition or a deletion changes nothing where another op has happened: what takes it back would be wrong. */
function isDone([code, item]: Op, [overCode, operand]: Op): boolean {
  if (code === SET) return false;
  if (overCode === SET) return (operand as readonly SetItem[]).includes(item as SetItem) === (code === ADD);
  return code === overCode && item === operand;
}

function adoptItem(item: unknown): SetItem {
  switch (typeof item) {
    case "string":
      return wellFormed(item);
    case "number":
      return finite(item);
    case "boolean":
      return item;
    default:
      throw new ObjectSyncError(
        "wrong_type",
        `a set holds strings, numbers and booleans, got ${describeValue(item)}: a dict holds anything, by key`,
      );
  }
}
