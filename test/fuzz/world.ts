// The world of the fuzz: a server and four clients over a network in memory, to which actions happen.
//
// After each message that is delivered, and after each action, each mirror has to show what is confirmed with what is
// pending on top, and what its listeners have been told has to be what is there. The first thing that is not as it must
// be is thrown.

import type { Outcome } from "../../client/pending.ts";
import { ObjectSyncError } from "../../core/error.ts";
import { objectInternals } from "../../core/object-internals.ts";
import { transact } from "../../core/transaction.ts";
import type { Tree } from "../../core/tree.ts";
import { Server, type ServerOptions } from "../../server/index.ts";
import { type Direction, type Link, MemoryNetwork, seededRandom } from "../../testing/index.ts";
import { type Pick, pickFrom, pickOf } from "../everything.ts";
import type { Action } from "./actions.ts";
import { assert, assertSound, listenersOf } from "./checks.ts";
import { edit } from "./edits.ts";
import { difference, factsOf } from "./facts.ts";
import { Bug, Kit, MODELS, Root, Shelf, Thing } from "./models.ts";
import { Peer, type PeerHost } from "./peer.ts";
import { editAsServer } from "./server-edits.ts";

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
  /** Whether messages take their time, arrive in any order across connections, and connections cannot always be made. */
  readonly isRough: boolean;
  readonly actions: readonly Action[];
}

/** How often what happened. */
export type Counts = Map<string, number>;

/** How long a message takes at the most, in milliseconds, where the network is rough. */
const MAX_DELAY_MS = 300;

/** So many milliseconds pass at once while messages arrive. */
const SLICE_MS = 25;

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
  { seed, isRough, actions }: Scenario,
  { counts = new Map(), note = () => {}, lookEvery = 20 }: Watch = {},
): Promise<void> {
  const world = new World(seed, isRough, counts, note);
  await world.begin();
  for (const [index, action] of actions.entries()) await world.act(action, index % lookEvery === 0);
  await world.end();
}

class World {
  readonly #network = new MemoryNetwork();
  readonly #options: ServerOptions<Root>;
  readonly #counts: Counts;
  readonly #note: (line: string) => void;
  readonly #host: PeerHost;
  readonly #peers: Peer[] = [];
  readonly #errors: string[] = [];
  readonly #outcomes: Promise<Outcome>[] = [];
  readonly #undos: Promise<void>[] = [];
  /** Connections of which only one end knows that they are broken. */
  readonly #halves = new Set<Link>();
  /** Whether there are branches in branches, which all have open from the beginning. */
  readonly #isDeep: boolean;
  readonly #isRough: boolean;
  /** The attributes that this world is mostly about. */
  readonly #focus: readonly string[];
  #server: Server<Root>;

  constructor(seed: number, isRough: boolean, counts: Counts, note: (line: string) => void) {
    this.#isRough = isRough;
    this.#counts = counts;
    this.#note = note;
    this.#host = {
      network: this.#network,
      count: (name, more) => this.#count(name, more),
      fail: (what) => this.#fail(what),
      note,
    };
    const pick = pickFrom(seed);
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
    for (let index = 0; index < CLIENTS; index++) {
      this.#peers.push(
        new Peer(this.#host, {
          name: `client ${index}`,
          isHeard: index !== UNHEARD,
          isWriter: index !== PASSIVE,
          random: this.#isRough ? seededRandom(index) : () => 1,
        }),
      );
    }
    await this.#settle();
    for (const peer of this.#peers) {
      assert(peer.client.state.name === "connected", "a client is not connected");
      if (this.#isDeep) await peer.openAll(() => this.#settle());
    }
  }

  async act(action: Action, isLookedAt: boolean): Promise<void> {
    const { name, client: index, salt } = action;
    this.#count(name);
    const peer = this.#peers[index] as Peer;
    this.#note(`${name}, client ${index}`);
    await this.#do(action, peer, pickFrom(salt));
    await quiet();
    this.#check();
    if (isLookedAt) for (const each of this.#peers) each.look();
  }

  /** All becomes quiet: then all has to be the same everywhere, and nothing is left of all that was. */
  async end(): Promise<void> {
    for (const { client } of this.#peers) client.clearPretended();
    for (const link of this.#halves) link.drop();
    for (const { line } of this.#peers) {
      line.mend();
      Object.assign(line.delayMs, { toServer: 0, toClient: 0 });
      if (line.link.isOpen) line.toClient.isStalled = false;
    }
    // What is on its way arrives in time, before it seems that somebody is gone.
    if (this.#isRough) await this.#advance(2 * MAX_DELAY_MS, () => 0);
    // Long enough for whoever is offline, and for those who are behind.
    for (let round = 0; round < 6; round++) {
      await this.#settle();
      this.#network.clock.advance(10_000);
    }
    await this.#settle();
    for (const peer of this.#peers) peer.compare(this.#server.tree());
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
        if (peer.canWrite) this.#editAll(peer.tree, parts);
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
        if (!peer.canWrite) break;
        // What is pretended lies on top, and gives way to what is put below it for a while.
        const before = peer.shadow && !peer.isPretending ? factsOf(peer.tree) : undefined;
        this.#throwInside(() => client.transact(() => this.#editAndThrow(peer.tree, parts)));
        const wrong = before && difference(factsOf(peer.tree), before);
        assert(!wrong, `what threw has left something: ${wrong}`);
        break;
      }
      case "undo":
      case "redo":
        if (peer.canWrite) this.#undos.push(peer.undo(name, pick));
        break;
      case "pretend":
        if (peer.canWrite) client.pretend(() => this.#editAll(peer.tree, parts));
        peer.isPretending = true;
        break;
      case "clearPretended":
        client.clearPretended();
        peer.isPretending = false;
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
        await (this.#isRough ? this.#settleByChance(pick) : this.#settle());
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
        peer.openBranch(pick);
        break;
      case "closeBranch":
        peer.closeBranch(pick);
        break;
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
      case "delay":
        Object.assign(line.delayMs, { toServer: pick(MAX_DELAY_MS), toClient: pick(MAX_DELAY_MS) });
        break;
      case "cut":
        line.cut();
        break;
      case "mend":
        line.mend();
        break;
      case "advance":
        await this.#advance(pick(1_000), pick);
        break;
    }
  }

  /** `transact` of a client. */
  #transact(peer: Peer, fn: () => void, options?: { readonly optimistic: boolean }): void {
    if (peer.canWrite) this.#outcomes.push(peer.client.transact(fn, options));
  }

  /** Makes edits. What cannot be done at this moment is not. */
  #editAll(tree: Tree, parts: readonly number[]): void {
    for (const part of parts) {
      const objects = [...tree.objects()].sort((a, b) => a.id - b.id);
      const tools = { pick: pickFrom(part), objects, focus: this.#focus, mark: part };
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
      const pick = pickFrom(part ^ 0x5bd1e995);
      if (pick(4) > 0) this.#editAll(this.#server.tree(), [part]);
      else this.#attempt(() => editAsServer(this.#server.tree(), pick, this.#noteEdit));
    }
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

  /** Lets time pass, with what arrives in it. */
  async #advance(ms: number, pick: Pick): Promise<void> {
    for (let passed = 0; passed < ms; passed += SLICE_MS) {
      this.#network.clock.advance(SLICE_MS);
      await quiet();
      await this.#settleByChance(pick);
    }
  }

  /** Has all happen that can happen now, in any order. */
  async #settleByChance(pick: Pick): Promise<void> {
    for (let isBusy = true; isBusy; await quiet()) {
      const { busy } = this.#network;
      const direction = busy[pick(busy.length + 1)];
      if (direction) await this.#deliver(direction);
      else isBusy = this.#network.endTurn() || busy.length > 0;
    }
    this.#check();
  }

  /** What has to be so at any time. */
  #check(): void {
    const [error] = this.#errors;
    if (error !== undefined) throw new Error(error);
    for (const peer of this.#peers) peer.check();
    assertSound(this.#server.tree(), "the server");
  }

  /** Whether somebody who comes now sees the same. */
  async #compareLate(): Promise<void> {
    const late = new Peer(this.#host, { name: "a late joiner", isHeard: false, isWriter: false, random: () => 1 });
    await this.#settle();
    await late.openAll(() => this.#settle());
    late.compare(this.#server.tree());
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
    for (const peer of this.#peers) peer.checkListeners();
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
