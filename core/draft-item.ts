// What a recipe sees of arrays in a draft, which are immer's, and what all that it left comes to in the end.
//
// Each array that a recipe looks at is an immer draft of its own. So it may end up inside another, or inside an object of the
// recipe's own. `settled` sees through all of them. immer's own way to finish a draft does not, and is used only to end it.

import { current, Immer, isDraft } from "immer";

// Freezing would reach what the recipe brought in; topics copy and freeze anyway.
const immer = new Immer({ autoFreeze: false });

/** What our own drafts answer with the plain data that they stand for. */
export const SETTLED = Symbol("settled");

/** The drafts that one recipe has got. */
export class ItemDrafts {
  readonly #arrays: unknown[] = [];
  #hasEnded = false;

  /** A draft of an array. */
  array(items: readonly unknown[]): unknown {
    const draft = immer.createDraft(items);
    this.#arrays.push(draft);
    return draft;
  }

  /** Throws when the recipe has ended, as the drafts of arrays do. */
  assertOpen(): void {
    if (this.#hasEnded) throw new TypeError("a draft is of no use when its recipe has ended");
  }

  /** From now on the drafts throw. */
  end(): void {
    this.#hasEnded = true;
    for (const draft of this.#arrays) {
      try {
        immer.finishDraft(draft);
      } catch {
        // It holds one that has ended before it. Nobody has use for the result.
      }
    }
  }
}

/**
 * What a recipe left somewhere, as plain data: what drafts stand for in their place. Of a draft that was not changed that is
 * the very item. Runs out of stack for what was put into itself.
 */
export function settled(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const own = (value as { readonly [SETTLED]?: unknown })[SETTLED];
  if (own !== undefined) return own;
  if (isDraft(value)) return current(value);
  // What is no data is refused where it goes into the topic.
  if (!isPlain(value)) return value;
  if (Array.isArray(value)) return Array.from(value, settled);
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = settled(item);
  return copy;
}

/** Whether something is an array or a plain object. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}
