import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A connection between a client and a server that a test can cut, as a bad network does. */
export interface Relay {
  readonly port: number;
  /** Drops all connections without a word. */
  cut(): void;
  /** Whether new connections are dropped at once. */
  isDown: boolean;
  close(): void;
}

/** Passes every byte on to `port`, after a delay each way if there is one, until it is told to cut. */
export async function relayTo(port: number, { delayMs = 0 }: { delayMs?: number } = {}): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    if (relay.isDown) return near.destroy();
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      if (delayMs === 0) socket.pipe(other);
      // Timers of one length end in the order in which they were begun.
      else socket.on("data", (bytes) => setTimeout(() => other.writable && other.write(bytes), delayMs));
    }
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const relay: Relay = {
    port: (server.address() as AddressInfo).port,
    isDown: false,
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return relay;
}
