/** A server's tree, the mirror of it and a page that shows it, all in one place: for tests that run inside a page. */
import { Client } from "../client/client.ts";
import type { Recorder } from "../client/editor.ts";
import { MirrorTree } from "../client/mirror-tree.ts";
import { Outbox, type Rejection } from "../client/outbox.ts";
import type { Outcome, PendingTransaction } from "../client/pending.ts";
import { Recording } from "../client/recording.ts";
import { AuthorityTree } from "../core/authority.ts";
import { decode, encode } from "../core/codec.ts";
import type { Op } from "../core/kind.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { ShapeTable, type WrittenChanges, writeChanges, writeSnapshot } from "../core/object-writer.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { OpStream } from "../core/stream.ts";
import { type AnyTopic, execute } from "../core/topic.ts";
import { transact } from "../core/transaction.ts";
import { TypeRegistry } from "../core/types.ts";
import type { UndoResult } from "../core/undo-result.ts";
import { Mount } from "../elements/mount.ts";
import type { SafetyPolicy } from "../elements/safety.ts";
import { recorderFor } from "./recorders.ts";

/** A write of the page that nobody has answered yet. */
export interface PendingWrite {
  readonly object: SObject;
  readonly op: Op;
}

/** See the head of this file. */
export class MirrorPage {
  /** The server's tree. */
  readonly tree: AuthorityTree;
  readonly #shapes = new ShapeTable();
  readonly #errors: string[] = [];
  readonly #mirrors: MirrorTree[] = [];
  #frame: WrittenChanges[] = [];

  constructor(...classes: ObjectClass[]) {
    const types = new TypeRegistry();
    types.register(SObject);
    for (const each of classes) types.register(each);
    this.tree = new AuthorityTree(types, SObject);
    this.tree.onCommit = (changes) => this.#frame.push(writeChanges(changes, this.#shapes));
  }

  get root(): SObject {
    return this.tree.root;
  }

  /** The messages of what was reported, and forgets them. */
  takeErrors(): string[] {
    return this.#errors.splice(0);
  }

  /** Changes the server's tree, and brings all mirrors up to date with one frame. Returns what `fn` returns. */
  frame<T>(fn: () => T): T {
    return this.#frameFor(fn, (mirror, { ops }) => mirror.apply(ops));
  }

  /** Carries out what a page has written. To the mirror of that page its own changes are given by `arrive`. */
  carryOut({ edits }: PendingTransaction, own: MirrorTree, arrive: (changes: WrittenChanges) => void): void {
    const write = (): void => {
      for (const edit of edits) {
        if (edit.type !== "topic") throw new Error("a page of these tests writes attributes only");
        const topic = this.tree.topicOf(this.tree.get(edit.object.id) as SObject, edit.slot) as AnyTopic;
        for (const op of edit.ops) execute(topic, op, this.tree);
      }
    };
    this.#frameFor(write, (mirror, changes) => (mirror === own ? arrive(changes) : mirror.apply(changes.ops)));
  }

  /** Another page, which joins now. */
  join(policy?: SafetyPolicy): JoinedPage {
    // Shapes are announced in what is sent; to a mirror that joins, by the snapshot.
    const page = new JoinedPage(this, (error) => this.#errors.push(error));
    page.tree.reset(writeSnapshot(this.tree, this.#shapes));
    page.tree.announce();
    this.#mirrors.push(page.tree);
    page.show(policy);
    return page;
  }

  /** Sends a page the snapshot of another epoch, or of the same. */
  resend(page: JoinedPage, kind: "reset" | "reconcile"): void {
    page.tree[kind](writeSnapshot(this.tree, this.#shapes));
    page.tree.announce();
  }

  #frameFor<T>(fn: () => T, apply: (mirror: MirrorTree, changes: WrittenChanges) => void): T {
    this.#frame = [];
    const result = transact(fn);
    const frame = this.#frame;
    for (const mirror of this.#mirrors) {
      // Encoded and decoded, as on the wire: a mirror keeps what it is given.
      for (const { ops, derived } of frame) apply(mirror, { ops: decode(encode(ops)) as OpStream, derived });
      mirror.announce();
    }
    return result;
  }
}

/** An undo or redo of the page that nobody has answered yet. */
export interface PendingUndo {
  readonly isRedo: boolean;
  readonly resolve: (result: UndoResult) => void;
}

/** One page. What it writes shows at once, and waits until it is answered. */
export class JoinedPage {
  readonly tree: MirrorTree;
  readonly target = document.createElement("main");
  readonly writes: PendingWrite[] = [];
  readonly undos: PendingUndo[] = [];
  readonly #server: MirrorPage;
  readonly #outbox: Outbox;
  readonly #recording: Recording;
  mount!: Mount;
  readonly client: Client;

  constructor(server: MirrorPage, onError: (message: string) => void) {
    this.#server = server;
    const recorder = recorderFor(
      () => this.#recording,
      () => this.#outbox,
    );
    const record: Recorder["record"] = (edit) => {
      if (edit.type === "topic") this.writes.push(...edit.ops.map((op) => ({ object: edit.object, op })));
      recorder.record(edit);
    };
    this.tree = new MirrorTree({ ...recorder, record }, ({ error, where }) => {
      onError(`${where}: ${(error as Error).message}`);
    });
    const listeners = new Set<(rejection: Rejection) => void>();
    this.#outbox = new Outbox(
      this.tree,
      () => {},
      (rejection) => {
        for (const listener of listeners) listener(rejection);
      },
    );
    this.#recording = new Recording(this.tree, (transaction) => this.#outbox.add(transaction));
    const ask = (isRedo: boolean): Promise<UndoResult> =>
      new Promise((resolve) => this.undos.push({ isRedo, resolve }));
    const fake = {
      tree: this.tree,
      transact: (fn: () => void): Promise<Outcome> => this.#recording.transact(fn),
      undo: () => ask(false),
      redo: () => ask(true),
      on: (_event: "reject", listener: (rejection: Rejection) => void): (() => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    this.client = Object.setPrototypeOf(fake, Client.prototype) as Client;
    document.body.append(this.target);
  }

  show(policy?: SafetyPolicy): void {
    this.mount = new Mount(this.client, this.target, policy);
  }

  /** The element that shows an object of the server. */
  element<T extends Element = HTMLElement>(object: SObject): T {
    return this.mount.elementOf(this.tree.get(object.id) as SObject) as T;
  }

  /** Answers the oldest transaction that waits: if it is to succeed, the server carries it out. */
  answer(outcome: Outcome): void {
    const batch = this.#outbox.take(new Map(), { maxBytes: 1e6, maxTransactions: 1 });
    const number = batch?.[1] ?? 0;
    const transaction = this.#outbox.inFlight(number);
    if (!transaction) return;
    if (outcome.ok) {
      this.#server.carryOut(transaction, this.tree, ({ ops, derived }) => {
        this.tree.applyOwn(ops, transaction, derived, ROOT_SCOPE);
      });
      this.#outbox.committed(number);
    } else {
      this.#outbox.result(number, [[0, outcome.code, outcome.message]]);
    }
    this.tree.announce();
  }

  close(): void {
    this.mount.close();
    this.target.remove();
  }
}
