import { describe, expect, it } from "vitest";
import { CheckedText } from "./checked-text.ts";

describe("a checked text", () => {
  function create(): { topic: CheckedText; asked: string[] } {
    const asked: string[] = [];
    const topic = new CheckedText("one", (text) => {
      asked.push(text);
      if (text.includes("x")) throw new RangeError("x");
    });
    return { topic, asked };
  }

  it("is asked for the whole text that would come of each op, and not where it would be the same", () => {
    const { topic, asked } = create();
    topic.set("one");
    topic.set("two");
    topic.insert(3, "!");
    topic.delete(0, "tw");
    expect([asked, topic.value]).toEqual([["two", "two!", "o!"], "o!"]);
  });

  it("stays as it was where it is refused, and nobody hears of it", () => {
    const { topic } = create();
    let changes = 0;
    topic.on("change", () => changes++);
    expect(() => topic.set("ox")).toThrow(RangeError);
    expect(() => topic.insert(1, "x")).toThrow(RangeError);
    expect(() => topic.splice(0, 3, "x")).toThrow(RangeError);
    expect([topic.value, changes]).toEqual(["one", 0]);
  });

  it("refuses what any text refuses, before it is asked", () => {
    const { topic, asked } = create();
    expect(() => topic.set(1 as unknown as string)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => topic.insert(9, "a")).toThrow(expect.objectContaining({ code: "out_of_range" }));
    expect(asked).toEqual([]);
  });
});
