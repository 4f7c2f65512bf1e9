// What `update` knows of drafts. They are made by "objectsync/drafts" (drafts.ts), so that only who imports it loads them.
//
// A draft stands for a topic's value while one recipe runs. The recipe changes it as it would change an array, a record or a
// Set; then the topic makes ops of what is different, and the draft is of no use any more. The topic itself refuses to be
// written meanwhile: a draft reads what it does not hold from the topic's state.

import { isPromise, ObjectSyncError } from "./error.ts";
import type { Data, Json } from "./value.ts";

/** A value as a recipe may change it. */
export type DraftOf<T> = unknown extends T
  ? T
  : [Json] extends [T]
    ? AnyDraft<Exclude<T, object> | Extract<T, Uint8Array>>
    : PartsOf<T>;

/** Of data of any shape; following its type would not end. */
type AnyDraft<Leaf> = Leaf | AnyDraft<Leaf>[] | { [key: string]: AnyDraft<Leaf> };

type PartsOf<T> = T extends Uint8Array ? T : T extends object ? { -readonly [Key in keyof T]: DraftOf<T[Key]> } : T;

/**
 * Changes a draft in place, or returns the new whole, not both. Synchronous; the draft is of no use afterwards. Where it
 * throws, nothing has changed, and what it wrote to other topics is taken back.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: as a result it says "or nothing"
export type Recipe<Draft, Whole = Draft> = (draft: Draft) => Draft | Whole | void;

/** What a recipe did: changes, or a new whole. */
export type DraftResult<Edit> = { readonly edits: readonly Edit[] } | { readonly whole: unknown };

/** Items of a list that others replace. */
export interface ListEdit {
  readonly index: number;
  readonly deleteCount: number;
  readonly items: readonly unknown[];
}

/** A path, of one key at least, and what is there now; without an item nothing is. */
export type RecordEdit = readonly [path: readonly [string, ...string[]], item?: unknown];

/** An item of a set, and whether it is in it now. */
export type SetEdit = readonly [item: unknown, isThere: boolean];

/** Items by key, as a draft reads them. */
export interface RecordItems extends Pick<ReadonlyMap<string, Data>, "get" | "has"> {
  keys(): Iterable<string>;
  /** The items of an item, where each of them can be written alone. */
  inside?(key: string): RecordItems | undefined;
  /** All items, where they are there as one object. */
  readonly data?: Data;
}

type AnyRecipe = (draft: never) => unknown;

/** Runs recipes on drafts. What they are made of stays as it is, and is read while the recipe runs. */
export interface Drafting {
  list(items: readonly Data[], recipe: AnyRecipe): DraftResult<ListEdit>;
  record(items: RecordItems, recipe: AnyRecipe): DraftResult<RecordEdit>;
  set(items: ReadonlySet<unknown>, recipe: AnyRecipe): DraftResult<SetEdit>;
}

/** A draft that a recipe has in hands. */
interface OpenDraft {
  readonly topic: object;
  readonly outer: OpenDraft | undefined;
}

let drafting: Drafting | undefined;
let innermost: OpenDraft | undefined;

/** For "objectsync/drafts". */
export function installDrafting(installed: Drafting): void {
  drafting = installed;
}

/** Runs a recipe on a draft of a topic. Throws `missing_dependency`, `async_transaction`, and what the recipe throws. */
export function draft<Edit>(topic: object, run: (drafting: Drafting) => DraftResult<Edit>): DraftResult<Edit> {
  if (!drafting) {
    throw new ObjectSyncError("missing_dependency", '`update` needs drafts: add `import "objectsync/drafts"`');
  }
  const outer = innermost;
  innermost = { topic, outer };
  try {
    return run(drafting);
  } finally {
    innermost = outer;
  }
}

/** Throws `stale` while a recipe has a draft of a topic. */
export function assertNoDraft(topic: object): void {
  for (let open = innermost; open; open = open.outer) {
    if (open.topic !== topic) continue;
    throw new ObjectSyncError("stale", "while `update` runs, the topic itself cannot be written: change the draft");
  }
}

/** Throws `async_transaction` for a recipe's promise. What becomes of the promise itself is of no interest then. */
export function assertNoPromise(result: unknown): void {
  if (!isPromise(result)) return;
  // Also of what it gives: that may be the draft, of which nobody can ask anything then.
  const ignore = (): void => {};
  result.then(ignore, ignore);
  throw new ObjectSyncError("async_transaction", "a recipe is synchronous: await before `update`, not inside");
}
