import { describe, expect, it } from "vitest";
import { DictTopic, dictKind } from "./dict-topic.ts";
import { topicInternals } from "./topic.ts";
import { transact } from "./transaction.ts";
import type { Json } from "./value.ts";

describe("DictTopic", () => {
  it("[TO-10][TO-38] is empty by default and works alone", () => {
    const topic = new DictTopic<number>();
    expect(topic.value).toEqual({});
    topic.put("a", 1);
    topic.put("a", 2);
    topic.put("b", 3);
    expect([topic.size, topic.get("a"), topic.has("b"), topic.has("c"), topic.get("c")]).toEqual([
      2,
      2,
      true,
      false,
      undefined,
    ]);
    expect(topic.keys()).toEqual(["a", "b"]);
    expect(topic.entries()).toEqual([
      ["a", 2],
      ["b", 3],
    ]);
    topic.delete("a");
    topic.delete("a");
    expect(topic.value).toEqual({ b: 3 });
  });

  it("holds an item that is an array as one item", () => {
    const topic = new DictTopic({ a: [1, [2]], b: [] });
    topic.set({ c: [3, [4]] });
    expect(topic.value).toEqual({ c: [3, [4]] });
  });

  it("takes names that objects have for keys like any other", () => {
    const topic = new DictTopic<number>();
    for (const key of ["constructor", "toString", "hasOwnProperty", ""]) {
      expect([topic.has(key), topic.get(key)]).toEqual([false, undefined]);
      topic.put(key, 1);
    }
    expect(topic.size).toBe(4);
    expect(Object.getPrototypeOf(topic.value)).toBeNull();
  });

  it.each<[string, (topic: DictTopic) => void, string]>([
    ["`__proto__` as a key", (topic) => topic.put("__proto__", 1), "invalid_value"],
    ["`__proto__` as a key to delete", (topic) => topic.delete("__proto__"), "invalid_value"],
    ["`__proto__` in a set", (topic) => topic.set(JSON.parse('{"__proto__":1}')), "invalid_value"],
    ["`__proto__` inside an item", (topic) => topic.put("a", JSON.parse('{"__proto__":1}')), "invalid_value"],
    ["a key that is no text", (topic) => topic.put(1 as never, 1), "wrong_type"],
    ["an item that is no JSON", (topic) => topic.put("a", undefined as never), "wrong_type"],
    ["a set to null", (topic) => topic.set(null as never), "wrong_type"],
    ["a set to an array", (topic) => topic.set([1] as never), "wrong_type"],
    [
      "a set to a Map, which has no entries of this sort",
      (topic) => topic.set(new Map([["a", 1]]) as never),
      "wrong_type",
    ],
    ["a set to an instance", (topic) => topic.set(new Date() as never), "wrong_type"],
  ])("refuses %s", (_, call, code) => {
    const topic = new DictTopic({ a: 0 });
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toEqual({ a: 0 });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("[TO-14] tells a set key by key, without those that stay", () => {
    const topic = new DictTopic<number>({ a: 1, b: 2, c: 3 });
    const heard: unknown[] = [];
    topic.on("put", ({ key, old, item }) => heard.push(["put", key, old, item]));
    topic.on("delete", ({ key, old }) => heard.push(["delete", key, old]));
    topic.set({ b: 2, c: 4, d: 5 });
    expect(heard).toEqual([
      ["delete", "a", 1],
      ["put", "c", 3, 4],
      ["put", "d", undefined, 5],
    ]);
  });

  it("hands out another value after a change and the same one until then", () => {
    const topic = new DictTopic<number>({ a: 1 });
    const { value } = topic;
    expect(topic.value).toBe(value);
    topic.put("b", 2);
    expect(value).toEqual({ a: 1 });
    expect(topic.value).toEqual({ a: 1, b: 2 });
  });

  it("does not share the empty dict between topics", () => {
    const [one, other] = [new DictTopic<number>(), new DictTopic<number>()];
    one.put("a", 1);
    expect(other.value).toEqual({});
  });

  it("gives the old items back when a transaction is taken back, whatever was done to a key", () => {
    const topic = new DictTopic<number>({ a: 1, b: 2 });
    expect(() =>
      transact(() => {
        topic.put("a", 9);
        topic.delete("a");
        topic.put("a", 8);
        topic.set({ z: 1 });
        topic.put("b", 3);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(topic.value).toEqual({ a: 1, b: 2 });
  });

  it("is a record in saved data, as it is for a program", () => {
    const topic = new DictTopic<unknown>({ b: 1, constructor: [2] });
    const saved = dictKind.saved?.fromWire(dictKind.toWire(topicInternals.state(topic) as Map<string, Json>));
    expect(saved).toEqual({ b: 1, constructor: [2] });
    expect(dictKind.fromWire(dictKind.saved?.toWire(saved))).toEqual(topicInternals.state(topic));
    for (const data of [null, [], ["a", 1], new Map(), "a"]) {
      expect(() => dictKind.saved?.toWire(data)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    }
  });
});
