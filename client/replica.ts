// Replica: what has come of a server's tree: the mirror, the epoch that it is of, and the version of each scope in it.
//
// Each scope goes forward by transactions, or begins anew by a snapshot, which a mirror of the same epoch reconciles with
// what it has. In another epoch all is made anew. Of a scope nothing is taken but what is wanted: what comes still of one
// that was closed is passed over.
//
// Not here: the connection, and what the program wants changed (client.ts, outbox.ts).

import type { Origin } from "../core/kind.ts";
import { bad } from "../core/parse.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { OpStream } from "../core/stream.ts";
import type { ParsedSection, ParsedTransaction } from "../core/wire.ts";
import type { Branches } from "./branches.ts";
import type { MirrorTree } from "./mirror-tree.ts";
import type { PendingTransaction } from "./pending.ts";

/** Who is asked, and told, while a frame is applied. */
export interface ReplicaHost {
  /** Which of this client's transactions it is; nothing if it is somebody else's. */
  ownNumber(author: ParsedTransaction["author"]): number | undefined;
  /** The transaction of this client in flight that has this number, if it is not answered yet. */
  inFlight(number: number): PendingTransaction | undefined;
  /** Of this client's transactions the frame that is about to be applied says that those with these numbers were carried out. */
  arriving(numbers: ReadonlySet<number>): void;
  /** The mirror is of another tree. */
  reset(): void;
  /** The frame has been applied. */
  arrived(numbers: ReadonlySet<number>): void;
  /** A scope has come that nobody wants. */
  unwanted(scope: number): void;
}

/** See the head of this file. */
export class Replica {
  readonly #mirror: MirrorTree;
  readonly #branches: Branches;
  readonly #host: ReplicaHost;
  /** By scope: of those that have come. */
  readonly #versions = new Map<number, number>();
  /** Of the tree in the mirror; none when what is in the mirror is not to be trusted. */
  #epoch: string | undefined;
  /** Of the tree whose state is awaited, or comes. */
  #nextEpoch = "";
  #isCurrent = false;
  /** Of this client's transactions those that the last frame says were carried out, be it by a result. */
  #carriedOut: ReadonlySet<number> = new Set();
  /** Of the tree in the mirror, when it was last looked whether hosts of scopes are gone. */
  #revision = 0;

  constructor(mirror: MirrorTree, branches: Branches, host: ReplicaHost) {
    this.#mirror = mirror;
    this.#branches = branches;
    this.#host = host;
  }

  /** Of the tree in the mirror; none when what is in the mirror is not to be trusted. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** By scope: of those that have come. */
  get versions(): ReadonlyMap<number, number> {
    return this.#versions;
  }

  /** Whether the state of the tree has come since `begin`: what was there before may be of another epoch. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** A state is to come, of a tree of this epoch. */
  begin(epoch: string): void {
    this.#nextEpoch = epoch;
    this.#isCurrent = false;
  }

  /** Nothing more comes. */
  end(): void {
    this.#isCurrent = false;
  }

  /** The mirror may be half changed: the next state makes it anew. */
  distrust(): void {
    this.#epoch = undefined;
    this.#mirror.abandon();
  }

  /** Applies a frame: first what happened in each scope, then what is as it is at the frame's end. */
  apply(sections: readonly ParsedSection[]): void {
    const wasCurrent = this.#isCurrent;
    const hasState = sections.some((each) => each.scope === ROOT_SCOPE && each.type === "state" && each.snapshot);
    const own = this.#ownNumbers(sections.flatMap((each) => (each.type === "state" ? each.transactions : [])));
    this.#carriedOut = new Set([...own, ...committedIn(sections)]);
    if (own.size > 0) this.#host.arriving(this.#carriedOut);
    for (const section of sections) this.#applySection(section);
    for (const section of sections) {
      if (section.type !== "state" || !section.end || !this.#versions.has(section.scope)) continue;
      const origin = section.snapshot ? "restore" : "remote";
      this.#mirror.applyEnd(section.end, origin, section.scope, this.#included());
    }
    this.#mirror.settle();
    if (own.size > 0) this.#host.arrived(own);
    if (hasState) {
      const scopes = new Set(sections.map(({ scope }) => scope));
      if (!wasCurrent) this.#branches.connected(scopes);
      // With the state of the root's scope comes that of all that are open. What had come and is not in it has ended.
      for (const scope of this.#versions.keys()) if (!scopes.has(scope)) this.#branches.end(scope, "not_found");
    }
    const hasEnded = hasState || sections.some(({ type }) => type === "refused");
    // Else every frame would cost as much as there are branches.
    if (hasEnded || this.#mirror.revision !== this.#revision) this.#dropClosed();
  }

  /** A scope is no longer wanted. */
  forget(scope: number): void {
    this.#versions.delete(scope);
    this.#mirror.clear(scope);
    this.#dropClosed();
  }

  /** What the host of a scope is gone with is gone too. */
  #dropClosed(): void {
    this.#branches.prune((host) => this.#mirror.isGone(host));
    for (const scope of [...this.#versions.keys()]) {
      if (scope !== ROOT_SCOPE && !this.#branches.has(scope) && this.#versions.delete(scope)) this.#mirror.clear(scope);
    }
    this.#revision = this.#mirror.revision;
  }

  /** This client's transactions that a state includes, the oldest first. `since`: what is said to have followed it. */
  #included(since: readonly ParsedTransaction[] = []): readonly PendingTransaction[] {
    const later = this.#ownNumbers(since);
    const numbers = [...this.#carriedOut].filter((number) => !later.has(number)).sort((a, b) => a - b);
    return numbers.flatMap((number) => this.#host.inFlight(number) ?? []);
  }

  /** The numbers of those that are this client's. */
  #ownNumbers(transactions: readonly ParsedTransaction[]): ReadonlySet<number> {
    const numbers = new Set<number>();
    for (const { author } of transactions) {
      const number = this.#host.ownNumber(author);
      if (number !== undefined) numbers.add(number);
    }
    return numbers;
  }

  #applySection(section: ParsedSection): void {
    const { scope } = section;
    // It is told when all sections are in place (client.ts).
    if (section.type === "result") return;
    if (scope !== ROOT_SCOPE && !this.#branches.has(scope)) {
      // Still on its way when it was closed. The answer to an open is not wanted by anybody, whatever came between.
      if (section.type === "state" && section.snapshot) this.#host.unwanted(scope);
      return;
    }
    if (section.type === "refused") return this.#branches.end(scope, section.code);
    const { snapshot, transactions } = section;
    if (snapshot) this.#applySnapshot(scope, snapshot, transactions);
    else if (this.#versions.has(scope) && this.#isCurrent) this.#follow(scope, transactions, "remote");
    else if (scope === ROOT_SCOPE) throw bad("changes before the first state");
  }

  /**
   * The snapshot may be older than what the mirror has, and the transactions since may bring it further. A mirror of the
   * same epoch goes forward only: else what they add would be destroyed and made again.
   */
  #applySnapshot(
    scope: number,
    { version, ops }: { readonly version: number; readonly ops: OpStream },
    since: readonly ParsedTransaction[],
  ): void {
    if (scope === ROOT_SCOPE) this.#isCurrent = true;
    else if (!this.#isCurrent) throw bad("a scope before the root's");
    if (this.#epoch !== this.#nextEpoch) {
      // Objects with the same ids are others.
      this.#mirror.reset(ops, ...since.map((transaction) => transaction.ops));
      this.#host.reset();
      this.#branches.prune((host) => this.#mirror.isGone(host));
      this.#epoch = this.#nextEpoch;
      this.#versions.clear();
      this.#versions.set(scope, version + since.length);
      return;
    }
    const known = this.#versions.get(scope);
    if (known !== undefined && known > version + since.length) throw bad("a state older than the one before");
    // What is open for the first time is new, not restored.
    const origin: Origin = known === undefined ? "remote" : "restore";
    if (known === undefined || known < version) this.#mirror.reconcile(ops, origin, scope, this.#included(since));
    const reached = Math.max(known ?? 0, version);
    this.#versions.set(scope, reached);
    this.#follow(scope, since.slice(reached - version), origin);
    this.#branches.arrived(scope);
  }

  #follow(scope: number, transactions: readonly ParsedTransaction[], origin: Origin): void {
    for (const { author, derived, ops } of transactions) {
      const number = this.#host.ownNumber(author);
      const own = number === undefined ? undefined : this.#host.inFlight(number);
      if (own) this.#mirror.applyOwn(ops, own, derived, scope);
      else this.#mirror.apply(ops, origin, scope);
      this.#versions.set(scope, (this.#versions.get(scope) as number) + 1);
    }
  }
}

/** The numbers of the transactions of which results say that they were carried out. */
function committedIn(sections: readonly ParsedSection[]): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const section of sections) {
    if (section.type !== "result") continue;
    for (const [offset, code] of section.outcomes) if (typeof code !== "string") numbers.add(section.number + offset);
  }
  return numbers;
}
