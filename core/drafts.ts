// Drafts, for `update` on lists, dicts, sets and values. `import "objectsync/drafts"` installs them; the server's entry does
// so by itself. Nothing is exported.
//
// The top of a draft is ours and holds only what the recipe touches: immer would copy and freeze the whole list or dict for
// one item of it. What is inside an item is immer's.

import { assertNoPromise, installDrafting, type Outcome } from "./draft.ts";
import { ArrayDraft } from "./draft-array.ts";
import { ItemDrafts, settled } from "./draft-item.ts";
import { RecordDraft } from "./draft-record.ts";
import { SetDraft } from "./draft-set.ts";
import { describeValue, ObjectSyncError } from "./error.ts";

installDrafting({
  list: (base, recipe) => run([], (items) => new ArrayDraft(base, items), recipe),
  record: (base, recipe) => run(Object.create(null), (items) => new RecordDraft(base, items), recipe),
  set: (base, recipe) => run(new Set(), () => new SetDraft(base), recipe),
});

function run<Target extends object, Edit>(
  target: Target,
  makeHandler: (items: ItemDrafts) => ProxyHandler<Target> & { edits(): Edit[] },
  recipe: (draft: never) => unknown,
): Outcome<Edit> {
  const items = new ItemDrafts();
  const handler = makeHandler(items);
  const draft = items.open(target, handler);
  try {
    const result = recipe(draft as never);
    if (result === draft) return outcomeOf(handler, undefined);
    assertNoPromise(result);
    return outcomeOf(handler, result);
  } finally {
    items.end();
  }
}

function outcomeOf<Edit>(handler: { edits(): Edit[] }, result: unknown): Outcome<Edit> {
  try {
    const edits = handler.edits();
    if (result === undefined) return { edits };
    if (edits.length === 0) return { whole: settled(result) };
  } catch (error) {
    if (error instanceof RangeError) throw new ObjectSyncError("too_deep", "a draft was put into itself");
    throw error;
  }
  throw new ObjectSyncError(
    "wrong_type",
    `a recipe changes its draft or returns a new value, this one did both and returned ${describeValue(result)}`,
  );
}
