// Children at random places: what an insertion and a move cost among 10,000 children, beside 100, and beside a plain array
// of 10,000. Every change is encoded, as for a client.

import { Server, SObject } from "objectsync/server";
import { figure, makeRandom, mediansInTurn, timeOf, watched } from "./measure.ts";

const rounds = 7;
const [few, many] = [100, 10_000];
const random = makeRandom();

/** Microseconds for each of `many` children, of which each parent has `count`. */
async function insert(count: number): Promise<number> {
  const server = new Server();
  watched(server);
  const parents = Array.from({ length: many / count }, () => server.root.add(SObject));
  await nextTurn();
  return await perOp(() => {
    for (const parent of parents) {
      for (let length = 0; length < count; length++) parent.add(SObject, undefined, { index: random(length + 1) });
    }
  });
}

async function insertPlain(): Promise<number> {
  const array: object[] = [];
  return await perOp(() => {
    for (let length = 0; length < many; length++) array.splice(random(length + 1), 0, { id: length });
  });
}

function makeMove(count: number): () => Promise<number> {
  const server = new Server();
  watched(server);
  const children = Array.from({ length: count }, () => server.root.add(SObject));
  return async () => {
    await nextTurn();
    return await perOp(() => {
      for (let op = 0; op < many; op++) {
        (children[random(count)] as SObject).moveTo(server.root, { index: random(count) });
      }
    });
  };
}

function makePlainMove(): () => Promise<number> {
  const array = Array.from({ length: many }, (_, id) => ({ id }));
  return () =>
    perOp(() => {
      for (let op = 0; op < many; op++) array.splice(random(many), 0, ...array.splice(random(many), 1));
    });
}

async function perOp(fn: () => void): Promise<number> {
  return ((await timeOf(fn)) * 1000) / many;
}

/** So that what was made before has gone out. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

console.log(
  "| op | of 100, µs | of 10,000, µs | ratio | plain array of 10,000, µs |\n| --- | ---: | ---: | ---: | ---: |",
);
const cases: [what: string, ...measures: (() => Promise<number>)[]][] = [
  ["insert a child at a random place", () => insert(few), () => insert(many), insertPlain],
  ["move a child to a random place", makeMove(few), makeMove(many), makePlainMove()],
];
for (const [what, ...measures] of cases) {
  const [a = 0, b = 0, plain = 0] = await mediansInTurn(rounds, ...measures);
  console.log(`| ${what} | ${figure(a)} | ${figure(b)} | ${(b / a).toFixed(2)} | ${figure(plain)} |`);
}
process.exit();
