// Saves: what an authority's tree does with saved data. It gives itself out as such (`save`), becomes what was saved
// (`load`), and takes objects in, as those that they were (`restore`) or as others like them (`clone`).
//
// All of the data is looked into before anything happens: see restore.ts. What goes wrong afterwards, in an `init`, is
// taken back: `restore` and `clone` are transactions; `load` is not one, and nobody can undo it.

import type { AuthorityTree } from "./authority.ts";
import { ObjectSyncError } from "./error.ts";
import { runDestroyHook, runDestroyHooks } from "./hooks.ts";
import { SObject } from "./object.ts";
import type { ObjectIds } from "./object-ids.ts";
import { orderKeyAt } from "./order-keys.ts";
import { assertAlive, assertIn, depthOf, MAX_TREE_DEPTH } from "./place.ts";
import { makeObjects, type RestoredTree, type RestoreRules } from "./restore.ts";
import { putBack, type Returning, startAll } from "./returning.ts";
import { saveObject } from "./save.ts";
import { type Migration, SAVED_FORMAT, type SavedTree } from "./saved-tree.ts";
import { assertWritable, isTransacting, transact } from "./transaction.ts";
import { ROOT_ID } from "./tree.ts";
import type { TypeRegistry } from "./types.ts";

/** See the head of this file, and the methods of `AuthorityTree` with these names. */
export class Saves {
  readonly #tree: AuthorityTree;
  readonly #types: TypeRegistry;
  readonly #ids: ObjectIds;
  readonly #migrations: readonly Migration[];

  constructor(tree: AuthorityTree, types: TypeRegistry, ids: ObjectIds, migrations: readonly Migration[]) {
    this.#tree = tree;
    this.#types = types;
    this.#ids = ids;
    this.#migrations = migrations;
  }

  save(object: SObject): SavedTree {
    assertIn(this.#tree, object);
    return this.#saved(object);
  }

  load(saved: unknown): void {
    assertWritable();
    if (isTransacting()) throw new ObjectSyncError("in_transaction", "a whole tree cannot be loaded in a transaction");
    let isRoot = true;
    const idFor = (id: number): number => {
      if (isRoot && id !== ROOT_ID) throw new ObjectSyncError("root", `the id of a root is ${ROOT_ID}`);
      isRoot = false;
      return id;
    };
    const { top, lastId } = this.#make(saved, { maxDepth: MAX_TREE_DEPTH, idFor, keyFor: (key) => key });
    const tree = this.#tree;
    const [old, next] = [tree.root, top.object];
    if (next.constructor !== old.constructor) {
      throw new ObjectSyncError("invalid_save", `root.type: this tree's root is a ${old.type}, got ${next.type}`);
    }
    const started: SObject[] = [];
    tree.structure.unlink(old);
    try {
      tree.structure.link(next, null, 0);
      this.#linkBelow(top);
      startAll(top, (object) => started.push(object));
    } catch (error) {
      tree.structure.unlink(next);
      tree.structure.link(old, null, 0);
      for (const object of started) runDestroyHook(object);
      throw error;
    }
    this.#ids.restart(lastId);
    tree.history.clear();
    for (const { id } of tree.objects()) this.#ids.note(id);
    tree.onReset?.();
    tree.structure.notify("reset", { root: next });
    runDestroyHooks(old);
  }

  restore(saved: unknown, parent: SObject, index: number | undefined): SObject {
    const tree = this.#tree;
    const idFor = (id: number): number => {
      if (tree.get(id)) throw new ObjectSyncError("duplicate_key", `there is an object ${id} already`);
      return id;
    };
    const keyFor = (key: string): string => {
      if (tree.get(key)) throw new ObjectSyncError("duplicate_key", `the key ${key} is in use`);
      return key;
    };
    const { last } = this.#ids;
    const outside = (id: number): number | undefined => (id <= last ? id : undefined);
    return this.#add(saved, parent, index, { idFor, keyFor, outside }, last);
  }

  clone(source: SObject | SavedTree, parent: SObject, index: number | undefined): SObject {
    const isObject = source instanceof SObject;
    if (isObject) assertAlive(source);
    const isForeign = isObject && source.tree !== this.#tree;
    return this.#add(isObject ? this.#saved(source) : source, parent, index, {
      idFor: () => this.#ids.next(),
      keyFor: () => undefined,
      outside: (id) => (!isForeign && this.#tree.get(id) ? id : undefined),
      dropsDangling: true,
    });
  }

  #saved(object: SObject): SavedTree {
    return {
      format: SAVED_FORMAT,
      version: this.#migrations.length + 1,
      lastId: this.#ids.last,
      root: saveObject(object),
    };
  }

  #make(
    saved: unknown,
    rules: Pick<RestoreRules, "maxDepth" | "idFor" | "keyFor"> & Partial<RestoreRules>,
  ): RestoredTree {
    return makeObjects(saved, this.#tree, {
      types: this.#types,
      migrations: this.#migrations,
      outside: () => undefined,
      dropsDangling: false,
      ...rules,
    });
  }

  /** Adds saved objects in one transaction. Up to `lastUsedId`, ids may have been those of others. */
  #add(
    saved: unknown,
    parent: SObject,
    index: number | undefined,
    rules: Pick<RestoreRules, "idFor" | "keyFor" | "outside"> & Partial<RestoreRules>,
    lastUsedId = 0,
  ): SObject {
    assertWritable();
    assertIn(this.#tree, parent);
    const { top } = this.#make(saved, { maxDepth: MAX_TREE_DEPTH - depthOf(parent), ...rules });
    return transact(() => {
      const orderKey = orderKeyAt(this.#tree, parent, index);
      this.#noteIds(top);
      putBack(this.#tree, top, { parent, orderKey }, lastUsedId);
      return top.object;
    });
  }

  #noteIds({ object, children }: Returning): void {
    this.#ids.note(object.id);
    for (const child of children) this.#noteIds(child);
  }

  #linkBelow({ object, children }: Returning): void {
    for (const child of children) {
      this.#tree.structure.link(child.object, object, child.orderKey);
      this.#linkBelow(child);
    }
  }
}
