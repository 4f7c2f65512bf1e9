// What a client wants done: its transactions, each read, checked and carried out by itself.
//
// An op is checked before anything happens: that the client sees the object, that what it asks is open to it, and that it
// asks neither for too much work nor for too much room. Whatever a client may not see is answered as what does not exist.
// An op that names positions is brought up to date first: see bridges.ts.

import { canAdd, canMove, canRemove } from "../core/access.ts";
import type { AuthorityTree } from "../core/authority.ts";
import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { type AnyKind, type Op, SET, type UncheckedOp } from "../core/kind.ts";
import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { crowdAt } from "../core/order-keys.ts";
import { bad } from "../core/parse.ts";
import type { Place } from "../core/place.ts";
import { forCrossing, scopeOf } from "../core/scope.ts";
import { attributeIn } from "../core/shape.ts";
import { checkOrderKey } from "../core/siblings.ts";
import type { OpStream } from "../core/stream.ts";
import { weightOfValues } from "../core/structure-items.ts";
import { type AnyTopic, executePrepared, topicInternals } from "../core/topic.ts";
import { type Author, openChanges, transactAs } from "../core/transaction.ts";
import { forSubtree } from "../core/tree.ts";
import { checkKey } from "../core/value.ts";
import { Bridges } from "./bridges.ts";
import type { Budget } from "./budget.ts";
import { buildArguments } from "./build-arguments.ts";
import { type Catalogue, type Reading, type Request, readRequests } from "./client-requests.ts";
import type { IdLeases } from "./id-leases.ts";
import { isWatched, watchedTopics } from "./op-log.ts";
import type { Publisher } from "./publisher.ts";
import type { Recipient, Scope } from "./scope.ts";

/** What an op costs at the least: see `Limits.maxStepsPerSecond`. */
const STEPS_PER_OP = 500;

/** What a transaction costs, if there is nothing in it. */
const STEPS_PER_TRANSACTION = 1_000;

/** What it costs beside that if it is refused: an error, and a line of the answer. */
const STEPS_PER_REFUSAL = 2_000;

/** What it costs to put a new object in its place, beside what its `build` does, or one that is there in another. */
const STEPS_PER_OBJECT_PLACED = 5_000;

/** What each object costs that goes, or comes to another scope, with the one that is meant. */
const STEPS_PER_OBJECT_BELOW = 500;

/** What a byte costs of the values that come to another scope: they are sent to all who see it. */
const STEPS_PER_BYTE_CROSSED = 2;

/** What each costs that comes with it to another parent in the same scope: it is counted how far down they reach. */
const STEPS_PER_OBJECT_PASSED = 20;

/**
 * Which one an op is of those that an op of a client became by crossing a bridge: the last, as is what replaces all that there
 * is, or a part before it; `none` where the topic has no bridge.
 */
type Crossing = "none" | "part" | "last";

/** Whose batch it is, and what it was made for. */
export interface Sender {
  readonly recipient: Recipient;
  /** The public id of the client. */
  readonly client: number;
  readonly versions: ReadonlyMap<Scope, number>;
  /** The ids that it may give to new objects. */
  readonly ids: IdLeases;
}

/** Whose tree it is, and who is told of errors in the application's code. */
export interface TransactionHost {
  readonly publisher: Publisher;
  /** Objects that the tree may have before clients can add no more. */
  readonly maxObjects: number;
  failed(error: unknown, where: string): void;
}

/** An error in the application's own code while it carried out what a client asked. */
class ApplicationFailure extends Error {}

function applicationFailure(cause: unknown): ApplicationFailure {
  return new ApplicationFailure("the application's own code failed", { cause });
}

/** Carries out the transactions of one batch, one after the other. */
export class ClientBatch {
  readonly #host: TransactionHost;
  readonly #sender: Sender;
  readonly #budget: Budget;
  readonly #bridges: Bridges;
  #latest: Map<AnyTopic, Wire> | undefined;
  /** Objects that the open transaction has made. */
  #made: Set<number> | undefined;
  /** Objects that the client has made in its own eyes only, and their types: their transactions were refused. */
  #unmade: Map<number, string> | undefined;

  constructor(host: TransactionHost, sender: Sender, budget: Budget) {
    const { publisher } = host;
    this.#host = host;
    this.#sender = sender;
    this.#budget = budget;
    this.#bridges = new Bridges(publisher.opLog, (topic) => {
      const object = topic.object as SObject;
      // What the transaction itself has made is in no scope yet: it is told with the scope of its place.
      const scope = this.#made?.has(object.id) ? publisher.scope(scopeOf(object)) : publisher.scopeOf(object);
      return scope && sender.versions.get(scope);
    });
  }

  /** The newest values that the last transaction has written: they are in no stream. */
  get latest(): ReadonlyMap<AnyTopic, Wire> {
    return this.#latest ?? NO_VALUES;
  }

  /** Carries one transaction out; returns why not, if it cannot be. Throws `bad_message` for what is no stream of ops. */
  attempt(ops: OpStream, author: Author, label?: string): ObjectSyncError | undefined {
    this.#latest = undefined;
    this.#made = undefined;
    this.#budget.charge(STEPS_PER_TRANSACTION);
    const reading = readRequests(ops, this.#catalogue);
    const { requests, refusal } = reading;
    let reached = -1;
    try {
      if (refusal) throw refusal;
      transactAs({ author, label }, () => {
        for (const request of requests) {
          reached++;
          this.#bridges.takeDerived();
          this.#carryOut(request);
        }
        this.#bridges.takeDerived();
      });
    } catch (error) {
      this.#budget.charge(STEPS_PER_REFUSAL);
      this.#noteRefused(reading, reached);
      return this.#refusalFor(error);
    }
    this.#bridges.committed(author);
    return undefined;
  }

  /** `reached`: the place of the request that failed. */
  #noteRefused({ requests, refusal, restOf, unreadMakes }: Reading, reached: number): void {
    const unreached: AnyTopic[] = [];
    for (const [index, request] of requests.entries()) {
      if (request.type === "make") {
        this.#unmade ??= new Map();
        this.#unmade.set(request.id, request.typeName);
        // The client will not use it again.
        this.#sender.ids.take(request.id);
      }
      if (request.type !== "write" || index <= reached) continue;
      const object = this.#tree.get(request.id);
      const topic = object && this.#tree.topicOf(object, request.slot);
      if (topic) unreached.push(topic);
    }
    this.#budget.charge(unreadMakes * STEPS_PER_OP);
    this.#sender.ids.lose(unreadMakes);
    const rest = restOf === undefined ? undefined : this.#tree.get(restOf);
    if (rest) unreached.push(...watchedTopics(rest));
    this.#bridges.refused(refusal && restOf === undefined ? undefined : unreached);
  }

  #refusalFor(error: unknown): ObjectSyncError {
    if (error instanceof ApplicationFailure) {
      this.#host.failed(error.cause, `a transaction of client ${this.#sender.client}`);
      return new ObjectSyncError("failed");
    }
    if (error instanceof ObjectSyncError && error.code !== "bad_message") return error;
    throw error;
  }

  get #tree(): AuthorityTree {
    return this.#host.publisher.tree;
  }

  readonly #catalogue: Catalogue = {
    kindOf: (id, slot) => {
      const object = this.#visible(id);
      if (object) return this.#topicOf(object, slot)?.kind;
      const unmade = this.#unmade?.get(id);
      return unmade === undefined ? undefined : this.#kindIn(unmade, slot);
    },
    kindIn: (typeName, slot) => this.#kindIn(typeName, slot),
    missing: (id) => this.#missing(id),
    count: () => this.#budget.spend(STEPS_PER_OP),
  };

  /** A topic that the client means. Throws `stale` where an object has come back since: its slots may mean others now. */
  #topicOf(object: SObject, slot: number): AnyTopic | undefined {
    if (!this.#host.publisher.isKnown(object, this.#sender.versions)) throw new ObjectSyncError("stale");
    return this.#tree.topicOf(object, slot);
  }

  #kindIn(typeName: string, slot: number): AnyKind | undefined {
    const shape = this.#tree.shapeNamed(typeName);
    return shape && attributeIn(shape, slot)?.kind;
  }

  #carryOut(request: Request): void {
    switch (request.type) {
      case "write":
        return this.#write(request.id, request.slot, request.op);
      case "make":
        return this.#make(request);
      case "destroy":
        return this.#destroy(this.#get(request.id));
      case "move":
        return this.#move(this.#get(request.id), this.#get(request.parentId), request.orderKey);
    }
  }

  #write(id: number, slot: number, unchecked: UncheckedOp): void {
    const object = this.#get(id);
    const topic = this.#topicOf(object, slot);
    if (!topic) throw this.#missing(id);
    if (topicInternals.writeAccess(topic) !== "everyone") throw new ObjectSyncError("forbidden");
    const isSet = unchecked[0] === SET;
    const isLatest = topicInternals.isLatest(topic);
    if (isLatest && !isSet) throw new ObjectSyncError("forbidden");
    if (isLatest) {
      this.#latest ??= new Map();
      this.#latest.set(topic, unchecked[1] as Wire);
    }
    const { kind } = topic;
    if (!isWatched(topic) || !kind.check) return this.#writeNow(topic, unchecked, "none");
    if (isSet) {
      this.#bridges.replace(topic);
      return this.#writeNow(topic, unchecked, "last");
    }
    const spend = (steps: number): void => this.#budget.spend(steps);
    let ops = this.#bridges.cross(topic, kind.check(unchecked), spend);
    while (ops.length > 0) {
      const [op, ...rest] = ops as readonly [Op, ...Op[]];
      this.#writeNow(topic, op, rest.length === 0 ? "last" : "part");
      if (rest.length === 0) break;
      ops = this.#bridges.crossDerived(topic, rest, spend);
      // A rule may have made an end of it meanwhile.
      if (object.isDestroyed || this.#tree.topicOf(object, slot) !== topic) break;
    }
    this.#bridges.crossed(topic);
  }

  #writeNow(topic: AnyTopic, unchecked: UncheckedOp, crossing: Crossing): void {
    const { kind } = topic;
    const state = topicInternals.state(topic);
    // Twice: what is refused later is also taken back.
    this.#budget.spend(2 * kind.effort(state, unchecked));
    const op = kind.prepare(state, unchecked);
    if (op) {
      for (const target of kind.references?.in(op) ?? []) this.#get(target);
      const inverse = kind.invert(state, op);
      if (!this.#host.publisher.quota.hasRoom(topic, op, inverse)) throw new ObjectSyncError("too_large");
      if (crossing !== "none") this.#bridges.willDo(topic, inverse);
      if (crossing === "last") this.#bridges.crossed(topic);
      this.#runApplication(() => executePrepared(topic, op, inverse, this.#tree));
    } else if (crossing === "last") this.#bridges.crossed(topic);
  }

  #make({ id, typeName, parentId, orderKey, key, args }: Request & { readonly type: "make" }): void {
    const parent = this.#get(parentId);
    if (!canAdd(parent, typeName)) throw new ObjectSyncError("forbidden");
    if (!this.#host.publisher.seesBelow(this.#sender.recipient, parent)) throw new ObjectSyncError("not_found");
    // What was saved elsewhere and restored here may have an id that was leased.
    if (!this.#sender.ids.take(id) || this.#tree.get(id)) {
      throw new ObjectSyncError("forbidden", "the id is not one that this client may give");
    }
    if (this.#tree.size >= this.#host.maxObjects) throw new ObjectSyncError("too_many");
    const place = { parent, orderKey: checkOrderKey(orderKey) };
    const name = key === null ? undefined : checkKey(key);
    this.#budget.spend(STEPS_PER_OBJECT_PLACED + effortBelow(parent));
    const given = this.#argumentsFor(typeName, args);
    this.#made ??= new Set();
    this.#made.add(id);
    this.#runPlacing(place, undefined, () => this.#tree.createAs(id, typeName, given, name, place));
  }

  /** What a place takes beyond the one change: siblings that are spread, and what a build makes. */
  #runPlacing(place: Place, object: SObject | undefined, fn: () => void): void {
    // Those that make room are counted before they do: they may be all.
    const crowd = crowdAt(place, object);
    this.#budget.spend(crowd * STEPS_PER_OBJECT_BELOW);
    const before = openChanges().length;
    this.#runApplication(fn);
    this.#budget.spend(Math.max(0, openChanges().length - before - crowd) * STEPS_PER_OBJECT_BELOW);
  }

  /** A schema is the application's, too. */
  #argumentsFor(typeName: string, sent: readonly Wire[]): unknown {
    const objectClass = this.#tree.classNamed(typeName);
    try {
      return buildArguments(objectClass, sent);
    } catch (error) {
      throw error instanceof ObjectSyncError ? error : applicationFailure(error);
    }
  }

  #destroy(object: SObject): void {
    if (!canRemove(object)) throw new ObjectSyncError("forbidden");
    this.#spendForAll(object, STEPS_PER_OBJECT_BELOW);
    if (object.parent) this.#budget.spend(effortBelow(object.parent));
    this.#tree.destroy(object);
  }

  #move(object: SObject, parent: SObject, orderKey: number): void {
    const { publisher } = this.#host;
    if (!canMove(object, object.parent, parent)) throw new ObjectSyncError("forbidden");
    if (!publisher.seesBelow(this.#sender.recipient, parent)) throw new ObjectSyncError("not_found");
    const place = { parent, orderKey: checkOrderKey(orderKey) };
    this.#budget.spend(STEPS_PER_OBJECT_PLACED + effortBelow(parent));
    if (object.parent && object.parent !== parent) {
      this.#budget.spend(effortBelow(object.parent));
      const isCrossing = publisher.scopeBelow(object.parent) !== publisher.scopeBelow(parent);
      this.#spendForAll(object, isCrossing ? STEPS_PER_OBJECT_BELOW : STEPS_PER_OBJECT_PASSED);
      if (isCrossing) {
        forCrossing(object, (each) => this.#budget.spend(STEPS_PER_BYTE_CROSSED * weightOfValues(each)));
        forSubtree(object, (each) => {
          for (const topic of watchedTopics(each)) this.#bridges.hold(topic);
        });
      }
    }
    this.#runPlacing(place, object, () => this.#tree.moveAs(object, place));
  }

  /** Spends so many steps for an object and for each below it. It looks at no more objects than there are steps for. */
  #spendForAll(object: SObject, stepsEach: number): void {
    const most = this.#budget.left / stepsEach;
    const rest = [object];
    let size = 1;
    for (let each = rest.pop(); each && size <= most; each = rest.pop()) {
      size += each.children.length;
      if (size <= most) for (const child of each.children) rest.push(child);
    }
    this.#budget.spend(size * stepsEach);
  }

  /** What is wrong with what a client asks has been found before: what this throws comes from rules, builds and inits. */
  #runApplication(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      if (error instanceof ObjectSyncError && REFUSALS.has(error.code)) throw error;
      throw applicationFailure(error);
    }
  }

  #get(id: number): SObject {
    const object = this.#visible(id);
    if (object) return object;
    throw this.#missing(id);
  }

  #missing(id: number): ObjectSyncError {
    return new ObjectSyncError(this.#unmade?.has(id) && !this.#visible(id) ? "depends" : "not_found");
  }

  /** An object that the client sees. */
  #visible(id: number): SObject | undefined {
    const object = this.#tree.get(id);
    return object && this.#host.publisher.sees(this.#sender.recipient, object) ? object : undefined;
  }
}

const NO_VALUES: ReadonlyMap<AnyTopic, Wire> = new Map();

/** What a client is told as it is: a rule's refusal, and what comes of the place that it asked for. */
const REFUSALS: ReadonlySet<string> = new Set(["rejected", "duplicate_key", "too_deep", "cycle"]);

/** How much it takes to put something among the children of an object, or to take it out: an array moves. */
function effortBelow(object: SObject): number {
  return objectInternals.siblings(object).length / 16;
}

/**
 * The versions that a batch names as its bases. A scope that was closed meanwhile counts for nothing. Throws `bad_message` for
 * a version that there is not yet.
 */
export function versionsOf(
  bases: readonly number[],
  recipient: Recipient,
  publisher: Publisher,
): ReadonlyMap<Scope, number> {
  const versions = new Map<Scope, number>();
  for (let index = 0; index < bases.length; index += 2) {
    const scope = publisher.scope(bases[index] as number);
    if (!scope || !recipient.scopes.has(scope)) continue;
    const version = bases[index + 1] as number;
    if (version > scope.version) throw bad("a version that there is not yet");
    versions.set(scope, version);
  }
  return versions;
}
