// The world of the fuzz: a server and four clients over a network in memory, to which actions happen.
//
// After each message that is delivered, and after each action, each mirror has to show what is confirmed with what is
// pending on top, and what its listeners have been told has to be what is there. The first thing that is not as it must
// be is thrown.

import { type Branch, Client } from "../../client/index.ts";
import type { MirrorTree } from "../../client/mirror-tree.ts";
import type { Mirrored } from "../../client/mirrored.ts";
import type { Outcome } from "../../client/pending.ts";
import { ObjectSyncError } from "../../core/error.ts";
import { objectInternals } from "../../core/object-internals.ts";
import { transact } from "../../core/transaction.ts";
import type { Tree } from "../../core/tree.ts";
import { CloseCode } from "../../core/wire.ts";
import { Server, type ServerOptions } from "../../server/index.ts";
import { type Direction, type Line, type Link, MemoryNetwork, seededRandom } from "../../testing/index.ts";
import { type Pick, pickOf } from "../everything.ts";
import type { Action } from "./actions.ts";
import { assert, assertSound, listenersOf } from "./checks.ts";
import { edit, nameOf } from "./edits.ts";
import { difference, factsOf } from "./facts.ts";
import { Bug, Kit, MODELS, Root, Shelf, Thing } from "./models.ts";
import { editAsServer } from "./server-edits.ts";
import { Shadow } from "./shadow.ts";

/** How many clients there are. */
export const CLIENTS = 4;

/** This one only looks, and opens branches. */
const PASSIVE = 3;

/** Nobody listens at this one's mirror. */
const UNHEARD = 2;

/** What happens, and to what: it decides all. */
export interface Scenario {
  /** For what is there before the actions: limits, mostly. */
  readonly seed: number;
  readonly actions: readonly Action[];
}

/** How often what happened. */
export type Counts = Map<string, number>;

/** Codes with which a connection may end here: it broke, the server ended, the server was not heard for long. */
const EXPECTED_CLOSES: ReadonlySet<number> = new Set([1006, CloseCode.away, CloseCode.silent]);

/** One of the clients. */
interface Peer {
  readonly client: Client;
  readonly tree: MirrorTree;
  readonly line: Line;
  readonly shadow: Shadow | undefined;
  readonly branches: Map<number, Branch>;
}

/** How a scenario is watched. */
export interface Watch {
  /** Counts what happens. */
  readonly counts?: Counts;
  /** Gets a line for all that happens. */
  readonly note?: (line: string) => void;
  /** After so many actions all that listeners were told is looked at. */
  readonly lookEvery?: number;
}

/** Has a scenario happen. Throws an `Error` with the first thing that is wrong. */
export async function happen(
  { seed, actions }: Scenario,
  { counts = new Map(), note = () => {}, lookEvery = 20 }: Watch = {},
): Promise<void> {
  const world = new World(seed, counts, note);
  await world.begin();
  for (const [index, action] of actions.entries()) await world.act(action, index % lookEvery === 0);
  await world.end();
}

class World {
  readonly #network = new MemoryNetwork();
  readonly #options: ServerOptions<Root>;
  readonly #counts: Counts;
  readonly #note: (line: string) => void;
  readonly #peers: Peer[] = [];
  readonly #errors: string[] = [];
  readonly #outcomes: Promise<Outcome>[] = [];
  readonly #pretending = new Set<Peer>();
  readonly #undos: Promise<void>[] = [];
  /** Connections of which only one end knows that they are broken. */
  readonly #halves = new Set<Link>();
  /** Whether there are branches in branches, which all have open from the beginning. */
  readonly #isDeep: boolean;
  /** The attributes that this world is mostly about. */
  readonly #focus: readonly string[];
  #server: Server<Root>;

  constructor(seed: number, counts: Counts, note: (line: string) => void) {
    this.#counts = counts;
    this.#note = note;
    const random = seededRandom(seed);
    const pick: Pick = (most) => Math.floor(random() * most);
    this.#options = {
      root: Root,
      models: MODELS,
      clock: this.#network.clock,
      defer: this.#network.defer,
      logger: { debug() {}, info() {}, warn: (_, text) => this.#fail(text), error: (_, text) => this.#fail(text) },
      onError: ({ error, where }) => {
        if (error instanceof Bug) return this.#count("reported bugs");
        this.#fail(`${where}: ${error instanceof Error ? error.stack : error}`);
      },
      limits: {
        latestIntervalMs: 20,
        ...pickOf([{}, { maxBufferedBytes: 3_000 }], pick),
        ...pickOf([{}, {}, { maxLogBytes: 1_000 }], pick),
        ...pickOf([{}, { idsPerClient: 4 }], pick),
        ...pickOf([{}, { maxObjects: 12 }], pick),
        ...pickOf([{}, { maxBatchTransactions: 3 }], pick),
      },
    };
    this.#isDeep = pick(3) === 0;
    this.#server = this.#startServer();
    const names = objectInternals.shape(this.#server.root).attributes.map(({ name }) => name);
    this.#focus = [pickOf(names, pick), pickOf(names, pick), pickOf(names, pick)];
  }

  async begin(): Promise<void> {
    for (let index = 0; index < CLIENTS; index++) this.#peers.push(this.#addPeer(index !== UNHEARD));
    await this.#settle();
    for (const peer of this.#peers) {
      assert(peer.client.state.name === "connected", "a client is not connected");
      if (this.#isDeep) await this.#openAll(peer);
    }
  }

  async act(action: Action, isLookedAt: boolean): Promise<void> {
    const { name, client: index, salt } = action;
    this.#count(name);
    const random = seededRandom(salt);
    const pick: Pick = (most) => Math.floor(random() * most);
    const peer = this.#peers[index] as Peer;
    this.#note(`${name}, client ${index}`);
    await this.#do(action, peer, pick);
    await quiet();
    this.#check();
    if (isLookedAt) for (const each of this.#peers) this.#look(each);
  }

  /** All becomes quiet: then all has to be the same everywhere, and nothing is left of all that was. */
  async end(): Promise<void> {
    for (const { client } of this.#peers) client.clearPretended();
    for (const link of this.#halves) link.drop();
    for (const { line } of this.#peers) if (line.link.isOpen) line.toClient.isStalled = false;
    // Long enough for whoever is offline, and for those who are behind.
    for (let round = 0; round < 6; round++) {
      await this.#settle();
      this.#network.clock.advance(10_000);
    }
    await this.#settle();
    for (const [index, peer] of this.#peers.entries()) this.#compare(`client ${index}`, peer);
    await this.#compareLate();
    await this.#checkOutcomes();
    this.#checkListeners();
    for (const { client } of this.#peers) client.close();
    await this.#settle();
    assert(this.#network.clock.taskCount === 0, "timers are left");
    assert(this.#server.clients.length === 0, "the server has clients left");
  }

  async #do({ name, parts, salt }: Action, peer: Peer, pick: Pick): Promise<void> {
    const { client, line } = peer;
    const network = this.#network;
    switch (name) {
      case "edit":
        if (this.#canWrite(peer)) this.#editAll(peer.tree, parts);
        break;
      case "transact":
        this.#transact(peer, () => this.#editAll(peer.tree, parts));
        break;
      case "transactUnseen":
        this.#transact(peer, () => this.#editAll(peer.tree, parts), { optimistic: false });
        break;
      case "transactInPart":
        this.#transact(peer, () => {
          this.#editAll(peer.tree, parts.slice(0, 1));
          this.#throwInside(() => client.transact(() => this.#editAndThrow(peer.tree, parts.slice(1, 3))));
          this.#editAll(peer.tree, parts.slice(3));
        });
        break;
      case "transactThatThrows": {
        if (!this.#canWrite(peer)) break;
        // What is pretended lies on top, and gives way to what is put below it for a while.
        const before = peer.shadow && !this.#pretending.has(peer) ? factsOf(peer.tree) : undefined;
        this.#throwInside(() => client.transact(() => this.#editAndThrow(peer.tree, parts)));
        const wrong = before && difference(factsOf(peer.tree), before);
        assert(!wrong, `what threw has left something: ${wrong}`);
        break;
      }
      case "undo":
      case "redo":
        if (this.#canWrite(peer)) this.#undo(peer, name, pick);
        break;
      case "pretend":
        if (this.#canWrite(peer)) client.pretend(() => this.#editAll(peer.tree, parts));
        this.#pretending.add(peer);
        break;
      case "clearPretended":
        client.clearPretended();
        this.#pretending.delete(peer);
        break;
      case "reset":
        client.reset();
        break;
      case "serveUndo": {
        const { root } = this.#server;
        const object = pickOf(root.search(), pick);
        const { undone } = pick(2) === 0 ? object.undo() : object.redo();
        if (undone) this.#count("undone");
        break;
      }
      case "serve":
        transact(() => this.#serve(parts));
        break;
      case "serveAndThrow":
        this.#throwInside(() =>
          transact(() => {
            this.#serve(parts);
            throw new Stop();
          }),
        );
        break;
      case "endTurn":
        network.endTurn();
        break;
      case "deliverOne":
        await this.#deliver(network.busy[pick(network.busy.length)]);
        break;
      case "deliverAll":
        await this.#settle();
        break;
      case "drop":
        line.drop();
        break;
      case "dropAtClient":
      case "dropAtServer":
        this.#halves.add(line.link);
        line.drop(name === "dropAtClient" ? "client" : "server");
        break;
      case "notice":
        for (const link of this.#halves) link.drop();
        this.#halves.clear();
        break;
      case "passTime":
        network.clock.advance(pick(400));
        break;
      case "stall":
        if (!this.#halves.has(line.link) && line.link.isOpen) line.toClient.isStalled = !line.toClient.isStalled;
        break;
      case "openBranch":
        this.#openBranch(peer, pick);
        break;
      case "closeBranch": {
        const open = [...peer.branches].filter(([, branch]) => branch.isOpen);
        open[pick(open.length)]?.[1].close();
        break;
      }
      case "load": {
        const tree = this.#server.tree();
        tree.load(tree.save());
        break;
      }
      case "restart":
        void this.#server.close();
        this.#startServer();
        this.#serve([salt]);
        break;
    }
  }

  /** `transact` of a client. */
  #transact(peer: Peer, fn: () => void, options?: { readonly optimistic: boolean }): void {
    if (this.#canWrite(peer)) this.#outcomes.push(peer.client.transact(fn, options));
  }

  /** What the client did itself, or what was done at some object. */
  #undo({ client, tree }: Peer, name: "undo" | "redo", pick: Pick): void {
    const objects = [...tree.objects()].filter((object) => object.id > 0 && !object.isDestroyed);
    const object = pick(2) === 0 ? pickOf(objects, pick) : undefined;
    this.#note(`    ${object ? nameOf(object) : "its own"}`);
    const asked = (object as unknown as Mirrored | undefined) ?? client;
    const answered = name === "undo" ? asked.undo() : asked.redo();
    this.#undos.push(answered.then(({ undone, reason }) => this.#count(undone ? "undone" : `not undone, ${reason}`)));
  }

  #canWrite(peer: Peer): boolean {
    return peer !== this.#peers[PASSIVE] && peer.tree.size > 0;
  }

  /** Makes edits. What cannot be done at this moment is not. */
  #editAll(tree: Tree, parts: readonly number[]): void {
    for (const part of parts) {
      const random = seededRandom(part);
      const objects = [...tree.objects()].sort((a, b) => a.id - b.id);
      const pick: Pick = (most) => Math.floor(random() * most);
      const tools = { pick, objects, focus: this.#focus, mark: part };
      this.#attempt(() => edit(tools, this.#noteEdit));
    }
  }

  /** Does what may be impossible at this moment. */
  #attempt(act: () => void): void {
    try {
      act();
      this.#count("edits done");
    } catch (error) {
      if (!(error instanceof ObjectSyncError) && !(error instanceof Bug)) throw error;
      this.#noteEdit(`throws ${error instanceof Bug ? "a bug" : error.code}`);
      this.#count("edits refused at once");
    }
  }

  readonly #noteEdit = (line: string): void => this.#note(`    ${line}`);

  #editAndThrow(tree: Tree, parts: readonly number[]): void {
    this.#editAll(tree, parts);
    throw new Stop();
  }

  #throwInside(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
  }

  /** The server's own code does something. */
  #serve(parts: readonly number[]): void {
    for (const part of parts) {
      const random = seededRandom(part ^ 0x5bd1e995);
      const pick: Pick = (most) => Math.floor(random() * most);
      if (pick(4) > 0) this.#editAll(this.#server.tree(), [part]);
      else this.#attempt(() => editAsServer(this.#server.tree(), pick, this.#noteEdit));
    }
  }

  async #openAll({ client, branches }: Peer): Promise<void> {
    for (let count = -1; count !== branches.size; ) {
      count = branches.size;
      for (const object of [...client.tree.objects()]) {
        if (object.isLazy && !branches.has(object.id)) branches.set(object.id, client.open(object));
      }
      await this.#settle();
    }
  }

  #openBranch({ client, branches }: Peer, pick: Pick): void {
    if (client.tree.size === 0) return;
    const closed = [...client.tree.objects()].filter(
      (object) => object.isLazy && object.id > 0 && !object.isDestroyed && !branches.get(object.id)?.isOpen,
    );
    const object = closed[pick(closed.length)];
    if (!object) return;
    this.#note(`    ${object.type}#${object.id}`);
    branches.set(object.id, client.open(object));
  }

  #startServer(): Server<Root> {
    this.#server = new Server(this.#options);
    this.#network.host = this.#server;
    const { root } = this.#server;
    root.add(Thing);
    root.add(Shelf).add(Thing);
    root.add(Kit, { title: "first", parts: 2 });
    if (this.#isDeep) root.add(Thing).add(Shelf).add(Shelf).add(Thing).add(Shelf).add(Thing);
    return this.#server;
  }

  #addPeer(isHeard: boolean): Peer {
    const line = this.#network.addLine();
    const { clock } = this.#network;
    const { dial } = line;
    const onError: ServerOptions["onError"] = ({ error, where }) =>
      this.#fail(`${where} of a client: ${error instanceof Error ? error.stack : error}`);
    const client = new Client("ws://fuzz", { dial, clock, onError, random: () => 1, minRetryMs: 100, maxRetryMs: 400 });
    client.on("reject", ({ code }) => this.#count(`outcome ${code}`));
    client.tree.on("reset", () => this.#count("resets"));
    client.on("state", (state) => {
      if ("code" in state && !EXPECTED_CLOSES.has(state.code)) this.#fail(`a client is ${state.name}: ${state.reason}`);
    });
    const tree = client.tree as unknown as MirrorTree;
    return { client, line, tree, shadow: isHeard ? new Shadow(tree) : undefined, branches: new Map() };
  }

  async #settle(): Promise<void> {
    await quiet();
    for (let isBusy = true; isBusy; ) {
      const { busy } = this.#network;
      for (const direction of busy) await this.#deliver(direction);
      isBusy = this.#network.endTurn() || busy.length > 0;
      await quiet();
    }
    this.#check();
  }

  async #deliver(direction: Direction | undefined): Promise<void> {
    if (!direction?.deliver()) return;
    this.#count("messages");
    await quiet();
    this.#check();
  }

  /** What has to be so at any time. */
  #check(): void {
    const [error] = this.#errors;
    if (error !== undefined) throw new Error(error);
    for (const [index, { tree, shadow }] of this.#peers.entries()) {
      assert(tree.isConsistent(), `client ${index} does not show what is confirmed and what is pending`);
      assertSound(tree, `client ${index}`);
      const [wrong] = shadow?.errors ?? [];
      assert(wrong === undefined, `client ${index} was told something wrong: ${wrong}`);
    }
    assertSound(this.#server.tree(), "the server");
  }

  /** Whether what listeners were told is what is there. */
  #look({ tree, shadow }: Peer): void {
    if (!shadow) return;
    const wrong = difference(shadow.facts, factsOf(tree), (of) => !of.includes("has"));
    assert(!wrong, `client ${this.#peers.findIndex((peer) => peer.tree === tree)} was not told rightly: ${wrong}`);
  }

  /** Whether a client is up to date. */
  #compare(who: string, peer: Peer): void {
    const { client, tree, branches } = peer;
    assert(client.state.name === "connected", `${who} is ${client.state.name}`);
    assert(client.isSynced, `${who} has something pending`);
    const expected = factsOf(this.#server.tree(), (scope) => branches.get(scope)?.isOpen ?? false);
    const wrong = difference(factsOf(tree), expected);
    assert(!wrong, `${who} does not equal the server: ${wrong}`);
    this.#look(peer);
  }

  /** Whether somebody who comes now sees the same. */
  async #compareLate(): Promise<void> {
    const late = this.#addPeer(false);
    await this.#settle();
    await this.#openAll(late);
    this.#compare("a late joiner", late);
    late.client.close();
  }

  /** Whether all that was written has been answered. */
  async #checkOutcomes(): Promise<void> {
    const pending = Symbol("pending");
    const now = Promise.resolve(pending);
    for (const outcome of this.#outcomes) {
      const settled = await Promise.race([outcome, now]);
      if (typeof settled === "symbol") throw new Error("a transaction was never answered");
      if (settled.ok) this.#count("outcome ok");
    }
    for (const undo of this.#undos) {
      assert((await Promise.race([undo, now])) !== pending, "an undo was never answered");
    }
  }

  /** Whether there are as many listeners as in the beginning. */
  #checkListeners(): void {
    for (const { tree, shadow } of this.#peers) {
      shadow?.stop();
      this.#count("changes told", shadow?.changes ?? 0);
      // One counts resets.
      assert(tree.listenerCount === 1, "listeners are left at a mirror");
      for (const [name, count] of listenersOf(tree)) assert(count === 0, `listeners are left at ${name} of a mirror`);
    }
    const tree = this.#server.tree();
    assert(tree.listenerCount === 0, "listeners are left at the server's tree");
    const rules = new Map(listenersOf(new Server(this.#options).tree()));
    for (const [name, count] of listenersOf(tree)) {
      assert(count === (rules.get(name) ?? count), `${count - (rules.get(name) ?? 0)} rules more at ${name}`);
    }
  }

  #count(name: string, more = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + more);
  }

  #fail(what: string): void {
    this.#errors.push(what);
  }
}

/** What a transaction throws that is to have no effect. */
class Stop extends Error {}

/** Resolves when all has happened that promises lead to. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 4; round++) await null;
}
