import { expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { DictTopic } from "./dict-topic.ts";
import { SObject } from "./object.ts";
import { RefTopic } from "./ref-topic.ts";
import { TypeRegistry } from "./types.ts";
import type { Json } from "./value.ts";
import { ValueTopic } from "./value-topic.ts";

class Node extends SObject {
  readonly dict = new DictTopic();
  readonly value = new ValueTopic();
  readonly previous = new RefTopic<Node>();
}

function makeTree(): AuthorityTree {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Node);
  return new AuthorityTree(types, SObject);
}

it("[OM-37] in a clone, a reference to what comes before it leads to the clone too", () => {
  const tree = makeTree();
  const group = tree.root.add(SObject);
  const first = group.add(Node);
  group.add(Node).previous.set(first);
  const [copy, second] = tree.clone(group, tree.root).children as Node[];
  expect(second?.previous.value).toBe(copy);
});

it.each<Record<string, Json>>([
  { $: 1, $$bytes: 2, a$: 3, constructor: 4 },
  { $bytes: "AH//" },
  { inside: { $bytes: 1 } },
  { $: null, a: null },
])("[OM-36] keys that look like those of saved bytes come back as they were: %o", (data) => {
  const tree = makeTree();
  const node = tree.root.add(Node);
  node.dict.set(data);
  node.value.set(data);
  const copy = tree.clone<Node>(JSON.parse(JSON.stringify(tree.save(node))), tree.root);
  expect([{ ...copy.dict.value }, copy.value.value]).toEqual([data, data]);
});
