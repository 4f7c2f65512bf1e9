// Drafts, for `update` on lists, dicts, sets and values. `import "objectsync/drafts"` installs them; the server's entry does
// so by itself. Nothing is exported.
//
// Lists, dicts and the objects in them have drafts of ours, which hold only what the recipe touches: immer would copy the
// whole of ten thousand items for one of them, and takes ten times as long to make a draft of each. Arrays inside are
// immer's.

import { assertNoPromise, type DraftResult, installDrafting } from "./draft.ts";
import { ArrayDraft } from "./draft-array.ts";
import { ItemDrafts, settled } from "./draft-item.ts";
import { openRecord } from "./draft-record.ts";
import { SetDraft } from "./draft-set.ts";
import { describeValue, ObjectSyncError } from "./error.ts";

installDrafting({
  list(base, recipe) {
    const items = new ItemDrafts();
    const handler = new ArrayDraft(base, items);
    const { proxy, revoke } = Proxy.revocable<unknown[]>([], handler);
    return run(proxy, handler, recipe, () => {
      revoke();
      items.end();
    });
  },
  record(base, recipe) {
    const items = new ItemDrafts();
    const { proxy, draft } = openRecord(base, items);
    return run(proxy, draft, recipe, () => items.end());
  },
  set(base, recipe) {
    const handler = new SetDraft(base);
    const { proxy, revoke } = Proxy.revocable(new Set(), handler);
    return run(proxy, handler, recipe, revoke);
  },
});

function run<Edit>(
  draft: object,
  handler: { edits(): Edit[] },
  recipe: (draft: never) => unknown,
  end: () => void,
): DraftResult<Edit> {
  try {
    const result = recipe(draft as never);
    if (result === draft) return resultOf(handler, undefined);
    assertNoPromise(result);
    return resultOf(handler, result);
  } finally {
    end();
  }
}

function resultOf<Edit>(handler: { edits(): Edit[] }, returned: unknown): DraftResult<Edit> {
  try {
    const edits = handler.edits();
    if (returned === undefined) return { edits };
    if (edits.length === 0) return { whole: settled(returned) };
  } catch (error) {
    if (error instanceof RangeError) throw new ObjectSyncError("too_deep", "a recipe put something into itself");
    throw error;
  }
  throw new ObjectSyncError(
    "wrong_type",
    `a recipe changes its draft or returns a new value, this one did both and returned ${describeValue(returned)}`,
  );
}
