// What a recipe sees of the items in a draft, and what they come to in the end.
//
// Each item that a recipe looks at is an immer draft of its own, since immer's draft of a whole list or dict would copy the
// whole. So an item's draft may end up inside another's, or inside an object of the recipe's own. `settled` sees through all
// of them. immer's own way to finish a draft does not, and is used only to end it.

import { current, Immer, isDraft } from "immer";
import { MAX_VALUE_DEPTH } from "./value.ts";

// Freezing would reach what the recipe brought in; topics copy and freeze anyway.
const immer = new Immer({ autoFreeze: false });

/** What our own drafts answer with the plain data that they stand for. */
export const SETTLED = Symbol("settled");

/** The drafts that one recipe has got, less the outermost. */
export class ItemDrafts {
  readonly #ends: (() => void)[] = [];

  /** What the recipe gets for an item: a draft in place of what is frozen, and anything else itself. */
  see(item: unknown): unknown {
    if (typeof item !== "object" || item === null || !Object.isFrozen(item) || !isPlain(item)) return item;
    const draft = immer.createDraft(item);
    this.#ends.push(() => immer.finishDraft(draft));
    return draft;
  }

  /** A draft by a handler of ours. */
  open<Target extends object>(target: Target, handler: ProxyHandler<Target>): Target {
    const { proxy, revoke } = Proxy.revocable(target, handler);
    this.#ends.push(revoke);
    return proxy;
  }

  /** From now on the drafts throw. */
  end(): void {
    for (const end of this.#ends) {
      try {
        end();
      } catch {
        // It holds one that has ended before it. Nobody has use for the result.
      }
    }
  }
}

/**
 * What a recipe left somewhere, as plain data: what drafts stand for in their place. Of a draft that was not changed that is
 * the very item. Runs out of stack for a draft that was put into itself.
 */
export function settled(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (isDraft(value)) return current(value);
  const own = (value as { readonly [SETTLED]?: unknown })[SETTLED];
  if (own !== undefined) return own;
  // What is too deep, or no data, is refused where it goes into the topic.
  if (depth > MAX_VALUE_DEPTH || !isPlain(value)) return value;
  if (Array.isArray(value)) return Array.from(value, (item) => settled(item, depth + 1));
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = settled(item, depth + 1);
  return copy;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}
