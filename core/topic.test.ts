import { describe, expect, it } from "vitest";
import { NumberTopic } from "./scalar-topics.ts";
import { StringTopic } from "./string-topic.ts";

describe("Topic", () => {
  it("[TO-16] calls no observer and no rule after it was removed", () => {
    const topic = new NumberTopic();
    const heard: string[] = [];
    const removers = [
      topic.on("change", () => heard.push("on")),
      topic.once("change", () => heard.push("once")),
      topic.rule("change", () => heard.push("rule")),
    ];
    expect(topic.listenerCount).toBe(3);
    for (const remove of removers) remove();
    topic.set(1);
    expect(heard).toEqual([]);
    expect(topic.listenerCount).toBe(0);
    // Removing twice is no error and removes nobody else.
    topic.on("change", () => heard.push("other"));
    for (const remove of removers) remove();
    topic.set(2);
    expect(heard).toEqual(["other"]);
  });

  it("[TO-16] may lose listeners and gain listeners inside a call", () => {
    const topic = new NumberTopic();
    const heard: string[] = [];
    const removeFirst = topic.on("change", () => {
      heard.push("first");
      removeFirst();
      removeSecond();
      topic.on("change", () => heard.push("late"));
    });
    const removeSecond = topic.on("change", () => heard.push("second"));
    topic.on("change", () => heard.push("third"));
    topic.set(1);
    expect(heard).toEqual(["first", "third"]);
    topic.set(2);
    expect(heard).toEqual(["first", "third", "third", "late"]);
  });

  it("[TO-16] calls a one-time listener once, even where that call leads to another change", () => {
    const topic = new NumberTopic();
    const heard: number[] = [];
    topic.once("change", ({ value }) => heard.push(value));
    topic.rule("change", () => {
      if (topic.value < 5) topic.add(1);
    });
    topic.set(1);
    expect(heard).toEqual([1]);
    expect(topic.value).toBe(5);
    expect(topic.listenerCount).toBe(1);
  });

  it("[TO-16] takes the same function twice", () => {
    const topic = new NumberTopic();
    let calls = 0;
    const listener = (): number => calls++;
    const remove = topic.on("change", listener);
    topic.on("change", listener);
    topic.set(1);
    remove();
    topic.set(2);
    expect(calls).toBe(3);
  });

  it("calls rules for finer events, after all observers", () => {
    const topic = new StringTopic("ab");
    const heard: string[] = [];
    topic.rule("insert", ({ text }) => heard.push(`rule insert ${text}`));
    topic.rule("change", () => heard.push("rule change"));
    topic.on("insert", () => heard.push("insert"));
    topic.on("change", () => heard.push("change"));
    topic.insert(1, "x");
    topic.delete(0, 1);
    expect(heard).toEqual(["change", "insert", "rule change", "rule insert x", "change", "rule change"]);
  });

  it("[TO-15] tells the old and the new value of a scalar and a text", () => {
    const [number, text] = [new NumberTopic(1), new StringTopic("a")];
    const heard: unknown[] = [];
    number.on("change", ({ old, value, origin }) => heard.push([old, value, origin]));
    text.on("change", ({ old, value, origin }) => heard.push([old, value, origin]));
    number.add(2);
    text.insert(1, "b");
    expect(heard).toEqual([
      [1, 3, "local"],
      ["a", "ab", "local"],
    ]);
  });

  it("reads as changed inside its own listeners", () => {
    const topic = new NumberTopic();
    const heard: number[] = [];
    topic.on("change", () => heard.push(topic.value));
    topic.rule("change", () => heard.push(topic.value));
    topic.set(7);
    expect(heard).toEqual([7, 7]);
  });
});
