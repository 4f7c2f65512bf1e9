// Saving and loading 100,000 objects of four attributes, beside JSON of the very same data. `--objects=N` for another
// number.

import { DictTopic, NumberTopic, RefTopic, Server, SObject, StringTopic } from "objectsync/server";
import { figure, mediansInTurn, plainItem, timeOf } from "./measure.ts";

const count = Number(process.argv.find((arg) => arg.startsWith("--objects="))?.split("=")[1] ?? 100_000);
const rounds = 7;

/** A text, a number, a dict of two keys, and a reference to the one before. */
class Node extends SObject {
  readonly text = new StringTopic("");
  readonly x = new NumberTopic(0);
  readonly style = new DictTopic<string>();
  readonly previous = new RefTopic();
}

const server = new Server();
server.register(Node);
let group: SObject = server.root;
let previous: Node | null = null;
for (let index = 0; index < count; index++) {
  if (index % 100 === 0) group = server.root.add(SObject);
  const { text, x, style } = plainItem(index);
  const node: Node = group.add(Node);
  node.text.set(text);
  node.x.set(x);
  node.style.set(style);
  node.previous.set(previous);
  previous = node;
}
const tree = server.tree();
const saved = tree.save();
const json = JSON.stringify(saved);

/** Its result is kept until the time is taken: what it leaves to collect is not part of it. */
async function measure(fn: () => unknown): Promise<number> {
  globalThis.gc?.();
  let kept: unknown;
  const time = await timeOf(() => {
    kept = fn();
  });
  if (kept === null) throw new Error("nothing was kept");
  return time;
}

const [save = 0, stringify = 0, saveAndStringify = 0] = await mediansInTurn(
  rounds,
  () => measure(() => tree.save()),
  () => measure(() => JSON.stringify(saved)),
  () => measure(() => JSON.stringify(tree.save())),
);
const [load = 0, parse = 0, parseAndLoad = 0] = await mediansInTurn(
  rounds,
  () => measure(() => tree.load(saved)),
  () => measure(() => JSON.parse(json)),
  () => measure(() => tree.load(JSON.parse(json))),
);
const bytes = Buffer.byteLength(json).toLocaleString("en");
console.log(`${count.toLocaleString("en")} objects of four attributes, in groups of 100: ${bytes} bytes of JSON.\n`);
console.log("| what | ms | JSON alone, ms | ratio |\n| --- | ---: | ---: | ---: |");
for (const [what, time, alone] of [
  ["save", save, stringify],
  ["save and JSON.stringify", saveAndStringify, stringify],
  ["load", load, parse],
  ["JSON.parse and load", parseAndLoad, parse],
] as const) {
  console.log(`| ${what} | ${figure(time)} | ${figure(alone)} | ${(time / alone).toFixed(2)} |`);
}
process.exit();
