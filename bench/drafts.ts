// A draft that changes one of 10,000 items, beside the op that does the same, and beside immer on plain data. Every change
// is encoded, as for a client.

import { produce } from "immer";
import { DictTopic, ListTopic, Server, SObject, ValueTopic } from "objectsync/server";
import { figure, mediansInTurn, microseconds, watched } from "./measure.ts";

const count = 10_000;
const rounds = 7;

interface Entry {
  readonly title: string;
  readonly votes: number;
}

type Entries = Readonly<Record<string, Entry>>;

class Holder extends SObject {
  readonly list = new ListTopic<Entry>();
  readonly dict = new DictTopic<Entry>();
  readonly value = new ValueTopic<Entries>({});
}

const server = new Server();
watched(server);
server.register(Holder);
const { list, dict, value } = server.root.add(Holder);
const entries = Array.from({ length: count }, (_, index): Entry => ({ title: `entry ${index}`, votes: 0 }));
const byKey: Entries = Object.fromEntries(entries.map((entry, index) => [`key ${index}`, entry]));
list.set(entries);
dict.set(byKey);
value.set(byKey);

// So that immer has nothing left to freeze.
let plainList: readonly Entry[] = produce(entries, () => {});
let plainRecord: Entries = produce(byKey, () => {});

let votes = 0;
const place = (): number => (votes * 7) % count;
const key = (): string => `key ${place()}`;
const entryOf = (index: number): Entry => ({ title: `entry ${index}`, votes: ++votes });
const vote = (entry: { votes: number } | undefined): void => {
  if (!entry) throw new Error("there is no such entry");
  entry.votes = ++votes;
};

const cases: [what: string, op: () => void, draft: () => void, immer: () => void][] = [
  [
    "a list",
    () => list.put(place(), entryOf(place())),
    () => list.update((draft) => vote(draft[place()])),
    () => {
      plainList = produce(plainList, (draft) => vote(draft[place()]));
    },
  ],
  [
    "a dict",
    () => dict.put(key(), entryOf(place())),
    () => dict.update((draft) => vote(draft[key()])),
    () => {
      plainRecord = produce(plainRecord, (draft) => vote(draft[key()]));
    },
  ],
  [
    "a value",
    () => value.put([key(), "votes"], ++votes),
    () => value.update((draft) => vote(draft[key()])),
    () => {
      plainRecord = produce(plainRecord, (draft) => vote(draft[key()]));
    },
  ],
];
console.log("| of 10,000 items in | op, µs | draft, µs | draft / op | immer, µs | draft / immer |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const [what, op, draft, immer] of cases) {
  const [a = 0, b = 0, c = 0] = await mediansInTurn(
    rounds,
    () => microseconds(5000, op),
    () => microseconds(5000, draft),
    () => microseconds(50, immer),
  );
  const ratios = `${figure(c)} | ${(b / c).toPrecision(2)}`;
  console.log(`| ${what} | ${figure(a)} | ${figure(b)} | ${(b / a).toFixed(1)} | ${ratios} |`);
}
process.exit();
