import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BooleanTopic, FloatTopic, floatKind, IntTopic, intKind, NumberTopic, numberKind } from "./scalar-topics.ts";
import { transact } from "./transaction.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe("NumberTopic", () => {
  it("[TO-38] is 0 by default and works alone", () => {
    const topic = new NumberTopic();
    topic.add(2);
    topic.add(-0.5);
    expect(topic.value).toBe(1.5);
  });

  it.each<[string, (topic: NumberTopic) => void, string]>([
    ["a set to NaN", (topic) => topic.set(Number.NaN), "invalid_value"],
    ["a set to infinity", (topic) => topic.set(Number.NEGATIVE_INFINITY), "invalid_value"],
    ["a set to a text", (topic) => topic.set("1" as never), "wrong_type"],
    ["a set to a big integer", (topic) => topic.set(1n as never), "wrong_type"],
    ["an addition of NaN", (topic) => topic.add(Number.NaN), "invalid_value"],
    ["an addition of a text", (topic) => topic.add("1" as never), "wrong_type"],
    ["an addition that runs over", (topic) => topic.add(Number.MAX_VALUE), "invalid_value"],
  ])("[TO-06] refuses %s", (_, call, code) => {
    const topic = new NumberTopic(1e308);
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toBe(1e308);
  });

  it("refuses a start that is no finite number", () => {
    expect(() => new NumberTopic(Number.NaN)).toThrow(expect.objectContaining({ code: "invalid_value" }));
  });

  it("[TO-06] takes an addition back to the very number, whatever floats make of it", () => {
    const topic = new NumberTopic(0.1);
    expect(() =>
      transact(() => {
        topic.add(0.2);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(topic.value).toBe(0.1);
    fc.assert(
      fc.property(finite, finite, (state, amount) => {
        const start = state === 0 ? 0 : state;
        if (!Number.isFinite(start + amount)) return;
        const op = numberKind.prepare(start, [1, amount]);
        if (op) expect(numberKind.apply(numberKind.apply(start, op), numberKind.invert(start, op))).toBe(start);
      }),
    );
  });

  it("[TO-05] takes an addition of integers back by an addition, so that others' stay", () => {
    expect(numberKind.invert(5, [1, 3])).toEqual([1, -3]);
  });

  it("knows no minus zero", () => {
    expect(new NumberTopic(-0).value).toBe(0);
    const topic = new NumberTopic(3);
    topic.set(-0);
    expect(topic.value).toBe(0);
  });

  it("does not tell of an addition that changes nothing", () => {
    const topic = new NumberTopic(1e300);
    let calls = 0;
    topic.on("change", () => calls++);
    topic.add(1);
    expect(calls).toBe(0);
  });
});

describe("IntTopic", () => {
  it("[TO-05][TO-38] is 0 by default, is set and added to", () => {
    const topic = new IntTopic();
    topic.add(5);
    topic.add(-7);
    expect(topic.value).toBe(-2);
    topic.set(Number.MIN_SAFE_INTEGER);
    topic.set(-0);
    expect(topic.value).toBe(0);
  });

  it.each<[string, (topic: IntTopic) => void, string]>([
    ["a set to a fraction", (topic) => topic.set(1.5), "invalid_value"],
    ["a set beyond the safe integers", (topic) => topic.set(2 ** 53), "invalid_value"],
    ["a set to NaN", (topic) => topic.set(Number.NaN), "invalid_value"],
    ["a set to a text", (topic) => topic.set("1" as never), "wrong_type"],
    ["a set to a big integer", (topic) => topic.set(1n as never), "wrong_type"],
    ["an addition of a fraction", (topic) => topic.add(0.5), "invalid_value"],
    ["an addition that leads beyond", (topic) => topic.add(10), "out_of_range"],
    ["an addition that leads far beyond", (topic) => topic.add(Number.MAX_SAFE_INTEGER), "out_of_range"],
  ])("[TO-05] refuses %s", (_, call, code) => {
    const topic = new IntTopic(Number.MAX_SAFE_INTEGER - 9);
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toBe(Number.MAX_SAFE_INTEGER - 9);
    expect(() => new IntTopic(0.5)).toThrow(expect.objectContaining({ code: "invalid_value" }));
  });

  it("[TO-05] takes any addition back by an addition, which leaves those of others", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.integer(), (state, mine, theirs) => {
        if (![state + mine, state + mine + theirs, state + theirs].every(Number.isSafeInteger)) return;
        const op = intKind.prepare(state, [1, mine]);
        if (!op) return;
        const inverse = intKind.invert(state, op);
        expect(inverse).toEqual([1, -mine]);
        expect(intKind.apply(intKind.apply(intKind.apply(state, op), [1, theirs]), inverse)).toBe(state + theirs);
      }),
    );
  });
});

describe("FloatTopic", () => {
  it("[TO-06][TO-38] is 0 by default and takes integers and fractions", () => {
    const topic = new FloatTopic();
    expect(topic.value).toBe(0);
    topic.set(2);
    topic.add(0.5);
    expect(topic.value).toBe(2.5);
  });

  it("[TO-06] refuses what is no finite number, and takes an addition back to the very number", () => {
    const topic = new FloatTopic(0.1);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => topic.set(value)).toThrow(expect.objectContaining({ code: "invalid_value" }));
    }
    expect(() => topic.add("1" as never)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    const op = floatKind.prepare(0.1, [1, 0.2]) ?? [0, 0];
    expect(floatKind.apply(floatKind.apply(0.1, op), floatKind.invert(0.1, op))).toBe(0.1);
  });

  it("is a kind of its own, so a class cannot have a float in one instance and a number in another", () => {
    const names = [new NumberTopic(), new FloatTopic(), new IntTopic()].map(({ kind }) => kind.name);
    expect(names).toEqual(["number", "float", "int"]);
  });
});

describe("BooleanTopic", () => {
  it("[TO-07][TO-38] is false by default, is set and toggled", () => {
    const topic = new BooleanTopic();
    expect(topic.value).toBe(false);
    topic.toggle();
    expect(topic.value).toBe(true);
    topic.set(false);
    expect(topic.value).toBe(false);
  });

  it.each([0, 1, "true", null, undefined, {}])("[TO-07] refuses %j", (value) => {
    const topic = new BooleanTopic(true);
    expect(() => topic.set(value as never)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => new BooleanTopic((value ?? "x") as never)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(topic.value).toBe(true);
  });
});
