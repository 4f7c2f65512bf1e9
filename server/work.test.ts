// What a client may have the server do: messages that are small and mean much.
import { describe, expect, it } from "vitest";
import type { Wire } from "../core/codec.ts";
import { CloseCode } from "../core/wire.ts";
import type { RawClient } from "../test/raw-client.ts";
import { type RawOp, rawOps } from "../test/raw-ops.ts";
import { Card, cardOf, Sample } from "../test/sample-tree.ts";

const TEXT = 1;
const TAGS = 4;
const NOTES = 5;
const OWNER = 6;

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
});
