// Scopes: the scopes of a tree that are or were open, and which of them a change belongs to.
//
// Changes are routed in order, when their transaction has committed: so the tree is as it is after the last of them,
// while the membership is as it was before the present one. An object that comes to another scope crosses, with all below
// it in the same one: it leaves the scope that it was in, each object its own, and enters the new one whole.

import type { AuthorityTree } from "../core/authority.ts";
import type { SObject } from "../core/object.ts";
import { forScope, ROOT_SCOPE } from "../core/scope.ts";
import { TopicChange, topicInternals } from "../core/topic.ts";
import type { Author } from "../core/transaction.ts";
import { forSubtree } from "../core/tree.ts";
import { type AttributeChange, Creation, Destruction, Movement, type TreeChange } from "../core/tree-changes.ts";
import { isHost, Membership } from "./membership.ts";
import type { OpLog } from "./op-log.ts";
import { Scope } from "./scope.ts";

/** Where the changes of a transaction went. */
export class Routed {
  /** The scopes that have a new version. */
  readonly touched = new Set<Scope>();
  /** Those of which a newest value has changed, if there are any: most transactions have none. */
  freshened: Set<Scope> | undefined;
  /** Those whose hosts went, if there are any. */
  ended: Set<Scope> | undefined;
  /** Whether something came back under its id. */
  hasReturns = false;

  end(scope: Scope): void {
    this.touched.delete(scope);
    this.freshened?.delete(scope);
    this.ended ??= new Set();
    this.ended.add(scope);
  }
}

/** See the head of this file. */
export class Scopes {
  readonly #tree: AuthorityTree;
  readonly #opLog: OpLog;
  readonly #maxLogBytes: number;
  readonly #byId = new Map<number, Scope>();
  #membership: Membership;
  #root: Scope;
  /** Hosts that came to another scope, until somebody clears it. */
  readonly movedHosts = new Set<SObject>();
  /** Hosts that came back under their ids, until somebody clears it. */
  readonly returnedHosts = new Set<SObject>();
  /** The ids of all that ever did, and the highest version of all scopes that ended with their hosts. */
  readonly #returned = new Set<number>();
  #highestEnded = 0;
  /** Of objects that came back under their ids: the scopes that they have been in since, and the versions that they came in. */
  readonly #lives = new WeakMap<SObject, Map<number, number>>();
  #routed = new Routed();

  constructor(tree: AuthorityTree, opLog: OpLog, maxLogBytes: number) {
    this.#tree = tree;
    this.#opLog = opLog;
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

  /** The scope of what is directly below an object, if it was ever open. */
  below(object: SObject): Scope | undefined {
    return this.#byId.get(this.#membership.below(object));
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

  /** Whether who has these versions can know an object, and not only another one that had its id before. */
  isKnown(object: SObject, versions: ReadonlyMap<Scope, number>): boolean {
    const life = this.#lives.get(object);
    if (!life) return true;
    for (const [{ id }, version] of versions) if (version >= (life.get(id) ?? Number.POSITIVE_INFINITY)) return true;
    return false;
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
  take(changes: readonly TreeChange[], author: Author | undefined): Routed {
    const routed = new Routed();
    this.#routed = routed;
    for (let index = 0; index < changes.length; index++) {
      const change = changes[index] as TreeChange;
      if (change instanceof TopicChange) this.#routeTopic(change, author);
      else if (change instanceof Creation) this.#routeCreation(change);
      else if (change instanceof Movement) this.#routeMovement(change, changes, index);
      else if (change instanceof Destruction) this.#routeDestruction(change);
      else this.#routeAttribute(change);
    }
    // Of what is here again, a log in another scope may tell that it went.
    if (routed.hasReturns) for (const scope of this.#byId.values()) scope.forgetSnapshot();
    for (const scope of routed.touched) scope.end(author);
    return routed;
  }

  /** The tree is another one. Returns all scopes that there were. */
  restart(): readonly Scope[] {
    const old = [...this.#byId.values()];
    this.#byId.clear();
    this.movedHosts.clear();
    this.returnedHosts.clear();
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
      this.#routed.freshened ??= new Set();
      this.#routed.freshened.add(scope);
      return;
    }
    if (scope.audience.size > 0) this.#opLog.note(change, author, scope.version + 1);
    else this.#opLog.pass(change, scope.version + 1);
    this.#add(scope, change, object);
  }

  #routeCreation(change: Creation): void {
    const { object, parent, isReturn } = change;
    const id = this.#membership.below(parent);
    this.#membership.enter(object, id);
    if (isReturn) this.#routed.hasReturns = true;
    if (isReturn && isHost(object)) {
      this.#returned.add(object.id);
      this.returnedHosts.add(object);
    }
    const scope = this.#byId.get(id);
    if (isReturn) this.#lives.set(object, new Map([[id, scope ? scope.version + 1 : 0]]));
    if (!scope) return;
    // What comes back may have left or crossed in the same turn: only at its end it is certain what it is.
    if (isReturn || scope.hasCrossed(parent)) this.#cross(scope, object);
    else this.#add(scope, change, object);
    if (isReturn) this.#opLog.noteCrossing(object, scope.version + 1);
    scope.noteNew(object);
  }

  /** `index`: the place of the change among those of its transaction. */
  #routeMovement(change: Movement, changes: readonly TreeChange[], index: number): void {
    const { object, to } = change;
    const id = this.#membership.below(to.parent);
    const scope = this.#byId.get(id);
    if (this.#membership.of(object) === id && !scope?.hasCrossed(to.parent)) return this.#add(scope, change, object);
    this.#moveTo(id, object);
    if (isHost(object)) return;
    // What is made later is below it already, and comes with its own creation.
    const unmade = new Set<SObject>();
    for (const each of changes.slice(index)) if (each instanceof Creation) unmade.add(each.object);
    forScope(object, (each) => {
      if (!unmade.has(each)) this.#moveTo(id, each);
    });
  }

  #moveTo(id: number, object: SObject): void {
    const from = this.#membership.of(object);
    const scope = this.#byId.get(id);
    if (from !== id) {
      const old = this.#byId.get(from);
      if (old) {
        this.#cross(old, object);
        old.forget(object);
      }
      this.#membership.enter(object, id);
      if (isHost(object)) this.movedHosts.add(object);
    }
    // Also where nobody has looked yet: the versions of a scope that is made later begin anew.
    const version = scope ? scope.version + 1 : 0;
    if (from !== id) {
      this.#opLog.noteCrossing(object, version);
      const life = this.#lives.get(object);
      if (life && !life.has(id)) life.set(id, version);
    }
    if (!scope) return;
    this.#cross(scope, object);
    scope.noteNew(object);
  }

  #routeDestruction(change: Destruction): void {
    const { object } = change;
    const scope = this.of(object);
    this.#add(scope, change, object);
    if (this.#membership.isFlat && !scope?.hasLatest) return;
    forSubtree(object, (each) => {
      this.of(each)?.forget(each);
      this.#membership.forget(each);
      const inside = this.#byId.get(each.id);
      if (!inside || inside === this.#root) return;
      this.#byId.delete(each.id);
      this.#highestEnded = Math.max(this.#highestEnded, inside.version + 1);
      this.#routed.end(inside);
    });
  }

  #routeAttribute(change: AttributeChange): void {
    const scope = this.of(change.object);
    this.#add(scope, change, change.object);
    if (!change.isAddition && change.added.topic) scope?.forgetTopic(change.added.topic);
  }

  #add(scope: Scope | undefined, change: TreeChange, object: SObject): void {
    if (!scope) return;
    this.#routed.touched.add(scope);
    scope.add(change, object);
  }

  #cross(scope: Scope, object: SObject): void {
    this.#routed.touched.add(scope);
    scope.cross(object);
  }
}
