// Values: their algebra, and the topic around it.
//
// - A path runs through the keys of objects, and each path is a register of its own. An array is a leaf, as bytes and
//   scalars are: it is replaced as a whole.
// - What has been written into is changed in place, at the cost of the path (see value-parts.ts). What did not change is the
//   same object in one `value` as in the next.
// - Bytes cannot be frozen. They stay inside, and what is handed out has copies of them.
//
// Not here: what becomes of a path whose object somebody else has removed (value-transform.ts). Where nobody asks, `prepare`
// refuses it, with `not_found`.

import type { Wire } from "./codec.ts";
import {
  assertNoPromise,
  type Drafting,
  type DraftOf,
  type DraftResult,
  draft,
  type ListEdit,
  type Recipe,
  type RecordEdit,
} from "./draft.ts";
import { describeValue, ObjectSyncError } from "./error.ts";
import { type Kind, type Op, type Origin, SET, type UncheckedOp } from "./kind.ts";
import { mergeRegisters } from "./register.ts";
import { Topic, type TopicEvent, type TopicEvents, type TopicOptions } from "./topic.ts";
import { adoptData, checkKey, type Data, type DataRecord, detach, equals, MAX_VALUE_DEPTH } from "./value.ts";
import {
  Branch,
  dataOf,
  differences,
  hasKeys,
  isSame,
  type Part,
  PartItems,
  partAt,
  partIn,
  type ValuePath,
  widthOf,
} from "./value-parts.ts";
import { DELETE, PUT, transformValueOp } from "./value-transform.ts";

/**
 * The algebra of values: `put(path, data)`, `delete(path)`; `set` takes an array with the one value in it, so that no value's
 * wire form is null. The state is changed in place where it is made of branches.
 */
export const valueKind: Kind<Part> = {
  name: "value",
  ops: [
    { name: "set", arity: 1 },
    { name: "put", arity: 2 },
    { name: "delete", arity: 1 },
  ],
  isPositional: false,
  isScalar: false,
  prepare(state: Part, [code, ...operands]: UncheckedOp): Op | undefined {
    if (code === SET) {
      const data = valueKind.fromWire(operands[0]) as Data;
      return isSame(data, state) ? undefined : [SET, [data]];
    }
    const path = checkPath(operands[0]);
    if (path.length === 0) return valueKind.prepare(state, [SET, [code === PUT ? operands[1] : null]]);
    const old = partAt(state, path);
    if (code === DELETE) return old === undefined ? undefined : [DELETE, path];
    const data = adoptData(operands[1], path.length);
    if (old === undefined) assertObjectAround(state, path);
    return old !== undefined && isSame(data, old) ? undefined : [PUT, path, data];
  },
  // Objects on the path become branches when first written into, and what is replaced is compared and kept.
  effort(state: Part, [code, path]: UncheckedOp): number {
    let steps = 0;
    let part: Part | undefined = state;
    if (code !== SET && Array.isArray(path)) {
      for (const key of path) {
        if (part === undefined || typeof key !== "string") break;
        if (!(part instanceof Branch)) steps += widthOf(part) * 50;
        part = partIn(part, key);
      }
    }
    return part === undefined ? steps : steps + widthOf(part) * 50;
  },
  apply(state: Part, [code, first, data]: Op): Part {
    if (code === SET) return (first as readonly [Data])[0];
    const path = first as ValuePath;
    const root = state instanceof Branch ? state : new Branch(state as DataRecord);
    const last = path.length - 1;
    let branch = root;
    for (let index = 0; index < last; index++) branch = branch.open(path[index] as string);
    if (code === PUT) branch.put(path[last] as string, data as Data);
    else branch.delete(path[last] as string);
    return root;
  },
  invert(state: Part, [code, path]: Op): Op {
    if (code === SET) return [SET, valueKind.toWire(state)];
    const old = partAt(state, path as ValuePath);
    return old === undefined ? [DELETE, path as ValuePath] : [PUT, path as ValuePath, dataOf(old)];
  },
  transform: transformValueOp,
  merge: (first, second) => mergeRegisters(transformValueOp, first, second),
  kept([code, path, data]: Op): Wire {
    if (code === SET) return [SET, path as Wire];
    return code === PUT ? { [(path as ValuePath).at(-1) as string]: data as Data } : {};
  },
  toWire: (state) => [dataOf(state)],
  fromWire(data: unknown): Data {
    if (Array.isArray(data) && data.length === 1) return adoptData(data[0]);
    throw new ObjectSyncError("wrong_type", `expected an array with the one value in it, got ${describeValue(data)}`);
  },
  equals: (a, b) => equals(dataOf(a), dataOf(b)),
  saved: {
    fromWire: (wire) => (wire as readonly [Data])[0],
    toWire: (data) => [adoptData(data)],
  },
};

/** What an op did to a value. `old` is `undefined` where nothing was at the path. Bytes are copies at each reading. */
export type ValueChange<T> = TopicEvent &
  (
    | { readonly type: "set"; readonly old: T; readonly value: T }
    | { readonly type: "put"; readonly path: ValuePath; readonly old: Data | undefined; readonly item: Data }
    | { readonly type: "delete"; readonly path: ValuePath; readonly old: Data }
  );

/** There is something at a path that was not. */
export interface ValuePut extends TopicEvent {
  /** Empty for the whole. */
  readonly path: ValuePath;
  /** `undefined` where nothing was. */
  readonly old: Data | undefined;
  readonly item: Data;
}

/** What was at a path has gone. */
export interface ValueDelete extends TopicEvent {
  readonly path: ValuePath;
  readonly old: Data;
}

/** The events of a value topic. A `set` is also told by the paths at which the new value differs from the old. */
export interface ValueEvents<T> extends TopicEvents {
  readonly change: ValueChange<T>;
  readonly put: ValuePut;
  readonly delete: ValueDelete;
}

/**
 * Any JSON data, with bytes in it if need be; null by default. Parts of it, down through the keys of objects, can be written
 * without the rest: what others write elsewhere in it stays.
 */
export class ValueTopic<T = Data> extends Topic<T, Part, ValueEvents<T>> {
  constructor(initial: T = null as T, options?: TopicOptions) {
    super(adoptData(initial), options);
  }

  get kind(): typeof valueKind {
    return valueKind;
  }

  /** What is at a path; `undefined` if nothing is. Costs less than the whole `value`. */
  get<Item = Data>(path: ValuePath): Item | undefined {
    const part = partAt(this.read(), checkPath(path));
    return part === undefined ? undefined : (detach(dataOf(part)) as Item);
  }

  /** Replaces the whole. */
  set(value: T): void {
    this.write([SET, [value]]);
  }

  /**
   * Puts data at a path, in place of what is there. All that the path runs through must be there, and be objects. Throws
   * `not_found`. An empty path is the whole.
   */
  put(path: ValuePath, item: unknown): void {
    this.write([PUT, path, item]);
  }

  /** Removes what is at a path; nothing happens if nothing is. An empty path is the whole, which becomes null. */
  delete(path: ValuePath): void {
    this.write([DELETE, path]);
  }

  /**
   * Changes a draft of the value in place, or returns a new one; then each path at which something else is now is put or
   * deleted, all together. What is neither object nor array has no draft: the recipe gets it and returns another. Needs
   * `import "objectsync/drafts"`, which the server's entry has.
   */
  update(recipe: Recipe<DraftOf<T>, T>): void {
    this.together(() => {
      const result = draft(this, (drafting) => this.#draft(drafting, recipe as (value: unknown) => unknown));
      if ("whole" in result) return this.write([SET, [result.whole]]);
      for (const [path, ...item] of result.edits) this.write([item.length === 0 ? DELETE : PUT, path, ...item]);
    });
  }

  #draft(drafting: Drafting, recipe: (value: unknown) => unknown): DraftResult<RecordEdit> {
    const { state } = this;
    if (hasKeys(state)) return drafting.record(new PartItems(state), recipe);
    const data = detach(dataOf(state));
    if (Array.isArray(data)) {
      const result = drafting.list(data, recipe);
      return "whole" in result ? result : { whole: result.edits.reduce(edited, data) };
    }
    const whole = recipe(data);
    assertNoPromise(whole);
    return whole === undefined ? { edits: [] } : { whole };
  }

  protected view(state: Part): T {
    return detach(dataOf(state)) as T;
  }

  protected describe([code, first, item]: Op, inverse: Op, _old: Part, origin: Origin): ValueChange<T> {
    if (code === SET) {
      const [[old], [value]] = [inverse[1] as readonly [Data], first as readonly [Data]];
      return {
        type: "set",
        origin,
        get old() {
          return detach(old) as T;
        },
        get value() {
          return detach(value) as T;
        },
      };
    }
    const path = first as ValuePath;
    const old = inverse[2] as Data | undefined;
    return code === PUT ? putOf(origin, path, old, item as Data) : deletionOf(origin, path, old as Data);
  }

  protected override *details(
    change: ValueChange<T>,
  ): Iterable<readonly ["put", ValuePut] | readonly ["delete", ValueDelete]> {
    if (change.type === "put") yield ["put", change];
    if (change.type === "delete") yield ["delete", change];
    if (change.type !== "set") return;
    for (const { path, old, item } of differences([], change.old as Data, change.value as Data)) {
      if (item === undefined) yield ["delete", deletionOf(change.origin, path, old as Data)];
      else yield ["put", putOf(change.origin, path, old, item)];
    }
  }
}

function putOf(
  origin: Origin,
  path: ValuePath,
  old: Data | undefined,
  item: Data,
): ValuePut & { readonly type: "put" } {
  return {
    type: "put",
    origin,
    path,
    get old() {
      return old === undefined ? undefined : detach(old);
    },
    get item() {
      return detach(item);
    },
  };
}

function deletionOf(origin: Origin, path: ValuePath, old: Data): ValueDelete & { readonly type: "delete" } {
  return {
    type: "delete",
    origin,
    path,
    get old() {
      return detach(old);
    },
  };
}

function edited(array: readonly unknown[], { index, deleteCount, items }: ListEdit): readonly unknown[] {
  return [...array.slice(0, index), ...items, ...array.slice(index + deleteCount)];
}

function checkPath(path: unknown): ValuePath {
  if (!Array.isArray(path)) {
    throw new ObjectSyncError("wrong_type", `expected a path, an array of keys, got ${describeValue(path)}`);
  }
  if (path.length > MAX_VALUE_DEPTH) {
    throw new ObjectSyncError("too_deep", `a path has at most ${MAX_VALUE_DEPTH} keys, not ${path.length}`);
  }
  // By index: holes become an error, as `undefined` is.
  return Object.freeze(Array.from(path, checkKey));
}

/** Throws `not_found` unless what is around the last key of a path is an object. */
function assertObjectAround(state: Part, path: ValuePath): void {
  for (let length = 0; length < path.length; length++) {
    const part = partAt(state, path.slice(0, length));
    if (part !== undefined && hasKeys(part)) continue;
    const place = length === 0 ? "the value" : `what is at ${JSON.stringify(path.slice(0, length))}`;
    const found = part === undefined ? "missing" : describeValue(part);
    throw new ObjectSyncError("not_found", `a put needs objects on its path, but ${place} is ${found}`);
  }
}
