// The client of `join.ts`: joins one kind of server again and again, and says how long each join took.
// Arguments: kind (`objectsync` or `json`), address, how often.

import { connect } from "objectsync/client";
import { heapBytes, type PlainItem } from "./measure.ts";

const [kind, url, times] = process.argv.slice(2) as [string, string, string];

async function joinObjectSync(): Promise<unknown> {
  const client = await connect(url);
  client.close();
  return client.tree;
}

async function joinJson(): Promise<unknown> {
  const socket = new WebSocket(url.replace("http", "ws"));
  socket.binaryType = "arraybuffer";
  const { data } = await new Promise<MessageEvent>((resolve) => {
    socket.onmessage = resolve;
  });
  const items = new Map<number, PlainItem>();
  for (const item of JSON.parse(data) as PlainItem[]) items.set(item.id, item);
  socket.close();
  return items;
}

const join = kind === "json" ? joinJson : joinObjectSync;
const before = heapBytes();
let kept: unknown;
const durations: number[] = [];
for (let index = 0; index < Number(times); index++) {
  kept = undefined;
  globalThis.gc?.();
  const start = performance.now();
  kept = await join();
  durations.push(performance.now() - start);
}
const heap = heapBytes() - before;
process.send?.({ durations, heap, isKept: kept !== undefined });
