// The client of `branch.ts`: opens and closes one branch again and again, and says how long each opening took.
// Arguments: the key of the object, or `encoded` or `encoding` for JSON; address; how often.

import { connect } from "objectsync/client";
import type { PlainItem } from "./measure.ts";

const [kind, url, times] = process.argv.slice(2) as [string, string, string];

/** Opens it once; gives what closes it. */
type Open = () => Promise<() => void>;

async function objectSyncOpen(): Promise<Open> {
  const client = await connect(url);
  const object = client.tree.get(kind);
  if (!object) throw new Error(`there is no object ${kind}`);
  return async () => {
    const branch = client.open(object);
    await branch.ready;
    if (object.children.length === 0) throw new Error("nothing came");
    return () => branch.close();
  };
}

async function jsonOpen(): Promise<Open> {
  const socket = new WebSocket(url.replace("http", "ws"));
  socket.binaryType = "arraybuffer";
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  return async () => {
    const { data } = await new Promise<MessageEvent>((resolve) => {
      socket.onmessage = resolve;
      socket.send(kind);
    });
    const items = new Map<number, PlainItem>();
    for (const item of JSON.parse(data) as PlainItem[]) items.set(item.id, item);
    return () => items.clear();
  };
}

const open = await (kind.startsWith("enc") ? jsonOpen() : objectSyncOpen());
const durations: number[] = [];
for (let index = 0; index < Number(times); index++) {
  globalThis.gc?.();
  const start = performance.now();
  const close = await open();
  durations.push(performance.now() - start);
  close();
  // The server is told that it was closed before it is opened again.
  await new Promise((resolve) => setTimeout(resolve, 20));
}
process.send?.(durations);
