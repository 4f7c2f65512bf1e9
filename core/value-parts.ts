// The parts of a value that can be written into at paths.
//
// - What nobody has written into is kept as it came in: frozen data. The objects that a path has run through are branches,
//   which are changed in place: so a change costs its path, and not the width of the objects on it.
// - A branch has its frozen form when somebody asks, and loses it when something below it changes. So parts that did not
//   change are the same objects as before.
// - A path runs through objects only. Whatever else there is, arrays too, is a leaf.

import type { RecordItems } from "./draft.ts";
import { type Data, type DataRecord, detach, equals, isRecord, seal } from "./value.ts";

/** The keys that lead to a part of a value, from the outside in; none for the whole. */
export type ValuePath = readonly string[];

/** A value, or a part of one: data as it came in, or an object that has been written into. */
export type Part = Data | Branch;

/** An object that has been written into. */
export class Branch {
  readonly parts: Map<string, Part>;
  #data: DataRecord | undefined;

  constructor(data: DataRecord) {
    this.parts = new Map(Object.entries(data));
    this.#data = data;
  }

  /** The whole, frozen. */
  get data(): DataRecord {
    if (!this.#data) {
      const data: Record<string, Data> = Object.create(null);
      for (const [key, part] of this.parts) data[key] = dataOf(part);
      this.#data = seal(data);
    }
    return this.#data;
  }

  /** The object at a key, about to be changed. */
  open(key: string): Branch {
    this.#data = undefined;
    const part = this.parts.get(key) as DataRecord | Branch;
    if (part instanceof Branch) return part;
    const branch = new Branch(part);
    this.parts.set(key, branch);
    return branch;
  }

  put(key: string, part: Data): void {
    this.#data = undefined;
    this.parts.set(key, part);
  }

  delete(key: string): void {
    this.#data = undefined;
    this.parts.delete(key);
  }
}

/** The parts of an object, for drafts: each object inside is read by its parts, too. */
export class PartItems implements RecordItems {
  readonly #part: Branch | DataRecord;

  constructor(part: Branch | DataRecord) {
    this.#part = part;
  }

  get data(): Data {
    return detach(dataOf(this.#part));
  }

  keys(): Iterable<string> {
    return this.#part instanceof Branch ? this.#part.parts.keys() : Object.keys(this.#part);
  }

  has(key: string): boolean {
    return partIn(this.#part, key) !== undefined;
  }

  get(key: string): Data | undefined {
    const part = partIn(this.#part, key);
    return part === undefined ? undefined : detach(dataOf(part));
  }

  inside(key: string): PartItems | undefined {
    const part = partIn(this.#part, key);
    return part !== undefined && hasKeys(part) ? new PartItems(part) : undefined;
  }
}

/** What is at a path in one value and not in another. */
export interface Difference {
  readonly path: ValuePath;
  /** `undefined` where nothing was. */
  readonly old: Data | undefined;
  /** `undefined` where nothing is. */
  readonly item: Data | undefined;
}

/** The parts to put and delete that make one value of another, through objects that both have; none for equal ones. */
export function* differences(path: ValuePath, old: Data | undefined, item: Data | undefined): Generator<Difference> {
  if (old === item) return;
  if (old === undefined || item === undefined || !isRecord(old) || !isRecord(item)) {
    if (!equals(old, item)) yield { path, old, item };
    return;
  }
  for (const key of Object.keys(old)) {
    if (!Object.hasOwn(item, key)) yield { path: [...path, key], old: old[key], item: undefined };
  }
  for (const [key, part] of Object.entries<Data>(item)) {
    const before = Object.hasOwn(old, key) ? old[key] : undefined;
    if (before !== part) yield* differences([...path, key], before, part);
  }
}

/** The frozen data that a part is. Bytes in it must not be handed out. */
export function dataOf(part: Part): Data {
  return part instanceof Branch ? part.data : part;
}

/** What is at a key of a part; `undefined` if nothing is. */
export function partIn(part: Part, key: string): Part | undefined {
  if (part instanceof Branch) return part.parts.get(key);
  return isRecord(part) && Object.hasOwn(part, key) ? part[key] : undefined;
}

/** What is at a path; `undefined` if nothing is. */
export function partAt(state: Part, path: ValuePath): Part | undefined {
  let part: Part | undefined = state;
  for (const key of path) {
    part = partIn(part, key);
    if (part === undefined) return undefined;
  }
  return part;
}

/** Whether data says what a part holds. Looks at no more than the data is large. */
export function isSame(data: Data, part: Part): boolean {
  if (!(part instanceof Branch)) return equals(data, part);
  if (!isRecord(data)) return false;
  const keys = Object.keys(data);
  return (
    keys.length === part.parts.size &&
    keys.every((key) => {
      const inner = part.parts.get(key);
      return inner !== undefined && isSame(data[key] as Data, inner);
    })
  );
}

/** Whether a part is an object. */
export function hasKeys(part: Part): part is Branch | DataRecord {
  return part instanceof Branch || isRecord(part);
}

/** How many keys an object has; 0 for anything else. */
export function widthOf(part: Part): number {
  if (part instanceof Branch) return part.parts.size;
  return isRecord(part) ? Object.keys(part).length : 0;
}
