// Scope: what all who see the same part of a tree are sent. So far a tree is one scope.
//
// Each transaction is encoded once, when it commits, and makes the next version. A snapshot is kept for those who join,
// with the transactions since, as long as these are less than half of it: then it is cheaper than encoding everything
// again. While nobody looks and nothing is kept, nothing is encoded.

import type { AuthorityTree, TreeChange } from "../core/authority.ts";
import { Encoded, encode } from "../core/codec.ts";
import { ShapeTable, writeChanges, writeSnapshot } from "../core/stream.ts";
import type { Author } from "../core/transaction.ts";
import { type Frame, MessageCode, ROOT_SCOPE } from "../core/wire.ts";

interface Snapshot {
  readonly version: number;
  /** As it is sent, with the log; none when it has grown since. */
  joined: Uint8Array | undefined;
  readonly ops: Encoded;
  /** The transactions since. */
  readonly log: Encoded[];
  logBytes: number;
}

/** See the head of this file. */
export class Scope {
  readonly #tree: AuthorityTree;
  readonly #maxLogBytes: number;
  readonly #shapes = new ShapeTable();
  #version = 0;
  /** Transactions that no frame has taken yet. */
  #turn: Encoded[] = [];
  #snapshot: Snapshot | undefined;
  /** Whether somebody is sent the changes. */
  isWatched = false;

  constructor(tree: AuthorityTree, maxLogBytes: number) {
    this.#tree = tree;
    this.#maxLogBytes = maxLogBytes;
  }

  /** How many transactions there have been. */
  get version(): number {
    return this.#version;
  }

  /** Takes a transaction of the tree. */
  commit(changes: readonly TreeChange[], author: Author | undefined): void {
    this.#version++;
    if (!this.isWatched && !this.#snapshot) return;
    const { ops, derived } = writeChanges(changes, this.#shapes);
    const transaction = author ? [[author.client, author.transaction, ...derived], ...ops] : ops;
    const encoded = new Encoded(encode(transaction));
    if (this.isWatched) this.#turn.push(encoded);
    this.#keep(encoded);
  }

  /** A frame of what was committed since the last one; nothing if nothing was. */
  takeFrame(): Uint8Array | undefined {
    if (this.#turn.length === 0) return undefined;
    const frame: Frame = [MessageCode.frame, [ROOT_SCOPE, ...this.#turn]];
    this.#turn = [];
    return encode(frame);
  }

  /** A frame of the present state. To be asked for when no frame waits to be taken. */
  snapshotFrame(): Uint8Array {
    this.#snapshot ??= this.#takeSnapshot();
    const snapshot = this.#snapshot;
    // One for all who join before the next transaction: each may take long to read it.
    snapshot.joined ??= encode([MessageCode.frame, [ROOT_SCOPE, snapshot.version, snapshot.ops, ...snapshot.log]]);
    return snapshot.joined;
  }

  #takeSnapshot(): Snapshot {
    const version = this.#version;
    const ops = encode(writeSnapshot(this.#tree, this.#shapes));
    const frame = encode([MessageCode.frame, [ROOT_SCOPE, version, new Encoded(ops)]]);
    // The ops are the end of the frame: so they are kept once.
    const kept = new Encoded(frame.subarray(frame.length - ops.length));
    return { version, joined: frame, ops: kept, log: [], logBytes: 0 };
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
