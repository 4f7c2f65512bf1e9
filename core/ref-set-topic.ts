// Sets of references: the algebra of set-topic.ts with ids for items, and a topic that shows objects.
//
// - `value`, `size`, `has` and the loop know only the objects that are there; `ids` knows all.
// - Events tell ids beside objects: of an object that is not there nothing else says which one is meant.
//
// Not here: how ids become objects, and when (references.ts).

import { immutableSet } from "./immutable-set.ts";
import { type Kind, type Op, type Origin, SET } from "./kind.ts";
import type { SObject } from "./object.ts";
import { adoptId, idFor, initialId, lookUp, NO_ID, type Referable, ReferenceView, soughtId } from "./references.ts";
import { ADD, DELETE, difference, itemsOf, makeSetKind } from "./set-topic.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";

/** The algebra of sets of references: that of sets, with ids for items. */
export const refSetKind: Kind<Set<number>> = makeSetKind("refSet", adoptId, {
  in([code, operand]) {
    if (code === SET) return operand as number[];
    return code === ADD ? [operand as number] : [];
  },
  map: (ids, idOf) => (ids as number[]).map(idOf).filter((id) => id !== undefined),
});

/** What an op did to a set of references. An object that is not there is `null`; its id is told nevertheless. */
export type RefSetChange<T> = TopicEvent &
  (
    | { readonly type: "add" | "delete"; readonly item: T | null; readonly id: number }
    | {
        readonly type: "set";
        readonly deleted: readonly (T | null)[];
        readonly added: readonly (T | null)[];
        readonly deletedIds: readonly number[];
        readonly addedIds: readonly number[];
      }
  );

/** A reference came or went. */
export interface RefSetPart<T> extends TopicEvent {
  readonly item: T | null;
  readonly id: number;
}

/** The events of a set of references. A `set` is also told one by one. */
export interface RefSetEvents<T> extends TopicEvents {
  readonly change: RefSetChange<T>;
  readonly add: RefSetPart<T>;
  readonly delete: RefSetPart<T>;
}

/**
 * References to objects of the same tree, to each at most once; empty by default. An object may go: it is not in `value`
 * then, and is again when it comes back.
 */
export class RefSetTopic<T extends Referable = SObject> extends Topic<ReadonlySet<T>, Set<number>, RefSetEvents<T>> {
  #ids: readonly number[] | undefined;
  #view: ReferenceView<T, ReadonlySet<T>> | undefined;

  /** `initial` are objects of the tree that the topic will belong to, or their ids. */
  constructor(initial: Iterable<T | number> = [], options?: TopicOptions) {
    super(refSetKind.fromWire(itemsOf(initial).map(initialId)), options);
  }

  get kind(): typeof refSetKind {
    return refSetKind;
  }

  /** The ids of the objects, whether they are there or not. */
  get ids(): readonly number[] {
    const state = this.read();
    this.#ids ??= Object.freeze(Array.from(state));
    return this.#ids;
  }

  /** How many of the objects are there. */
  get size(): number {
    return this.value.size;
  }

  /** Whether an object is in the set, and there. */
  has(object: T): boolean {
    return this.read().has(soughtId(this.object, object)) && lookUp(this.object, object.id) === object;
  }

  /** The objects that are there, in no particular order. */
  [Symbol.iterator](): Iterator<T> {
    return this.value[Symbol.iterator]();
  }

  /** Replaces the whole. Throws `not_attached`, `destroyed`, `wrong_tree`. */
  set(objects: Iterable<T>): void {
    this.write([SET, itemsOf(objects).map((object) => idFor(this.object, object))]);
  }

  /** Replaces the whole by references to whatever objects have these ids, now or later. */
  setIds(ids: Iterable<number>): void {
    this.write([SET, itemsOf(ids)]);
  }

  /** Adds an object; nothing happens if it is in the set. Throws `not_attached`, `destroyed`, `wrong_tree`. */
  add(object: T): void {
    this.write([ADD, idFor(this.object, object)]);
  }

  /** Removes an object, also one that has gone; nothing happens if it is not in the set. */
  delete(object: T): void {
    const id = soughtId(this.object, object);
    if (id !== NO_ID) this.write([DELETE, id]);
  }

  protected view(state: Set<number>): ReadonlySet<T> {
    this.#ids ??= Object.freeze(Array.from(state));
    this.#view ??= new ReferenceView(this.#ids, (objects) => immutableSet(objects.filter((object) => object !== null)));
    return this.#view.of(this.object);
  }

  protected override forgetView(): void {
    this.#ids = undefined;
    this.#view = undefined;
  }

  // As in lists: what came is looked up when somebody asks, what went now.
  protected describe(op: Op, inverse: Op, _old: Set<number>, origin: Origin): RefSetChange<T> {
    const all = (ids: readonly number[]): readonly (T | null)[] =>
      Object.freeze(ids.map((id) => lookUp<T>(this.object, id)));
    if (op[0] === SET) {
      const ids = difference(inverse[1] as readonly number[], op[1] as readonly number[]);
      return {
        type: "set",
        origin,
        deleted: all(ids.deleted),
        get added() {
          return all(ids.added);
        },
        deletedIds: ids.deleted,
        addedIds: ids.added,
      };
    }
    const { object: owner } = this;
    const id = op[1] as number;
    if (op[0] === DELETE) return { type: "delete", origin, item: lookUp<T>(owner, id), id };
    return {
      type: "add",
      origin,
      get item() {
        return lookUp<T>(owner, id);
      },
      id,
    };
  }

  protected override *details(change: RefSetChange<T>): Iterable<readonly ["add" | "delete", RefSetPart<T>]> {
    const { origin } = change;
    if (change.type !== "set") return yield [change.type, change];
    const { deleted, added, deletedIds, addedIds } = change;
    for (const [index, id] of deletedIds.entries()) yield ["delete", { origin, item: deleted[index] ?? null, id }];
    for (const [index, id] of addedIds.entries()) yield ["add", { origin, item: added[index] ?? null, id }];
  }
}
