import { describe, expect, it } from "vitest";
import { ListTopic, listKind } from "./list-topic.ts";
import type { Json } from "./value.ts";

const letters = ["a", "b", "c"];

describe("ListTopic", () => {
  it("[TO-08][TO-38] is empty by default and works alone", () => {
    const topic = new ListTopic<string>();
    expect(topic.value).toEqual([]);
    topic.push("a", "b");
    expect([topic.length, topic.at(0), topic.at(-1), topic.at(2)]).toEqual([2, "a", "b", undefined]);
    expect([...topic]).toEqual(["a", "b"]);
  });

  it.each<[string, (topic: ListTopic<string>) => unknown, string[]]>([
    ["-1 appends", (topic) => topic.insert(-1, "x"), ["a", "b", "c", "x"]],
    ["-2 inserts before the last", (topic) => topic.insert(-2, "x"), ["a", "b", "x", "c"]],
    ["minus the length less one inserts at the front", (topic) => topic.insert(-4, "x"), ["x", "a", "b", "c"]],
    ["an insertion at the end", (topic) => topic.insert(3, "x", "y"), ["a", "b", "c", "x", "y"]],
    ["a pop takes the last", (topic) => topic.pop(), ["a", "b"]],
    ["a pop by index", (topic) => topic.pop(0), ["b", "c"]],
    ["a pop from the end", (topic) => topic.pop(-3), ["b", "c"]],
    ["a put from the end", (topic) => topic.put(-1, "x"), ["a", "b", "x"]],
    ["a removal by item", (topic) => topic.remove("b"), ["a", "c"]],
    ["a move to the end", (topic) => topic.move(0, 2), ["b", "c", "a"]],
    ["a move to the front", (topic) => topic.move(2, 0), ["c", "a", "b"]],
    ["a splice", (topic) => topic.splice(1, 1, "x", "y"), ["a", "x", "y", "c"]],
  ])("[TO-08] %s", (_, call, value) => {
    const topic = new ListTopic(letters);
    call(topic);
    expect(topic.value).toEqual(value);
  });

  it("[TO-08] gives back what it pops", () => {
    const topic = new ListTopic(letters);
    expect([topic.pop(), topic.pop(0), topic.pop(-1)]).toEqual(["c", "a", "b"]);
    expect(() => topic.pop()).toThrow(expect.objectContaining({ code: "out_of_range" }));
    expect(() => topic.pop()).toThrow("the list is empty");
  });

  it.each<[string, (topic: ListTopic<string>) => unknown, string]>([
    ["an insertion behind the end", (topic) => topic.insert(4, "x"), "out_of_range"],
    ["an insertion before the start", (topic) => topic.insert(-5, "x"), "out_of_range"],
    ["a pop behind the end", (topic) => topic.pop(3), "out_of_range"],
    ["a pop before the start", (topic) => topic.pop(-4), "out_of_range"],
    ["a put behind the end", (topic) => topic.put(3, "x"), "out_of_range"],
    ["a put before the start", (topic) => topic.put(-4, "x"), "out_of_range"],
    ["a move from the end", (topic) => topic.move(3, 0), "out_of_range"],
    ["a move to behind the end", (topic) => topic.move(0, 3), "out_of_range"],
    ["a move to before the start", (topic) => topic.move(0, -1), "out_of_range"],
    ["a splice of more than there is", (topic) => topic.splice(2, 2), "out_of_range"],
    ["a removal of what is not there", (topic) => topic.remove("x"), "not_found"],
    ["an index that is no integer", (topic) => topic.put(0.5, "x"), "wrong_type"],
    ["an index that is no number", (topic) => topic.insert("0" as never, "x"), "wrong_type"],
    ["an item that is no JSON", (topic) => topic.push(undefined as never), "wrong_type"],
    ["a set to what is no array", (topic) => topic.set("abc" as never), "wrong_type"],
  ])("[TO-08] refuses %s", (_, call, code) => {
    const topic = new ListTopic(letters);
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toEqual(letters);
  });

  it("[TO-08] finds items by content", () => {
    const topic = new ListTopic<Json>([{ a: 1, b: 2 }, [1]]);
    expect([topic.indexOf({ b: 2, a: 1 }), topic.indexOf([1]), topic.indexOf([2])]).toEqual([0, 1, -1]);
    topic.remove({ b: 2, a: 1 });
    expect(topic.value).toEqual([[1]]);
  });

  it("inserts and takes out more items than a call has room for", () => {
    const many = Array.from({ length: 200_000 }, (_, index) => index);
    const topic = new ListTopic<number>([-1, -2]);
    const heard: number[] = [];
    topic.on("change", (change) => heard.push(change.type === "splice" ? change.inserted.length : -1));
    topic.set([-1, ...many, -2]);
    expect(topic.length).toBe(200_002);
    expect([topic.at(0), topic.at(1), topic.at(-1)]).toEqual([-1, 0, -2]);
    topic.set([]);
    expect(topic.value).toEqual([]);
    expect(heard).toEqual([200_000, 0]);
  });

  it("does not share the empty list between topics", () => {
    const [one, other] = [new ListTopic<number>(), new ListTopic<number>()];
    one.push(1);
    expect(other.value).toEqual([]);
    one.pop();
    one.push(2);
    expect([one.value, other.value]).toEqual([[2], []]);
  });

  it("gives a list as data that later changes leave alone", () => {
    const state = listKind.fromWire([1, 2]);
    const wire = listKind.toWire(state);
    listKind.apply(state, [1, 0, 1, []]);
    expect(wire).toEqual([1, 2]);
  });

  it("takes no item by a put that it would not take by a set", () => {
    let deep: Json = 1;
    for (let level = 0; level < 40; level++) deep = [deep];
    const topic = new ListTopic<Json>([0]);
    expect(() => topic.set([deep])).toThrow(expect.objectContaining({ code: "too_deep" }));
    expect(() => topic.put(0, deep)).toThrow(expect.objectContaining({ code: "too_deep" }));
    topic.put(0, (deep as readonly Json[])[0] as Json);
    expect(() => new ListTopic(topic.value)).not.toThrow();
  });

  it("[TO-13] tells a put and a move as a removal and an insertion", () => {
    const topic = new ListTopic(letters);
    const heard: unknown[] = [];
    topic.on("remove", ({ index, item }) => heard.push(["remove", index, item]));
    topic.on("insert", ({ index, item }) => heard.push(["insert", index, item]));
    topic.put(1, "x");
    topic.move(0, 2);
    topic.splice(0, 2, "y");
    expect(heard).toEqual([
      ["remove", 1, "b"],
      ["insert", 1, "x"],
      ["remove", 0, "a"],
      ["insert", 2, "a"],
      ["remove", 1, "c"],
      ["remove", 0, "x"],
      ["insert", 0, "y"],
    ]);
  });
});
