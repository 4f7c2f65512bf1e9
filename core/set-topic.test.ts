import { describe, expect, it } from "vitest";
import { type SetItem, SetTopic } from "./set-topic.ts";
import { transact } from "./transaction.ts";

describe("SetTopic", () => {
  it("[TO-09][TO-38] is empty by default and works alone", () => {
    const topic = new SetTopic();
    expect(topic.value).toEqual(new Set());
    topic.add("a");
    topic.add("a");
    topic.add("b");
    topic.delete("c");
    expect([topic.size, topic.has("a"), topic.has("c"), [...topic]]).toEqual([2, true, false, ["a", "b"]]);
    topic.delete("a");
    expect(topic.value).toEqual(new Set(["b"]));
  });

  it("[TO-09] tells items of different types apart", () => {
    const topic = new SetTopic<SetItem>(["1", 1, true, "true", 0]);
    expect([topic.size, topic.has("1"), topic.has(1), topic.has(false), topic.has("")]).toEqual([
      5,
      true,
      true,
      false,
      false,
    ]);
  });

  it("[TO-09] takes whatever can be iterated", () => {
    const topic = new SetTopic(new Set(["a", "b"]));
    const other = new SetTopic<string>(topic);
    expect(other.value).toEqual(new Set(["a", "b"]));
    other.set(["c", "d"].values());
    expect(other.value).toEqual(new Set(["c", "d"]));
  });

  it.each<[string, (topic: SetTopic<SetItem>) => void, string]>([
    ["null", (topic) => topic.add(null as never), "wrong_type"],
    ["nothing", (topic) => topic.add(undefined as never), "wrong_type"],
    ["an object", (topic) => topic.add({} as never), "wrong_type"],
    ["an array", (topic) => topic.set([["a"]] as never), "wrong_type"],
    ["a deletion of an object", (topic) => topic.delete({} as never), "wrong_type"],
    ["what is no finite number", (topic) => topic.add(Number.NaN), "invalid_value"],
    ["a whole that is null", (topic) => topic.set(null as never), "wrong_type"],
    ["a whole that is a text, which is no set of letters", (topic) => topic.set("abc"), "wrong_type"],
    ["a hole", (topic) => topic.set(new Array(2)), "wrong_type"],
  ])("[TO-09] refuses %s", (_, call, code) => {
    const topic = new SetTopic<SetItem>(["a"]);
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toEqual(new Set(["a"]));
  });

  it("says what to use instead of a set for objects", () => {
    const topic = new SetTopic<SetItem>();
    expect(() => topic.add({ a: 1 } as never)).toThrow(
      "a set holds strings, numbers and booleans, got an Object: a dict holds anything, by key",
    );
  });

  it("[TO-01] hands out sets that cannot be changed", () => {
    const topic = new SetTopic(["a"]);
    const value = topic.value as Set<string>;
    for (const change of [() => value.add("b"), () => value.delete("a"), () => value.clear()]) {
      expect(change).toThrow(expect.objectContaining({ code: "immutable" }));
    }
    expect(() => Object.assign(value, { add: Set.prototype.add })).toThrow(TypeError);
    expect([topic.value, value]).toEqual([new Set(["a"]), new Set(["a"])]);
    expect(value).toStrictEqual(new Set(["a"]));
  });

  it("hands out another value after a change and the same one until then", () => {
    const topic = new SetTopic(["a"]);
    const { value } = topic;
    expect(topic.value).toBe(value);
    topic.add("b");
    expect([value, topic.value]).toEqual([new Set(["a"]), new Set(["a", "b"])]);
  });

  it("does not share the empty set between topics", () => {
    const [one, other] = [new SetTopic(), new SetTopic()];
    one.add("a");
    expect(other.value).toEqual(new Set());
    one.set([]);
    one.add("b");
    expect([one.value, other.value]).toEqual([new Set(["b"]), new Set()]);
  });

  it("[TO-14] tells a set item by item, without those that stay", () => {
    const topic = new SetTopic(["a", "b", "c"]);
    const heard: unknown[] = [];
    topic.on("change", (change) => heard.push(change.type));
    topic.on("add", ({ item }) => heard.push(`+ ${item}`));
    topic.on("delete", ({ item }) => heard.push(`- ${item}`));
    topic.set(["d", "c", "e"]);
    topic.add("f");
    expect(heard).toEqual(["set", "- a", "- b", "+ d", "+ e", "add", "+ f"]);
  });

  it("gives back what was there when a transaction is taken back", () => {
    const topic = new SetTopic(["a", "b"]);
    expect(() =>
      transact(() => {
        topic.delete("a");
        topic.add("c");
        topic.set(["z"]);
        topic.delete("z");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(topic.value).toEqual(new Set(["a", "b"]));
  });
});
