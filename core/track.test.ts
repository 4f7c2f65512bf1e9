import { describe, expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { DictTopic } from "./dict-topic.ts";
import { ListTopic } from "./list-topic.ts";
import { SObject } from "./object.ts";
import { BooleanTopic, NumberTopic } from "./scalar-topics.ts";
import { StringTopic } from "./string-topic.ts";
import { Tracker, track, untracked } from "./track.ts";
import { TypeRegistry } from "./types.ts";

describe("track", () => {
  it("[TO-17] runs at once, and again after each change of what it read", () => {
    const [read, other] = [new NumberTopic(1), new NumberTopic(1)];
    const seen: number[] = [];
    const stop = track(() => seen.push(read.value));
    read.set(2);
    other.set(2);
    read.add(1);
    expect(seen).toEqual([1, 2, 3]);
    stop();
    read.set(9);
    expect(seen).toEqual([1, 2, 3]);
    expect(read.listenerCount).toBe(0);
  });

  it("listens to what it read last, and to nothing else", () => {
    const [isOn, one, other] = [new BooleanTopic(true), new StringTopic("one"), new StringTopic("other")];
    const seen: string[] = [];
    track(() => seen.push(isOn.value ? one.value : other.value));
    expect([one.listenerCount, other.listenerCount]).toEqual([1, 0]);
    isOn.toggle();
    expect([one.listenerCount, other.listenerCount]).toEqual([0, 1]);
    one.set("not read any more");
    other.set("new");
    expect(seen).toEqual(["one", "other", "new"]);
  });

  it("notes a topic once, however often it is read", () => {
    const topic = new NumberTopic(1);
    let runs = 0;
    track(() => {
      runs++;
      return topic.value + topic.value;
    });
    expect(topic.listenerCount).toBe(1);
    topic.set(2);
    expect(runs).toBe(2);
  });

  it.each<[string, () => { read: () => unknown; write: () => void }]>([
    [
      "the length of a text",
      () =>
        forTopic(
          new StringTopic("a"),
          (t) => t.length,
          (t) => t.set("ab"),
        ),
    ],
    [
      "the length of a list",
      () =>
        forTopic(
          new ListTopic<number>(),
          (t) => t.length,
          (t) => t.push(1),
        ),
    ],
    [
      "an item of a list",
      () =>
        forTopic(
          new ListTopic<number>([1]),
          (t) => t.at(0),
          (t) => t.put(0, 2),
        ),
    ],
    [
      "the items of a list",
      () =>
        forTopic(
          new ListTopic<number>([1]),
          (t) => [...t],
          (t) => t.put(0, 2),
        ),
    ],
    [
      "an index in a list",
      () =>
        forTopic(
          new ListTopic<number>([1]),
          (t) => t.indexOf(2),
          (t) => t.put(0, 2),
        ),
    ],
    [
      "the size of a dict",
      () =>
        forTopic(
          new DictTopic<number>(),
          (t) => t.size,
          (t) => t.put("a", 1),
        ),
    ],
    [
      "a key of a dict",
      () =>
        forTopic(
          new DictTopic<number>(),
          (t) => t.get("a"),
          (t) => t.put("a", 1),
        ),
    ],
    [
      "whether a dict has a key",
      () =>
        forTopic(
          new DictTopic<number>(),
          (t) => t.has("a"),
          (t) => t.put("a", 1),
        ),
    ],
    [
      "the keys of a dict",
      () =>
        forTopic(
          new DictTopic<number>(),
          (t) => t.keys(),
          (t) => t.put("a", 1),
        ),
    ],
    [
      "the entries of a dict",
      () =>
        forTopic(
          new DictTopic<number>(),
          (t) => t.entries(),
          (t) => t.put("a", 1),
        ),
    ],
  ])("sees %s", (_, make) => {
    const { read, write } = make();
    const seen: unknown[] = [];
    track(() => seen.push(read()));
    write();
    expect(seen).toHaveLength(2);
    expect(seen[1]).not.toEqual(seen[0]);
  });

  it("sees the children of an object, also where there are none yet", () => {
    const types = new TypeRegistry();
    types.register(SObject);
    const { root } = new AuthorityTree(types, SObject);
    const seen: number[] = [];
    const stop = track(() => seen.push(root.children.length));
    const child = root.add(SObject);
    child.add(SObject);
    root.add(SObject, undefined, { index: 0 });
    child.moveTo(root, { index: 0 });
    child.destroy();
    stop();
    root.add(SObject);
    expect(seen).toEqual([0, 1, 2, 2, 1]);
  });

  it("does not see what is read `untracked`, and sees on behind it", () => {
    const [hidden, shown] = [new NumberTopic(1), new NumberTopic(1)];
    let runs = 0;
    track(() => {
      runs++;
      return untracked(() => hidden.value) + shown.value;
    });
    hidden.set(2);
    expect(runs).toBe(1);
    shown.set(2);
    expect(runs).toBe(2);
    expect(() =>
      untracked(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
  });

  it("keeps what an inner one reads from the outer", () => {
    const [inner, outer] = [new NumberTopic(1), new NumberTopic(1)];
    let runs = 0;
    track(() => {
      runs++;
      track(() => inner.value)();
      return outer.value;
    });
    inner.set(2);
    expect(runs).toBe(1);
    outer.set(2);
    expect(runs).toBe(2);
  });

  it("may end itself while it runs", () => {
    const topic = new NumberTopic(0);
    const seen: number[] = [];
    const stop = track(() => {
      seen.push(topic.value);
      if (topic.value === 2) stop();
    });
    topic.set(1);
    topic.set(2);
    topic.set(3);
    expect(seen).toEqual([0, 1, 2]);
    expect(topic.listenerCount).toBe(0);
  });

  it("leaves nothing behind when its first run throws", () => {
    const topic = new NumberTopic(0);
    expect(() =>
      track(() => {
        throw new Error(`no ${topic.value}`);
      }),
    ).toThrow("no 0");
    expect(topic.listenerCount).toBe(0);
  });
});

describe("Tracker", () => {
  it("calls back after a change, and runs when it is told to", () => {
    const topic = new NumberTopic(1);
    let changes = 0;
    const tracker = new Tracker(() => changes++);
    expect(tracker.run(() => topic.value)).toBe(1);
    topic.set(2);
    topic.set(3);
    expect(changes).toBe(2);
    tracker.stop();
    topic.set(4);
    expect(changes).toBe(2);
    // Stopped, it may run again: an element that was taken out of the page comes back.
    tracker.run(() => topic.value);
    topic.set(5);
    expect(changes).toBe(3);
  });

  it("goes on listening to what a run read that threw later", () => {
    const topic = new NumberTopic(1);
    let changes = 0;
    const tracker = new Tracker(() => changes++);
    expect(() =>
      tracker.run(() => {
        throw new Error(String(topic.value));
      }),
    ).toThrow("1");
    topic.set(2);
    expect(changes).toBe(1);
  });
});

function forTopic<T>(topic: T, read: (topic: T) => unknown, write: (topic: T) => void) {
  return { read: () => read(topic), write: () => write(topic) };
}
