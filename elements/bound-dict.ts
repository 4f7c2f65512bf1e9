import type { DictTopic } from "../core/dict-topic.ts";
import type { Json } from "../core/value.ts";

/** A dict with more keys than this is not bound at all. */
export const MAX_BOUND_KEYS = 256;

/** A key and its item. */
export interface BoundEntry {
  readonly key: string;
  readonly item: Json;
}

/**
 * A dict as a binding sees it: by the names that its keys mean, `backgroundColor` and `background-color` being one. With
 * more than `MAX_BOUND_KEYS` keys it looks empty, so that what a page shows is a function of the dict alone: which of the
 * keys came first is no part of its value. The work for an op does not grow with the dict.
 */
export class BoundDict {
  readonly #topic: DictTopic;
  readonly #nameOf: (key: string) => string;
  readonly #refuse: () => void;
  /** The keys of each name. Empty while the dict is over the limit. */
  readonly #keys = new Map<string, Set<string>>();
  #isOverLimit = false;

  /** `nameOf` leaves a name as it is. `refuse` is called when the dict has grown over the limit. */
  constructor(topic: DictTopic, nameOf: (key: string) => string, refuse: () => void) {
    this.#topic = topic;
    this.#nameOf = nameOf;
    this.#refuse = refuse;
    this.#readAll();
  }

  names(): string[] {
    return [...this.#keys.keys()];
  }

  /** What the dict says of a name. Of several spellings the name itself counts, or else the first by code units. */
  find(name: string): BoundEntry | undefined {
    let key: string | undefined;
    for (const other of this.#keys.get(name) ?? []) {
      if (other === name || (key !== name && (key === undefined || other < key))) key = other;
    }
    const item = key === undefined ? undefined : this.#topic.get(key);
    return key === undefined || item === undefined ? undefined : { key, item };
  }

  /**
   * Calls `update` with the name of which the dict may say something else now, or `replace` with all that it knew or
   * knows, where it is another dict altogether. Returns what ends it.
   */
  follow(update: (name: string) => void, replace: (names: ReadonlySet<string>) => void): () => void {
    return this.#topic.on("change", (change) => {
      const isOverLimit = this.#topic.size > MAX_BOUND_KEYS;
      if (isOverLimit && this.#isOverLimit) return;
      if (change.type === "set" || isOverLimit !== this.#isOverLimit) {
        const names = this.names();
        this.#readAll();
        replace(new Set([...names, ...this.names()]));
        return;
      }
      this.#read(change.key);
      update(this.#nameOf(change.key));
    });
  }

  #readAll(): void {
    this.#keys.clear();
    this.#isOverLimit = this.#topic.size > MAX_BOUND_KEYS;
    if (this.#isOverLimit) this.#refuse();
    else for (const key of this.#topic.keys()) this.#read(key);
  }

  #read(key: string): void {
    const name = this.#nameOf(key);
    const keys = this.#keys.get(name) ?? new Set();
    if (this.#topic.has(key)) this.#keys.set(name, keys.add(key));
    else if (keys.delete(key) && keys.size === 0) this.#keys.delete(name);
  }
}
