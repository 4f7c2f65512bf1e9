// References: what topics that hold objects have in common.
//
// - They hold ids, whatever becomes of the objects. An id whose object is gone stays, shows as `null`, and shows as the
//   object that comes back under it.
// - An object is looked up when somebody asks, in the tree of the topic's own object. A topic that stands alone has none:
//   it keeps its ids and shows `null`.
// - What is shown stays the same while neither the ids nor the objects change. Whoever tracks it listens to both.
//
// Not here: which objects a client may refer to. The server looks at the ids that an op brings in.

import { describeValue, ObjectSyncError } from "./error.ts";
import { SObject } from "./object.ts";
import { isTracking, noteRead, type Source } from "./track.ts";
import type { Tree } from "./tree.ts";

/** What a reference can lead to: an object of the server's tree or of a mirror. */
export type Referable = Pick<SObject, "id" | "type" | "isDestroyed">;

/** No object's id: what a reference to nothing holds. */
export const NO_ID = 0;

/** The id of an object. Throws `wrong_type`, `invalid_value`. */
export function adoptId(id: unknown): number {
  if (typeof id !== "number" || !Number.isSafeInteger(id)) {
    throw new ObjectSyncError("wrong_type", `expected the id of an object, got ${describeValue(id)}`);
  }
  if (id > 0) return id;
  throw new ObjectSyncError("invalid_value", `expected the id of an object, a positive integer, got ${id}`);
}

/** The id of what a topic is made with: an object, or an id. Throws what `adoptId` and `idFor` throw. */
export function initialId(target: unknown): number {
  return typeof target === "number" ? adoptId(target) : idFor(undefined, target);
}

/**
 * The id by which an attribute of `owner` can refer to an object. Throws `wrong_type`, `not_attached`, `destroyed`,
 * `wrong_tree`.
 */
export function idFor(owner: SObject | undefined, target: unknown): number {
  if (!(target instanceof SObject)) {
    throw new ObjectSyncError("wrong_type", `expected an object of the tree, got ${describeValue(target)}`);
  }
  if (target.id === NO_ID) {
    throw new ObjectSyncError("not_attached", "an object can be referred to when it has been added to the tree");
  }
  if (target.isDestroyed) throw new ObjectSyncError("destroyed", `${target.type} ${target.id} is destroyed`);
  if (owner && target.tree !== owner.tree) {
    throw new ObjectSyncError("wrong_tree", `${target.type} ${target.id} belongs to another tree than the reference`);
  }
  return target.id;
}

/** The id by which an attribute of `owner` would hold an object, destroyed ones too; `NO_ID` if it cannot hold it. */
export function soughtId(owner: SObject | undefined, target: unknown): number {
  if (!(target instanceof SObject) || target.id === NO_ID) return NO_ID;
  return owner && target.tree !== owner.tree ? NO_ID : target.id;
}

/** The object that an id held by an attribute of `owner` leads to. Tracked: who asks hears when it comes or goes. */
export function lookUp<T extends Referable>(owner: SObject | undefined, id: number): T | null {
  if (!owner || id === NO_ID) return null;
  if (isTracking()) noteRead(owner.tree.presence(id));
  return (owner.tree.get(id) ?? null) as T | null;
}

/**
 * The objects of some ids, in the form in which a topic shows them: made when somebody asks, and the same one while the
 * objects are. As a source it tells when one of them comes or goes.
 */
export class ReferenceView<T extends Referable, View> implements Source {
  readonly #ids: readonly number[];
  readonly #build: (objects: readonly (T | null)[]) => View;
  #tree: Tree | undefined;
  #revision: number | undefined;
  #objects: readonly (T | null)[] | undefined;
  #view: View | undefined;

  /** `ids` must not change. `build` makes the view of the objects, which are in the order of their ids. */
  constructor(ids: readonly number[], build: (objects: readonly (T | null)[]) => View) {
    this.#ids = ids;
    this.#build = build;
  }

  /** The view for an attribute of `owner`. */
  of(owner: SObject | undefined): View {
    const tree = owner?.tree;
    this.#tree = tree;
    noteRead(this);
    if (this.#objects && tree?.revision === this.#revision) return this.#view as View;
    this.#revision = tree?.revision;
    const objects = Object.freeze(this.#ids.map((id) => (tree?.get(id) ?? null) as T | null));
    if (this.#objects?.every((object, index) => object === objects[index])) return this.#view as View;
    this.#objects = objects;
    this.#view = this.#build(objects);
    return this.#view;
  }

  /** Calls `listener` after one of the objects has come or gone. */
  on(_event: "change", listener: () => void): () => void {
    const stops: (() => void)[] = [];
    if (this.#tree) for (const id of new Set(this.#ids)) stops.push(this.#tree.presence(id).on("change", listener));
    return () => {
      for (const stop of stops) stop();
    };
  }
}
