// What a client may have the server do: messages that are small and mean much.
import { describe, expect, it } from "vitest";
import type { Wire } from "../core/codec.ts";
import { encode } from "../core/encode.ts";
import { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { CloseCode, MessageCode } from "../core/wire.ts";
import type { RawClient } from "../test/raw-client.ts";
import { type RawOp, rawOps } from "../test/raw-ops.ts";
import { Card, cardOf, expectEqual, Sample } from "../test/sample-tree.ts";

const TEXT = 1;
const TAGS = 4;
const NOTES = 5;
const OWNER = 6;

/** Of its picture only the newest counts; of a short one a rule makes a long one. */
class Screen extends SObject {
  readonly picture = new StringTopic("", { write: "everyone", latest: true });
  readonly title = new StringTopic("", { write: "everyone" });

  override init(): void {
    this.picture.rule("change", ({ value }) => {
      if (value === "short") this.picture.set("long ".repeat(5_000));
    });
  }
}

const PICTURE = 1;

/** The version of the state that a client was first sent. */
const versionOf = ({ received }: RawClient): number => ((received[1] as Wire[])[1] as Wire[])[1] as number;

describe("[TX-12] work that a client asks for", () => {
  it("is refused with `too_large` when a batch asks for too much, and nobody else notices", async () => {
    const sample = new Sample({ limits: { maxStepsPerSecond: 200_000 } });
    const card = sample.addCard("x".repeat(100_000));
    const honest = await sample.connect();
    const attacker = await sample.raw();
    const splices = Array.from({ length: 50 }, (): RawOp => [card.id, TEXT, 1, 0, 0, "y"]);
    attacker.send([3, 1, [1, versionOf(attacker)], rawOps(splices)]);
    await sample.network.settle();
    expect(attacker.received.at(-1)).toMatchObject([4, 1, [0, "too_large", expect.any(String)]]);
    expect(card.text.length).toBe(100_000);
    const outcome = honest.transact(() => cardOf(honest, card).votes.add(1));
    await sample.network.settle();
    expect(await outcome).toEqual({ ok: true });
  });

  it("is counted also where it is taken back, and closes who goes on", async () => {
    const sample = new Sample({ limits: { maxStepsPerSecond: 100_000 } });
    const card = sample.addCard();
    card.notes.set(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key ${index}`, "item"])));
    const attacker = await sample.raw();
    for (let number = 1; number <= 20 && attacker.closed === undefined; number++) {
      const wipe: RawOp[] = [
        [card.id, NOTES, 0, []],
        [card.id, OWNER, 0, "forbidden"],
      ];
      attacker.send([3, number, [1, versionOf(attacker)], rawOps(wipe)]);
      await sample.network.settle();
    }
    expect(attacker.closed).toMatchObject({ code: CloseCode.tooMany });
    expect(card.notes.size).toBe(500);
  });

  it("is not done for messages that would take far more memory than they are long", async () => {
    const sample = new Sample();
    const card = sample.addCard();
    const attacker = await sample.raw();
    const empties = Array.from({ length: 150_000 }, () => []);
    attacker.send([3, 1, [1, versionOf(attacker)], rawOps([[card.id, TAGS, 1, 0, 0, empties]])]);
    await sample.network.settle();
    expect(attacker.closed).toMatchObject({ code: CloseCode.tooMany });
    expect(card.tags.length).toBe(0);
    expect(card).toBeInstanceOf(Card);
  });

  it.each<[string, Wire[]]>([
    ["that are empty", []],
    ["on what is not there", rawOps([[999, 1, 0, 1]])],
    ["of what no client may ask", [7, 0, ["x", null, false, []]]],
  ])("is counted for transactions %s", async (_, transaction) => {
    const sample = new Sample({ limits: { maxStepsPerSecond: 1_000_000 } });
    const attacker = await sample.raw();
    let batches = 0;
    while (batches < 20 && attacker.closed === undefined) {
      const all = Array.from({ length: 1_000 }, () => transaction);
      attacker.send([3, 1 + 1_000 * batches++, [1, versionOf(attacker)], ...all]);
      await sample.network.settle();
    }
    // At 1,000 steps for each, and 2,000 more for one that is refused, of the four million that there are at once.
    expect(batches).toBeLessThanOrEqual(transaction.length === 0 ? 4 : 2);
    expect(attacker.closed).toMatchObject({ code: CloseCode.tooMany });
  });

  it("is as little for a thousand transactions on one newest value as its answer is short", async () => {
    const sample = new Sample({ root: Screen });
    const attacker = await sample.raw();
    const values = [...Array.from({ length: 998 }, (_, index) => `${index}`), "x".repeat(100_000)];
    attacker.send([3, 1, [], ...values.map((value) => rawOps([[1, PICTURE, 0, value]]))]);
    await sample.settle();
    const result = attacker.received.find((message) => (message as Wire[])[0] === MessageCode.result) as Wire[];
    expect(result).toHaveLength(2 + 999);
    expect(encode(result).length).toBeLessThan(10_000);
  });

  it("is counted for the bytes of its answer", async () => {
    const sample = new Sample({ root: Screen, limits: { maxStepsPerSecond: 100_000 } });
    const attacker = await sample.raw();
    let batches = 0;
    while (batches < 20 && attacker.closed === undefined) {
      attacker.send([3, ++batches, [], rawOps([[1, PICTURE, 0, "short"]])]);
      await sample.settle();
    }
    expect(attacker.closed).toMatchObject({ code: CloseCode.tooMany });
    // Each answer is 25,000 bytes, at 5 steps.
    expect(batches).toBeLessThan(6);
  });
});

describe("[TO-30] newest values that a client writes in several transactions of a batch", () => {
  it.each([
    ["all are its own", ["a", "b", "c"], "c"],
    ["a rule has made the last of them", ["a", "b", "short"], "long ".repeat(5_000)],
    ["a rule made one before the last", ["a", "short", "c"], "c"],
    ["one is written twice", ["a", "b", "a"], "a"],
  ])("show as the server has them where %s", async (_, values, last) => {
    const sample = new Sample({ root: Screen });
    const client = await sample.connect<Screen>();
    const outcomes = values.map((value) =>
      client.transact(() => {
        client.root.picture.set(value);
        client.root.title.set(`title of ${value}`);
      }),
    );
    await sample.settle();
    expect(await Promise.all(outcomes)).toEqual(values.map(() => ({ ok: true })));
    expect([client.root.picture.value, sample.server.root]).toMatchObject([last, { picture: { value: last } }]);
    expectEqual(sample.server, client);
  });
});
