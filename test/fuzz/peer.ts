// A client of the fuzz: its mirror, a shadow of that, and the branches that it has opened.

import { type Branch, Client } from "../../client/index.ts";
import type { MirrorTree } from "../../client/mirror-tree.ts";
import type { OnError } from "../../core/report.ts";
import type { Tree } from "../../core/tree.ts";
import { CloseCode } from "../../core/wire.ts";
import type { Line, MemoryNetwork } from "../../testing/index.ts";
import { type Pick, pickOf } from "../everything.ts";
import { assert, assertSound, listenersOf } from "./checks.ts";
import { difference, factsOf } from "./facts.ts";
import { Shadow } from "./shadow.ts";

/** Codes with which a connection may end here: it broke, the server ended, the server was not heard for long. */
const EXPECTED_CLOSES: ReadonlySet<number> = new Set([1006, CloseCode.away, CloseCode.silent]);

/** What a peer needs of its world. */
export interface PeerHost {
  readonly network: MemoryNetwork;
  readonly count: (name: string, more?: number) => void;
  /** Gets what must not be. */
  readonly fail: (what: string) => void;
  readonly note: (line: string) => void;
}

/** What it is like. */
export interface PeerOptions {
  /** How it is called where it is wrong. */
  readonly name: string;
  /** Whether somebody listens at its mirror. */
  readonly isHeard: boolean;
  /** Whether it writes. */
  readonly isWriter: boolean;
  /** By which it chooses how long it waits before it connects again. */
  readonly random: () => number;
}

/** See the head of this file. */
export class Peer {
  readonly client: Client;
  readonly tree: MirrorTree;
  readonly line: Line;
  readonly shadow: Shadow | undefined;
  /** Whether it shows something to itself alone. */
  isPretending = false;
  readonly #name: string;
  readonly #isWriter: boolean;
  readonly #host: PeerHost;
  readonly #branches = new Map<number, Branch>();

  constructor(host: PeerHost, { name, isHeard, isWriter, random }: PeerOptions) {
    this.#name = name;
    this.#isWriter = isWriter;
    this.#host = host;
    this.line = host.network.addLine();
    const { clock } = host.network;
    const { dial } = this.line;
    const onError: OnError = ({ error, where }) =>
      host.fail(`${where} of a client: ${error instanceof Error ? error.stack : error}`);
    this.client = new Client("ws://fuzz", { dial, clock, onError, random, minRetryMs: 100, maxRetryMs: 400 });
    this.client.on("reject", ({ code }) => host.count(`outcome ${code}`));
    this.client.tree.on("reset", () => host.count("resets"));
    this.client.on("state", (state) => {
      if ("code" in state && !EXPECTED_CLOSES.has(state.code)) host.fail(`a client is ${state.name}: ${state.reason}`);
    });
    this.tree = this.client.tree as unknown as MirrorTree;
    this.shadow = isHeard ? new Shadow(this.tree) : undefined;
  }

  get canWrite(): boolean {
    return this.#isWriter && this.tree.size > 0;
  }

  /** Opens a branch that is closed, if there is one. */
  openBranch(pick: Pick): void {
    if (this.tree.size === 0) return;
    const closed = [...this.client.tree.objects()].filter(
      (object) => object.isLazy && object.id > 0 && !object.isDestroyed && !this.#branches.get(object.id)?.isOpen,
    );
    const object = closed[pick(closed.length)];
    if (!object) return;
    this.#host.note(`    ${object.type}#${object.id}`);
    this.#branches.set(object.id, this.client.open(object));
  }

  /** Closes a branch that is open, if there is one. */
  closeBranch(pick: Pick): void {
    const open = [...this.#branches.values()].filter(({ isOpen }) => isOpen);
    open[pick(open.length)]?.close();
  }

  /** Opens all branches, and those in them. */
  async openAll(settle: () => Promise<void>): Promise<void> {
    for (let count = -1; count !== this.#branches.size; ) {
      count = this.#branches.size;
      for (const object of [...this.client.tree.objects()]) {
        if (object.isLazy && !this.#branches.has(object.id)) this.#branches.set(object.id, this.client.open(object));
      }
      await settle();
    }
  }

  /** Asks for an undo or a redo: of what the client did itself, or of what was done at some object. */
  undo(name: "undo" | "redo", pick: Pick): Promise<void> {
    const objects = [...this.client.tree.objects()].filter(({ id, isDestroyed }) => id > 0 && !isDestroyed);
    const object = pick(2) === 0 ? pickOf(objects, pick) : undefined;
    this.#host.note(`    ${object ? `${object.type}#${object.id}` : "its own"}`);
    const asked = object ?? this.client;
    const answered = name === "undo" ? asked.undo() : asked.redo();
    return answered.then(({ undone, reason }) => this.#host.count(undone ? "undone" : `not undone, ${reason}`));
  }

  /** What has to be so at any time. */
  check(): void {
    assert(this.tree.isConsistent(), `${this.#name} does not show what is confirmed and what is pending`);
    assertSound(this.tree, this.#name);
    const [wrong] = this.shadow?.errors ?? [];
    assert(wrong === undefined, `${this.#name} was told something wrong: ${wrong}`);
  }

  /** Whether what listeners were told is what is there. */
  look(): void {
    if (!this.shadow) return;
    const wrong = difference(this.shadow.facts, factsOf(this.tree), (of) => !of.includes("has"));
    assert(!wrong, `${this.#name} was not told rightly: ${wrong}`);
  }

  /** Whether it is up to date with what the server has. */
  compare(served: Tree): void {
    assert(this.client.state.name === "connected", `${this.#name} is ${this.client.state.name}`);
    assert(this.client.isSynced, `${this.#name} has something pending`);
    const expected = factsOf(served, (scope) => this.#branches.get(scope)?.isOpen ?? false);
    const wrong = difference(factsOf(this.tree), expected);
    assert(!wrong, `${this.#name} does not equal the server: ${wrong}`);
    this.look();
  }

  /** Whether no listeners are left. */
  checkListeners(): void {
    this.shadow?.stop();
    this.#host.count("changes told", this.shadow?.changes ?? 0);
    // One counts resets.
    assert(this.tree.listenerCount === 1, "listeners are left at a mirror");
    for (const [name, count] of listenersOf(this.tree))
      assert(count === 0, `listeners are left at ${name} of a mirror`);
  }
}
