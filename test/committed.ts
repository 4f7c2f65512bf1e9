// A topic in a tree, and the ops that the tree commits of it.

import { AuthorityTree } from "../core/authority.ts";
import type { Op } from "../core/kind.ts";
import { SObject } from "../core/object.ts";
import type { AnyTopic, TopicChange } from "../core/topic.ts";
import { TypeRegistry } from "../core/types.ts";

/** Puts a topic made by `make` into a tree. `commits` gets the ops of each transaction. */
export function inTree<T extends AnyTopic>(make: () => T): { readonly topic: T; readonly commits: Op[][] } {
  class Holder extends SObject {
    readonly topic = make();
  }
  const types = new TypeRegistry();
  types.register(Holder);
  const tree = new AuthorityTree(types, Holder);
  const commits: Op[][] = [];
  tree.onCommit = (changes) => commits.push(changes.map((change) => (change as TopicChange).op));
  return { topic: (tree.root as Holder).topic as T, commits };
}
