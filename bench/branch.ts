// Opening a lazy object with 10,000 below it, over a socket: where nobody else has it open, and where somebody has. Beside
// it, `ws` sends JSON that is encoded when it is asked for, or was before.

import { once } from "node:events";
import { connect } from "objectsync/client";
import { Server, SObject } from "objectsync/server";
import { WebSocketServer } from "ws";
import { figure, Item, inProcess, median, plainItem } from "./measure.ts";

const count = 10_000;
const processes = 3;
const times = 11;

class Folder extends SObject {
  static override readonly lazy = true;
}

// Nobody opens as much as this in so short a time.
const server = new Server({ limits: { maxStepsPerSecond: Number.MAX_SAFE_INTEGER } });
server.register(Folder, Item);
const folders = ["alone", "together"].map((key) => {
  const folder = server.root.add(Folder, undefined, { key });
  for (let index = 0; index < count; index++) folder.add(Item, index);
  return folder;
});
const { url } = await server.listen(0);
const items = Array.from({ length: count }, (_, index) => plainItem(index));
const json = JSON.stringify(items);
const jsonServer = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
jsonServer.on("connection", (socket) => {
  socket.on("message", (kind) => socket.send(`${kind}` === "encoded" ? json : JSON.stringify(items)));
});
await once(jsonServer, "listening");
const jsonUrl = `http://127.0.0.1:${(jsonServer.address() as { port: number }).port}`;

// Has one of them open all the time.
const keeper = await connect(url);
const together = keeper.tree.get(folders[1]?.id as number);
if (!together) throw new Error("the folder did not come");
await keeper.open(together).ready;

const kinds = ["alone", "encoding", "together", "encoded"] as const;
const results = new Map(kinds.map((kind): [string, number[][]] => [kind, []]));
for (let round = 0; round < processes; round++) {
  for (const kind of kinds) {
    const target = kind.startsWith("enc") ? jsonUrl : url;
    results.get(kind)?.push(await inProcess<number[]>("branch-client.ts", kind, target, `${times}`));
  }
}
const first = (kind: string): number => median((results.get(kind) ?? []).map((durations) => durations[0] as number));
const later = (kind: string): number =>
  median((results.get(kind) ?? []).map((durations) => median(durations.slice(1))));

console.log("| what | ObjectSync, ms | JSON, ms | ratio |\n| --- | ---: | ---: | ---: |");
for (const [what, ours, base] of [
  ["nobody else has it open, cold process", first("alone"), first("encoding")],
  ["nobody else has it open, warm", later("alone"), later("encoding")],
  ["somebody has it open, cold process", first("together"), first("encoded")],
  ["somebody has it open, warm", later("together"), later("encoded")],
] as const) {
  console.log(`| ${what} | ${figure(ours)} | ${figure(base)} | ${(ours / base).toFixed(2)} |`);
}
process.exit();
