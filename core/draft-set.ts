// The draft of a set: a Set to whoever holds it.
//
// It holds what was added and what was deleted, until something is asked for that goes through all items. Then it is filled
// with them and is a Set like any other.

import type { SetEdit } from "./draft.ts";
import { DraftHandler } from "./draft-handler.ts";

/** See the head of this file. The handler of the proxy, whose target is an empty Set. */
export class SetDraft extends DraftHandler implements ProxyHandler<Set<unknown>> {
  readonly #base: ReadonlySet<unknown>;
  readonly #added = new Set<unknown>();
  /** Items of the base; those that were added again later are among the added, too. */
  readonly #deleted = new Set<unknown>();
  #full: Set<unknown> | undefined;

  constructor(base: ReadonlySet<unknown>) {
    super();
    this.#base = base;
  }

  /** The items that are gone, then those that have come. */
  edits(): SetEdit[] {
    const gone = this.#full ? this.#base : this.#deleted;
    const come = this.#full ?? this.#added;
    const edits: SetEdit[] = [];
    for (const item of gone) if (!come.has(item)) edits.push([item, false]);
    for (const item of come) if (!this.#base.has(item)) edits.push([item, true]);
    return edits;
  }

  get(target: Set<unknown>, key: string | symbol, draft: unknown): unknown {
    switch (key) {
      case "size":
        return this.#full?.size ?? this.#base.size - this.#deleted.size + this.#added.size;
      case "has":
        return (item: unknown) => this.#has(item);
      case "add":
        return (item: unknown) => {
          if (!this.#has(item)) (this.#full ?? this.#added).add(item);
          return draft;
        };
      case "delete":
        return (item: unknown) => this.#delete(item);
      default: {
        const full = this.#fill(target);
        const member = Reflect.get(full, key, full);
        return typeof member === "function" ? member.bind(full) : member;
      }
    }
  }

  set(): boolean {
    return false;
  }

  #has(item: unknown): boolean {
    if (this.#full) return this.#full.has(item);
    return this.#added.has(item) || (this.#base.has(item) && !this.#deleted.has(item));
  }

  #delete(item: unknown): boolean {
    if (this.#full) return this.#full.delete(item);
    if (!this.#has(item)) return false;
    if (!this.#added.delete(item)) this.#deleted.add(item);
    return true;
  }

  #fill(target: Set<unknown>): Set<unknown> {
    if (!this.#full) {
      for (const item of this.#base) if (!this.#deleted.has(item)) target.add(item);
      for (const item of this.#added) target.add(item);
      this.#full = target;
    }
    return this.#full;
  }
}
