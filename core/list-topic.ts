// Lists: their algebra, and the topics around it.
//
// `ListTopic` holds what it is given; lists of objects (ref-list-topic.ts) hold their ids. What is given and what is held
// differ there, and nothing else does.
//
// - `prepare` leaves no `set`: what is applied, taken back and sent is a splice, a put or a move, and its indexes lie
//   within the state that it was prepared for. `apply` and `invert` look at nothing again.
// - Negative indexes are the mutators' affair, ops have none.
// - The array is never handed out, its items are: they are frozen as they come in. What is handed out is a copy made
//   when somebody asks, and forgotten at the next change. Empty lists share one array, which nobody changes.
//
// Not here: what becomes of an op that was made for an older list (list-transform.ts).

import { type DraftOf, draft, type Recipe } from "./draft.ts";
import { describeValue, ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, type References, SET, type UncheckedOp } from "./kind.ts";
import { checkListOp, MOVE, mergeListOps, PUT, transformListOp } from "./list-transform.ts";
import { integerIn } from "./range.ts";
import { SPLICE } from "./splice.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { adopt, equals, type Json } from "./value.ts";

const EMPTY: never[] = [];

/**
 * The algebra of lists, for items of one sort: `splice(index, deleteCount, items)`, `put(index, item)`, `move(from, to)`
 * where `to` is the index afterwards. A `set` is carried out as the one splice between what begins and ends alike. The
 * state is an array that is changed in place.
 */
export function makeListKind<Item extends Json>(
  name: string,
  adoptItem: (item: unknown) => Item,
  references?: References,
): Kind<Item[]> {
  const adoptItems = (data: unknown): Item[] => {
    if (!Array.isArray(data)) {
      throw new ObjectSyncError("wrong_type", `expected an array of items, got ${describeValue(data)}`);
    }
    const items: Item[] = [];
    // By index: holes become an error, as `undefined` is.
    for (let index = 0; index < data.length; index++) items.push(adoptItem(data[index]));
    return items;
  };
  return {
    name,
    ops: [
      { name: "set", arity: 1 },
      { name: "splice", arity: 3 },
      { name: "put", arity: 2 },
      { name: "move", arity: 2 },
    ],
    isPositional: true,
    isScalar: false,
    prepare(state: Item[], [code, ...operands]: UncheckedOp): Op | undefined {
      switch (code) {
        case SET:
          return difference(state, adoptItems(operands[0]));
        case SPLICE: {
          const index = integerIn(0, state.length, operands[0], "an index");
          const count = integerIn(0, state.length - index, operands[1], "a number of items to delete");
          const items = Object.freeze(adoptItems(operands[2]));
          const isSame = count === items.length && items.every((item, offset) => equals(item, state[index + offset]));
          return isSame ? undefined : [SPLICE, index, count, items];
        }
        case PUT: {
          const index = integerIn(0, state.length - 1, operands[0], "an index");
          const item = adoptItem(operands[1]);
          return equals(item, state[index]) ? undefined : [PUT, index, item];
        }
        default: {
          const from = integerIn(0, state.length - 1, operands[0], "an index to move from");
          const to = integerIn(0, state.length - 1, operands[1], "an index to move to");
          return from === to ? undefined : [MOVE, from, to];
        }
      }
    },
    effort(state: Item[], [code, , count]: UncheckedOp): number {
      if (code === SET) return state.length * 20;
      return code === PUT ? 0 : state.length / 16 + (typeof count === "number" ? count * 20 : 0);
    },
    apply(shared: Item[], op: Op): Item[] {
      const state = shared === EMPTY ? [] : shared;
      const [code, index, second] = op as [number, number, number];
      switch (code) {
        case SPLICE: {
          const items = op[3] as readonly Item[];
          // `splice(…, ...items)` has as many arguments as items, and a call has room for some ten thousand.
          if (items.length < 1000) state.splice(index, second, ...items);
          else return state.slice(0, index).concat(items, state.slice(index + second));
          return state;
        }
        case PUT:
          state[index] = op[2] as Item;
          return state;
        default:
          state.splice(second, 0, ...state.splice(index, 1));
          return state;
      }
    },
    invert(state: Item[], op: Op): Op {
      const [code, index, second] = op as [number, number, number];
      switch (code) {
        case SPLICE:
          return [SPLICE, index, (op[3] as Item[]).length, Object.freeze(state.slice(index, index + second))];
        case PUT:
          return [PUT, index, state[index] as Item];
        default:
          return [MOVE, second, index];
      }
    },
    check: (op) => checkListOp(op, (items) => Object.freeze(adoptItems(items))),
    transform: transformListOp,
    merge: mergeListOps,
    toWire: (state) => state.slice(),
    fromWire(data: unknown): Item[] {
      const items = adoptItems(data);
      return items.length === 0 ? EMPTY : items;
    },
    equals: (a, b) => equals(a, b),
    ...(references && { references }),
  };
}

/** The algebra of lists of JSON data. */
export const listKind: Kind<Json[]> = makeListKind("list", (item) => adopt(item, 1));

/** What an op did to a list. */
export type ListChange<T> = TopicEvent &
  (
    | {
        readonly type: "splice";
        readonly index: number;
        readonly deleted: readonly T[];
        readonly inserted: readonly T[];
      }
    | { readonly type: "put"; readonly index: number; readonly old: T; readonly item: T }
    | { readonly type: "move"; readonly from: number; readonly to: number; readonly item: T }
  );

/** An item came or went at an index. */
export interface ListPart<T> extends TopicEvent {
  readonly index: number;
  readonly item: T;
}

/** The events of a list topic. A put is a `remove` and an `insert`; so is a move. */
export interface ListEvents<T> extends TopicEvents {
  readonly change: ListChange<T>;
  readonly insert: ListPart<T>;
  readonly remove: ListPart<T>;
}

/** What lists of all sorts can do: they show an `Item` for each `Stored`, and take what is `Given`. */
export abstract class AbstractListTopic<Item, Given extends Item, Stored extends Json> extends Topic<
  readonly Item[],
  Stored[],
  ListEvents<Item>
> {
  get length(): number {
    return this.read().length;
  }

  /** The item at an index; a negative one counts from the end. `undefined` outside. */
  at(index: number): Item | undefined {
    const stored = this.read().at(index);
    return stored === undefined ? undefined : this.toItem(stored);
  }

  /** The index of the first item equal to this one, by content; -1 if there is none. */
  indexOf(item: Given): number {
    return this.find(this.read(), item);
  }

  /** The items in order. */
  [Symbol.iterator](): Iterator<Item> {
    return this.value[Symbol.iterator]();
  }

  /** Replaces the whole; what begins and ends alike stays untouched. */
  set(items: readonly Given[]): void {
    this.write([SET, this.toStored(items)]);
  }

  /** Adds items at the end. */
  push(...items: Given[]): void {
    this.write([SPLICE, this.state.length, 0, this.toStored(items)]);
  }

  /** Inserts items before `index`; a negative one counts from behind the end, so -1 appends. Throws `out_of_range`. */
  insert(index: number, ...items: Given[]): void {
    this.write([SPLICE, fromEnd(this.state.length, index, 1), 0, this.toStored(items)]);
  }

  /** Removes the item at `index`, by default the last, and returns it. Throws `out_of_range`. */
  pop(index = -1): Item {
    const position = integerIn(0, this.state.length - 1, fromEnd(this.state.length, index, 0), "an index");
    const item = this.toItem(this.state[position] as Stored);
    this.write([SPLICE, position, 1, []]);
    return item;
  }

  /** Removes the first item equal to this one, by content. Throws `not_found`. */
  remove(item: Given): void {
    const index = this.find(this.state, item);
    if (index < 0) throw new ObjectSyncError("not_found", `the list does not hold ${describeValue(item)}`);
    this.write([SPLICE, index, 1, []]);
  }

  /** Replaces the item at `index`; a negative one counts from the end. Throws `out_of_range`. */
  put(index: number, item: Given): void {
    this.write([PUT, fromEnd(this.state.length, index, 0), this.toStoredItem(item)]);
  }

  /** Moves the item at `from` so that its index is `to` afterwards. Throws `out_of_range`. */
  move(from: number, to: number): void {
    this.write([MOVE, from, to]);
  }

  /** Deletes `deleteCount` items from `index` on and inserts items there. Throws `out_of_range`. */
  splice(index: number, deleteCount: number, ...items: Given[]): void {
    this.write([SPLICE, index, deleteCount, this.toStored(items)]);
  }

  /** What is stored for an item. Throws for what cannot be. */
  protected abstract toStoredItem(item: Given): unknown;

  /** `toStoredItem` of each. */
  protected abstract toStored(items: readonly Given[]): unknown;

  /** The item that is shown for what is stored. */
  protected abstract toItem(stored: Stored): Item;

  /** The index of the first that is stored for an item; -1 if there is none. */
  protected abstract find(state: readonly Stored[], item: Given): number;

  protected override *details(change: ListChange<Item>): Iterable<readonly ["insert" | "remove", ListPart<Item>]> {
    const { origin } = change;
    switch (change.type) {
      case "splice":
        // From the end, so that each index holds when its turn comes.
        for (let offset = change.deleted.length - 1; offset >= 0; offset--) {
          yield ["remove", { origin, index: change.index + offset, item: change.deleted[offset] as Item }];
        }
        for (const [offset, item] of change.inserted.entries()) {
          yield ["insert", { origin, index: change.index + offset, item }];
        }
        break;
      case "put":
        yield ["remove", { origin, index: change.index, item: change.old }];
        yield ["insert", { origin, index: change.index, item: change.item }];
        break;
      case "move":
        yield ["remove", { origin, index: change.from, item: change.item }];
        yield ["insert", { origin, index: change.to, item: change.item }];
    }
  }
}

/** An ordered list of items, which are JSON data of type `T`; empty by default. */
export class ListTopic<T = Json> extends AbstractListTopic<T, T, Json> {
  #view: readonly T[] | undefined;

  constructor(initial: readonly T[] = [], options?: TopicOptions) {
    super(listKind.fromWire(initial), options);
  }

  get kind(): typeof listKind {
    return listKind;
  }

  /**
   * Changes a draft of the list as one changes an array; then each run of items that are others now is put or spliced, all
   * together. Where items came, went or moved it is one splice, between what begins and ends alike. Needs
   * `import "objectsync/drafts"`, which the server's entry has.
   */
  update(recipe: Recipe<DraftOf<T[]>, readonly T[]>): void {
    this.together(() => {
      const result = draft(this, (drafting) => drafting.list(this.state, recipe));
      if ("whole" in result) return this.write([SET, result.whole]);
      for (const { index, deleteCount, items } of result.edits) {
        const isPut = deleteCount === 1 && items.length === 1;
        this.write(isPut ? [PUT, index, items[0]] : [SPLICE, index, deleteCount, items]);
      }
    });
  }

  protected toStoredItem(item: T): unknown {
    return item;
  }

  protected toStored(items: readonly T[]): unknown {
    return items;
  }

  protected toItem(stored: Json): T {
    return stored as T;
  }

  protected find(state: readonly Json[], item: T): number {
    return state.findIndex((each) => equals(each, item as Json));
  }

  protected view(state: Json[]): readonly T[] {
    this.#view ??= Object.freeze(state.slice()) as readonly T[];
    return this.#view;
  }

  protected override forgetView(): void {
    this.#view = undefined;
  }

  protected describe(op: Op, inverse: Op, _old: Json[], origin: Origin): ListChange<T> {
    const [code, index] = op as [number, number];
    switch (code) {
      case SPLICE:
        return { type: "splice", origin, index, deleted: inverse[3] as readonly T[], inserted: op[3] as readonly T[] };
      case PUT:
        return { type: "put", origin, index, old: inverse[2] as T, item: op[2] as T };
      default:
        return { type: "move", origin, from: index, to: op[2] as number, item: this.state[op[2] as number] as T };
    }
  }
}

/** The index that is meant: a negative one counts from the end, or with an `offset` of 1 from behind it. */
function fromEnd(length: number, index: number, offset: number): number {
  return index < 0 ? length + index + offset : index;
}

/** The splice that makes `to` of `from`: what lies between the common head and the common tail. */
function difference(from: readonly Json[], to: readonly Json[]): Op | undefined {
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && equals(from[head], to[head])) head++;
  if (head === from.length && head === to.length) return undefined;
  let tail = 0;
  const most = shorter - head;
  while (tail < most && equals(from[from.length - 1 - tail], to[to.length - 1 - tail])) tail++;
  return [SPLICE, head, from.length - tail - head, Object.freeze(to.slice(head, to.length - tail))];
}
