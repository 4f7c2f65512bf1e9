// Lists of references: the lists of list-topic.ts, with ids for what is stored and objects for what is shown.
//
// - Every place counts, also that of an object which is not there: it is `null`, and indexes are those of the ids.
// - What looks for an object, as `indexOf` and `remove`, looks for its id: so it finds one that has gone.
//
// Not here: how ids become objects, and when (references.ts).

import { type Kind, type Op, type Origin, SET } from "./kind.ts";
import { AbstractListTopic, type ListChange, makeListKind } from "./list-topic.ts";
import { PUT } from "./list-transform.ts";
import type { SObject } from "./object.ts";
import { adoptId, idFor, initialId, lookUp, type Referable, ReferenceView, soughtId } from "./references.ts";
import { SPLICE } from "./splice.ts";
import type { TopicOptions } from "./topic.ts";

/** The algebra of lists of references: that of lists, with ids for items. */
export const refListKind: Kind<number[]> = makeListKind("refList", adoptId, {
  in([code, first, second, third]) {
    if (code === SET) return first as number[];
    if (code === SPLICE) return third as number[];
    return code === PUT ? [second as number] : [];
  },
  map: (ids, idOf) => (ids as number[]).map(idOf).filter((id) => id !== undefined),
});

/**
 * An ordered list of references to objects of the same tree; empty by default. An object may go: its place stays and is
 * `null`, and is the object again when that comes back.
 */
export class RefListTopic<T extends Referable = SObject> extends AbstractListTopic<T | null, T, number> {
  #ids: readonly number[] | undefined;
  #view: ReferenceView<T, readonly (T | null)[]> | undefined;

  /** `initial` are objects of the tree that the topic will belong to, or their ids. */
  constructor(initial: readonly (T | number)[] = [], options?: TopicOptions) {
    super(refListKind.fromWire(eachOf(initial, initialId)), options);
  }

  get kind(): typeof refListKind {
    return refListKind;
  }

  /** The ids of the objects, whether they are there or not. */
  get ids(): readonly number[] {
    const state = this.read();
    this.#ids ??= Object.freeze(state.slice());
    return this.#ids;
  }

  /** Replaces the whole by references to whatever objects have these ids, now or later. */
  setIds(ids: readonly number[]): void {
    this.write([SET, ids]);
  }

  protected toStoredItem(object: T): number {
    return idFor(this.object, object);
  }

  protected toStored(objects: readonly T[]): unknown {
    return eachOf(objects, (object) => idFor(this.object, object));
  }

  protected toItem(id: number): T | null {
    return lookUp(this.object, id);
  }

  protected find(state: readonly number[], object: T): number {
    return state.indexOf(soughtId(this.object, object));
  }

  protected view(state: number[]): readonly (T | null)[] {
    this.#ids ??= Object.freeze(state.slice());
    this.#view ??= new ReferenceView(this.#ids, (objects) => objects);
    return this.#view.of(this.object);
  }

  protected override forgetView(): void {
    this.#ids = undefined;
    this.#view = undefined;
  }

  // What came is looked up when somebody asks: in a mirror an object may come later in the frame. What went is looked up
  // now: it may go later in the frame.
  protected describe(op: Op, inverse: Op, _old: number[], origin: Origin): ListChange<T | null> {
    const [code, index] = op as [number, number];
    const one = (id: unknown): T | null => this.toItem(id as number);
    const all = (ids: unknown): readonly (T | null)[] => Object.freeze((ids as number[]).map(one));
    switch (code) {
      case SPLICE:
        return {
          type: "splice",
          origin,
          index,
          deleted: all(inverse[3]),
          get inserted() {
            return all(op[3]);
          },
        };
      case PUT:
        return {
          type: "put",
          origin,
          index,
          old: one(inverse[2]),
          get item() {
            return one(op[2]);
          },
        };
      default: {
        const to = op[2] as number;
        return { type: "move", origin, from: index, to, item: one(this.state[to]) };
      }
    }
  }
}

/** Each of the items of an array; anything else as it is, for the kind to refuse. */
function eachOf<T>(items: readonly T[], convert: (item: T) => number): unknown {
  return Array.isArray(items) ? items.map((item) => convert(item)) : items;
}
