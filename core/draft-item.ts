// What a recipe sees of arrays in a draft, which are immer's, and what all that it left comes to in the end.
//
// Each array that a recipe looks at is an immer draft of its own. So it may end up inside another, or inside an object of the
// recipe's own. `settled` sees through all of them. immer's own way to finish a draft does not, and is used only to end it.
//
// Frozen says only of what topics hold that there are no drafts inside. What a recipe brings in may be frozen on the outside,
// before or after: `brought` remembers it, so that it never counts as an item of the topic.

import { current, Immer, isDraft, original } from "immer";
import { isPlain, MAX_VALUE_DEPTH } from "./value.ts";

// Freezing would reach what the recipe brought in; topics copy and freeze anyway.
const immer = new Immer({ autoFreeze: false });

/** What our own drafts answer with the plain data that they stand for. */
export const SETTLED = Symbol("settled");

/** The drafts that one recipe has got. */
export class ItemDrafts {
  readonly #arrays: unknown[] = [];
  #brought: Set<unknown> | undefined;
  #hasEnded = false;

  /** A draft of an array. */
  array(items: readonly unknown[]): unknown {
    const draft = immer.createDraft(items);
    this.#arrays.push(draft);
    return draft;
  }

  /** Takes note of what a recipe puts into a draft, and gives it back. */
  brought(value: unknown): unknown {
    if (!isFrozenThrough(value)) {
      this.#brought ??= new Set();
      this.#brought.add(value);
    }
    return value;
  }

  /** Whether the recipe brought something in that may have drafts inside, and so is itself no item to make a draft of. */
  isBrought(value: unknown): boolean {
    return this.#brought?.has(value) ?? false;
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
  if (typeof value !== "object" || value === null || isFrozenThrough(value)) return value;
  const own = (value as { readonly [SETTLED]?: unknown })[SETTLED];
  if (own !== undefined) return own;
  if (isDraft(value)) {
    const plain = current(value);
    // What is frozen immer leaves as it is, with the drafts inside.
    return plain === original(value) ? plain : settled(plain);
  }
  // What is no data is refused where it goes into the topic.
  if (!isPlain(value)) return value;
  if (Array.isArray(value)) return Array.from(value, settled);
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = settled(item);
  return copy;
}

/** Whether something is data without anything in it that may change, which drafts are, too. */
function isFrozenThrough(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return true;
  // What holds itself has no end.
  if (depth > MAX_VALUE_DEPTH || !Object.isFrozen(value) || !isPlain(value)) return false;
  return Object.values(value).every((part) => isFrozenThrough(part, depth + 1));
}
