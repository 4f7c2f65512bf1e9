// What only a server's own code can do: attributes and tags that come and go, objects that are copied, saved and come back.

import type { AuthorityTree } from "../../core/authority.ts";
import { NumberTopic } from "../../core/scalar-topics.ts";
import { StringTopic } from "../../core/string-topic.ts";
import { type Pick, pickOf } from "../everything.ts";
import { nameOf } from "./edits.ts";

/** So many objects are enough: beyond, nothing is copied. */
const MAX_OBJECTS = 30;

/** Does one of these. Throws what it throws. */
export function editAsServer(tree: AuthorityTree, pick: Pick, note: (line: string) => void): void {
  const { root } = tree;
  const object = pickOf(root.search(), pick);
  const name = `added${pick(2)}`;
  const edits: Record<string, () => void> = {
    "has another text": () => void object.addAttribute(name, new StringTopic("added", { write: "everyone" })),
    "has another number": () => void object.addAttribute(name, new NumberTopic(pick(9), { write: "everyone" })),
    "has another newest number": () =>
      void object.addAttribute(name, new NumberTopic(pick(9), { write: "everyone", latest: true })),
    "loses an attribute": () => object.removeAttribute(name),
    "is tagged": () => object.addTag(name),
    "is not tagged": () => object.removeTag(name),
    "is destroyed and comes back": () => {
      if (!object.parent) return;
      const saved = tree.save(object);
      object.destroy();
      tree.restore(saved, root);
    },
    "is copied": () => {
      if (tree.size < MAX_OBJECTS) tree.clone(object, root);
    },
  };
  const what = pickOf(Object.keys(edits), pick);
  note(`${nameOf(object)} ${what}, ${name}`);
  edits[what]?.();
}
