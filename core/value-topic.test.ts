import { describe, expect, it } from "vitest";
import { decode, encode } from "./codec.ts";
import { type Data, MAX_VALUE_DEPTH } from "./value.ts";
import { ValueTopic, valueKind } from "./value-topic.ts";

interface Settings {
  view: { zoom: number; layers: Record<string, { visible: boolean }> };
  marks: number[];
}

const settings = (): Settings => ({
  view: { zoom: 1, layers: { roads: { visible: true }, rivers: { visible: true } } },
  marks: [1, 2],
});

describe("ValueTopic", () => {
  it("[TO-03][TO-38] is null by default, takes any data and works alone", () => {
    const topic = new ValueTopic();
    expect(topic.value).toBeNull();
    for (const value of [1, "a", true, [1, [2]], { a: { b: null } }, Uint8Array.of(1, 2), null]) {
      topic.set(value);
      expect(topic.value).toEqual(value);
    }
  });

  it("[TO-03] puts and deletes at paths through objects, and reads what is at one", () => {
    const topic = new ValueTopic(settings());
    topic.put(["view", "layers", "rivers", "visible"], false);
    topic.put(["view", "layers", "towns"], { visible: true });
    topic.delete(["view", "layers", "roads"]);
    topic.delete(["view", "layers", "roads"]);
    expect(topic.get(["view", "layers"])).toEqual({ rivers: { visible: false }, towns: { visible: true } });
    expect([topic.get(["view", "zoom"]), topic.get(["view", "zoom", "x"]), topic.get(["nothing"])]).toEqual([
      1,
      undefined,
      undefined,
    ]);
    expect(topic.get([])).toBe(topic.value);
    expect(topic.value.marks).toEqual([1, 2]);
  });

  it("[TO-03] has no paths into arrays: they are replaced as a whole", () => {
    const topic = new ValueTopic(settings());
    expect(topic.get(["marks", "0"])).toBeUndefined();
    expect(() => topic.put(["marks", "0"], 9)).toThrow(
      expect.objectContaining({
        code: "not_found",
        message: 'a put needs objects on its path, but what is at ["marks"] is an array of 2',
      }),
    );
    topic.put(["marks"], [3]);
    expect(topic.value.marks).toEqual([3]);
  });

  it.each<[string, unknown, string[], string]>([
    ["where nothing is", { a: {} }, ["a", "b", "c"], 'but what is at ["a","b"] is missing'],
    ["below a scalar", { a: 1 }, ["a", "b"], 'but what is at ["a"] is 1'],
    ["below null", null, ["a"], "but the value is null"],
    ["below bytes", { a: Uint8Array.of(1) }, ["a", "0"], 'but what is at ["a"] is a Uint8Array'],
  ])("[TO-03] refuses a put %s", (_, start, path, message) => {
    const topic = new ValueTopic(start);
    expect(() => topic.put(path, 1)).toThrow(
      expect.objectContaining({ code: "not_found", message: expect.stringContaining(message) }),
    );
    expect(topic.value).toEqual(start);
  });

  it.each<[string, (topic: ValueTopic) => void, string]>([
    ["a path that is no array", (topic) => topic.put("a" as never, 1), "wrong_type"],
    ["a key that is no string", (topic) => topic.put([1 as never], 1), "wrong_type"],
    ["a hole in a path", (topic) => topic.delete(new Array(1)), "wrong_type"],
    ["`__proto__` on a path", (topic) => topic.put(["__proto__", "a"], 1), "invalid_value"],
    ["`__proto__` in data", (topic) => topic.put(["a"], JSON.parse('{"__proto__":1}')), "invalid_value"],
    ["what is no data", (topic) => topic.put(["a"], new Date()), "wrong_type"],
    ["nothing", (topic) => topic.set(undefined as never), "wrong_type"],
    ["too long a path", (topic) => topic.delete(new Array(41).fill("a")), "too_deep"],
  ])("refuses %s", (_, call, code) => {
    const topic = new ValueTopic<Data>({ a: 1 });
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toEqual({ a: 1 });
  });

  it("nests no deeper by a put than by a set", () => {
    const path = Array.from({ length: MAX_VALUE_DEPTH }, (_, index) => `level ${index}`);
    const topic = new ValueTopic<unknown>({});
    for (let length = 1; length < path.length; length++) topic.put(path.slice(0, length), {});
    expect(() => topic.put(path, {})).toThrow(expect.objectContaining({ code: "too_deep" }));
    topic.put(path, 1);
    expect(new ValueTopic(topic.value).value).toEqual(topic.value);
    expect(decode(encode(valueKind.toWire(valueKind.fromWire([topic.value]))))).toEqual([topic.value]);
  });

  it("takes names that objects have for keys like any other", () => {
    const topic = new ValueTopic<object>({});
    for (const key of ["constructor", "toString", "hasOwnProperty", ""]) {
      expect(topic.get([key])).toBeUndefined();
      topic.put([key], { constructor: 1 });
      topic.put([key, "toString"], 2);
    }
    expect(Object.keys(topic.value)).toEqual(["constructor", "toString", "hasOwnProperty", ""]);
    expect(Object.getPrototypeOf(topic.value)).toBeNull();
  });

  it("[TO-01] keeps the identity of what did not change", () => {
    const topic = new ValueTopic(settings());
    const before = topic.value;
    topic.put(["view", "layers", "roads", "visible"], false);
    const after = topic.value;
    expect(after).not.toBe(before);
    expect([after.marks, after.view.layers.rivers]).toEqual([before.marks, before.view.layers.rivers]);
    expect(after.marks).toBe(before.marks);
    expect(after.view.layers.rivers).toBe(before.view.layers.rivers);
    expect(after.view.layers.roads).not.toBe(before.view.layers.roads);
    topic.put(["view", "layers", "roads"], { visible: false });
    expect(topic.value).toBe(after);
    expect(before.view.layers.roads).toEqual({ visible: true });
  });

  it("[TO-01] hands out copies of bytes, and the very object where there are none", () => {
    const topic = new ValueTopic({ picture: { pixels: Uint8Array.of(1, 2) }, title: { text: "a" } });
    const { value } = topic;
    value.picture.pixels[0] = 9;
    (topic.get<Uint8Array>(["picture", "pixels"]) as Uint8Array)[1] = 9;
    expect(topic.value.picture.pixels).toEqual(Uint8Array.of(1, 2));
    expect(topic.value.title).toBe(value.title);
  });

  it("[TO-01] gives each listener bytes of its own", () => {
    const topic = new ValueTopic<unknown>({ a: Uint8Array.of(1) });
    const heard: unknown[] = [];
    const spoil = (...values: unknown[]): void => {
      for (const value of values) {
        if (value instanceof Uint8Array) value.fill(9);
        else if (typeof value === "object" && value !== null) spoil(...Object.values(value));
      }
    };
    topic.on("put", (event) => spoil(event.old, event.item));
    topic.on("change", (event) => spoil("old" in event && event.old, "value" in event && event.value));
    topic.on("put", ({ path, old, item }) => heard.push([path, structuredClone(old), structuredClone(item)]));
    topic.put(["a"], Uint8Array.of(2));
    topic.set({ a: Uint8Array.of(3) });
    expect(heard).toEqual([
      [["a"], Uint8Array.of(1), Uint8Array.of(2)],
      [["a"], Uint8Array.of(2), Uint8Array.of(3)],
    ]);
    expect(topic.value).toEqual({ a: Uint8Array.of(3) });
  });

  it("[TO-14] tells a set by the paths that differ, as deep as both are objects", () => {
    const topic = new ValueTopic<unknown>({ a: { b: 1, c: [1], d: { e: 1 } }, f: 1 });
    const heard: unknown[] = [];
    topic.on("put", ({ path, old, item }) => heard.push(["put", path, old, item]));
    topic.on("delete", ({ path, old }) => heard.push(["delete", path, old]));
    topic.set({ a: { b: 2, c: [1], d: 3, g: null } });
    topic.set([]);
    expect(heard).toEqual([
      ["delete", ["f"], 1],
      ["put", ["a", "b"], 1, 2],
      ["put", ["a", "d"], { e: 1 }, 3],
      ["put", ["a", "g"], undefined, null],
      ["put", [], { a: { b: 2, c: [1], d: 3, g: null } }, []],
    ]);
  });

  it("does not freeze what it is given", () => {
    const given = settings();
    const topic = new ValueTopic(given);
    topic.put(["view"], given.view);
    given.view.zoom = 7;
    expect(topic.value.view.zoom).toBe(1);
  });

  it("looks the same in saved data as to a program", () => {
    const { saved } = valueKind;
    const state = valueKind.fromWire([{ a: [Uint8Array.of(1)] }]);
    const data = saved?.fromWire(valueKind.toWire(state));
    expect(data).toEqual({ a: [Uint8Array.of(1)] });
    expect(valueKind.fromWire(saved?.toWire(data))).toEqual(state);
    expect(saved?.fromWire(valueKind.toWire(valueKind.fromWire([null])))).toBeNull();
    expect(() => saved?.toWire(new Date())).toThrow(expect.objectContaining({ code: "wrong_type" }));
  });

  it("takes as many steps for a put as its path is wide the first time, and none later", () => {
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key ${index}`, 0]));
    const state = valueKind.fromWire([{ wide, narrow: 1 }]);
    const op = [1, ["wide", "key 1"], 1] as const;
    expect(valueKind.effort(state, op)).toBeGreaterThan(1000);
    const changed = valueKind.apply(state, op);
    expect(valueKind.effort(changed, op)).toBe(0);
    expect(valueKind.effort(changed, [1, ["wide"], 1])).toBeGreaterThan(1000);
    expect(valueKind.effort(changed, [1, ["narrow"], 1])).toBe(0);
    for (const path of [undefined, "wide", [["wide"]], new Array(5), [{}]]) {
      expect(valueKind.effort(changed, [1, path])).toBeGreaterThanOrEqual(0);
    }
  });
});
