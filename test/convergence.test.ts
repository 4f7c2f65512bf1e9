/**
 * Whatever happens in between, at the end every mirror equals the server, a fresh one too, and nothing is pending.
 *
 * The network brings one message at a time, in any interleaving; connections break, stall and come back, servers end and
 * begin anew. A failure names its seed: it stays in `SEEDS`.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Outcome } from "../client/outbox.ts";
import { ObjectSyncError } from "../core/error.ts";
import type { SObject } from "../core/object.ts";
import { transact } from "../core/transaction.ts";
import { seededRandom } from "../testing/seeded-random.ts";
import { Card, expectEqual, type MirroredCard, Sample } from "./sample-tree.ts";

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const STEPS = 250;
const CLIENTS = 3;

type Pick = (count: number) => number;

/** One edit, at random; some cannot be done, some are refused. */
function edit(card: MirroredCard, pick: Pick): void {
  const word = ["a", "bc", "déf", "\u{1f600}", "bomb"][pick(5)] as string;
  const edits: (() => void)[] = [
    () => card.text.insert(pick(card.text.length + 1), word),
    () => card.text.set(word.repeat(pick(30))),
    () => card.votes.add(pick(9)),
    () => card.votes.set(pick(1100)),
    () => card.done.toggle(),
    () => card.tags.push(word),
    () => card.tags.set([word, `${pick(9)}`]),
    () => card.tags.splice(0, pick(card.tags.value.length + 1)),
    () => card.notes.put(`${pick(4)}`, word),
    () => card.notes.delete(`${pick(4)}`),
  ];
  (edits[pick(edits.length)] as () => void)();
}

/** One step of the server's own code, at random. */
function serve(root: SObject, pick: Pick): void {
  const cards = root.search({ type: Card });
  const card = cards[pick(cards.length)];
  const other = cards[pick(cards.length)];
  if (!card || !other || cards.length < 4) return void root.add(Card, undefined, { index: pick(root.children.length) });
  const steps: (() => void)[] = [
    () => void card.add(Card),
    () => card.destroy(),
    () => card.moveTo(other),
    () => card.moveTo(root, { index: 0 }),
    () => card.owner.set(`${pick(100)}`),
    () => edit(card as unknown as MirroredCard, pick),
    () => edit(card as unknown as MirroredCard, pick),
  ];
  transact(() => {
    for (let count = pick(3); count >= 0; count--) (steps[pick(steps.length)] as () => void)();
  });
}

/** Does what may be impossible at this moment. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ObjectSyncError) && !(error as Error).message.includes("password")) throw error;
  }
}

async function run(seed: number): Promise<Record<string, number>> {
  const random = seededRandom(seed);
  const pick: Pick = (count) => Math.floor(random() * count);
  const sample = new Sample({ limits: { maxBufferedBytes: 2_000 } });
  const { network } = sample;
  const counts: Record<string, number> = { resets: 0, behind: 0 };
  const outcomes: Promise<Outcome>[] = [];
  sample.addCard("first");
  const clients: Client[] = [];
  for (let index = 0; index < CLIENTS; index++) {
    const client = await sample.connect({ random });
    client.tree.on("reset", () => {
      counts.resets = (counts.resets ?? 0) + 1;
    });
    clients.push(client);
  }
  const write = (): void => {
    const client = clients[pick(CLIENTS)] as Client;
    const cards = client.root.search<Card>({ type: "Card" });
    if (cards.length === 0) return;
    attempt(() =>
      outcomes.push(
        client.transact(() => {
          for (let count = pick(3); count >= 0; count--) edit(cards[pick(cards.length)] as MirroredCard, pick);
        }),
      ),
    );
  };
  const deliver = (): void => {
    const { busy } = network;
    busy[pick(busy.length)]?.deliver();
  };
  const open = () => network.links.filter((link) => link.isOpen);
  for (let step = 0; step < STEPS; step++) {
    const dice = pick(100);
    if (dice < 20) write();
    else if (dice < 40) attempt(() => serve(sample.server.root, pick));
    else if (dice < 75) for (let count = pick(4); count >= 0; count--) deliver();
    else if (dice < 88) network.endTurn();
    else if (dice < 91) network.clock.advance(pick(400));
    else if (dice < 94) open()[pick(open().length)]?.drop();
    else if (dice < 97) {
      const link = open()[pick(open().length)];
      if (link) link.toClient.isStalled = !link.toClient.isStalled;
    } else if (dice < 98 && pick(4) === 0) {
      await sample.stopServer();
      sample.startServer();
      sample.addCard("of another epoch");
    } else await network.settle();
    await null;
  }
  for (const link of network.links) link.toClient.isStalled = false;
  // Long enough for whoever is offline, and for those who are behind.
  for (let round = 0; round < 4; round++) {
    await network.settle();
    network.clock.advance(10_000);
  }
  await network.settle();
  const late = await sample.connect();
  expectEqual(sample.server, late, ...clients);
  for (const client of clients) expect(client.state).toEqual({ name: "connected" });
  const pending = Symbol("pending");
  const settled = await Promise.all(outcomes.map((outcome) => Promise.race([outcome, Promise.resolve(pending)])));
  expect(settled).not.toContain(pending);
  for (const outcome of settled as Outcome[]) {
    const name = outcome.ok ? "ok" : outcome.code;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  for (const client of clients) client.close();
  late.close();
  await network.settle();
  expect(network.clock.taskCount).toBe(0);
  expect(sample.server.clients).toEqual([]);
  return counts;
}

describe("[CM-25] mirrors converge", () => {
  const totals: Record<string, number> = {};

  it.each(SEEDS)("after anything that may happen to three clients (seed %i)", async (seed) => {
    const counts = await run(seed);
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
  });

  it("and enough has happened", () => {
    for (const name of ["ok", "rejected", "failed", "stale", "unconfirmed", "destroyed", "resets"]) {
      expect([name, totals[name] ?? 0]).toEqual([name, expect.any(Number)]);
      expect(totals[name] ?? 0).toBeGreaterThan(0);
    }
  });
});
