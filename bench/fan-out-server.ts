// A server of `fan-out.ts`. Argument: `objectsync`, or `raw`, which sends as many bytes as they are through `ws`.
// Says its port, then waits for the clients; measures what its frames cost it in processor time.

import { Server, transact } from "objectsync/server";
import { WebSocketServer } from "ws";
import { Item } from "./measure.ts";

const [kind, clients, frames] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const warmUp = Math.round(frames / 4);

interface Sender {
  /** Sends one more frame to all. */
  send(index: number): void;
  readonly port: number;
  readonly connected: () => number;
}

const sender = kind === "raw" ? await rawSender() : await objectSyncSender();
process.send?.({ port: sender.port });
while (sender.connected() < clients) await new Promise((resolve) => setTimeout(resolve, 20));
let start = process.cpuUsage();
for (let index = 0; index < warmUp + frames; index++) {
  if (index === warmUp) start = process.cpuUsage();
  sender.send(index);
  // Each frame is a turn of the event loop, so that nothing is gathered.
  await new Promise((resolve) => setImmediate(resolve));
}
const { user, system } = process.cpuUsage(start);
process.send?.({ user: user / (frames * clients), system: system / (frames * clients) });

async function objectSyncSender(): Promise<Sender> {
  const server = new Server({ limits: { maxBufferedBytes: Number.MAX_SAFE_INTEGER } });
  server.register(Item);
  const items = Array.from({ length: 1000 }, (_, index) => server.root.add(Item, index));
  const { port } = await server.listen(0);
  return {
    port,
    connected: () => server.clients.length,
    send(index) {
      transact(() => {
        for (let offset = 0; offset < 10; offset++) move(items[(index * 10 + offset) % 1000] as Item, index);
      });
    },
  };
}

function move(item: Item, index: number): void {
  item.x.set(index + 0.25);
  item.y.set(index + 0.75);
}

async function rawSender(): Promise<Sender> {
  // What ObjectSync sends for ten objects of which x and y change, in one transaction.
  const bytes = new Uint8Array(Number(process.argv[5]));
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as { port: number }).port,
    connected: () => server.clients.size,
    send() {
      for (const socket of server.clients) socket.send(bytes);
    },
  };
}
