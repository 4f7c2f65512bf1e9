import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { ROOT_SCOPE } from "../core/scope.ts";

/**
 * Which scope each object is in, as those who see it were told last. While a transaction is sent, the tree says already
 * where an object is now; this still says where it was. Objects of the root's scope take no room here.
 */
export class Membership {
  readonly #scopes = new Map<number, number>();
  #hasLazy = false;

  /** Takes a tree as it is. */
  constructor(root: SObject) {
    const visit = (object: SObject, scope: number): void => {
      this.enter(object, scope);
      const below = isHost(object) ? object.id : scope;
      for (const child of object.children) visit(child, below);
    };
    visit(root, ROOT_SCOPE);
  }

  /** Whether all objects are in one scope, and nothing has ever been in another. */
  get isFlat(): boolean {
    return !this.#hasLazy;
  }

  /** The scope of an object. */
  of(object: SObject): number {
    return this.#scopes.get(object.id) ?? ROOT_SCOPE;
  }

  /** The scope of what is directly below an object. */
  below(object: SObject): number {
    return isHost(object) ? object.id : this.of(object);
  }

  enter(object: SObject, scope: number): void {
    if (scope === ROOT_SCOPE) this.#scopes.delete(object.id);
    else this.#scopes.set(object.id, scope);
    if (isHost(object)) this.#hasLazy = true;
  }

  forget(object: SObject): void {
    this.#scopes.delete(object.id);
  }
}

/** Whether what is below an object is a scope of its own. */
export function isHost(object: SObject): boolean {
  return object.parent !== null && objectInternals.shape(object).isLazy;
}
