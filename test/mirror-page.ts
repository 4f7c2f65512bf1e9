/** A server's tree, the mirror of it and a page that shows it, all in one place: for tests that run inside a page. */
import { Client } from "../client/client.ts";
import { MirrorTree } from "../client/mirror-tree.ts";
import type { Outcome } from "../client/outbox.ts";
import { AuthorityTree } from "../core/authority.ts";
import { decode, encode } from "../core/codec.ts";
import type { UncheckedOp } from "../core/kind.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { ShapeTable, writeChanges, writeSnapshot } from "../core/object-writer.ts";
import type { OpStream } from "../core/stream.ts";
import { transact } from "../core/transaction.ts";
import { TypeRegistry } from "../core/types.ts";
import { Mount } from "../elements/mount.ts";
import type { SafetyPolicy } from "../elements/safety.ts";

/** A write of the page that nobody has answered yet. */
export interface PendingWrite {
  readonly object: SObject;
  readonly op: UncheckedOp;
}

/** See the head of this file. */
export class MirrorPage {
  /** The server's tree. */
  readonly tree: AuthorityTree;
  readonly #shapes = new ShapeTable();
  readonly #errors: string[] = [];
  readonly #mirrors: MirrorTree[] = [];
  #frame: Parameters<MirrorTree["apply"]>[0][] = [];

  constructor(...classes: ObjectClass[]) {
    const types = new TypeRegistry();
    types.register(SObject);
    for (const each of classes) types.register(each);
    this.tree = new AuthorityTree(types, SObject);
    this.tree.onCommit = (changes) => this.#frame.push(writeChanges(changes, this.#shapes).ops);
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
    this.#frame = [];
    const result = transact(fn);
    const ops = this.#frame;
    for (const mirror of this.#mirrors) {
      // Encoded and decoded, as on the wire: a mirror keeps what it is given.
      for (const each of ops) mirror.apply(decode(encode(each)) as OpStream);
      mirror.announce();
    }
    return result;
  }

  /** Another page, which joins now. */
  join(policy?: SafetyPolicy): JoinedPage {
    // Shapes are announced in what is sent; to a mirror that joins, by the snapshot.
    const page = new JoinedPage((error) => this.#errors.push(error));
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
}

/** One page. */
export class JoinedPage {
  readonly tree: MirrorTree;
  readonly target = document.createElement("main");
  readonly writes: PendingWrite[] = [];
  readonly #answers: ((outcome: Outcome) => void)[] = [];
  mount!: Mount;
  readonly client: Client;

  constructor(onError: (message: string) => void) {
    this.tree = new MirrorTree(
      { write: (object, _slot, op) => this.writes.push({ object, op }), group: (fn) => fn() },
      ({ error, where }) => onError(`${where}: ${(error as Error).message}`),
    );
    const fake = {
      tree: this.tree,
      transact: (fn: () => void): Promise<Outcome> => {
        fn();
        return new Promise((resolve) => this.#answers.push(resolve));
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

  /** Answers the oldest write. */
  answer(outcome: Outcome): Promise<void> {
    this.#answers.shift()?.(outcome);
    return Promise.resolve();
  }

  close(): void {
    this.mount.close();
    this.target.remove();
  }
}
