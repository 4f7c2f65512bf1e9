// The draft of a list: an array to whoever holds it.
//
// - While it has as many items as the list, it holds only what was written or looked at, by index. When its length changes,
//   or items move, it becomes a copy of the list's array.
// - Methods that move items work on the copy itself: through the traps they would look at each item that they move.
// - Items that are frozen, as all of the list's are, are drafts as soon as the recipe looks at them.

import type { ListEdit } from "./draft.ts";
import { DraftHandler } from "./draft-handler.ts";
import { type ItemDrafts, settled } from "./draft-item.ts";
import { see } from "./draft-record.ts";

/** The methods that leave each item in at most one place, and what of their result the recipe looks at. */
const MOVERS = {
  push: "nothing",
  pop: "item",
  shift: "item",
  unshift: "nothing",
  splice: "items",
  sort: "draft",
  reverse: "draft",
} as const;

type Mover = keyof typeof MOVERS;

/** See the head of this file. The handler of the proxy. */
export class ArrayDraft extends DraftHandler implements ProxyHandler<unknown[]> {
  readonly #base: readonly unknown[];
  readonly #items: ItemDrafts;
  #written: Map<number, unknown> | undefined;
  #copy: unknown[] | undefined;

  constructor(base: readonly unknown[], items: ItemDrafts) {
    super();
    this.#base = base;
    this.#items = items;
  }

  /** What the recipe has changed, in order. Each index holds when those before are done. */
  edits(): ListEdit[] {
    if (this.#copy) return this.#difference(this.#copy);
    const changed: [index: number, item: unknown][] = [];
    for (const [index, value] of this.#written ?? []) {
      const item = settled(value);
      if (item !== this.#base[index]) changed.push([index, item]);
    }
    const edits: { index: number; deleteCount: number; items: unknown[] }[] = [];
    for (const [index, item] of changed.sort(([a], [b]) => a - b)) {
      const last = edits.at(-1);
      if (last && last.index + last.deleteCount === index) {
        last.deleteCount++;
        last.items.push(item);
      } else {
        edits.push({ index, deleteCount: 1, items: [item] });
      }
    }
    return edits;
  }

  get(_target: unknown[], key: string | symbol, draft: unknown): unknown {
    const index = indexOf(key);
    if (index !== undefined) return this.#see(index);
    if (key === "length") return this.#length;
    if (Object.hasOwn(MOVERS, key)) return (...args: unknown[]) => this.#move(key as Mover, args, draft);
    return Reflect.get(Array.prototype, key);
  }

  set(_target: unknown[], key: string | symbol, value: unknown): boolean {
    const index = indexOf(key);
    if (index !== undefined) this.#put(index, this.#items.brought(value));
    else if (key === "length") this.#own().length = value as number;
    else return false;
    return true;
  }

  deleteProperty(_target: unknown[], key: string | symbol): boolean {
    const index = indexOf(key);
    if (index === undefined) return key !== "length";
    if (index < this.#length) delete this.#own()[index];
    return true;
  }

  has(_target: unknown[], key: string | symbol): boolean {
    const index = indexOf(key);
    if (index === undefined) return key in Array.prototype;
    return this.#copy ? index in this.#copy : index < this.#base.length;
  }

  ownKeys(): string[] {
    const keys = Object.keys(this.#copy ?? this.#base);
    keys.push("length");
    return keys;
  }

  getOwnPropertyDescriptor(target: unknown[], key: string | symbol): PropertyDescriptor | undefined {
    if (key === "length") return { value: this.#length, writable: true, enumerable: false, configurable: false };
    const index = indexOf(key);
    if (index === undefined || !this.has(target, key)) return undefined;
    // Not as seen: making drafts of all items only to list them would be dear.
    return { value: this.#at(index), writable: true, enumerable: true, configurable: true };
  }

  get #length(): number {
    return (this.#copy ?? this.#base).length;
  }

  #at(index: number): unknown {
    if (this.#copy) return this.#copy[index];
    return this.#written?.has(index) ? this.#written.get(index) : this.#base[index];
  }

  #see(index: number): unknown {
    const item = this.#at(index);
    const seen = see(item, this.#items);
    if (seen !== item) this.#put(index, seen);
    return seen;
  }

  #put(index: number, value: unknown): void {
    if (this.#copy || index >= this.#base.length) this.#own()[index] = value;
    else {
      this.#written ??= new Map();
      this.#written.set(index, value);
    }
  }

  #own(): unknown[] {
    if (!this.#copy) {
      this.#copy = this.#base.slice();
      for (const [index, value] of this.#written ?? []) this.#copy[index] = value;
    }
    return this.#copy;
  }

  #move(name: Mover, args: readonly unknown[], draft: unknown): unknown {
    for (const arg of args) this.#items.brought(arg);
    const result = Reflect.apply(Array.prototype[name], this.#own(), args);
    switch (MOVERS[name]) {
      case "item":
        return see(result, this.#items);
      case "items":
        return result.map((item: unknown) => see(item, this.#items));
      case "draft":
        return draft;
      default:
        return result;
    }
  }

  /** What lies between the common head and the common tail, by the items' identity. */
  #difference(copy: readonly unknown[]): ListEdit[] {
    const base = this.#base;
    const shorter = Math.min(base.length, copy.length);
    const isSame = (at: number, baseAt: number): boolean =>
      copy[at] === base[baseAt] || settled(copy[at]) === base[baseAt];
    let head = 0;
    while (head < shorter && isSame(head, head)) head++;
    let tail = 0;
    while (tail < shorter - head && isSame(copy.length - 1 - tail, base.length - 1 - tail)) tail++;
    const deleteCount = base.length - tail - head;
    const items = Array.from(copy.slice(head, copy.length - tail), (item) => settled(item));
    return deleteCount === 0 && items.length === 0 ? [] : [{ index: head, deleteCount, items }];
  }
}

/** The index that a key is, if it is one. */
function indexOf(key: string | symbol): number | undefined {
  if (typeof key === "symbol") return undefined;
  const index = Number(key) >>> 0;
  return String(index) === key && index < 2 ** 32 - 1 ? index : undefined;
}
