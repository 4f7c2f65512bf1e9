// The draft of a dict, or of an object in a value: a record to whoever holds it.
//
// It holds only what was written or looked at; all else is read from the items themselves. So it costs what the recipe
// does, and not what there is, unless the recipe goes through all keys. Where an item's own items can be written alone, as
// those of the objects in a value can, that item is such a draft too, and what it comes to is told by path.

import type { RecordEdit, RecordItems } from "./draft.ts";
import { type ItemDrafts, SETTLED, settled } from "./draft-item.ts";
import { type Data, equals, holdsBytes } from "./value.ts";

const GONE = Symbol("gone");

/** A draft inside of a draft. */
interface Inner {
  readonly proxy: object;
  readonly draft: RecordDraft;
}

/** See the head of this file. The handler of the proxy. */
export class RecordDraft implements ProxyHandler<object> {
  readonly #base: RecordItems;
  readonly #items: ItemDrafts;
  readonly #written = new Map<string, unknown>();
  #inner: Map<string, Inner> | undefined;

  constructor(base: RecordItems, items: ItemDrafts) {
    this.#base = base;
    this.#items = items;
  }

  /** What is another now, or gone. */
  edits(): RecordEdit[] {
    const edits: RecordEdit[] = [];
    for (const [key, value] of this.#written) {
      const inner = this.#inner?.get(key);
      if (inner && inner.proxy === value) {
        for (const [path, ...item] of inner.draft.edits()) edits.push([[key, ...path], ...item]);
      } else if (value === GONE) {
        if (this.#base.has(key)) edits.push([[key]]);
      } else {
        const item = settled(value);
        if (!isSame(item, this.#base.get(key))) edits.push([[key], item]);
      }
    }
    return edits;
  }

  get(target: object, key: string | symbol): unknown {
    if (key === SETTLED) return this.#settle(target);
    if (typeof key === "symbol" || !this.has(target, key)) return undefined;
    const item = this.#at(key);
    const seen = this.#items.see(item);
    // Bytes may be changed in place, without a trace.
    if (seen !== item || item instanceof Uint8Array) this.#written.set(key, seen);
    return seen;
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    if (typeof key === "symbol") return false;
    this.#written.set(key, value);
    return true;
  }

  deleteProperty(target: object, key: string | symbol): boolean {
    if (this.has(target, key)) this.#written.set(key as string, GONE);
    return true;
  }

  has(_target: object, key: string | symbol): boolean {
    if (typeof key === "symbol") return false;
    return this.#written.has(key) ? this.#written.get(key) !== GONE : this.#base.has(key);
  }

  ownKeys(target: object): string[] {
    const keys = [...this.#base.keys()].filter((key) => this.has(target, key));
    for (const [key, value] of this.#written) if (value !== GONE && !this.#base.has(key)) keys.push(key);
    return keys;
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === "symbol" || !this.has(target, key)) return undefined;
    return { value: this.#at(key), writable: true, enumerable: true, configurable: true };
  }

  defineProperty(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  /** What is at a key. Not as seen: making drafts of all items only to list them would be dear. */
  #at(key: string): unknown {
    if (this.#written.has(key)) return this.#written.get(key);
    const inside = this.#base.inside?.(key);
    return inside ? this.#open(key, inside) : this.#base.get(key);
  }

  #open(key: string, inside: RecordItems): object {
    const draft = new RecordDraft(inside, this.#items);
    const proxy = this.#items.open(Object.create(null), draft);
    this.#inner ??= new Map();
    this.#inner.set(key, { proxy, draft });
    this.#written.set(key, proxy);
    return proxy;
  }

  #settle(target: object): unknown {
    const { data } = this.#base;
    if (data !== undefined && this.edits().length === 0) return data;
    const whole: Record<string, unknown> = Object.create(null);
    for (const key of this.ownKeys(target)) whole[key] = settled(this.get(target, key));
    return whole;
  }
}

/** Whether an item is the very one that was there; bytes are other copies each time, and are compared. */
function isSame(item: unknown, old: Data | undefined): boolean {
  if (old === undefined) return false;
  return item === old || (holdsBytes(old) && equals(item as Data, old));
}
