// TestWorld: a server with any number of clients in one process, over a `MemoryNetwork`. Clients and server are the real
// ones; only sockets, time and chance are the test's.

import { Client, type ClientOptions } from "../client/client.ts";
import type { SObject } from "../core/object.ts";
// As programs import it: with what that brings along.
import { Server, type ServerOptions } from "../server/index.ts";
import type { Line } from "./line.ts";
import { MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.ts";
import { seededRandom } from "./seeded-random.ts";
import { ServerProcess } from "./server-process.ts";
import type { TestClock } from "./test-clock.ts";

/** What a server of a world is made with. */
type GivenOptions<Root extends SObject> = ServerOptions<Root> &
  Required<Pick<ServerOptions, "clock" | "defer" | "onError">>;

/** How a world is made: the options of its server, and what is the test's. */
export interface TestWorldOptions<Root extends SObject = SObject>
  extends Omit<ServerOptions<Root>, "clock" | "defer">,
    Pick<MemoryNetworkOptions, "maxSteps"> {
  /**
   * Decides who is next where several messages could arrive, and how long clients wait before they connect again. The same
   * seed, the same course. Default: what was sent first arrives first, and clients wait for as long as they may.
   */
  readonly seed?: number;
  /**
   * Makes the server, and makes it anew at `startServer`. What it is given are the options above, and a clock and a `defer`
   * of the world's; the timers of that clock end with the server. Default: `(options) => new Server(options)`.
   */
  readonly makeServer?: (options: GivenOptions<Root>) => Server<Root>;
}

/** How a client of a world is made. */
export interface TestClientOptions extends Omit<ClientOptions, "dial" | "clock"> {
  /** Of its tree, with the query if there is one. Default: `/`. */
  readonly path?: string;
}

/** So many items. */
type Repeated<Item, Count extends number, Items extends Item[] = []> = number extends Count
  ? Item[]
  : Items["length"] extends Count
    ? Items
    : Repeated<Item, Count, [...Items, Item]>;

/** As long as what was begun may take to end by itself, when everybody has left. */
const LAST_MS = 60_000;

/**
 * A server, its clients, and what is between them.
 *
 * ```ts
 * const world = new TestWorld({ models: [Card] });
 * world.server.root.add(Card);
 * const [anna, ben] = await world.connectMany(2);
 * anna.root.find<Card>("Card").title.set("Hello");
 * await world.settle();
 * assert.equal(ben.root.find<Card>("Card").title.value, "Hello");
 * await world.end();
 * ```
 *
 * Errors in listeners, hooks and rules, on either side, are thrown by the next `settle`, `step`, `advance` or `end`, unless
 * an `onError` of yours is told of them.
 */
export class TestWorld<Root extends SObject = SObject> {
  readonly network: MemoryNetwork;
  /** Numbers from 0 to below 1 that come from the seed, for what the test leaves to chance. */
  readonly random: () => number;
  readonly #makeServer: (options: GivenOptions<Root>) => Server<Root>;
  readonly #serverOptions: ServerOptions<Root>;
  readonly #retryRandom: () => number;
  readonly #clients = new Set<{ close(): void }>();
  readonly #lines = new WeakMap<object, Line>();
  #server: Server<Root>;
  #process: ServerProcess | undefined;

  constructor(options: TestWorldOptions<Root> = {}) {
    const { seed, maxSteps, makeServer = (given) => new Server(given), ...serverOptions } = options;
    this.random = seededRandom(seed ?? 0);
    this.#retryRandom = seed === undefined ? () => 1 : this.random;
    this.network = new MemoryNetwork({
      ...(seed === undefined ? {} : { random: this.random }),
      ...(maxSteps === undefined ? {} : { maxSteps }),
    });
    this.#makeServer = makeServer;
    this.#serverOptions = serverOptions;
    this.#server = this.startServer();
  }

  get clock(): TestClock {
    return this.network.clock;
  }

  /** The server that runs, or that ran last. */
  get server(): Server<Root> {
    return this.#server;
  }

  /** Makes a client that is on its way. */
  addClient<Other extends SObject = Root>({ path = "/", ...options }: TestClientOptions = {}): Client<Other> {
    const line = this.network.addLine();
    const client = new Client<Other>(new URL(path, "ws://memory"), {
      random: this.#retryRandom,
      onError: this.network.onError,
      ...options,
      dial: line.dial,
      clock: this.clock,
    });
    this.#lines.set(client, line);
    this.#clients.add(client);
    client.on("state", ({ name }) => name === "closed" && this.#clients.delete(client));
    return client;
  }

  /** Makes a client and settles. Rejects if it is not connected then. */
  async connect<Other extends SObject = Root>(options?: TestClientOptions): Promise<Client<Other>> {
    const [client] = await this.connectMany<1, Other>(1, options);
    return client;
  }

  /** Makes so many clients, and settles once. */
  async connectMany<Count extends number, Other extends SObject = Root>(
    count: Count,
    options?: TestClientOptions,
  ): Promise<Repeated<Client<Other>, Count>> {
    const clients = Array.from({ length: count }, () => this.addClient<Other>(options));
    await this.settle();
    for (const { state, ready } of clients) {
      if (state.name === "closed") await ready;
      if (state.name === "connected") continue;
      throw new Error(`the client is ${state.name}: \`addClient\` makes one that may connect later`);
    }
    return clients as Repeated<Client<Other>, Count>;
  }

  /** The way of a client to the server: what can be done to its connections. */
  line<Other extends SObject>(client: Client<Other>): Line {
    const line = this.#lines.get(client);
    if (!line) throw new Error("not a client of this world");
    return line;
  }

  /** Has everything happen that can happen now, see `MemoryNetwork.settle`. */
  settle(): Promise<void> {
    return this.network.settle();
  }

  /** Does one of the things that can happen now. Resolves with false where nothing can. */
  step(): Promise<boolean> {
    return this.network.step();
  }

  /** Lets so many milliseconds pass, with all that happens in them: timers run, messages arrive, clients come back. */
  advance(ms: number): Promise<void> {
    return this.network.advance(ms);
  }

  /** Starts another server, after the one before was stopped or killed. Clients find it when they next try. */
  startServer(): Server<Root> {
    if (this.#process) throw new Error("a server is running: stop or kill it before");
    const process = new ServerProcess(this.network);
    const { clock, defer } = process;
    const { onError } = this.network;
    const server = this.#makeServer({ onError, ...this.#serverOptions, clock, defer });
    this.#process = process;
    this.#server = server;
    this.network.host = server;
    return server;
  }

  /** Has the server close as its program would have, and end: its clients are told 1001 when that arrives, its timers are gone. */
  async stopServer(): Promise<void> {
    if (!this.#process) return;
    this.network.host = undefined;
    await this.#server.close();
    this.#process.end();
    this.#process = undefined;
  }

  /**
   * The server's process dies: its connections break at the clients' ends, and nothing of it runs any more, no hook and no
   * timer of its clock. What it had not sent is lost.
   */
  killServer(): void {
    this.network.killHost();
    this.#process?.end();
    this.#process = undefined;
  }

  /**
   * Ends it all: clients close, what is on its way to the server arrives, the server closes. Throws where somebody has left
   * a timer on the clock that is still there a minute after the clients have gone.
   */
  async end(): Promise<void> {
    try {
      for (const client of [...this.#clients]) client.close();
      for (const { toServer } of this.network.links) toServer.isStalled = false;
      await this.advance(LAST_MS);
      for (const link of this.network.links) link.drop();
      await this.settle();
      const { dueInMs } = this.clock;
      if (dueInMs.length === 0) return;
      const times = dueInMs.slice(0, 10).join(", ");
      throw new Error(
        `${dueInMs.length} timers are left on the clock, due in ${times} ms: whoever began them ends them`,
      );
    } finally {
      await this.stopServer();
    }
  }
}
