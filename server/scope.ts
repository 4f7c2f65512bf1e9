// Scope: what all who see the same part of a tree are sent.
//
// Each transaction is encoded once, when it commits, and makes the next version. A snapshot is kept for those who join,
// with the transactions since, as long as these are less than half of it: then it is cheaper than encoding everything
// again. While nobody looks and nothing is kept, nothing is encoded.
//
// Outside of versions, at the end of a section, stand two things that are as they are when the frame goes out. Values of
// which only the newest counts. And crossings: objects that came from another scope, or left for one, in this turn. From
// the crossing to the end of the turn no op on such an object is written, as it is sent whole, or not at all.

import type { AuthorityTree } from "../core/authority.ts";
import { Encoded, encode } from "../core/codec.ts";
import type { ErrorCode } from "../core/error.ts";
import { SET } from "../core/kind.ts";
import { attributeOf, type SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { ChangeWriter, ObjectWriter, ShapeTable, writeSnapshot } from "../core/object-writer.ts";
import type { Attribute, Shape } from "../core/shape.ts";
import type { OpStream } from "../core/stream.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import type { Author } from "../core/transaction.ts";
import type { TreeChange } from "../core/tree-changes.ts";
import { MessageCode } from "../core/wire.ts";
import type { Membership } from "./membership.ts";

/** Who is sent what happens in scopes. */
export interface Recipient {
  /** The scopes that it has open. */
  readonly scopes: Set<Scope>;
  /** Sends what happened. */
  sendFrame(frame: Uint8Array): void;
  /** Sends a state that it asked for: however large, that alone makes it not slow. */
  sendState(frame: Uint8Array): void;
  /** No frame will tell it of a transaction that was carried out: if it is its own, it is told by itself. */
  sendCommitted(author: Author): void;
  /** Sends what it is owed besides. */
  sendOwed(): void;
  /** The tree is another one. */
  restart(): void;
  /** Sends that a scope is not open: as it asked for it, or sees the tree, or saw it, the scope might be. */
  sendRefused(scope: number, code: ErrorCode): void;
}

interface Snapshot {
  readonly version: number;
  /** As it is sent if nothing else is, with the log; none when something has changed since. */
  joined: Uint8Array | undefined;
  readonly ops: Encoded;
  /** The transactions since. */
  readonly log: Encoded[];
  logBytes: number;
}

/** See the head of this file. */
export class Scope {
  /** The id of the object that it is below; 1 for the root's, which holds the root too. */
  readonly id: number;
  /** Those who have it open. */
  readonly audience = new Set<Recipient>();
  readonly #tree: AuthorityTree;
  readonly #membership: Membership;
  readonly #maxLogBytes: number;
  readonly #shapes = new ShapeTable((name) => this.#tree.shapeNamed(name));
  #version: number;
  /** The transaction that is being taken. */
  #changes: ChangeWriter | undefined;
  /** Transactions that no frame has taken yet. */
  #turn: Encoded[] = [];
  /** Whose they are, as far as clients made them. */
  #authors: Author[] = [];
  #snapshot: Snapshot | undefined;
  /** What entered or left in this turn. */
  readonly #crossed = new Set<SObject>();
  /** Topics of which only the newest value counts and which ever had another than their shape's. */
  readonly #latest = new Set<AnyTopic>();
  /** Those of them on objects that are new here: they go out with the object. */
  readonly #fresh = new Set<AnyTopic>();
  /** Those of them that changed: they wait until it is time. */
  readonly #changed = new Set<AnyTopic>();

  constructor(id: number, tree: AuthorityTree, membership: Membership, maxLogBytes: number, version = 0) {
    this.id = id;
    this.#version = version;
    this.#tree = tree;
    this.#membership = membership;
    this.#maxLogBytes = maxLogBytes;
  }

  /** How many transactions there have been. */
  get version(): number {
    return this.#version;
  }

  /** Whether there is nothing for a frame to take, now or later. */
  get isClean(): boolean {
    return !this.#hasNews && this.#changed.size === 0;
  }

  /** Whether there is something for the next frame to take. */
  get #hasNews(): boolean {
    return this.#turn.length > 0 || this.#crossed.size > 0 || this.#fresh.size > 0;
  }

  /** Takes one change of a transaction, unless the object is sent whole anyway. */
  add(change: TreeChange, object: SObject): void {
    if (this.#crossed.has(object)) return;
    if (!this.#isRead) return;
    this.#changes ??= new ChangeWriter(this.#shapes);
    this.#changes.add(change);
  }

  /** Ends a transaction, which makes a version. */
  end(author: Author | undefined): void {
    this.#version++;
    const changes = this.#changes?.end();
    this.#changes = undefined;
    if (!this.#isRead) {
      // Clearing what is empty costs as much as the whole change.
      if (this.#crossed.size > 0) this.#crossed.clear();
      return;
    }
    const { ops, derived } = changes ?? { ops: [], derived: [] };
    const transaction = author ? [[author.client, author.transaction, ...derived], ...ops] : ops;
    const encoded = new Encoded(encode(transaction));
    if (this.audience.size > 0) {
      this.#turn.push(encoded);
      if (author) this.#authors.push(author);
    }
    this.#keep(encoded);
  }

  /** An object has come from another scope, has left for one, or hangs below one that has come. */
  cross(object: SObject): void {
    this.#crossed.add(object);
    // A log cannot tell of it.
    this.forgetSnapshot();
  }

  /** The next snapshot is made anew. */
  forgetSnapshot(): void {
    this.#snapshot = undefined;
  }

  hasCrossed(object: SObject): boolean {
    return this.#crossed.has(object);
  }

  /** A topic of which only the newest value counts has another. */
  noteLatest(topic: AnyTopic): void {
    this.#latest.add(topic);
    if (this.audience.size > 0) this.#changed.add(topic);
    if (this.#snapshot) this.#snapshot.joined = undefined;
  }

  /** An object is new here. Whoever knows it from elsewhere takes a value that is not sent for the one of its type. */
  noteNew(object: SObject): void {
    for (const slot of latestSlots(object)) {
      const topic = this.#tree.topicOf(object, slot) as AnyTopic;
      const { initial } = attributeOf(object, slot) as Attribute;
      if (topic.kind.equals(topicInternals.state(topic), initial)) continue;
      this.noteLatest(topic);
      if (this.audience.size > 0) this.#fresh.add(topic);
    }
  }

  /** Whether there are topics of which only the newest value counts. */
  get hasLatest(): boolean {
    return this.#latest.size > 0;
  }

  /** An object is not here any more. */
  forget(object: SObject): void {
    if (this.#latest.size === 0) return;
    for (const slot of latestSlots(object)) this.forgetTopic(this.#tree.topicOf(object, slot) as AnyTopic);
  }

  /** A topic is not here any more. */
  forgetTopic(topic: AnyTopic): void {
    this.#latest.delete(topic);
    this.#fresh.delete(topic);
    this.#changed.delete(topic);
  }

  /**
   * The section of what happened since the last one; nothing if nothing did. `isLatestDue`: with the newest values.
   * `returned`: hosts that came back under their ids.
   */
  takeSection(isLatestDue: boolean, returned: ReadonlySet<SObject> = new Set()): Encoded | undefined {
    if (!this.#hasNews && !(isLatestDue && this.#changed.size > 0)) return undefined;
    const end = this.#takeEnd(isLatestDue, returned);
    const section = [this.id, ...this.#turn, ...(end.length > 0 ? [null, end] : [])];
    this.#turn = [];
    this.#authors = [];
    return new Encoded(encode(section));
  }

  /** The section of the present state. To be asked for when no frame waits to be taken. */
  snapshotSection(): Encoded {
    const { version, ops, log } = this.#kept();
    return new Encoded(encode([this.id, version, ops, ...log, ...this.#latestEnd()]));
  }

  /** A frame of that section alone, made once for all who join before something changes: each may take long to read it. */
  snapshotFrame(): Uint8Array {
    const snapshot = this.#kept();
    const { version, ops, log } = snapshot;
    snapshot.joined ??= encode([MessageCode.frame, [this.id, version, ops, ...log, ...this.#latestEnd()]]);
    return snapshot.joined;
  }

  /** A recipient has it open no longer. */
  leave(recipient: Recipient): void {
    if (this.audience.delete(recipient)) for (const author of this.#authors) recipient.sendCommitted(author);
  }

  /** Nobody has it open any more, but somebody soon may. */
  pause(): void {
    this.#turn = [];
    this.#authors = [];
    this.#crossed.clear();
    this.#fresh.clear();
    this.#changed.clear();
  }

  /** Nobody has it open any more: keeps what it must to be opened again. */
  rest(): void {
    this.pause();
    this.#snapshot = undefined;
  }

  /** Whether what happens is to be encoded. */
  get #isRead(): boolean {
    return this.audience.size > 0 || this.#snapshot !== undefined;
  }

  #takeEnd(isLatestDue: boolean, returned: ReadonlySet<SObject>): OpStream {
    const writer = new ObjectWriter(this.#shapes);
    const isHere = (object: SObject): boolean => !object.isDestroyed && this.#membership.of(object) === this.id;
    // Its scope has ended. If nobody has told so, as it crossed before, whoever knows it would take it for the same one.
    for (const host of returned) if (this.#crossed.has(host) && isHere(host)) writer.destroy(host.id);
    for (const object of this.#crossed) {
      const { parent } = object;
      if (!isHere(object)) writer.leave(object.id);
      else if (!parent || !this.#crossed.has(parent)) writer.subtree(object);
    }
    for (const topic of this.#fresh) this.#writeLatest(writer, topic);
    if (isLatestDue) for (const topic of this.#changed) if (!this.#fresh.has(topic)) this.#writeLatest(writer, topic);
    this.#crossed.clear();
    this.#fresh.clear();
    if (isLatestDue) this.#changed.clear();
    return writer.ops;
  }

  #latestEnd(): readonly [] | readonly [null, OpStream] {
    const writer = new ObjectWriter(this.#shapes);
    for (const topic of this.#latest) this.#writeLatest(writer, topic);
    return writer.ops.length > 0 ? [null, writer.ops] : [];
  }

  #writeLatest(writer: ObjectWriter, topic: AnyTopic): void {
    const object = topic.object as SObject;
    const slot = topicInternals.slot(topic);
    if (object.isDestroyed || this.#membership.of(object) !== this.id || this.#tree.topicOf(object, slot) !== topic) {
      this.#latest.delete(topic);
      return;
    }
    writer.topic(object.id, slot, [SET, topic.kind.toWire(topicInternals.state(topic))]);
  }

  #kept(): Snapshot {
    this.#snapshot ??= this.#takeSnapshot();
    return this.#snapshot;
  }

  #takeSnapshot(): Snapshot {
    const version = this.#version;
    const ops = encode(writeSnapshot(this.#tree, this.#shapes, this.id));
    const snapshot = { version, ops: new Encoded(ops), log: [], logBytes: 0, joined: undefined };
    if (this.#latest.size > 0) return snapshot;
    const frame = encode([MessageCode.frame, [this.id, version, snapshot.ops]]);
    // The ops are the end of the frame: so they are kept once.
    return { ...snapshot, joined: frame, ops: new Encoded(frame.subarray(frame.length - ops.length)) };
  }

  #keep(encoded: Encoded): void {
    const snapshot = this.#snapshot;
    if (!snapshot) return;
    snapshot.joined = undefined;
    snapshot.log.push(encoded);
    snapshot.logBytes += encoded.bytes.length;
    const most = Math.min(snapshot.ops.bytes.length / 2, this.#maxLogBytes);
    if (snapshot.logBytes > most) this.#snapshot = undefined;
  }
}

const latestSlotsByShape = new WeakMap<Shape, readonly number[]>();

/** The slots of the attributes of which only the newest value counts. */
function latestSlots(object: SObject): readonly number[] {
  const shape = objectInternals.shape(object);
  let slots = latestSlotsByShape.get(shape);
  if (!slots) {
    slots = shape.attributes.flatMap(({ isLatest }, index) => (isLatest ? [index + 1] : []));
    latestSlotsByShape.set(shape, slots);
  }
  const added = objectInternals.added(object);
  if (!added) return slots;
  const more = [...added.all].filter(([, { attribute }]) => attribute.isLatest);
  return more.length > 0 ? [...slots, ...more.map(([slot]) => slot)] : slots;
}
