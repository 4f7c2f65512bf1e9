import { describe, expect, it } from "vitest";
import { EventTopic, eventKind } from "./event-topic.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { track } from "./track.ts";
import { transact } from "./transaction.ts";

interface Press {
  readonly x: number;
  readonly raw?: Uint8Array;
}

/** All that a topic tells, in order. */
function hear<T>(topic: EventTopic<T>): unknown[] {
  const heard: unknown[] = [];
  topic.on("change", ({ type, args, origin }) => heard.push(["change", type, args, origin]));
  topic.on("emit", ({ args, origin }) => heard.push(["emit", args, origin]));
  topic.on("revert", ({ args, origin }) => heard.push(["revert", args, origin]));
  return heard;
}

describe("EventTopic", () => {
  it("[TO-11][TO-38] tells its listeners what is emitted, each time, and has no value", () => {
    const topic = new EventTopic<Press>();
    const heard = hear(topic);
    topic.emit({ x: 1 });
    topic.emit({ x: 1 });
    const once = [
      ["change", "emit", { x: 1 }, "local"],
      ["emit", { x: 1 }, "local"],
    ];
    expect(heard).toEqual([...once, ...once]);
    expect(topic.value).toBeUndefined();
  });

  it("[TO-11] tells `null` where nothing is told with it", () => {
    const topic = new EventTopic();
    const heard: unknown[] = [];
    topic.on("emit", ({ args }) => heard.push(args));
    topic.emit();
    topic.emit(null);
    expect(heard).toEqual([null, null]);
  });

  it("[TO-11] tells nobody who comes later", () => {
    const topic = new EventTopic();
    topic.emit();
    expect(hear(topic)).toEqual([]);
  });

  it("[TO-11] cannot be set, and nobody can ask for what takes an emit back", () => {
    expect(() => eventKind.prepare([], [0, null])).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => eventKind.prepare([], [2, null])).toThrow(expect.objectContaining({ code: "forbidden" }));
    expect(eventKind.invert([], [1, "a"])).toEqual([2, "a"]);
    expect(eventKind.invert([], [2, "a"])).toEqual([1, "a"]);
    expect("set" in new EventTopic()).toBe(false);
  });

  it("[TO-11] refuses arguments that are no data, and tells nobody", () => {
    const topic = new EventTopic<unknown>();
    const heard = hear(topic);
    for (const args of [() => 1, new Date(0), { a: undefined }]) {
      expect(() => topic.emit(args)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    }
    expect(heard).toEqual([]);
  });

  it("[TO-11] tells by `revert`, and not by `emit`, that a transaction was taken back", () => {
    const topic = new EventTopic<number>();
    const heard = hear(topic);
    expect(() =>
      transact(() => {
        topic.emit(1);
        topic.emit(2);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(heard.slice(4)).toEqual([
      ["change", "revert", 2, "rollback"],
      ["revert", 2, "rollback"],
      ["change", "revert", 1, "rollback"],
      ["revert", 1, "rollback"],
    ]);
    expect(heard.slice(0, 4).filter((each) => (each as unknown[])[0] === "emit")).toHaveLength(2);
  });

  it("[TO-11] wakes rules, whose changes belong to the transaction and which can refuse", () => {
    const topic = new EventTopic<number>();
    const sum = new NumberTopic();
    topic.rule("emit", ({ args }) => {
      if (args > 10) throw new Error("too much");
      sum.add(args);
    });
    let reverts = 0;
    topic.rule("revert", () => reverts++);
    topic.emit(3);
    topic.emit(4);
    expect(() => topic.emit(11)).toThrow("too much");
    expect(sum.value).toBe(7);
    // Rules never run for what is taken back.
    expect(reverts).toBe(0);
  });

  it("[TO-01] freezes what it is given, and gives each listener bytes of its own", () => {
    const topic = new EventTopic<Press>();
    const given = { x: 1, raw: Uint8Array.of(1, 2) };
    const heard: Press[] = [];
    for (const name of ["change", "emit", "emit"] as const) {
      topic.on(name, (event) => {
        const { args } = event;
        expect(Object.isFrozen(args)).toBe(true);
        args.raw?.fill(99);
        heard.push(event.args);
      });
    }
    topic.rule("emit", ({ args }) => heard.push(args));
    topic.emit(given);
    given.raw.fill(7);
    for (const args of heard) expect(args).toEqual({ x: 1, raw: Uint8Array.of(1, 2) });
    expect(heard).toHaveLength(4);
  });

  it("runs again what read it, at each emit", () => {
    const topic = new EventTopic();
    let runs = 0;
    const stop = track(() => {
      runs++;
      return topic.value;
    });
    topic.emit();
    stop();
    topic.emit();
    expect(runs).toBe(2);
  });

  it("asks the compiler for the arguments that it has", () => {
    const press = new EventTopic<Press>();
    const plain = new EventTopic();
    // @ts-expect-error: arguments are needed
    expect(() => press.emit()).not.toThrow();
    // @ts-expect-error: there are no arguments
    expect(() => plain.emit(1)).not.toThrow();
    // @ts-expect-error: there is no newest event
    new EventTopic({ latest: true });
  });
});
