/**
 * A client that does not read: what is kept for it stays bounded, nobody else waits for it, and once it reads again it
 * has everything.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { CloseCode } from "../core/wire.ts";
import { Card, cardOf, expectEqual, Sample } from "../test/sample-tree.ts";
import type { Link } from "../testing/link.ts";

const MAX_BUFFERED_BYTES = 10_000;
const LOOK_MS = 50;

/** A server with a card, a client that reads, and one that does not. */
async function setUp() {
  const sample = new Sample({ limits: { maxBufferedBytes: MAX_BUFFERED_BYTES } });
  const card = sample.addCard();
  const quick = await sample.connect();
  const slow = await sample.connect();
  const link = sample.network.lastLink;
  link.toClient.isStalled = true;
  return { sample, card, quick, slow, link };
}

/** Changes the card again and again, in a turn each, by about a thousand bytes. */
async function change(sample: Sample, card: Card, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    card.text.set(`${card.votes.value}`.repeat(1000).slice(0, 1000));
    card.votes.set((card.votes.value + 1) % 1000);
    await sample.network.settle();
  }
}

async function drain(sample: Sample, link: Link): Promise<void> {
  link.toClient.isStalled = false;
  await sample.network.settle();
  sample.network.clock.advance(LOOK_MS);
  await sample.network.settle();
}

/** Whether it is in no doubt: connected, and equal to the server. */
function expectCaughtUp(sample: Sample, ...clients: Client[]): void {
  for (const client of clients) expect(client.state).toEqual({ name: "connected" });
  expectEqual(sample.server, ...clients);
}

describe("a slow client", () => {
  it("has nothing more queued past the mark, while the others go on", async () => {
    const { sample, card, quick, link } = await setUp();
    await change(sample, card, 30);
    const queued = link.toClient.bufferedBytes;
    expect(queued).toBeGreaterThan(MAX_BUFFERED_BYTES);
    expect(queued).toBeLessThan(MAX_BUFFERED_BYTES + 2_500);
    await change(sample, card, 100);
    sample.network.clock.advance(60_000);
    await sample.network.settle();
    expect(link.toClient.bufferedBytes).toBe(queued);
    expectCaughtUp(sample, quick);
  });

  it("gets one snapshot when it has read what waits, keeps its objects, and is sent frames again", async () => {
    const { sample, card, quick, slow, link } = await setUp();
    const mine = cardOf(slow, card);
    await change(sample, card, 100);
    card.add(Card);
    await sample.network.settle();
    await drain(sample, link);
    expectCaughtUp(sample, slow, quick);
    expect(cardOf(slow, card)).toBe(mine);
    const { messages } = link.toClient.sent;
    await change(sample, card, 3);
    expect(link.toClient.sent.messages).toBe(messages + 3);
    expectCaughtUp(sample, slow, quick);
  });

  it("can fall behind again and again", async () => {
    const { sample, card, quick, slow, link } = await setUp();
    for (let round = 0; round < 5; round++) {
      link.toClient.isStalled = true;
      await change(sample, card, 40);
      expect(link.toClient.bufferedBytes).toBeLessThan(MAX_BUFFERED_BYTES + 5_000);
      await drain(sample, link);
      expectCaughtUp(sample, slow, quick);
    }
  });

  it("is still listened to, and learns what became of its transactions once it reads", async () => {
    const { sample, card, slow, link } = await setUp();
    await change(sample, card, 30);
    const mine = cardOf(slow, card);
    const outcomes = [
      slow.transact(() => mine.notes.put("a", "from afar")),
      slow.transact(() => mine.done.set(true)),
      slow.transact(() => mine.votes.add(5000)),
    ];
    await sample.network.settle();
    expect(card.notes.get("a")).toBe("from afar");
    await drain(sample, link);
    expect(await Promise.all(outcomes)).toMatchObject([{ ok: true }, { ok: true }, { ok: false, code: "rejected" }]);
    expectCaughtUp(sample, slow);
    const next = slow.transact(() => mine.notes.put("b", "still there"));
    await sample.network.settle();
    expect(await next).toEqual({ ok: true });
  });

  it("can go while it is behind: nothing is left waiting", async () => {
    const { sample, card, quick, link } = await setUp();
    await change(sample, card, 30);
    expect(sample.server.clients).toHaveLength(2);
    const waiting = sample.network.clock.taskCount;
    link.drop();
    expect(sample.server.clients.map(({ id }) => id)).toEqual([quick.id]);
    // The look at its socket, the server's beat and the client's listening are gone; the client's own retry has come.
    expect(sample.network.clock.taskCount).toBe(waiting - 2);
    await change(sample, card, 3);
    expectCaughtUp(sample, quick);
  });

  it("is not made of one that reads a large first state slowly", async () => {
    const sample = new Sample();
    const card = sample.addCard("large ".repeat(1_000_000));
    const client = sample.addClient();
    const link = sample.network.lastLink;
    for (let step = 0; step < 4; step++) link.toServer.deliver();
    link.toClient.deliver();
    link.toServer.deliver();
    link.toClient.isStalled = true;
    expect(link.toClient.bufferedBytes).toBeGreaterThan(6_000_000);
    for (let votes = 1; votes <= 5; votes++) {
      card.votes.set(votes);
      await sample.network.settle();
    }
    expect(link.toClient.sent.messages).toBe(2 + 5);
    link.toClient.isStalled = false;
    await sample.network.settle();
    expectCaughtUp(sample, client);
    expect(link.toClient.sent.messages).toBe(2 + 5);
  });

  it("cannot have results pile up: they count as what waits, and then it is closed", async () => {
    const { sample, card, quick } = await setUp();
    const raw = await sample.raw();
    raw.link.toClient.isStalled = true;
    const refused = Array.from({ length: 100 }, () => [-1 - 2 * 999, 8, "x"]);
    let most = 0;
    for (let number = 1; number < 500 * 100; number += 100) {
      raw.send([3, number, [1, 0], ...refused]);
      await sample.network.settle();
      most = Math.max(most, raw.link.toClient.bufferedBytes);
    }
    expect(most).toBeGreaterThan(MAX_BUFFERED_BYTES);
    // The last one that was queued may reach over the mark.
    expect(most).toBeLessThan(MAX_BUFFERED_BYTES + 7_000);
    raw.link.toClient.isStalled = false;
    await sample.network.settle();
    expect(raw.closed).toEqual({ code: CloseCode.tooMany, reason: "too many batches" });
    await change(sample, card, 3);
    expectCaughtUp(sample, quick);
  });
});
