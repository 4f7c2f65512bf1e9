/**
 * Clients come and go, each in its own way; afterwards it is as if they had never been there.
 */
import { expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { collectGarbage } from "./garbage.ts";
import { type Card, expectEqual, Sample, seen } from "./sample-tree.ts";

const CLIENTS = 200;

/** Ways to be there and to go, by turns. */
async function visit(sample: Sample, card: Card, turn: number): Promise<Client | undefined> {
  const { network } = sample;
  switch (turn % 8) {
    case 0:
    case 1: {
      // Somebody who looks, writes and leaves.
      const client = await sample.connect();
      const mine = seen(client, card);
      mine.text.on("change", () => {});
      client.tree.on("add", () => {});
      const done = client.transact(() => mine.notes.put("last", `${turn}`));
      await network.settle();
      expect(await done).toEqual({ ok: true });
      client.close();
      return client;
    }
    case 2: {
      // Somebody whose connection breaks while something is on its way.
      const client = await sample.connect();
      void client.transact(() => seen(client, card).votes.set(turn));
      network.lastLink.drop();
      client.close();
      return client;
    }
    case 3: {
      // Somebody who falls behind and never reads.
      const client = await sample.connect();
      network.lastLink.toClient.isStalled = true;
      for (let count = 0; count < 20; count++) {
        card.text.set(`${turn} ${count} `.repeat(100));
        await network.settle();
      }
      network.lastLink.drop();
      client.close();
      return client;
    }
    case 4: {
      // Somebody whom the server does not want.
      const client = await sample.connect();
      sample.server.clients.at(-1)?.disconnect();
      await network.settle();
      expect(client.state.name).toBe("closed");
      return client;
    }
    case 5: {
      // Somebody who never says hello.
      const raw = await sample.raw({ hello: false });
      network.clock.advance(10_000);
      await network.settle();
      expect(raw.closed).toBeDefined();
      return undefined;
    }
    case 6: {
      // Somebody who talks nonsense while results are owed.
      const raw = await sample.raw();
      raw.send([3, 1, [1, 0], [-1, 8, "x"]]);
      raw.send("nonsense");
      await network.settle();
      expect(raw.closed).toBeDefined();
      return undefined;
    }
    default: {
      // Somebody who comes back once and then gives up.
      const client = await sample.connect();
      network.lastLink.drop();
      network.clock.advance(250);
      await network.settle();
      expect(client.state.name).toBe("connected");
      network.lastLink.drop();
      client.close();
      return client;
    }
  }
}

it(`[OP-08] ${CLIENTS} clients that came and went leave no listener, no timer, no memory and no entry behind`, async () => {
  const sample = new Sample({ limits: { maxBufferedBytes: 5000 } });
  const card = sample.addCard("x".repeat(100));
  const { network, server } = sample;
  const counts = { connect: 0, disconnect: 0 };
  server.on("connect", () => counts.connect++);
  server.on("disconnect", () => counts.disconnect++);
  const stays = await sample.connect();
  const listeners = (): number[] => [
    server.tree().listenerCount,
    stays.tree.listenerCount,
    ...[card.text, card.votes, card.done, card.tags, card.notes, card.owner].map((topic) => topic.listenerCount),
  ];
  const before = { listeners: listeners(), timers: network.clock.taskCount, objects: server.tree().size };
  const gone: WeakRef<object>[] = [];
  for (let turn = 0; turn < CLIENTS; turn++) {
    const client = await visit(sample, card, turn);
    await network.settle();
    if (client) gone.push(new WeakRef(client));
    for (const link of network.links.splice(1)) gone.push(new WeakRef(link));
  }
  await network.settle();
  // A minute, in which the heartbeats arrive.
  for (let step = 0; step < 6; step++) {
    network.clock.advance(10_000);
    await network.settle();
  }
  expect({ listeners: listeners(), timers: network.clock.taskCount, objects: server.tree().size }).toEqual(before);
  expect(server.clients.map(({ id }) => id)).toEqual([stays.id]);
  expect(counts.connect).toBeGreaterThan(CLIENTS / 2);
  expect(counts.disconnect).toBe(counts.connect - 1);
  // The last one may still be on the stack.
  for (let round = 0; round < 5; round++) {
    await new Promise(setImmediate);
    collectGarbage();
  }
  expect(gone.length).toBeGreaterThan(CLIENTS);
  expect(gone.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(2);
  card.text.set("still here");
  await network.settle();
  expectEqual(server, stays);
});
