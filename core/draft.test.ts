// Nothing here may import drafts.ts: what is tested is what happens without.
import { expect, it } from "vitest";
import { DictTopic } from "./dict-topic.ts";
import { ListTopic } from "./list-topic.ts";
import { SetTopic } from "./set-topic.ts";
import { ValueTopic } from "./value-topic.ts";

it.each([
  ["list", () => new ListTopic([1]).update((draft) => void draft.push(2))],
  ["dict", () => new DictTopic({ a: 1 }).update((draft) => void delete draft.a)],
  ["set", () => new SetTopic(["a"]).update((draft) => void draft.clear())],
  ["value", () => new ValueTopic<number>(1).update((value) => value + 1)],
])('[TO-40] `update` of a %s without `import "objectsync/drafts"` throws, and names the import', (_, update) => {
  expect(update).toThrow(
    expect.objectContaining({
      code: "missing_dependency",
      message: expect.stringContaining('import "objectsync/drafts"'),
    }),
  );
});
