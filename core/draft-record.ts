// The draft of a dict, or of an object in an item or in a value: a record to whoever holds it.
//
// It holds only what was written or looked at; all else is read from the items themselves. So it costs what the recipe
// does, and not what there is, unless the recipe goes through all keys. Where the parts of an item can be written alone, as
// those of a value can, the draft of that item tells by path what it comes to.

import type { RecordEdit, RecordItems } from "./draft.ts";
import { DraftHandler } from "./draft-handler.ts";
import { type ItemDrafts, SETTLED, settled } from "./draft-item.ts";
import { type Data, type DataRecord, equals, holdsBytes, isPlain } from "./value.ts";
import { PartItems } from "./value-parts.ts";

const GONE = Symbol("gone");

/** What the proxies of all records have for a target: the handler answers everything. */
const TARGET: object = Object.create(null);

/** A draft inside of a draft. */
interface Inner {
  readonly proxy: object;
  readonly draft: RecordDraft;
}

/** See the head of this file. The handler of the proxy. */
export class RecordDraft extends DraftHandler implements ProxyHandler<object> {
  readonly #base: RecordItems;
  readonly #items: ItemDrafts;
  #written: Map<string, unknown> | undefined;
  #inner: Map<string, Inner> | undefined;

  constructor(base: RecordItems, items: ItemDrafts) {
    super();
    this.#base = base;
    this.#items = items;
  }

  /** What is another now, or gone. */
  edits(): RecordEdit[] {
    const edits: RecordEdit[] = [];
    for (const [key, value] of this.#written ?? []) {
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
    if (key === SETTLED) return this.#settle();
    if (typeof key === "symbol" || !this.has(target, key)) return undefined;
    const item = this.#at(key);
    const seen = see(item, this.#items);
    // Bytes may be changed in place, without a trace.
    if (seen !== item || item instanceof Uint8Array) this.#write(key, seen);
    return seen;
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    this.#items.assertOpen();
    if (typeof key === "symbol") return false;
    this.#write(key, this.#items.brought(value));
    return true;
  }

  deleteProperty(target: object, key: string | symbol): boolean {
    if (this.has(target, key)) this.#write(key as string, GONE);
    return true;
  }

  has(_target: object, key: string | symbol): boolean {
    this.#items.assertOpen();
    if (typeof key === "symbol") return false;
    return this.#written?.has(key) ? this.#written.get(key) !== GONE : this.#base.has(key);
  }

  ownKeys(): string[] {
    this.#items.assertOpen();
    if (!this.#written) return [...this.#base.keys()];
    const keys = [...this.#base.keys()].filter((key) => this.#written?.get(key) !== GONE);
    for (const [key, value] of this.#written) if (value !== GONE && !this.#base.has(key)) keys.push(key);
    return keys;
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === "symbol" || !this.has(target, key)) return undefined;
    return { value: this.#at(key), writable: true, enumerable: true, configurable: true };
  }

  #write(key: string, value: unknown): void {
    this.#written ??= new Map();
    this.#written.set(key, value);
  }

  /** What is at a key. Not as seen: making drafts of all items only to list them would be dear. */
  #at(key: string): unknown {
    if (this.#written?.has(key)) return this.#written.get(key);
    const inside = this.#base.inside?.(key);
    return inside ? this.#open(key, inside) : this.#base.get(key);
  }

  #open(key: string, inside: RecordItems): object {
    const inner = openRecord(inside, this.#items);
    this.#inner ??= new Map();
    this.#inner.set(key, inner);
    this.#write(key, inner.proxy);
    return inner.proxy;
  }

  #settle(): unknown {
    const { data } = this.#base;
    if (data !== undefined && (!this.#written || this.edits().length === 0)) return data;
    const whole: Record<string, unknown> = Object.create(null);
    for (const key of this.ownKeys()) {
      whole[key] = this.#written?.has(key) ? settled(this.#written.get(key)) : this.#base.get(key);
    }
    return whole;
  }
}

/** The draft of a record, and the proxy that the recipe gets. */
export function openRecord(base: RecordItems, items: ItemDrafts): Inner {
  const draft = new RecordDraft(base, items);
  return { proxy: new Proxy(TARGET, draft), draft };
}

/** What a recipe gets for an item: a draft in place of what is frozen and not its own, and anything else itself. */
export function see(item: unknown, items: ItemDrafts): unknown {
  if (typeof item !== "object" || item === null || !Object.isFrozen(item) || !isPlain(item)) return item;
  if (items.isBrought(item)) return item;
  return Array.isArray(item) ? items.array(item) : openRecord(new PartItems(item as DataRecord), items).proxy;
}

/** Whether an item is the very one that was there; bytes are other copies each time, and are compared. */
function isSame(item: unknown, old: Data | undefined): boolean {
  if (old === undefined) return false;
  return item === old || (holdsBytes(old) && equals(item as Data, old));
}
