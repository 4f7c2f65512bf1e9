// The children of one object, in order.
//
// Each child carries an order key, a number; the list is sorted by it, then by id. A place in the list is found by binary
// search, so a child knows its neighbours without a scan.

import { describeValue, ObjectSyncError } from "./error.ts";
import { Listeners } from "./listeners.ts";
import type { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { Reporter } from "./report.ts";
import { noteRead, type Source } from "./track.ts";

/** So far from 0 numbers are fine enough that there is always room to spread, and that an end can grow for ever. */
const MAX_GIVEN_KEY = 2 ** 40;

/** An order key that somebody else gives. Throws `out_of_range`. */
export function checkOrderKey(given: number): number {
  if (Math.abs(given) <= MAX_GIVEN_KEY) return given === 0 ? 0 : given;
  throw new ObjectSyncError(
    "out_of_range",
    `expected an order key from -2 ** 40 to 2 ** 40, got ${describeValue(given)}`,
  );
}

/** See the head of this file. */
export class Siblings implements Source {
  readonly #objects: SObject[] = [];
  readonly #reporter: Reporter;
  #view: readonly SObject[] | undefined;
  #listeners: Listeners | undefined;

  /** `reporter`: the parent. */
  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  get length(): number {
    return this.#objects.length;
  }

  /** The children in order: an immutable array, the same one until the children change. */
  get all(): readonly SObject[] {
    noteRead(this);
    this.#view ??= Object.freeze(this.#objects.slice());
    return this.#view;
  }

  at(index: number): SObject | undefined {
    return this.#objects[index];
  }

  indexOf(child: SObject): number {
    return this.#search(keyOf(child), child.id);
  }

  /** Takes a child in, at the place of its order key. */
  insert(child: SObject): void {
    this.#view = undefined;
    const last = this.#objects.at(-1);
    if (!last || keyOf(last) < keyOf(child)) this.#objects.push(child);
    else this.#objects.splice(this.indexOf(child), 0, child);
  }

  /** Takes a child out. It must have the order key yet that it was inserted with. */
  remove(child: SObject): void {
    this.#view = undefined;
    // Those that go one after the other mostly go from an end, and there nothing has to be moved.
    if (this.#objects.at(-1) === child) this.#objects.pop();
    else if (this.#objects[0] === child) this.#objects.shift();
    else this.#objects.splice(this.indexOf(child), 1);
  }

  /** The key of a new last child: the last key plus one. */
  keyAtEnd(): number {
    const last = this.#objects.at(-1);
    return last ? keyOf(last) + 1 : 0;
  }

  /**
   * The index before which a child has to be put so that `index`, by default the end, is its place: counted without itself
   * if it is here already. Nothing if it is in its place. Throws `out_of_range`.
   */
  indexFor(index: number | undefined, child: SObject | undefined): number | undefined {
    const current = child && this.#objects[this.indexOf(child)] === child ? this.indexOf(child) : undefined;
    const last = this.length - (current === undefined ? 0 : 1);
    const place = index ?? last;
    if (!Number.isInteger(place) || place < 0 || place > last) {
      throw new ObjectSyncError("out_of_range", `expected an index from 0 to ${last}, got ${index}`);
    }
    if (current === place) return undefined;
    return current !== undefined && place >= current ? place + 1 : place;
  }

  /** A key that puts a child before the one now at `index`; `undefined` where no number lies between. */
  keyBefore(index: number): number | undefined {
    const after = this.#objects[index];
    if (!after) return this.keyAtEnd();
    const before = this.#objects[index - 1];
    if (!before) return keyOf(after) - 1;
    const middle = (keyOf(before) + keyOf(after)) / 2;
    return keyOf(before) < middle && middle < keyOf(after) ? middle : undefined;
  }

  /**
   * The key for a child that is to have this one: the key itself, or where another child has it, the middle between that
   * one and the next; `undefined` where no number lies between. `child` may be there already.
   */
  keyNear(orderKey: number, child?: SObject): number | undefined {
    const index = this.#search(orderKey, 0);
    const holder = this.#objects[index];
    if (!holder || keyOf(holder) !== orderKey || holder === child) return orderKey;
    return this.keyBefore(this.#objects[index + 1] === child ? index + 2 : index + 1);
  }

  /** The index of the first child that comes after an order key. */
  indexAfter(orderKey: number): number {
    return this.#search(orderKey, Number.POSITIVE_INFINITY);
  }

  /**
   * New keys for the crowded run around the gap before `index`: the fewest neighbours that can be spread evenly between
   * the two outside of them with room for more.
   */
  spread(index: number): [child: SObject, orderKey: number][] {
    const { from, to, low, step } = this.#crowdAt(index);
    const isLower = ([child, orderKey]: [SObject, number]): boolean => orderKey < keyOf(child);
    const moves = this.#objects
      .slice(from, to)
      .map((child, position): [SObject, number] => [child, low + step * (position + 1)]);
    // In this order none of them passes another, and so each is changed in its place.
    return [...moves.filter(isLower), ...moves.filter((move) => !isLower(move)).reverse()];
  }

  /** How many children `spread` has new keys for. Costs next to nothing, however many these are. */
  crowdAt(index: number): number {
    const { from, to } = this.#crowdAt(index);
    return to - from;
  }

  /** Whether a child that is here stays between the same two with another order key. */
  keepsPlace(child: SObject, orderKey: number): boolean {
    const index = this.indexOf(child);
    if (this.#objects[index] !== child) return false;
    const [before, after] = [this.#objects[index - 1], this.#objects[index + 1]];
    return (
      (!before || isInOrder(keyOf(before), before.id, orderKey, child.id)) &&
      (!after || isInOrder(orderKey, child.id, keyOf(after), after.id))
    );
  }

  #crowdAt(index: number): { from: number; to: number; low: number; step: number } {
    for (let reach = 2; ; reach *= 2) {
      const from = Math.max(0, index - reach);
      const to = Math.min(this.#objects.length, index + reach);
      const length = to - from;
      const before = this.#objects[from - 1];
      const after = this.#objects[to];
      const low = before ? keyOf(before) : keyOf(this.#objects[from] as SObject) - length;
      const high = after ? keyOf(after) : keyOf(this.#objects[to - 1] as SObject) + length;
      const step = (high - low) / (length + 1);
      // Room for some halvings of each new gap, as numbers are here: very large ones, and very small ones, are coarse.
      const fine = step / 4096;
      const isRoomy = low + fine > low && high - fine < high;
      if (isRoomy || length === this.#objects.length) return { from, to, low, step };
    }
  }

  /** Calls `listener` after the list of children has changed. */
  on(_event: "change", listener: () => void): () => void {
    this.#listeners ??= new Listeners(this.#reporter);
    return this.#listeners.on("children", listener);
  }

  /** Tells the listeners. */
  notify(): void {
    this.#listeners?.emit("children", undefined);
  }

  get listenerCount(): number {
    return this.#listeners?.count ?? 0;
  }

  #search(orderKey: number, id: number): number {
    let low = 0;
    let high = this.#objects.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const child = this.#objects[middle] as SObject;
      const key = keyOf(child);
      if (key < orderKey || (key === orderKey && child.id < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isInOrder(key: number, id: number, nextKey: number, nextId: number): boolean {
  return key < nextKey || (key === nextKey && id < nextId);
}

function keyOf(child: SObject): number {
  return objectInternals.orderKey(child);
}
