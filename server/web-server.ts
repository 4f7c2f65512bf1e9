// The HTTP server of a standalone ObjectSync server: a page, its script, and the sockets.

import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { ObjectSyncError } from "../core/error.ts";
import { CloseCode, SUBPROTOCOL } from "../core/wire.ts";
import { type AdmissionRules, LOOPBACK_NAMES, refusal } from "./admission.ts";
import { type ClientScript, clientScript } from "./client-script.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { page, SCRIPT_PATH, SECURITY_HEADERS } from "./page.ts";
import { bindWebSocket } from "./websocket-channel.ts";

/** How a standalone server listens. */
export interface ListenOptions {
  /** The address to bind. Default: the loopback address, which other machines cannot reach. */
  readonly host?: string;
  /** Names by which the server is reached, without port. Default: the loopback names and `host`. */
  readonly hosts?: readonly string[];
  /** Origins of pages from elsewhere that may connect, as `https://app.example.com`. Default: none. */
  readonly origins?: readonly string[];
  /**
   * A source file to bundle as the page's script, instead of the client that comes with the package: a path from the
   * working directory, or a `file:` URL.
   */
  readonly client?: string | URL;
  /** The title of the page. Default: `ObjectSync`. */
  readonly title?: string;
}

/** Where a server listens. */
export interface Listening {
  readonly port: number;
  /** The page's address, without a slash at its end. */
  readonly url: string;
}

/** What the web server needs of the server. */
export interface WebHost {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  accept(channel: Channel): ChannelEvents;
}

/** Connections beyond those of clients: for pages, and for those that have to be refused. */
const SPARE_CONNECTIONS = 1000;

const LOOPBACK_ADDRESS = "127.0.0.1";

/** How long `close` waits for clients to answer that they have closed, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;

/** See the head of this file. */
export class WebServer {
  readonly #host: WebHost;
  readonly #rules: AdmissionRules;
  readonly #http: HttpServer;
  readonly #sockets: WebSocketServer;
  /** What WebSockets run on: the HTTP server does not close these. */
  readonly #upgraded = new Set<Duplex>();
  readonly #script: ClientScript;
  readonly #page: string;

  private constructor(host: WebHost, script: ClientScript, options: ListenOptions) {
    const { host: address = LOOPBACK_ADDRESS } = options;
    this.#host = host;
    this.#script = script;
    this.#page = page(options.title ?? "ObjectSync");
    this.#rules = { hosts: options.hosts ?? [...LOOPBACK_NAMES, inUrl(address)], origins: options.origins ?? [] };
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: host.limits.maxMessageBytes,
      // What a client sends on after it was told to go is read for no longer. (The types do not know it yet.)
      ...({ closeTimeout: 1000 } as object),
      handleProtocols: chooseProtocol,
    });
    // Short, and few on one connection: whoever is slow or greedy holds little for long.
    const patience = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };
    this.#http = createServer(patience, (request, response) => this.#serve(request, response));
    this.#http.maxRequestsPerSocket = 100;
    this.#http.maxConnections = host.limits.maxClients + SPARE_CONNECTIONS;
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens. `port` 0 takes any free one. Rejects with `port_taken`, `build_failed`, `missing_dependency`. */
  static async listen(host: WebHost, port: number, options: ListenOptions): Promise<WebServer> {
    const { host: address = LOOPBACK_ADDRESS } = options;
    const server = new WebServer(host, await clientScript(options.client, host.logger), options);
    try {
      await new Promise<void>((resolve, reject) => {
        server.#http.once("error", reject);
        server.#http.listen(port, address, resolve);
      });
    } catch (error) {
      await server.#script.close();
      throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? portTaken(port, error) : error;
    }
    if (!isLoopback(address)) {
      host.logger.warn(
        { host: address },
        "this server is open to other machines and lets everybody in who asks for it by a name listed in `hosts`",
      );
    }
    return server;
  }

  get listening(): Listening {
    const { port, address } = this.#http.address() as AddressInfo;
    const name = isLoopback(address) || address === "0.0.0.0" || address === "::" ? "localhost" : address;
    return { port, url: `http://${inUrl(name)}:${port}` };
  }

  /** Stops listening. Connections must have been ended before; what does not answer is cut off after a while. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    const cancel = this.#host.clock.after(CLOSE_GRACE_MS, () => {
      for (const socket of this.#upgraded) socket.destroy();
    });
    await Promise.all([closed, this.#script.close()]);
    cancel();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const reason = refusal(request.headers, this.#rules);
    if (reason !== undefined) return answer(response, 403, "text/plain", reason);
    if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, "text/plain", "GET only");
    switch (request.url?.split("?", 1)[0]) {
      case "/":
        return answer(response, 200, "text/html", this.#page);
      case SCRIPT_PATH:
        this.#script.text().then(
          (text) => answer(response, 200, "text/javascript", text),
          (error: Error) => {
            this.#host.logger.error({ error }, "there is no script for the page");
            answer(response, 500, "text/plain", error.message);
          },
        );
        return;
      default:
        return answer(response, 404, "text/plain", "nothing here");
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until the WebSocket has it, nobody else listens: an error here must not become an uncaught one.
    socket.on("error", () => socket.destroy());
    const { limits } = this.#host;
    const reason = refusal(request.headers, this.#rules);
    if (reason !== undefined) return refuse(socket, "403 Forbidden", reason);
    if (this.#upgraded.size >= limits.maxClients) return refuse(socket, "503 Service Unavailable", "too many clients");
    if (!offersProtocol(request)) return refuse(socket, "400 Bad Request", `the subprotocol is ${SUBPROTOCOL}`);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // What went wrong is in the code of the close that follows.
      webSocket.on("error", () => {});
      this.#upgraded.add(socket);
      socket.once("close", () => this.#upgraded.delete(socket));
      // A browser tells its page nothing of a refused upgrade, so these two are told by a close code.
      if (webSocket.protocol !== SUBPROTOCOL) {
        return webSocket.close(CloseCode.wrongProtocol, `this server speaks ${SUBPROTOCOL}`);
      }
      if (request.url?.split("?", 1)[0] !== "/") {
        return webSocket.close(CloseCode.notFound, "there is no tree at this path");
      }
      const { clock, limits } = this.#host;
      bindWebSocket(webSocket, socket, (channel) => this.#host.accept(channel), {
        clock,
        pingIntervalMs: limits.pingIntervalMs,
      });
    });
  }
}

/** Ours if offered; else one of another version, which is then told what this server speaks. */
function chooseProtocol(offered: Set<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL;
  return [...offered].find((protocol) => protocol.startsWith("objectsync.")) ?? false;
}

function offersProtocol(request: IncomingMessage): boolean {
  return /(^|,)\s*objectsync\./.test(String(request.headers["sec-websocket-protocol"] ?? ""));
}

function portTaken(port: number, cause: unknown): ObjectSyncError {
  return new ObjectSyncError("port_taken", `port ${port} is taken: give another, or 0 for any free one`, { cause });
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  const headers = { ...SECURITY_HEADERS, "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-cache" };
  response.writeHead(status, headers).end(body);
}

function refuse(socket: Duplex, status: string, reason: string): void {
  const body = `${reason}\n`;
  const headers = `Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}`;
  // Not left half open: nobody would ever close it.
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy());
}

/** A host as URLs and Host headers have it: a colon would begin the port. */
function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.");
}
