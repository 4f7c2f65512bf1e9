import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BinaryTopic, binaryKind, MAX_BINARY_LENGTH } from "./binary-topic.ts";
import { track } from "./track.ts";

const bytes = fc.uint8Array({ max: 2, maxLength: 8 });
const of = (...items: number[]): Uint8Array => Uint8Array.of(...items);

describe("BinaryTopic", () => {
  it("[TO-12][TO-38] is empty by default and works alone", () => {
    const topic = new BinaryTopic();
    expect(topic.value).toEqual(of());
    topic.set(of(1, 2, 3));
    topic.insert(3, of(4));
    topic.delete(0, 1);
    topic.splice(1, 1, of(7, 8));
    expect(topic.value).toEqual(of(2, 7, 8, 4));
    expect(topic.object).toBeUndefined();
  });

  it("[TO-12] takes an ArrayBuffer, and a view of a part of one", () => {
    const { buffer } = of(1, 2, 3, 4);
    const topic = new BinaryTopic(buffer as ArrayBuffer);
    expect(topic.value).toEqual(of(1, 2, 3, 4));
    topic.set(new Uint8Array(buffer, 1, 2));
    expect(topic.value).toEqual(of(2, 3));
    topic.insert(0, buffer as ArrayBuffer);
    expect(topic.value).toEqual(of(1, 2, 3, 4, 2, 3));
  });

  it("lets itself be looked at without a copy of the whole", () => {
    const topic = new BinaryTopic(of(1, 2, 3, 4));
    expect([topic.length, topic.at(0), topic.at(-1), topic.at(4)]).toEqual([4, 1, 4, undefined]);
    expect([topic.slice(), topic.slice(1), topic.slice(1, -1), topic.slice(3, 1)]).toEqual([
      of(1, 2, 3, 4),
      of(2, 3, 4),
      of(2, 3),
      of(),
    ]);
  });

  it("is noted as read by each of the ways to look", () => {
    const topic = new BinaryTopic(of(1));
    const looks = [() => topic.value, () => topic.length, () => topic.at(0), () => topic.slice()];
    for (const look of looks) {
      let runs = 0;
      const stop = track(() => {
        look();
        runs++;
      });
      topic.insert(0, of(1));
      expect(runs).toBe(2);
      stop();
    }
  });

  it.each<[string, (topic: BinaryTopic) => void, string]>([
    ["an insertion before the start", (topic) => topic.insert(-1, of(1)), "out_of_range"],
    ["an insertion behind the end", (topic) => topic.insert(4, of(1)), "out_of_range"],
    ["an insertion at no integer", (topic) => topic.insert(1.5, of(1)), "wrong_type"],
    ["an insertion of no bytes", (topic) => topic.insert(0, "a" as never), "wrong_type"],
    ["an insertion of an array", (topic) => topic.insert(0, [1] as never), "wrong_type"],
    ["a deletion of more than there is", (topic) => topic.delete(2, 2), "out_of_range"],
    ["a deletion of less than nothing", (topic) => topic.delete(2, -1), "out_of_range"],
    ["a set to nothing", (topic) => topic.set(null as never), "wrong_type"],
    ["a set to wider numbers", (topic) => topic.set(new Uint16Array(2) as never), "wrong_type"],
  ])("[TO-12] refuses %s", (_, call, code) => {
    const topic = new BinaryTopic(of(1, 2, 3));
    expect(() => call(topic)).toThrow(expect.objectContaining({ code }));
    expect(topic.value).toEqual(of(1, 2, 3));
  });

  it("refuses more bytes than fit, before it makes room for them", () => {
    const huge = Object.defineProperty(new Uint8Array(0), "length", { value: MAX_BINARY_LENGTH + 1 });
    const tooLarge = expect.objectContaining({ code: "too_large" });
    expect(() => binaryKind.fromWire(huge)).toThrow(tooLarge);
    expect(() => binaryKind.prepare(of(), [0, huge])).toThrow(tooLarge);
    expect(() => binaryKind.prepare(of(1), [1, 0, 1, huge])).toThrow(tooLarge);
  });

  it("[TO-01] shares no memory with what it is given, also not with a part of a Node buffer", () => {
    const given = Buffer.from([1, 2, 3]);
    const topic = new BinaryTopic(given);
    given[0] = 99;
    expect(topic.value).toEqual(of(1, 2, 3));
    for (const write of [
      (part: Uint8Array) => topic.set(part),
      (part: Uint8Array) => topic.insert(1, part),
      (part: Uint8Array) => topic.splice(0, topic.length, part),
    ]) {
      const part = Buffer.from([9, 4, 5, 6, 9]).subarray(1, 4);
      write(part);
      const then = topic.value;
      part.fill(99);
      expect(topic.value).toEqual(then);
    }
  });

  it("[TO-01] hands out plain arrays whose memory is the receiver's own, in events too", () => {
    const topic = new BinaryTopic(Buffer.from([1, 2, 3]));
    const heard: unknown[] = [];
    topic.on("change", (change) => {
      change.deleted.fill(99);
      change.inserted.fill(99);
      heard.push(change.deleted, change.inserted);
    });
    for (const name of ["delete", "insert"] as const) {
      topic.on(name, (part) => {
        part.bytes.fill(99);
        heard.push(part.bytes);
      });
    }
    topic.splice(0, 3, Buffer.from([4, 5]));
    expect(heard).toEqual([of(1, 2, 3), of(4, 5), of(1, 2, 3), of(4, 5)]);
    topic.slice().fill(99);
    expect(topic.value).toEqual(of(4, 5));
    for (const each of [topic.value, topic.slice(1), ...(heard as Uint8Array[])]) {
      expect(Object.getPrototypeOf(each)).toBe(Uint8Array.prototype);
    }
  });

  it("[TO-02] is not changed by a set to equal bytes", () => {
    const topic = new BinaryTopic(of(1, 2));
    let calls = 0;
    topic.on("change", () => calls++);
    topic.set(of(1, 2));
    topic.splice(0, 1, of(1));
    topic.insert(1, of());
    expect(calls).toBe(0);
  });

  it("[TO-12] sets by one splice, no longer than need be", () => {
    fc.assert(
      fc.property(bytes, bytes, (start, end) => {
        const op = binaryKind.prepare(start, [0, end]);
        if (!op) {
          expect(start).toEqual(end);
          return;
        }
        const [code, position, count, inserted] = op as unknown as [number, number, number, Uint8Array];
        expect(code).toBe(1);
        expect(binaryKind.apply(start, op)).toEqual(end);
        const deleted = start.slice(position, position + count);
        expect(deleted.length + inserted.length).toBeGreaterThan(0);
        if (deleted.length === 0 || inserted.length === 0) return;
        expect(deleted[0]).not.toBe(inserted[0]);
        expect(deleted.at(-1)).not.toBe(inserted.at(-1));
      }),
    );
  });

  it("never changes an array that was a state, or is in an op", () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.tuple(fc.nat(8), fc.nat(8), bytes), { maxLength: 6 }), (start, splices) => {
        let state: Uint8Array = start;
        const kept: [Uint8Array, Uint8Array][] = [];
        for (const [at, count, inserted] of splices) {
          const position = Math.min(at, state.length);
          const op = binaryKind.prepare(state, [1, position, Math.min(count, state.length - position), inserted]);
          if (!op) continue;
          const inverse = binaryKind.invert(state, op);
          for (const each of [state, op[3], inverse[3]] as Uint8Array[]) kept.push([each, each.slice()]);
          const next = binaryKind.apply(state, op);
          expect(binaryKind.apply(next, inverse)).toEqual(state);
          state = next;
        }
        for (const [each, then] of kept) expect(each).toEqual(then);
      }),
    );
  });

  it("[TO-13] tells a deletion before the insertion in its place", () => {
    const topic = new BinaryTopic(of(1, 2, 3));
    const heard: unknown[] = [];
    topic.on("insert", (part) => heard.push(["insert", part.position, part.bytes]));
    topic.on("delete", (part) => heard.push(["delete", part.position, part.bytes]));
    topic.on("change", ({ position }) => heard.push(["change", position]));
    topic.splice(1, 1, of(9));
    expect(heard).toEqual([
      ["change", 1],
      ["delete", 1, of(2)],
      ["insert", 1, of(9)],
    ]);
  });
});
