// What `latest` saves: 100 numbers, each set 20 times in a turn of the event loop, to 50 clients, for a second of 100 turns.
// Time is the benchmark's own, so the bytes are the same in every run.

import { NumberTopic, Server, SObject } from "objectsync/server";
import { figure, median } from "./measure.ts";

const [gauges, sets, clients, turns, turnMs] = [100, 20, 50, 100, 10];
const rounds = 5;
const latest = { latest: true } as const;

class Ordinary extends SObject {
  readonly level = new NumberTopic(0);
}

class Latest extends SObject {
  readonly level = new NumberTopic(0, latest);
}

interface Cost {
  /** Sent to each client. */
  readonly bytes: number;
  readonly messages: number;
  /** Of the processor, for each turn. */
  readonly microseconds: number;
}

function run(gaugeClass: typeof Ordinary | typeof Latest): Cost {
  let now = 0;
  let timers: { readonly at: number; readonly task: () => void }[] = [];
  let deferred: (() => void)[] = [];
  const server = new Server({
    clock: {
      now: () => now,
      after(ms, task) {
        const timer = { at: now + ms, task };
        timers.push(timer);
        return () => {
          timers = timers.filter((each) => each !== timer);
        };
      },
    },
    defer: (task) => deferred.push(task),
  });
  const endTurn = (): void => {
    const tasks = deferred;
    deferred = [];
    for (const task of tasks) task();
  };
  const pass = (ms: number): void => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { task } of due) task();
    endTurn();
  };
  server.register(gaugeClass);
  const objects = Array.from({ length: gauges }, () => server.root.add(gaugeClass));
  let [bytes, messages] = [0, 0];
  const send = (message: Uint8Array): void => {
    bytes += message.length;
    messages++;
  };
  for (let client = 0; client < clients; client++) {
    server.accept({ send, close() {}, bufferedBytes: 0 }).message(new Uint8Array([0x91, 0x01]));
  }
  pass(1000);
  [bytes, messages] = [0, 0];
  const start = process.cpuUsage();
  for (let turn = 0; turn < turns; turn++) {
    for (let count = 0; count < sets; count++) {
      for (const [index, { level }] of objects.entries()) level.set((turn * sets + count + index) / 4);
    }
    endTurn();
    pass(turnMs);
  }
  const { user, system } = process.cpuUsage(start);
  return { bytes: bytes / clients, messages: messages / clients, microseconds: (user + system) / turns };
}

const ordinary: Cost[] = [];
const newest: Cost[] = [];
for (let round = 0; round < rounds; round++) {
  ordinary.push(run(Ordinary));
  newest.push(run(Latest));
}
console.log("| each second | ordinary | `latest` | ratio |\n| --- | ---: | ---: | ---: |");
for (const [what, part] of [
  ["bytes to each client", "bytes"],
  ["messages to each client", "messages"],
  ["processor time of a turn (µs)", "microseconds"],
] as const) {
  const [a, b] = [median(ordinary.map((cost) => cost[part])), median(newest.map((cost) => cost[part]))];
  console.log(`| ${what} | ${figure(a)} | ${figure(b)} | ${(b / a).toPrecision(2)} |`);
}
process.exit();
