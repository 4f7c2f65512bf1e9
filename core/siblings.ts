// The children of one object, in order.
//
// Each child carries an order key, a number; the list is sorted by it, then by id. A place in the list is found by binary
// search, so a child knows its neighbours without a scan.

import { Listeners } from "./listeners.ts";
import type { SObject } from "./object.ts";
import type { Reporter } from "./report.ts";
import { noteRead, type Source } from "./track.ts";

/** A child with its place. */
export interface Placed {
  readonly object: SObject;
  readonly orderKey: number;
}

/** See the head of this file. */
export class Siblings implements Source {
  readonly #entries: Placed[] = [];
  readonly #reporter: Reporter;
  #view: readonly SObject[] | undefined;
  #listeners: Listeners | undefined;

  /** `reporter`: the parent. */
  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The children in order: an immutable array, the same one until the children change. */
  get all(): readonly SObject[] {
    noteRead(this);
    this.#view ??= Object.freeze(this.#entries.map((entry) => entry.object));
    return this.#view;
  }

  at(index: number): SObject | undefined {
    return this.#entries[index]?.object;
  }

  /** The index of a child that has this order key. */
  indexOf(object: SObject, orderKey: number): number {
    return this.#indexFor(orderKey, object.id);
  }

  insert(object: SObject, orderKey: number): void {
    this.#view = undefined;
    const last = this.#entries.at(-1);
    const entry = { object, orderKey };
    if (!last || last.orderKey < orderKey) this.#entries.push(entry);
    else this.#entries.splice(this.#indexFor(orderKey, object.id), 0, entry);
  }

  remove(object: SObject, orderKey: number): void {
    this.#view = undefined;
    this.#entries.splice(this.#indexFor(orderKey, object.id), 1);
  }

  /** The key of a new last child: the last key plus one. */
  keyAtEnd(): number {
    const last = this.#entries.at(-1);
    return last ? last.orderKey + 1 : 0;
  }

  /** A key that puts a child before the one now at `index`; `undefined` where no number lies between. */
  keyBefore(index: number): number | undefined {
    const after = this.#entries[index];
    if (!after) return this.keyAtEnd();
    const before = this.#entries[index - 1];
    if (!before) return after.orderKey - 1;
    const middle = (before.orderKey + after.orderKey) / 2;
    return before.orderKey < middle && middle < after.orderKey ? middle : undefined;
  }

  /**
   * New keys for the crowded run around the gap before `index`: the fewest neighbours that can be spread evenly between
   * the two outside of them with room for more.
   */
  spread(index: number): Placed[] {
    for (let reach = 2; ; reach *= 2) {
      const from = Math.max(0, index - reach);
      const to = Math.min(this.#entries.length, index + reach);
      const run = this.#entries.slice(from, to);
      const low = this.#entries[from - 1]?.orderKey ?? (run[0] as Placed).orderKey - run.length;
      const high = this.#entries[to]?.orderKey ?? (run.at(-1) as Placed).orderKey + run.length;
      const step = (high - low) / (run.length + 1);
      const keys = run.map((_, position) => low + step * (position + 1));
      // Room for some halvings of each new gap, at this magnitude.
      const isRoomy = step > Math.max(Math.abs(low), Math.abs(high)) * 2 ** -40;
      if (isRoomy || run.length === this.#entries.length) {
        return run.map(({ object }, position) => ({ object, orderKey: keys[position] as number }));
      }
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

  #indexFor(orderKey: number, id: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle] as Placed;
      if (entry.orderKey < orderKey || (entry.orderKey === orderKey && entry.object.id < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
