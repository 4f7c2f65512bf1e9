// The HTTP server of a standalone ObjectSync server: a page for each tree, their script, and the sockets.

import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ObjectSyncError } from "../core/error.ts";
import { type AdmissionRules, LOOPBACK_NAMES, refusal } from "./admission.ts";
import { type ClientScript, clientScript } from "./client-script.ts";
import { Gateway, type WebHost } from "./gateway.ts";
import { page, SCRIPT_PATH, SECURITY_HEADERS } from "./page.ts";
import { requestPath } from "./tree-path.ts";

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
  /** The title of the pages. Default: `ObjectSync`. */
  readonly title?: string;
}

/** Where a server listens. */
export interface Listening {
  readonly port: number;
  /** The address of the page of the tree at `/`, without a slash at its end. */
  readonly url: string;
}

/** Connections beyond those of clients: for pages, and for those that have to be refused. */
const SPARE_CONNECTIONS = 1000;

const LOOPBACK_ADDRESS = "127.0.0.1";

/** See the head of this file. */
export class WebServer {
  readonly #host: WebHost;
  readonly #rules: AdmissionRules;
  readonly #http: HttpServer;
  readonly #gateway: Gateway;
  readonly #script: ClientScript;
  readonly #title: string;

  private constructor(host: WebHost, script: ClientScript, options: ListenOptions) {
    const { host: address = LOOPBACK_ADDRESS } = options;
    this.#host = host;
    this.#script = script;
    this.#title = options.title ?? "ObjectSync";
    this.#rules = { hosts: options.hosts ?? [...LOOPBACK_NAMES, inUrl(address)], origins: options.origins ?? [] };
    this.#gateway = new Gateway(host, this.#rules);
    // Short, and few on one connection: whoever is slow or greedy holds little for long.
    const patience = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };
    this.#http = createServer(patience, (request, response) => this.#serve(request, response));
    this.#http.maxRequestsPerSocket = 100;
    this.#http.maxConnections = host.limits.maxClients + SPARE_CONNECTIONS;
    this.#http.on("upgrade", (request, socket, head) => {
      this.#gateway.upgrade(request, socket, head, requestPath(request.url));
    });
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

  /** Ends the connections and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await Promise.all([closed, this.#gateway.close(), this.#script.close()]);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const reason = refusal(request.headers, this.#rules, "http");
    if (reason !== undefined) return answer(response, 403, "text/plain", reason);
    if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, "text/plain", "GET only");
    const path = requestPath(request.url);
    if (path === SCRIPT_PATH) return this.#serveScript(response);
    if (!this.#host.hasTree(path)) return answer(response, 404, "text/plain", "nothing here");
    answer(response, 200, "text/html", page(this.#title, request.url?.split("?", 1)[0] as string));
  }

  #serveScript(response: ServerResponse): void {
    this.#script.text().then(
      (text) => answer(response, 200, "text/javascript", text),
      (error: Error) => {
        this.#host.logger.error({ error }, "there is no script for the page");
        answer(response, 500, "text/plain", error.message);
      },
    );
  }
}

function portTaken(port: number, cause: unknown): ObjectSyncError {
  return new ObjectSyncError("port_taken", `port ${port} is taken: give another, or 0 for any free one`, { cause });
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  const headers = { ...SECURITY_HEADERS, "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-cache" };
  response.writeHead(status, headers).end(body);
}

/** A host as URLs and Host headers have it: a colon would begin the port. */
function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.");
}
