// What the benchmarks share: medians, ratios, a tree to measure, processes of their own.

import { fork } from "node:child_process";
import { once } from "node:events";
import { type ChannelEvents, DictTopic, NumberTopic, type Server, SObject, StringTopic } from "objectsync/server";

/** The object that is measured: a text, two numbers and a dict of two keys. */
export class Item extends SObject {
  readonly text = new StringTopic("");
  readonly x = new NumberTopic(0);
  readonly y = new NumberTopic(0);
  readonly style = new DictTopic<string>();

  override build(index: number): void {
    const { text, x, y, style } = plainItem(index);
    this.text.set(text);
    this.x.set(x);
    this.y.set(y);
    this.style.set(style);
  }
}

/** The same data as plain data. */
export interface PlainItem {
  id: number;
  text: string;
  x: number;
  y: number;
  style: Record<string, string>;
}

/** The item with this index. Positions have two decimals, as those of things that were dragged. */
export function plainItem(index: number): PlainItem {
  const x = Math.round(((index * 7919) % 192_000) + (index % 100)) / 100;
  const y = Math.round(((index * 104_729) % 108_000) + (index % 100)) / 100;
  return { id: index + 2, text: `object ${index}`, x, y, style: { left: `${index % 500}px`, color: "coral" } };
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

/** Bytes of live heap, after collecting what is dead. Needs `--expose-gc`. */
export function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Measures in turn, round by round, so that what else the machine does falls on all of them; gives each one's median. */
export async function mediansInTurn(
  rounds: number,
  ...measures: readonly (() => number | Promise<number>)[]
): Promise<number[]> {
  const results: number[][] = measures.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, measure] of measures.entries()) (results[index] as number[]).push(await measure());
  }
  return results.map(median);
}

/** Microseconds that `fn` takes, on average of many times. What it caused goes out afterwards, unmeasured. */
export async function microseconds(repetitions: number, fn: () => unknown): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < repetitions; index++) fn();
  const time = performance.now() - start;
  await new Promise((resolve) => setImmediate(resolve));
  return (time * 1000) / repetitions;
}

/** Has a client connect in memory that throws away what it is sent: so every change is encoded. Returns its way to the server. */
export function watched(server: Server): ChannelEvents {
  const channel = server.accept({ send() {}, close() {}, bufferedBytes: 0 });
  channel.message(new Uint8Array([0x91, 0x01]));
  return channel;
}

/** Whole numbers below a limit, in an order that looks random and is the same in every run. */
export function makeRandom(): (limit: number) => number {
  let state = 1;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Milliseconds that `fn` takes. */
export async function timeOf(fn: () => unknown): Promise<number> {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}

/** Runs a script of this folder in a process of its own, with a garbage collector to call; resolves with its one message. */
export async function inProcess<T>(script: string, ...args: string[]): Promise<T> {
  const child = fork(new URL(script, import.meta.url), args, {
    execArgv: ["--expose-gc", "--conditions=objectsync-source"],
  });
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`))),
  ])) as [T];
  child.kill();
  return message;
}

/** `0.84`, `12.3`, `1,234`. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}
