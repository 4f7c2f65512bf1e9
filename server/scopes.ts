// Scopes: the scopes of a tree that are or were open, and which of them a change belongs to.
//
// Changes are routed in order, when their transaction has committed: so the tree is as it is after the last of them,
// while the membership is as it was before the present one. An object that comes to another scope crosses, with all below
// it in the same one: it leaves the scope that it was in, each object its own, and enters the new one whole.

import type { SObject } from "../core/object.ts";
import { forScope, ROOT_SCOPE } from "../core/scope.ts";
import { TopicChange, topicInternals } from "../core/topic.ts";
import type { Author } from "../core/transaction.ts";
import { forSubtree, type Tree } from "../core/tree.ts";
import { Creation, Destruction, Movement, type TreeChange } from "../core/tree-changes.ts";
import { isHost, Membership } from "./membership.ts";
import type { Recency } from "./recency.ts";
import { Scope } from "./scope.ts";

/** See the head of this file. */
export class Scopes {
  readonly #tree: Tree;
  readonly #recency: Recency;
  readonly #maxLogBytes: number;
  readonly #byId = new Map<number, Scope>();
  #membership: Membership;
  #root: Scope;
  /** Those that have a new version by the last transaction. */
  readonly touched = new Set<Scope>();
  /** Those of which a newest value has changed by the last transaction. */
  readonly freshened = new Set<Scope>();
  /** Those whose hosts went by the last transaction. */
  readonly ended = new Set<Scope>();
  /** Hosts that came to another scope, until somebody clears it. */
  readonly movedHosts = new Set<SObject>();
  /** Hosts that came back under their ids, and the highest version of all scopes that ended with their hosts. */
  readonly #returned = new Set<number>();
  #highestEnded = 0;
  /** Objects that the present transaction has made, whose creation is to be routed yet. */
  #unrouted: ReadonlySet<SObject> = new Set();

  constructor(tree: Tree, recency: Recency, maxLogBytes: number) {
    this.#tree = tree;
    this.#recency = recency;
    this.#maxLogBytes = maxLogBytes;
    this.#membership = new Membership(tree.root);
    this.#root = this.make(ROOT_SCOPE);
  }

  get root(): Scope {
    return this.#root;
  }

  /** The scope of an object, if it was ever open. */
  of(object: SObject): Scope | undefined {
    return this.#byId.get(this.#membership.of(object));
  }

  /** The scope with this number, if it was ever open. */
  get(id: number): Scope | undefined {
    return this.#byId.get(id);
  }

  /** The scope that another is in, by its host; nothing for the root's. */
  around(scope: Scope): Scope | undefined {
    const host = scope === this.#root ? undefined : this.#tree.get(scope.id);
    return host && this.of(host);
  }

  make(id: number): Scope {
    // Who had the scope of before knows its versions: none of them means anything in this one.
    const version = this.#returned.has(id) ? this.#highestEnded + 1 : 0;
    const scope = new Scope(id, this.#tree, this.#membership, this.#maxLogBytes, version);
    this.#byId.set(id, scope);
    // Until now nobody has noted what is of no version.
    const host = this.#tree.get(id) as SObject;
    if (id === ROOT_SCOPE) scope.noteNew(host);
    forScope(host, (object) => scope.noteNew(object));
    return scope;
  }

  /** Takes the changes of a transaction to their scopes. */
  take(changes: readonly TreeChange[], author: Author | undefined): void {
    this.touched.clear();
    this.freshened.clear();
    this.ended.clear();
    for (const [index, change] of changes.entries()) {
      if (change instanceof TopicChange) this.#routeTopic(change, author);
      else if (change instanceof Creation) this.#routeCreation(change);
      else if (change instanceof Movement) this.#routeMovement(change, changes, index);
      else if (change instanceof Destruction) this.#routeDestruction(change);
      else this.#add(this.of(change.object), change, change.object);
    }
    for (const scope of this.touched) scope.end(author);
  }

  /** The tree is another one. Returns all scopes that there were. */
  restart(): readonly Scope[] {
    const old = [...this.#byId.values()];
    this.#byId.clear();
    this.movedHosts.clear();
    this.touched.clear();
    this.#returned.clear();
    this.#highestEnded = 0;
    this.#membership = new Membership(this.#tree.root);
    this.#root = this.make(ROOT_SCOPE);
    return old;
  }

  #routeTopic(change: TopicChange, author: Author | undefined): void {
    const object = change.topic.object as SObject;
    const scope = this.of(object);
    if (!scope) return;
    if (topicInternals.isLatest(change.topic)) {
      scope.noteLatest(change.topic);
      this.freshened.add(scope);
      return;
    }
    this.#recency.note(change, author, scope.version + 1);
    this.#add(scope, change, object);
  }

  #routeCreation(change: Creation): void {
    const { object, parent, isReturn } = change;
    const id = this.#membership.below(parent);
    this.#membership.enter(object, id);
    if (isReturn && isHost(object)) this.#returned.add(object.id);
    const scope = this.#byId.get(id);
    if (!scope) return;
    // What comes back may have left or crossed in the same turn: only at its end it is certain what it is.
    if (isReturn || scope.hasCrossed(parent)) this.#cross(scope, object);
    else this.#add(scope, change, object);
    if (isReturn) this.#recency.noteCrossing(object, scope.version + 1);
    scope.noteNew(object);
  }

  #routeMovement(change: Movement, changes: readonly TreeChange[], index: number): void {
    const { object, to } = change;
    const id = this.#membership.below(to.parent);
    const scope = this.#byId.get(id);
    if (this.#membership.of(object) === id && !scope?.hasCrossed(to.parent)) return this.#add(scope, change, object);
    // They are below it already, and come with their own creations.
    this.#unrouted = new Set(changes.slice(index).flatMap((each) => (each instanceof Creation ? [each.object] : [])));
    this.#moveTo(id, object);
    if (!isHost(object)) forScope(object, (each) => this.#moveTo(id, each));
  }

  #moveTo(id: number, object: SObject): void {
    if (this.#unrouted.has(object)) return;
    const from = this.#membership.of(object);
    const scope = this.#byId.get(id);
    if (from !== id) {
      const old = this.#byId.get(from);
      if (old) this.#cross(old, object);
      this.#membership.enter(object, id);
      if (isHost(object)) this.movedHosts.add(object);
    }
    if (!scope) return;
    this.#cross(scope, object);
    scope.noteNew(object);
    if (from !== id) this.#recency.noteCrossing(object, scope.version + 1);
  }

  #routeDestruction(change: Destruction): void {
    const { object } = change;
    this.#add(this.of(object), change, object);
    if (this.#membership.isFlat) return;
    forSubtree(object, (each) => {
      this.#membership.forget(each);
      const inside = this.#byId.get(each.id);
      if (!inside || inside === this.#root) return;
      this.#byId.delete(each.id);
      this.#highestEnded = Math.max(this.#highestEnded, inside.version + 1);
      this.touched.delete(inside);
      this.freshened.delete(inside);
      this.ended.add(inside);
    });
  }

  #add(scope: Scope | undefined, change: TreeChange, object: SObject): void {
    if (!scope) return;
    this.touched.add(scope);
    scope.add(change, object);
  }

  #cross(scope: Scope, object: SObject): void {
    this.touched.add(scope);
    scope.cross(object);
  }
}
