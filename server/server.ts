// Server: a tree, its types, its clients.

import { AuthorityTree } from "../core/authority.ts";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { ObjectSyncError } from "../core/error.ts";
import { type Listener, Listeners } from "../core/listeners.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { type OnError, report } from "../core/report.ts";
import type { Tree } from "../core/tree.ts";
import { TypeRegistry } from "../core/types.ts";
import { CloseCode } from "../core/wire.ts";
import { Connection, type ConnectionHost, type ServerClient } from "./connection.ts";
import { type Limits, resolveLimits } from "./limits.ts";
import { type Logger, stderrLogger } from "./logger.ts";
import { Publisher } from "./publisher.ts";
import { type Listening, type ListenOptions, WebServer } from "./web-server.ts";

/** How a server is made. */
export interface ServerOptions<Root extends SObject = SObject> {
  /** The class of the root. Its `build` and `init` run in the constructor. Default: a plain `SObject`. */
  readonly root?: ObjectClass<Root>;
  /** Classes to register before the root is made: those that its `build` adds. */
  readonly models?: readonly ObjectClass[];
  /** Limits other than the defaults. */
  readonly limits?: Partial<Limits>;
  /** Default: warnings and errors go to the standard error stream. */
  readonly logger?: Logger;
  /** Is told of errors in the application's listeners, hooks and rules. Default: they are logged. */
  readonly onError?: OnError;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Runs a task at the end of the present turn of the event loop. Default: `setImmediate`. */
  readonly defer?: (task: () => void) => void;
}

/** What a server tells. Each client is told of exactly once as connected, and once as disconnected. */
export interface ServerEvents {
  /** A client is about to get the state: what is changed now it sees at once. */
  readonly connect: ServerClient;
  /** It has gone, for whatever reason. */
  readonly disconnect: ServerClient;
}

/**
 * Owns a tree and shows it to whoever connects.
 *
 * ```ts
 * const server = new Server();
 * server.register(Text);
 * server.root.add(Text).text.set("Hello");
 * await server.listen(8765);
 * ```
 */
export class Server<Root extends SObject = SObject> {
  readonly tree: Tree;
  readonly #types = new TypeRegistry();
  readonly #publisher: Publisher;
  readonly #host: ConnectionHost;
  readonly #logger: Logger;
  readonly #connections = new Set<Connection>();
  readonly #clients = new Set<ServerClient>();
  readonly #listeners: Listeners;
  #lastClientId = 0;
  #web: Promise<WebServer> | undefined;
  #isClosed = false;

  constructor(options: ServerOptions<Root> = {}) {
    const { root = SObject, models = [], limits: overrides, clock = systemClock, logger = stderrLogger } = options;
    const onError: OnError = options.onError ?? (({ error, where }) => logger.error({ error }, `an error in ${where}`));
    const limits = resolveLimits(overrides ?? {});
    this.#logger = logger;
    this.#listeners = new Listeners({ reporting: () => ({ where: "the server", onError }) });
    for (const objectClass of new Set([SObject, root, ...models])) this.#types.register(objectClass);
    const tree = new AuthorityTree(this.#types, root, onError);
    this.tree = tree;
    const defer = options.defer ?? ((task) => void setImmediate(task));
    this.#publisher = new Publisher(tree, limits, clock, defer);
    this.#host = {
      publisher: this.#publisher,
      limits,
      clock,
      epoch: crypto.randomUUID(),
      nextClientId: () => ++this.#lastClientId,
      connected: (client) => {
        this.#clients.add(client);
        this.#listeners.emit("connect", client);
      },
      disconnected: (client) => {
        this.#clients.delete(client);
        this.#listeners.emit("disconnect", client);
      },
      failed: (error, where) => report(onError, error, where),
    };
  }

  /** The root of the tree. */
  get root(): Root {
    return this.tree.root as Root;
  }

  /** Those connected, in the order in which they came. */
  get clients(): readonly ServerClient[] {
    return [...this.#clients];
  }

  /**
   * Makes classes known: only of these objects can be added. A type's name is its class's, unless another is given.
   * Throws `duplicate_type`, `invalid_name`, `wrong_type`.
   */
  register(objectClass: ObjectClass, options: { readonly name: string }): void;
  register(...objectClasses: ObjectClass[]): void;
  register(...args: ObjectClass[] | [ObjectClass, { readonly name: string }]): void {
    const [objectClass, options] = args;
    if (objectClass && options && !isClass(options)) this.#types.register(objectClass, options.name);
    else for (const each of args) this.#types.register(each as ObjectClass);
  }

  /** The names of all registered types. */
  get types(): readonly string[] {
    return this.#types.names;
  }

  /** Calls `listener` when a client comes or goes. Returns what removes it. */
  on<Name extends keyof ServerEvents>(event: Name, listener: Listener<ServerEvents[Name]>): () => void {
    return this.#listeners.on(event, listener);
  }

  /**
   * Serves the tree, and a page that shows it, at a port; 0 takes any free one. By default only this machine can connect.
   * Rejects with `port_taken`; if `client` is given, with `build_failed` if that file does not build and with
   * `missing_dependency` if esbuild is not installed.
   */
  async listen(port: number, options: ListenOptions = {}): Promise<Listening> {
    if (this.#isClosed) throw new ObjectSyncError("closed", "the server was closed");
    if (this.#web) throw new ObjectSyncError("already_listening");
    const { limits, clock } = this.#host;
    const web = WebServer.listen(
      {
        limits,
        clock,
        logger: this.#logger,
        accept: (channel) => this.accept(channel),
      },
      port,
      options,
    );
    this.#web = web;
    try {
      return (await web).listening;
    } catch (error) {
      this.#web = undefined;
      throw error;
    }
  }

  /** Takes a connection over a transport of one's own. Returns who is to be told what arrives on it. */
  accept(channel: Channel): ChannelEvents {
    const connection = new Connection(this.#host, channel);
    this.#connections.add(connection);
    if (this.#isClosed) connection.end(CloseCode.away, "the server has ended");
    return {
      message: (bytes) => connection.message(bytes),
      close: () => {
        this.#connections.delete(connection);
        connection.close();
      },
    };
  }

  /** Sends what was committed, now instead of at the end of the turn. */
  flush(): void {
    this.#publisher.flush();
  }

  /** Ends all connections and stops listening. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.flush();
    for (const connection of this.#connections) connection.end(CloseCode.away, "the server has ended");
    this.#connections.clear();
    const web = await this.#web?.catch(() => undefined);
    this.#web = undefined;
    await web?.close();
  }
}

function isClass(value: unknown): value is ObjectClass {
  return typeof value === "function";
}
