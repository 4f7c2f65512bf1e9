// Whether an op costs what it changes and not what there is: the same op in a small and in a large container or tree.
// Every change is encoded, as for a client.

import { DictTopic, RefTopic, Server, SObject, StringTopic } from "objectsync/server";
import { figure, Item, mediansInTurn, microseconds, watched } from "./measure.ts";

const rounds = 7;
const repetitions = 20_000;

class Holder extends SObject {
  readonly dict = new DictTopic<number>();
  readonly text = new StringTopic();
}

class Link extends SObject {
  readonly target = new RefTopic();
}

function makeDict(keys: number): () => void {
  const server = new Server();
  watched(server);
  server.register(Holder);
  const { dict } = server.root.add(Holder);
  for (let index = 0; index < keys; index++) dict.put(`key ${index}`, index);
  let count = 0;
  return () => dict.put(`key ${(count * 7) % keys}`, count++ + keys);
}

interface TreeOps {
  readonly set: () => void;
  readonly createAndDestroy: () => void;
  readonly read: () => void;
}

function makeTree(objects: number): TreeOps {
  const server = new Server();
  watched(server);
  server.register(Item, Link);
  const items = Array.from({ length: objects }, (_, index) => server.root.add(Item, index));
  // As many in either tree, to as many different objects as there are.
  const links = Array.from({ length: 1000 }, (_, index) => {
    const link = server.root.add(Link);
    link.target.set(items[(index * 99) % objects] as Item);
    return link;
  });
  let count = 0;
  return {
    set: () => (items[(count * 7) % objects] as Item).x.set(0.5 + count++),
    createAndDestroy: () => server.root.add(SObject).destroy(),
    read() {
      if (!(links[count++ % links.length] as Link).target.value) throw new Error("a reference leads nowhere");
    },
  };
}

const [smallTree, largeTree] = [makeTree(10), makeTree(100_000)];
const cases: [what: string, small: () => void, large: () => void][] = [
  ["put into a dict of 10 and of 10,000 keys", makeDict(10), makeDict(10_000)],
  ["set on one of 10 and of 100,000 objects", smallTree.set, largeTree.set],
  ["create and destroy beside 10 and 100,000 objects", smallTree.createAndDestroy, largeTree.createAndDestroy],
  ["read a reference among 10 and 100,000 objects", smallTree.read, largeTree.read],
];
console.log("| op | small, µs | large, µs | ratio |\n| --- | ---: | ---: | ---: |");
for (const [what, small, large] of cases) {
  const [a = 0, b = 0] = await mediansInTurn(
    rounds,
    () => microseconds(repetitions, small),
    () => microseconds(repetitions, large),
  );
  console.log(`| ${what} | ${figure(a)} | ${figure(b)} | ${(b / a).toFixed(2)} |`);
}
process.exit();
