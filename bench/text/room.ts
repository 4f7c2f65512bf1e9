// Room: a text on a server that several members edit over sockets. Here is what rooms of all kinds have in common.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Edit } from "./trace.ts";

/** A text on a server, and the way to it. */
export interface Room {
  readonly port: number;
  /** Joins through a port: the room's, or one before it. Resolves when the text is there. */
  join(port: number): Promise<Member>;
  /** The text as the server has it. */
  text(): string;
  /** What has gone through each connection so far, in the order in which they came. */
  traffic(): Traffic[];
  close(): Promise<void>;
}

/** Who has joined. */
export interface Member {
  /** The text as this member sees it. */
  text(): string;
  /** Edits, as one transaction. Resolves with whether it was refused, as soon as that is known. */
  write(edits: readonly Edit[]): Promise<boolean>;
  close(): void;
}

/** Opens a room with a text in it. */
export type OpenRoom = (start: string) => Promise<Room>;

/** Bytes of a connection, with all that WebSocket puts around messages. */
export interface Traffic {
  readonly up: number;
  readonly down: number;
}

/** An HTTP server on loopback that counts. */
export interface CountingServer {
  readonly http: Server;
  readonly port: number;
  traffic(): Traffic[];
  close(): Promise<void>;
}

/** Listens at a free port. */
export async function countingServer(): Promise<CountingServer> {
  const sockets: Socket[] = [];
  const http = createServer((_, response) => response.writeHead(404).end());
  http.on("connection", (socket: Socket) => sockets.push(socket));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    http,
    port: (http.address() as AddressInfo).port,
    traffic: () => sockets.map(({ bytesRead, bytesWritten }) => ({ up: bytesRead, down: bytesWritten })),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** What has gone through each connection since. */
export function trafficSince(room: Room, before: readonly Traffic[]): Traffic[] {
  return room.traffic().map(({ up, down }, index) => ({
    up: up - (before[index]?.up ?? 0),
    down: down - (before[index]?.down ?? 0),
  }));
}

/** Waits, a turn of the event loop or so many milliseconds at a time, until it is so. Throws when it takes too long. */
export async function until(isSo: () => boolean, what: string, { everyMs = 0, mostMs = 60_000 } = {}): Promise<void> {
  const end = performance.now() + mostMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`it took too long: ${what}`);
    await new Promise((resolve) => (everyMs > 0 ? setTimeout(resolve, everyMs) : setImmediate(resolve)));
  }
}
