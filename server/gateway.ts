// Gateway: lets WebSockets in at one place where a server is reached, and knows those that it let in.
//
// Who may not come is answered in HTTP. A browser tells its page nothing of that: so a version of the protocol that is not
// spoken here, and a path without a tree, are told by a close code, once the WebSocket stands.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { CloseCode, JSON_SUBPROTOCOL, SUBPROTOCOL } from "../core/wire.ts";
import { type AdmissionRules, refusal } from "./admission.ts";
import { overJson } from "./json-channel.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { bindWebSocket } from "./websocket-channel.ts";

/** What the places where a server is reached need of it. */
export interface WebHost {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the server's WebSockets run on, those of all its gateways. */
  readonly sockets: Set<Duplex>;
  hasTree(path: string): boolean;
  /** Closes the channel with `notFound` if there is no tree at the path. */
  accept(channel: Channel, path: string): ChannelEvents;
}

/** How long `close` waits for clients to answer that they have closed, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;

/** See the head of this file. */
export class Gateway {
  readonly #host: WebHost;
  readonly #rules: AdmissionRules;
  readonly #server: WebSocketServer;
  readonly #open = new Map<WebSocket, Duplex>();

  constructor(host: WebHost, rules: AdmissionRules) {
    this.#host = host;
    this.#rules = rules;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: host.limits.maxMessageBytes,
      // What a client sends on after it was told to go is read for no longer. (The types do not know it yet.)
      ...({ closeTimeout: 1000 } as object),
      handleProtocols: chooseProtocol,
    });
  }

  /** Takes a request for a WebSocket to the tree at `path`, or answers why not. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void {
    // Until the WebSocket has it, nobody else listens: an error here must not become an uncaught one.
    socket.on("error", () => socket.destroy());
    const { limits, sockets } = this.#host;
    const isEncrypted = (request.socket as Partial<TLSSocket>).encrypted === true;
    const reason = refusal(request.headers, this.#rules, isEncrypted ? "https" : "http");
    if (reason !== undefined) return refuse(socket, "403 Forbidden", reason);
    if (sockets.size >= limits.maxClients) return refuse(socket, "503 Service Unavailable", "too many clients");
    if (!offersProtocol(request)) return refuse(socket, "400 Bad Request", `the subprotocol is ${SUBPROTOCOL}`);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      // What went wrong is in the code of the close that follows.
      webSocket.on("error", () => {});
      this.#open.set(webSocket, socket);
      sockets.add(socket);
      socket.once("close", () => {
        this.#open.delete(webSocket);
        sockets.delete(socket);
      });
      this.#bind(webSocket, socket, path);
    });
  }

  /** Ends the connections that came through here. Who does not answer is cut off after a while. */
  async close(): Promise<void> {
    const closed = [...this.#open].map(([webSocket, socket]) => {
      webSocket.close(CloseCode.away, "the server has ended");
      return new Promise((resolve) => socket.once("close", resolve));
    });
    const cancel = this.#host.clock.after(CLOSE_GRACE_MS, () => {
      for (const socket of this.#open.values()) socket.destroy();
    });
    await Promise.all(closed);
    cancel();
  }

  #bind(webSocket: WebSocket, socket: Duplex, path: string): void {
    const { protocol } = webSocket;
    const isText = protocol === JSON_SUBPROTOCOL;
    if (!isText && protocol !== SUBPROTOCOL) {
      return webSocket.close(CloseCode.wrongProtocol, `this server speaks ${SUBPROTOCOL}`);
    }
    const { clock, limits } = this.#host;
    const accept = (channel: Channel): ChannelEvents => this.#host.accept(channel, path);
    bindWebSocket(webSocket, socket, isText ? (channel) => overJson(channel, accept, { limits, clock }) : accept, {
      isText,
      clock,
      pingIntervalMs: limits.pingIntervalMs,
    });
  }
}

/** Whether a request for a WebSocket is meant for a server of this library, of whatever version. */
export function offersProtocol(request: IncomingMessage): boolean {
  return /(^|,)\s*objectsync\./.test(String(request.headers["sec-websocket-protocol"] ?? ""));
}

/** Answers a request for a WebSocket in HTTP, and ends it. */
export function refuse(socket: Duplex, status: string, reason: string): void {
  const body = `${reason}\n`;
  const headers = `Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}`;
  // Not left half open: nobody would ever close it.
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy());
}

/** The first of ours that is offered; else one of another version, which is then told what this server speaks. */
function chooseProtocol(offered: Set<string>): string | false {
  const protocols = [...offered];
  return (
    protocols.find((each) => each === SUBPROTOCOL || each === JSON_SUBPROTOCOL) ??
    protocols.find((each) => each.startsWith("objectsync.")) ??
    false
  );
}
