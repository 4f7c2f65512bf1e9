// Attachments: a server beside an application's own routes, on an HTTP server that is the application's.
//
// Of an HTTP server with attachments one listener hears of all upgrades and gives each to the attachment with the longest
// path that fits. What is not meant for any of them is left to whoever else listens for upgrades, as the live reload of a
// bundler does; only where nobody else does it is refused, as the client would wait for ever. Requests are none of it.

import type { IncomingMessage } from "node:http";
import { Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { describeValue, ObjectSyncError } from "../core/error.ts";
import { SUBPROTOCOL } from "../core/wire.ts";
import { LOOPBACK_NAMES } from "./admission.ts";
import { Gateway, offersProtocol, refuse, type WebHost } from "./gateway.ts";
import { below, requestPath, treePath } from "./tree-path.ts";

/** Where, and for whom, a server is reached on an HTTP server of the application's. */
export interface AttachOptions {
  /** Where the tree at `/` is found; the others are below. Default: `/objectsync`. */
  readonly path?: string;
  /** Names by which the HTTP server is reached, without port. Default: the loopback names. */
  readonly hosts?: readonly string[];
  /** Origins of pages from elsewhere that may connect, as `https://app.example.com`. Default: none. */
  readonly origins?: readonly string[];
}

const DEFAULT_PATH = "/objectsync";

/**
 * Lets clients in at an HTTP server's path. Returns what ends that: it resolves when their connections have ended. Throws
 * `wrong_type`, `invalid_name`, `path_taken`.
 */
export function attach(httpServer: NetServer, host: WebHost, options: AttachOptions): () => Promise<void> {
  if (!(httpServer instanceof NetServer)) {
    throw new ObjectSyncError(
      "wrong_type",
      `expected a server of node:http or node:https, as Express's app.listen() and Fastify's app.server give it, got ${describeValue(httpServer)}`,
    );
  }
  const path = treePath(options.path ?? DEFAULT_PATH);
  const { hosts = LOOPBACK_NAMES, origins = [] } = options;
  const gateway = new Gateway(host, { hosts, origins });
  const upgrades = Upgrades.of(httpServer);
  upgrades.add(path, gateway);
  return () => {
    upgrades.remove(path);
    return gateway.close();
  };
}

/** The upgrades of one HTTP server. It listens while something is attached. */
class Upgrades {
  static readonly #all = new WeakMap<NetServer, Upgrades>();
  readonly #httpServer: NetServer;
  readonly #gateways = new Map<string, Gateway>();

  static of(httpServer: NetServer): Upgrades {
    const known = Upgrades.#all.get(httpServer) ?? new Upgrades(httpServer);
    Upgrades.#all.set(httpServer, known);
    return known;
  }

  private constructor(httpServer: NetServer) {
    this.#httpServer = httpServer;
  }

  add(path: string, gateway: Gateway): void {
    if (this.#gateways.has(path)) {
      throw new ObjectSyncError("path_taken", `an ObjectSync server is attached at ${path} already: give another path`);
    }
    if (this.#gateways.size === 0) this.#httpServer.on("upgrade", this.#upgrade);
    this.#gateways.set(path, gateway);
  }

  remove(path: string): void {
    this.#gateways.delete(path);
    if (this.#gateways.size === 0) this.#httpServer.off("upgrade", this.#upgrade);
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = requestPath(request.url);
    const place = this.#find(path);
    // By the subprotocol too: below an attachment at "/" are all paths, and few of their clients mean it.
    if (place && offersProtocol(request)) return place.gateway.upgrade(request, socket, head, place.path);
    if (this.#httpServer.listenerCount("upgrade") > 1) return;
    socket.on("error", () => socket.destroy());
    if (place) refuse(socket, "400 Bad Request", `the subprotocol is ${SUBPROTOCOL}`);
    else refuse(socket, "404 Not Found", "nothing here");
  };

  /** The attachment with the longest path that a path is below, and what is left of that path. */
  #find(path: string): { readonly gateway: Gateway; readonly path: string } | undefined {
    let found: { readonly gateway: Gateway; readonly path: string } | undefined;
    for (const [mount, gateway] of this.#gateways) {
      const rest = below(mount, path);
      if (rest !== undefined && rest.length <= (found?.path.length ?? Infinity)) found = { gateway, path: rest };
    }
    return found;
  }
}
