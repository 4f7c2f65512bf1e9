// Dicts of references: the dicts of dict-topic.ts, with ids for what is stored and objects for what is shown.
//
// - Every key counts, also that of an object which is not there: it is `null`.
// - A key cannot be put to nothing, it is deleted: so `null` always means an object that is not there.
//
// Not here: how ids become objects, and when (references.ts).

import { AbstractDictTopic, type DictChange, makeDictKind, PUT, pairsOf, record } from "./dict-topic.ts";
import { type Kind, type Op, type Origin, SET } from "./kind.ts";
import type { SObject } from "./object.ts";
import { adoptId, idFor, initialId, lookUp, type Referable, ReferenceView } from "./references.ts";
import type { TopicOptions } from "./topic.ts";
import type { Json } from "./value.ts";

/** The algebra of dicts of references: that of dicts, with ids for items. */
export const refDictKind: Kind<Map<string, number>> = makeDictKind("refDict", adoptId, {
  in([code, first, second]) {
    if (code === SET) return entriesOf(first).map(([, id]) => id);
    return code === PUT ? [second as number] : [];
  },
  map: (pairs, idOf) =>
    entriesOf(pairs).flatMap(([key, id]): Json[] => {
      const other = idOf(id);
      return other === undefined ? [] : [key, other];
    }),
});

/**
 * References to objects of the same tree by string key; empty by default. An object may go: its key stays and is `null`,
 * and is the object again when that comes back.
 */
export class RefDictTopic<T extends Referable = SObject> extends AbstractDictTopic<T | null, T, number> {
  #ids: Readonly<Record<string, number>> | undefined;
  #view: ReferenceView<T, Readonly<Record<string, T | null>>> | undefined;

  /** `initial` are objects of the tree that the topic will belong to, or their ids. */
  constructor(initial: Readonly<Record<string, T | number>> = {}, options?: TopicOptions) {
    super(refDictKind.fromWire(convert(initial, initialId)), options);
  }

  get kind(): typeof refDictKind {
    return refDictKind;
  }

  /** The ids of the objects, whether they are there or not. */
  get ids(): Readonly<Record<string, number>> {
    const state = this.read();
    this.#ids ??= record<number>(state);
    return this.#ids;
  }

  /** Replaces the whole by references to whatever objects have these ids, now or later. */
  setIds(ids: Readonly<Record<string, number>>): void {
    this.write([SET, pairsOf(ids)]);
  }

  protected toStoredItem(object: T): number {
    return idFor(this.object, object);
  }

  protected toStored(value: Readonly<Record<string, T>>): unknown {
    return convert(value, (object) => idFor(this.object, object));
  }

  protected toItem(id: number): T | null {
    return lookUp(this.object, id);
  }

  protected isSame(a: T | null, b: T | null | undefined): boolean {
    return a === b;
  }

  protected view(state: Map<string, number>): Readonly<Record<string, T | null>> {
    if (!this.#view) {
      const keys = Array.from(state.keys());
      this.#view = new ReferenceView(Array.from(state.values()), (objects) => zip(keys, objects));
    }
    return this.#view.of(this.object);
  }

  protected override forgetView(): void {
    this.#ids = undefined;
    this.#view = undefined;
  }

  // As in lists: what came is looked up when somebody asks, what went now.
  protected describe(op: Op, inverse: Op, _old: Map<string, number>, origin: Origin): DictChange<T | null> {
    const key = op[1] as string;
    const one = (id: unknown): T | null => this.toItem(id as number);
    const all = (pairs: unknown): Readonly<Record<string, T | null>> => {
      const entries = entriesOf(pairs);
      return zip(
        entries.map(([name]) => name),
        entries.map(([, id]) => one(id)),
      );
    };
    switch (op[0]) {
      case SET:
        return {
          type: "set",
          origin,
          old: all(inverse[1]),
          get value() {
            return all(op[1]);
          },
        };
      case PUT:
        return {
          type: "put",
          origin,
          key,
          old: inverse[2] === undefined ? undefined : one(inverse[2]),
          get item() {
            return one(op[2]);
          },
        };
      default:
        return { type: "delete", origin, key, old: one(inverse[2]) };
    }
  }
}

/** The entries of keys and ids in turn. */
function entriesOf(pairs: unknown): [key: string, id: number][] {
  const entries: [string, number][] = [];
  const flat = pairs as readonly (string | number)[];
  for (let index = 0; index < flat.length; index += 2) entries.push([flat[index] as string, flat[index + 1] as number]);
  return entries;
}

function zip<T>(keys: readonly string[], items: readonly T[]): Readonly<Record<string, T>> {
  const zipped: Record<string, T> = Object.create(null);
  for (const [index, key] of keys.entries()) zipped[key] = items[index] as T;
  return Object.freeze(zipped);
}

/** Keys and ids in turn, for a record of items. */
function convert<T>(items: Readonly<Record<string, T>>, toId: (item: T) => number): unknown[] {
  return pairsOf(items).map((each, index) => (index % 2 === 0 ? each : toId(each as T)));
}
