// 100,000 objects of four topics: memory, making, joining. Prints a table; `--objects=N` for another number.

import { once } from "node:events";
import { Server, SObject } from "objectsync/server";
import { WebSocketServer } from "ws";
import { figure, heapBytes, Item, inProcess, median, type PlainItem, plainItem, timeOf } from "./measure.ts";

const count = Number(process.argv.find((arg) => arg.startsWith("--objects="))?.split("=")[1] ?? 100_000);
const rounds = 5;

interface Joins {
  readonly durations: number[];
  readonly heap: number;
}

const server = new Server();
server.register(Item);
const empty = heapBytes();
const made = await timeOf(() => {
  for (let index = 0; index < count; index++) server.root.add(Item, index);
});
const serverHeap = heapBytes() - empty;

const beforePlain = heapBytes();
const plain = new Map<number, PlainItem>();
const madePlain = await timeOf(() => {
  for (let index = 0; index < count; index++) {
    const item = plainItem(index);
    plain.set(item.id, item);
  }
});
const plainHeap = heapBytes() - beforePlain;

const again: number[] = [];
const againPlain: number[] = [];
for (let round = 0; round < rounds; round++) {
  const parent = server.root.add(SObject);
  again.push(
    await timeOf(() => {
      for (let index = 0; index < count / 5; index++) parent.add(Item, index);
    }),
  );
  parent.destroy();
  const items = new Map<number, PlainItem>();
  againPlain.push(
    await timeOf(() => {
      for (let index = 0; index < count / 5; index++) items.set(index, plainItem(index));
    }),
  );
}

const { url } = await server.listen(0);
const json = JSON.stringify([...plain.values()]);
const jsonServer = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
jsonServer.on("connection", (socket) => socket.send(json));
await once(jsonServer, "listening");
const { port } = jsonServer.address() as { port: number };
const joins: { ours: Joins[]; json: Joins[] } = { ours: [], json: [] };
for (let round = 0; round < 3; round++) {
  joins.ours.push(await inProcess<Joins>("join-client.ts", "objectsync", url, "6"));
  joins.json.push(await inProcess<Joins>("join-client.ts", "json", `http://127.0.0.1:${port}`, "6"));
}
const cold = (list: Joins[]): number => median(list.map(({ durations }) => durations[0] as number));
const warm = (list: Joins[]): number => median(list.map(({ durations }) => median(durations.slice(1))));
const frameBytes = await firstFrameBytes(url);

const rows: [what: string, ours: number, base: number, unit: string][] = [
  ["heap per object, server", serverHeap / count, plainHeap / count, "bytes"],
  [
    "heap per object, client",
    median(joins.ours.map(({ heap }) => heap)) / count,
    median(joins.json.map(({ heap }) => heap)) / count,
    "bytes",
  ],
  ["making the objects, first", (made * 1000) / count, (madePlain * 1000) / count, "µs per object"],
  ["making the objects, warm", (median(again) * 5000) / count, (median(againPlain) * 5000) / count, "µs per object"],
  ["joining, cold process", cold(joins.ours), cold(joins.json), "ms"],
  ["joining, warm", warm(joins.ours), warm(joins.json), "ms"],
  ["bytes of the first state", frameBytes, Buffer.byteLength(json), "bytes"],
];
console.log(`${count.toLocaleString("en")} objects of four topics, beside plain objects and pre-encoded JSON:\n`);
console.log("| what | ObjectSync | plain / JSON | ratio |\n| --- | ---: | ---: | ---: |");
for (const [what, ours, base, unit] of rows) {
  console.log(`| ${what} (${unit}) | ${figure(ours)} | ${figure(base)} | ${(ours / base).toFixed(2)} |`);
}
await server.close();
jsonServer.close();

async function firstFrameBytes(address: string): Promise<number> {
  const socket = new WebSocket(address.replace("http", "ws"), "objectsync.1");
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(new Uint8Array([0x91, 0x01]));
  let bytes = 0;
  await new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      bytes += data.byteLength;
      if (bytes > 1000) resolve();
    };
  });
  socket.close();
  return bytes;
}
