import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BinaryTopic } from "../core/binary-topic.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { EventTopic } from "../core/event-topic.ts";
import type { Op } from "../core/kind.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type AnyTopic, execute, topicInternals } from "../core/topic.ts";
import type { Change } from "../core/transaction.ts";
import type { TreeChange } from "../core/tree-changes.ts";
import { weightOf } from "../core/weight.ts";
import { KINDS } from "../test/kind-runs.ts";
import { cardOf, Sample } from "../test/sample-tree.ts";
import { TestClock } from "../testing/test-clock.ts";
import { growthOf, Quota } from "./quota.ts";

const splice = (position: number, count: number, text: string) => [1, position, count, text] as const;

/** Whether there is room for an op, as a server asks. */
function hasRoom(quota: Quota, topic: AnyTopic, op: Op): boolean {
  return quota.hasRoom(topic, op, topic.kind.invert(topicInternals.state(topic), op));
}

/** Executes an op and tells the quota of it. */
function carryOut(quota: Quota, topic: AnyTopic, op: Op): void {
  const commit = (changes: readonly Change[]): void => quota.note(changes as readonly TreeChange[]);
  execute(topic, op, { commit, onError: undefined });
}

describe("[TX-11] what a value grows by", () => {
  it.each(KINDS.filter(({ kind }) => !kind.isEvent).map((row) => [row.name, row] as const))(
    "is what its ops say, in a %s",
    (_, { kind, starts, makers, prepare }) => {
      fc.assert(
        fc.property(starts, fc.array(makers, { maxLength: 20 }), (start, run) => {
          let state: unknown = kind.fromWire(start);
          let bytes = weightOf(kind.toWire(state));
          for (const make of run) {
            const op = prepare(state, make);
            if (!op) continue;
            bytes += growthOf(kind, op, kind.invert(state, op));
            state = kind.apply(state, op);
            expect(weightOf(kind.toWire(state))).toBe(bytes);
          }
        }),
      );
    },
  );
});

describe("[TX-11] the quota of a value", () => {
  /** Carries an op out if there is room for it, as a server does. */
  const write = (quota: Quota, topic: StringTopic, text: string): boolean => {
    const op = splice(0, 0, text);
    const isRoom = hasRoom(quota, topic, op);
    if (isRoom) carryOut(quota, topic, op);
    return isRoom;
  };

  it("counts what is added, and measures again, now and then, before it refuses", () => {
    const clock = new TestClock();
    const quota = new Quota(100, clock);
    const text = new StringTopic("x".repeat(50));
    expect(write(quota, text, "y".repeat(30))).toBe(true);
    expect(write(quota, text, "z".repeat(30))).toBe(false);
    // The server's own code makes room.
    text.delete(0, 60);
    expect(write(quota, text, "z".repeat(30))).toBe(false);
    clock.advance(1000);
    expect(write(quota, text, "z".repeat(30))).toBe(true);
  });

  it("knows of what a client takes away at once", () => {
    const quota = new Quota(100, new TestClock());
    const text = new StringTopic("x".repeat(90));
    expect(write(quota, text, "y".repeat(60))).toBe(false);
    expect(hasRoom(quota, text, splice(0, 60, ""))).toBe(true);
    carryOut(quota, text, splice(0, 60, ""));
    expect(write(quota, text, "y".repeat(60))).toBe(true);
  });

  it("is for each topic by itself", () => {
    const quota = new Quota(100, new TestClock());
    const [one, other] = [new StringTopic(), new DictTopic<string>()];
    expect(hasRoom(quota, one, splice(0, 0, "y".repeat(90)))).toBe(true);
    expect(hasRoom(quota, other, [1, "key", "z".repeat(120)])).toBe(false);
    expect(hasRoom(quota, other, [1, "key", "z".repeat(20)])).toBe(true);
  });

  it("counts bytes as they are", () => {
    const quota = new Quota(200, new TestClock());
    const sound = new BinaryTopic(new Uint8Array(100));
    const insert = (count: number): Op => [1, 0, 0, new Uint8Array(count)];
    expect(hasRoom(quota, sound, insert(30))).toBe(true);
    carryOut(quota, sound, insert(30));
    expect(hasRoom(quota, sound, insert(30))).toBe(false);
    expect(hasRoom(quota, sound, [1, 0, 130, new Uint8Array(90)])).toBe(true);
  });

  it("does not count what is told with an event, however much it is: nothing of it stays", () => {
    const quota = new Quota(100, new TestClock());
    const event = new EventTopic<string>();
    for (let time = 0; time < 3; time++) {
      expect(hasRoom(quota, event, [1, "x".repeat(500)])).toBe(true);
      carryOut(quota, event, [1, "x".repeat(500)]);
    }
  });

  it("does not count what was refused or taken back", async () => {
    const sample = new Sample({ limits: { maxValueBytes: 100 } });
    const card = sample.addCard();
    const [one, other] = [await sample.connect(), await sample.connect()];
    for (let time = 0; time < 10; time++) one.transact(() => cardOf(one, card).text.set(`bomb ${"x".repeat(50)}`));
    await sample.network.settle();
    const outcome = other.transact(() => cardOf(other, card).text.set("y".repeat(60)));
    await sample.network.settle();
    expect(await outcome).toEqual({ ok: true });
  });

  it("refuses a client with `too_large`, and lets the server's own code go on", async () => {
    const sample = new Sample({ limits: { maxValueBytes: 1000 } });
    const card = sample.addCard();
    const client = await sample.connect();
    const mine = cardOf(client, card);
    const first = client.transact(() => mine.text.set("x".repeat(900)));
    await sample.network.settle();
    const second = client.transact(() => mine.text.insert(0, "y".repeat(200)));
    await sample.network.settle();
    expect([await first, await second]).toMatchObject([{ ok: true }, { ok: false, code: "too_large" }]);
    card.text.set("z".repeat(5000));
    expect(card.text.length).toBe(5000);
    await sample.network.settle();
    // Making it smaller is always possible.
    const third = client.transact(() => mine.text.set("small"));
    await sample.network.settle();
    expect(await third).toEqual({ ok: true });
    expect(card.text.value).toBe("small");
  });
});
