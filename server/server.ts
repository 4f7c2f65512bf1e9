// Server: its trees by their paths, their types, their clients.
//
// There is always a tree at `/`; the others are added and removed. Who asks for one that is not there has mistyped its
// path, or is late: nothing is made for that.
//
// All trees share the types, the globals and the limits; each has a publisher, clients and an epoch of its own. Clients
// come over a port of the server's (web-server.ts), over HTTP servers of the application's (attachment.ts), or over
// whatever the program makes a channel of: `accept` is where all of them end up.

import type { Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { AuthorityTree } from "../core/authority.ts";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { ObjectSyncError } from "../core/error.ts";
import type { Globals } from "../core/globals.ts";
import type { HistoryOptions } from "../core/history.ts";
import { type Listener, Listeners } from "../core/listeners.ts";
import { type ObjectClass, SObject, type TypeReference } from "../core/object.ts";
import { type OnError, report } from "../core/report.ts";
import type { Migration } from "../core/saved-tree.ts";
import { assertWritable, isTransacting } from "../core/transaction.ts";
import { TypeRegistry } from "../core/types.ts";
import { CloseCode } from "../core/wire.ts";
import { type AttachOptions, attach } from "./attachment.ts";
import { Connection, type ConnectionHost, type ServerClient } from "./connection.ts";
import type { WebHost } from "./gateway.ts";
import { type Limits, resolveLimits } from "./limits.ts";
import { type Logger, stderrLogger } from "./logger.ts";
import { Publisher } from "./publisher.ts";
import { requestPath, treePath } from "./tree-path.ts";
import { type Listening, type ListenOptions, WebServer } from "./web-server.ts";

/** How a server is made. */
export interface ServerOptions<Root extends SObject = SObject> {
  /**
   * The class of the root of the tree at `/`. Its `build` and `init` run in the constructor. Default: a plain `SObject`.
   */
  readonly root?: ObjectClass<Root>;
  /** Classes to register before the root is made: those that its `build` adds. */
  readonly models?: readonly ObjectClass[];
  /** What all objects find in `tree.globals`: the very object. Default: an empty one, to be filled later. */
  readonly globals?: Globals;
  /**
   * What makes saved data of version 1 that of version 2, and so on: as many as the application has changed what its types
   * are called or hold. Default: none.
   */
  readonly migrations?: readonly Migration[];
  /** What can be undone in the trees. Default: what clients did, and transactions with a label. */
  readonly history?: HistoryOptions;
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

/** How another tree is made. */
export interface TreeOptions<Root extends SObject = SObject> {
  /** The class of the root; registered if it is not yet. Default: a plain `SObject`. */
  readonly root?: ObjectClass<Root>;
}

/** A tree of which the compiler knows the root. */
export type RootedTree<Root extends SObject = SObject> = AuthorityTree & { readonly root: Root };

/** A tree where it is found, with those who are there. */
interface Place {
  readonly host: ConnectionHost;
  readonly connections: Set<Connection>;
}

/** How many paths an error message names. */
const MAX_NAMED_PATHS = 10;

/** What a server tells. Each client is told of exactly once as connected, and once as disconnected. */
export interface ServerEvents {
  /** A client is about to get the state: what is changed now it sees at once. */
  readonly connect: ServerClient;
  /** It has gone, for whatever reason. */
  readonly disconnect: ServerClient;
}

/**
 * Owns a tree, or several, and shows it to whoever connects.
 *
 * ```ts
 * const server = new Server();
 * server.register(Text);
 * server.root.add(Text).text.set("Hello");
 * await server.listen(8765);
 * ```
 */
export class Server<Root extends SObject = SObject> {
  /** What all objects find in `tree.globals`; never sent to anybody. Assign to its fields whenever they are known. */
  readonly globals: Globals;
  readonly #types = new TypeRegistry();
  readonly #places = new Map<string, Place>();
  readonly #shared: Omit<ConnectionHost, "publisher">;
  readonly #defer: (task: () => void) => void;
  readonly #onError: OnError;
  readonly #migrations: readonly Migration[];
  readonly #history: HistoryOptions;
  readonly #webHost: WebHost;
  readonly #clients = new Set<ServerClient>();
  readonly #listeners: Listeners;
  #lastClientId = 0;
  #web: Promise<WebServer> | undefined;
  readonly #detachments = new Set<() => Promise<void>>();
  #isClosed = false;

  constructor(options: ServerOptions<Root> = {}) {
    const { root = SObject, models = [], limits: overrides, clock = systemClock, logger = stderrLogger } = options;
    const onError: OnError = options.onError ?? (({ error, where }) => logger.error({ error }, `an error in ${where}`));
    const limits = resolveLimits(overrides ?? {});
    this.globals = options.globals ?? ({} as Globals);
    this.#defer = options.defer ?? ((task) => void setImmediate(task));
    this.#onError = onError;
    this.#migrations = options.migrations ?? [];
    this.#history = options.history ?? {};
    this.#listeners = new Listeners({ reporting: () => ({ where: "the server", onError }) });
    this.#shared = {
      limits,
      clock,
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
    this.#webHost = {
      limits,
      clock,
      logger,
      sockets: new Set<Duplex>(),
      hasTree: (path) => this.#places.has(path),
      accept: (channel, path) => this.#accept(channel, path),
    };
    for (const objectClass of new Set([SObject, root, ...models])) this.#types.register(objectClass);
    this.#makeTree("/", root);
  }

  /** The root of the tree at `/`. */
  get root(): Root {
    return this.tree().root;
  }

  /**
   * The tree at a path, by default `/`. Throws `not_found` if none was added there, and `invalid_name` for what is no path:
   * one begins with a slash.
   */
  tree(): RootedTree<Root>;
  tree<Other extends SObject = SObject>(path: string): RootedTree<Other>;
  tree(path = "/"): AuthorityTree {
    return this.#find(path)[1].host.publisher.tree;
  }

  /** The trees that there are now, by their paths as requests have them: encoded, without a slash at the end. */
  get trees(): ReadonlyMap<string, AuthorityTree> {
    return new Map(Array.from(this.#places, ([path, { host }]) => [path, host.publisher.tree]));
  }

  /**
   * Makes another tree. Clients find it at that path below the server's, as `ws://…/model`, or `ws://…/objectsync/model` where it is attached. What the `build` and `init`
   * of its root throw comes out here; nothing is there then. Throws `path_taken` where there is a tree already,
   * `invalid_name` for what is no path, `in_transaction`.
   */
  addTree<Other extends SObject = SObject>(path: string, options: TreeOptions<Other> = {}): RootedTree<Other> {
    this.#assertOpen();
    const place = treePath(path);
    if (this.#places.has(place)) {
      throw new ObjectSyncError("path_taken", `there is a tree at ${place} already: \`server.tree("${place}")\` is it`);
    }
    return this.#makeTree(place, options.root ?? SObject) as RootedTree<Other>;
  }

  /**
   * Ends a tree and frees its path. Its clients get what was committed, then are closed with 4404 and do not come back by
   * themselves; then all its objects are destroyed, the root too. Throws `not_found`, `in_transaction`, and `invalid_name`
   * for `/`, which stays.
   */
  removeTree(path: string): void {
    assertOutside("removed");
    const [place, { host, connections }] = this.#find(path);
    if (place === "/") throw new ObjectSyncError("invalid_name", "the tree at / is there as long as the server is");
    // First, so that hooks and listeners, which all that follows may call, find the path free.
    this.#places.delete(place);
    const { publisher } = host;
    publisher.flush({ withLatest: true });
    for (const connection of connections) connection.end(CloseCode.notFound, "the tree at this path was removed");
    publisher.tree.end();
  }

  /** Those connected, to whichever tree, in the order in which they came. */
  get clients(): readonly ServerClient[] {
    return [...this.#clients];
  }

  /**
   * Makes classes known, to all trees: only of these objects can be added. A type's name is its class's, unless another is given.
   * Throws `duplicate_type`, `invalid_name`, `wrong_type`.
   */
  register(objectClass: ObjectClass, options: { readonly name: string }): void;
  register(...objectClasses: ObjectClass[]): void;
  register(...args: ObjectClass[] | [ObjectClass, { readonly name: string }]): void {
    const [objectClass, options] = args;
    if (objectClass && options && !isClass(options)) this.#types.register(objectClass, options.name);
    else for (const each of args) this.#types.register(each as ObjectClass);
  }

  /**
   * Forgets a type, so that another class can have its name. Throws `unknown_type`, and `type_in_use` while there is an
   * object of it in a tree.
   */
  unregister(type: TypeReference): void {
    const { name } = this.#types.get(type).shape;
    for (const tree of this.trees.values()) {
      for (const object of tree.objects()) {
        if (object.type !== name) continue;
        throw new ObjectSyncError(
          "type_in_use",
          `${name} ${object.id} is there: destroy all objects of the type before`,
        );
      }
    }
    this.#types.unregister(type);
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
   * Serves the trees, and for each a page that shows it, at a port; 0 takes any free one. By default only this machine can connect.
   * Rejects with `port_taken`; if `client` is given, with `build_failed` if that file does not build and with
   * `missing_dependency` if esbuild is not installed.
   */
  async listen(port: number, options: ListenOptions = {}): Promise<Listening> {
    this.#assertOpen();
    if (this.#web) throw new ObjectSyncError("already_listening");
    const web = WebServer.listen(this.#webHost, port, options);
    this.#web = web;
    try {
      return (await web).listening;
    } catch (error) {
      this.#web = undefined;
      throw error;
    }
  }

  /**
   * Serves the trees beside an application's own routes: clients connect to `path` of its HTTP server, by default
   * `/objectsync`, and to what is below it for the other trees. It takes WebSockets only; pages and their script are the
   * application's. Returns what ends that, with the connections made there. The HTTP server stays the application's:
   * `close` does not close it. Throws `wrong_type`, `invalid_name`, `path_taken`, `closed`.
   */
  attach(httpServer: NetServer, options: AttachOptions = {}): () => Promise<void> {
    this.#assertOpen();
    const end = attach(httpServer, this.#webHost, options);
    let ended: Promise<void> | undefined;
    const detach = (): Promise<void> => {
      if (ended) return ended;
      this.flush();
      this.#detachments.delete(detach);
      ended = end();
      return ended;
    };
    this.#detachments.add(detach);
    return detach;
  }

  /**
   * Takes a connection over a transport of one's own, to the tree at `path`, written as in a URL. Returns who is to be
   * told what arrives on it. Where there is no such tree the channel is closed with 4404.
   */
  accept(channel: Channel, path = "/"): ChannelEvents {
    return this.#accept(channel, requestPath(path));
  }

  #accept(channel: Channel, path: string): ChannelEvents {
    const place = this.#places.get(path);
    if (!place) {
      channel.close(CloseCode.notFound, "there is no tree at this path");
      return { message: () => {}, close: () => {} };
    }
    const connection = new Connection(place.host, channel);
    place.connections.add(connection);
    if (this.#isClosed) connection.end(CloseCode.away, "the server has ended");
    return {
      message: (bytes) => connection.message(bytes),
      close: () => {
        place.connections.delete(connection);
        connection.close();
      },
    };
  }

  /** Sends what was committed, now instead of at the end of the turn; the values of `latest` topics too. */
  flush(): void {
    for (const { host } of this.#places.values()) host.publisher.flush({ withLatest: true });
  }

  /** Ends all connections, stops listening, and leaves the HTTP servers that it is attached to. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.flush();
    for (const { connections } of this.#places.values()) {
      for (const connection of connections) connection.end(CloseCode.away, "the server has ended");
      connections.clear();
    }
    const detached = [...this.#detachments].map((detach) => detach());
    const web = await this.#web?.catch(() => undefined);
    this.#web = undefined;
    await Promise.all([web?.close(), ...detached]);
  }

  /** The tree at a path, with the path as it is kept. Throws `not_found`, `invalid_name`. */
  #find(path: string): readonly [string, Place] {
    const key = this.#places.has(path) ? path : treePath(path);
    const place = this.#places.get(key);
    if (place) return [key, place];
    const paths = [...this.#places.keys()];
    const rest = paths.length - MAX_NAMED_PATHS;
    const named = paths.slice(0, MAX_NAMED_PATHS).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
    throw new ObjectSyncError(
      "not_found",
      `there is no tree at ${key}, only at ${named}: \`server.addTree("${key}")\` makes one`,
    );
  }

  #makeTree<Other extends SObject>(path: string, root: ObjectClass<Other>): AuthorityTree {
    assertOutside("made");
    if (!this.#types.has(root)) this.#types.register(root);
    const tree = new AuthorityTree(this.#types, root, {
      onError: this.#onError,
      globals: this.globals,
      migrations: this.#migrations,
      history: { clock: this.#shared.clock, ...this.#history },
    });
    const { limits, clock } = this.#shared;
    const publisher = new Publisher(tree, limits, clock, this.#defer);
    this.#places.set(path, { host: { ...this.#shared, publisher }, connections: new Set() });
    return tree;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new ObjectSyncError("closed", "the server was closed");
  }
}

/** Throws `observer_write`, `in_transaction`: a tree that comes or goes cannot be taken back. */
function assertOutside(what: string): void {
  assertWritable();
  if (!isTransacting()) return;
  throw new ObjectSyncError("in_transaction", `a tree cannot be ${what} in a transaction: do it before or after`);
}

function isClass(value: unknown): value is ObjectClass {
  return typeof value === "function";
}
