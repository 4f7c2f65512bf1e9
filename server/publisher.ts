// Publisher: sends a tree to those who see it.
//
// What is committed in one turn of the event loop goes out together at its end. Each change goes to the scope of its
// object; each scope encodes its section once; those who see the same sections are sent one frame. Then each is sent what
// it is owed besides. Whoever joins, or opens a scope, is given its state first, after what was committed before went out.
//
// Whoever has a scope open has the one open that the scope's host is in, up to the root's. Where that ends, as the host
// moves out of sight, the scope is closed too; a mirror does the same by itself.

import type { AuthorityTree } from "../core/authority.ts";
import type { Clock } from "../core/clock.ts";
import { type Encoded, encode } from "../core/codec.ts";
import type { ErrorCode } from "../core/error.ts";
import type { SObject } from "../core/object.ts";
import { depthOf } from "../core/place.ts";
import { report } from "../core/report.ts";
import type { Author } from "../core/transaction.ts";
import type { TreeChange } from "../core/tree-changes.ts";
import { MessageCode, NO_SCOPE, type Result, type ResultSection } from "../core/wire.ts";
import { LeaseRegistry } from "./id-leases.ts";
import type { Limits } from "./limits.ts";
import { isHost } from "./membership.ts";
import { OpLog } from "./op-log.ts";
import { Quota } from "./quota.ts";
import type { Recipient, Scope } from "./scope.ts";
import { Scopes } from "./scopes.ts";

/** See the head of this file. */
export class Publisher {
  readonly tree: AuthorityTree;
  readonly opLog: OpLog;
  readonly leases: LeaseRegistry;
  readonly quota: Quota;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #defer: (task: () => void) => void;
  readonly #scopes: Scopes;
  /** Those that have something to send. */
  readonly #dirty = new Set<Scope>();
  /** Those who are owed more than the frame. */
  readonly #owed = new Set<Recipient>();
  #epoch: string = crypto.randomUUID();
  /** The last transaction that a client made, and the scopes that have a new version by it. */
  #authored: { readonly author: Author; readonly touched: ReadonlySet<Scope> } | undefined;
  #isFlushDue = false;
  #latestSentAt = Number.NEGATIVE_INFINITY;
  #isLatestTimed = false;

  /** `defer` runs a task at the end of the present turn. */
  constructor(tree: AuthorityTree, limits: Limits, clock: Clock, defer: (task: () => void) => void) {
    this.tree = tree;
    this.#limits = limits;
    this.#clock = clock;
    this.#defer = defer;
    this.quota = new Quota(limits.maxValueBytes, clock);
    this.leases = new LeaseRegistry(tree, clock);
    this.opLog = new OpLog(limits.maxLogBytes);
    this.#scopes = new Scopes(tree, this.opLog, limits.maxLogBytes);
    tree.onCommit = (changes, author) => this.#commit(changes, author);
    tree.onReset = () => this.#restart();
  }

  /** A name for the life of the tree: in another epoch ids mean other objects. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Sends what is due, now; with the newest values of all, whether or not it is their time, if `withLatest`. */
  flush({ withLatest = false } = {}): void {
    this.#closeLost();
    const now = this.#clock.now();
    const isLatestDue = withLatest || now - this.#latestSentAt >= this.#limits.latestIntervalMs;
    if (isLatestDue && this.#dirty.size > 0) this.#latestSentAt = now;
    const sections = this.#takeSections(isLatestDue);
    if (sections.length > 0) this.#send(sections);
    for (const recipient of this.#owed) recipient.sendOwed();
    this.#owed.clear();
  }

  /**
   * Sends the state of the root's scope, and of those named that there are; from now on, every frame. Nothing at all if
   * the tree becomes another one meanwhile, as the application hears that a scope opens.
   */
  join(recipient: Recipient, scopes: Iterable<number> = []): void {
    recipient.scopes.add(this.#scopes.root);
    const depths = [...new Set(scopes)].map((id) => ({ id, depth: this.#depthOf(id) }));
    // From the top: what a scope is in has to be open.
    for (const { id } of depths.sort((a, b) => a.depth - b.depth)) this.#enter(recipient, id);
    this.#begin(recipient, this.#fromTheTop(recipient.scopes));
    if (recipient.scopes.has(this.#scopes.root)) this.sendAll(recipient);
  }

  /** Sends the state of all that is open, and with it what has led to it. To be called when nothing waits to be sent. */
  sendAll(recipient: Recipient, results: readonly Result[] = []): void {
    const scopes = this.#fromTheTop(recipient.scopes);
    if (scopes.length + results.length === 1) return recipient.sendState(this.#scopes.root.snapshotFrame());
    const told = results.map(([, ...result]): ResultSection => [NO_SCOPE, ...result]);
    recipient.sendState(frameOf([...scopes.map((scope) => scope.snapshotSection()), ...told]));
  }

  /** Opens a scope and sends its state, or says why not. Returns how many bytes the state has. */
  open(recipient: Recipient, id: number): number {
    const refusal = this.#enter(recipient, id);
    const scope = this.#scopes.get(id);
    if (!refusal && scope) this.#begin(recipient, [scope]);
    // The application may have ended it meanwhile.
    if (refusal || !scope || !recipient.scopes.has(scope)) {
      recipient.sendRefused(id, refusal ?? "not_found");
      return 0;
    }
    const frame = frameOf([scope.snapshotSection()]);
    recipient.sendState(frame);
    return frame.length;
  }

  /** Closes a scope, and those inside it. */
  close(recipient: Recipient, id: number): void {
    const scope = this.#scopes.get(id);
    if (scope && scope !== this.#scopes.root && recipient.scopes.has(scope)) this.#exit(recipient, scope);
  }

  leave(recipient: Recipient): void {
    this.#owed.delete(recipient);
    this.#exit(recipient, this.#scopes.root);
    if (this.#scopes.root.audience.size === 0) this.opLog.clear();
  }

  /** Has `recipient.sendOwed()` called after the next frame. */
  owe(recipient: Recipient): void {
    this.#owed.add(recipient);
    this.#flushSoon();
  }

  /** The scope of an object, if it was ever open. */
  scopeOf(object: SObject): Scope | undefined {
    return this.#scopes.of(object);
  }

  /** See `Scopes.isKnown`. */
  isKnown(object: SObject, versions: ReadonlyMap<Scope, number>): boolean {
    return this.#scopes.isKnown(object, versions);
  }

  /** The scope with this number, if it was ever open. */
  scope(id: number): Scope | undefined {
    return this.#scopes.get(id);
  }

  /** The scope of what is directly below an object, if it was ever open. */
  scopeBelow(parent: SObject): Scope | undefined {
    return this.#scopes.below(parent);
  }

  /** Whether a recipient sees an object. */
  sees(recipient: Recipient, object: SObject): boolean {
    const scope = this.scopeOf(object);
    return scope !== undefined && recipient.scopes.has(scope);
  }

  /** Whether a recipient sees what is below an object. */
  seesBelow(recipient: Recipient, parent: SObject): boolean {
    const scope = this.scopeBelow(parent);
    return scope !== undefined && recipient.scopes.has(scope);
  }

  /** Whether a recipient is told of what its author committed last: it made a version of a scope that this one has open. */
  isTold(recipient: Recipient, author: Author): boolean {
    if (this.#authored?.author !== author) return false;
    for (const scope of this.#authored.touched) if (recipient.scopes.has(scope)) return true;
    return false;
  }

  /** The tree is another one: everybody has to join anew. */
  #restart(): void {
    const recipients = [...this.#scopes.root.audience];
    for (const scope of this.#scopes.restart()) this.#end(scope);
    this.#epoch = crypto.randomUUID();
    this.leases.clear();
    for (const recipient of recipients) recipient.restart();
  }

  #commit(changes: readonly TreeChange[], author: Author | undefined): void {
    const { touched, freshened, ended } = this.#scopes.take(changes, author);
    // What runs after it commits for nobody.
    if (author) this.#authored = { author, touched };
    this.quota.note(changes);
    for (const scope of ended ?? []) this.#end(scope);
    for (const scope of freshened ?? []) if (scope.audience.size > 0) this.#sendLatestSoon(scope);
    for (const scope of touched) if (scope.audience.size > 0) this.#dirty.add(scope);
    if (touched.size > 0 && this.#dirty.size > 0) this.#flushSoon();
  }

  #takeSections(isLatestDue: boolean): readonly (readonly [Scope, Encoded])[] {
    const sections: [Scope, Encoded][] = [];
    for (const scope of this.#fromTheTop(this.#dirty)) {
      const section = scope.takeSection(isLatestDue, this.#scopes.returnedHosts);
      if (section) sections.push([scope, section]);
      if (scope.isClean) this.#dirty.delete(scope);
      else this.#sendLatestSoon(scope);
    }
    this.#scopes.returnedHosts.clear();
    return sections;
  }

  /** Sends each the frame of the sections that it sees. */
  #send(sections: readonly (readonly [Scope, Encoded])[]): void {
    const [first, ...more] = sections;
    if (!first) return;
    if (more.length === 0) {
      const frame = frameOf([first[1]]);
      for (const viewer of first[0].audience) viewer.sendFrame(frame);
      return;
    }
    const seen = new Map<Recipient, (readonly [Scope, Encoded])[]>();
    for (const section of sections) {
      for (const viewer of section[0].audience) {
        const list = seen.get(viewer);
        if (list) list.push(section);
        else seen.set(viewer, [section]);
      }
    }
    const frames = new Map<string, Uint8Array>();
    for (const [viewer, list] of seen) {
      const group = list.map(([{ id }]) => id).join();
      let frame = frames.get(group);
      if (!frame) {
        frame = frameOf(list.map(([, section]) => section));
        frames.set(group, frame);
      }
      viewer.sendFrame(frame);
    }
  }

  /** Opens a scope for a recipient, who is sent nothing of it before `#begin`. Says why not, if it cannot be. */
  #enter(recipient: Recipient, id: number): ErrorCode | undefined {
    const host = this.tree.get(id);
    const outer = host && this.scopeOf(host);
    if (!host || !isHost(host) || !outer || !recipient.scopes.has(outer)) return "not_found";
    if (recipient.scopes.size > this.#limits.maxOpenScopes) return "too_many";
    const scope = this.#scopes.get(id) ?? this.#scopes.make(id);
    if (recipient.scopes.has(scope)) return undefined;
    recipient.scopes.add(scope);
    if (scope.audience.size === 0) this.#run(host, "onOpen");
    return undefined;
  }

  /** From now on a recipient is sent what happens in scopes that it has opened, the outer ones first. */
  #begin(recipient: Recipient, scopes: readonly Scope[]): void {
    // What is on its way is part of the state that it is sent.
    this.flush();
    for (const scope of scopes) {
      const outer = scope === this.#scopes.root ? scope : this.#scopes.around(scope);
      const isThere = this.#scopes.get(scope.id) === scope && outer && recipient.scopes.has(outer);
      if (isThere) scope.audience.add(recipient);
      else this.#exit(recipient, scope);
    }
  }

  #exit(recipient: Recipient, scope: Scope): void {
    recipient.scopes.delete(scope);
    for (const other of [...recipient.scopes]) {
      if (this.#scopes.around(other) !== scope) continue;
      this.#exit(recipient, other);
      recipient.sendRefused(other.id, "not_found");
    }
    scope.leave(recipient);
    // One that has ended with its host is nobody's any more.
    if (scope.audience.size > 0 || this.#scopes.get(scope.id) !== scope) return;
    this.#dirty.delete(scope);
    if (scope === this.#scopes.root) return scope.pause();
    scope.rest();
    const host = this.tree.get(scope.id);
    if (host) this.#run(host, "onClose");
  }

  /** The host of a scope is gone. */
  #end(scope: Scope): void {
    for (const viewer of [...scope.audience]) {
      viewer.scopes.delete(scope);
      scope.leave(viewer);
    }
    scope.rest();
    this.#dirty.delete(scope);
  }

  /** Closes the scopes of hosts that moved to where not all of those can see them who have them open. */
  #closeLost(): void {
    for (const host of this.#scopes.movedHosts) {
      const scope = this.#scopes.get(host.id);
      const outer = this.scopeOf(host);
      for (const viewer of scope?.audience ?? []) {
        // Who has only just asked for the outer one has not been sent it yet.
        if (!scope || outer?.audience.has(viewer)) continue;
        this.#exit(viewer, scope);
        viewer.sendRefused(scope.id, "not_found");
      }
    }
    this.#scopes.movedHosts.clear();
  }

  /** How far down the host of a scope is. What there is not is as far as the root. */
  #depthOf(id: number): number {
    const host = this.tree.get(id);
    return host ? depthOf(host) : 1;
  }

  /** Scopes with those before that they are inside of. */
  #fromTheTop(scopes: Iterable<Scope>): readonly Scope[] {
    const list = [...scopes];
    if (list.length < 2) return list;
    const depths = new Map(list.map((scope) => [scope, this.#depthOf(scope.id)]));
    return list.sort((a, b) => (depths.get(a) as number) - (depths.get(b) as number));
  }

  #run(host: SObject, hook: "onOpen" | "onClose"): void {
    try {
      host[hook]();
    } catch (error) {
      report(this.tree.onError, error, `${hook} of ${host.type} ${host.id}`);
    }
  }

  #sendLatestSoon(scope: Scope): void {
    this.#dirty.add(scope);
    const waitMs = this.#latestSentAt + this.#limits.latestIntervalMs - this.#clock.now();
    if (waitMs <= 0) return this.#flushSoon();
    if (this.#isLatestTimed) return;
    this.#isLatestTimed = true;
    this.#clock.after(waitMs, () => {
      this.#isLatestTimed = false;
      this.flush();
    });
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#defer(() => {
      this.#isFlushDue = false;
      this.flush();
    });
  }
}

function frameOf(sections: readonly (Encoded | ResultSection)[]): Uint8Array {
  return encode([MessageCode.frame, ...sections]);
}
