// Whether an op costs what it changes and not what there is: the same op in a small and in a large container or tree.
// Every change is encoded, as for a client.

import { DictTopic, Server, SObject, StringTopic } from "objectsync/server";
import { figure, Item, median } from "./measure.ts";

const rounds = 7;
const repetitions = 20_000;

class Holder extends SObject {
  readonly dict = new DictTopic<number>();
  readonly text = new StringTopic();
}

/** Has every change encoded and thrown away. */
function watched(server: Server): Server {
  const channel = server.accept({ send() {}, close() {}, bufferedBytes: 0 });
  channel.message(new Uint8Array([0x91, 0x01]));
  return server;
}

function makeDict(keys: number): () => void {
  const server = watched(new Server());
  server.register(Holder);
  const { dict } = server.root.add(Holder);
  for (let index = 0; index < keys; index++) dict.put(`key ${index}`, index);
  let count = 0;
  return () => dict.put(`key ${(count * 7) % keys}`, count++ + keys);
}

function makeTree(objects: number): { readonly set: () => void; readonly createAndDestroy: () => void } {
  const server = watched(new Server());
  server.register(Item);
  const items = Array.from({ length: objects }, (_, index) => server.root.add(Item, index));
  let count = 0;
  return {
    set: () => (items[(count * 7) % objects] as Item).x.set(0.5 + count++),
    createAndDestroy: () => server.root.add(SObject).destroy(),
  };
}

const [smallTree, largeTree] = [makeTree(10), makeTree(100_000)];
const cases: [what: string, small: () => void, large: () => void][] = [
  ["put into a dict of 10 and of 10,000 keys", makeDict(10), makeDict(10_000)],
  ["set on one of 10 and of 100,000 objects", smallTree.set, largeTree.set],
  ["create and destroy beside 10 and 100,000 objects", smallTree.createAndDestroy, largeTree.createAndDestroy],
];
console.log("| op | small, µs | large, µs | ratio |\n| --- | ---: | ---: | ---: |");
for (const [what, small, large] of cases) {
  const times: [small: number[], large: number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    times[0].push(await microseconds(small));
    times[1].push(await microseconds(large));
  }
  const [a, b] = [median(times[0]), median(times[1])];
  console.log(`| ${what} | ${figure(a)} | ${figure(b)} | ${(b / a).toFixed(2)} |`);
}
process.exit();

async function microseconds(fn: () => void): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < repetitions; index++) fn();
  const time = performance.now() - start;
  await new Promise((resolve) => setImmediate(resolve));
  return (time * 1000) / repetitions;
}
