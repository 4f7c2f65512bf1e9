// Recipes that fail on a client.
import { expect, it } from "vitest";
import "../core/drafts.ts";
import { Card, expectEqual, Sample, seen } from "./sample-tree.ts";

async function setUp() {
  const sample = new Sample();
  const card = sample.server.root.add(Card);
  card.tags.set(["a"]);
  card.notes.set({ a: "1" });
  const client = await sample.connect();
  return { sample, card, client, mine: seen(client, card) };
}

it("[TO-40] a recipe on a client that writes to the topic itself gets `stale` at once, and nothing is sent", async () => {
  const { sample, card, client, mine } = await setUp();
  const refused = expect.objectContaining({ code: "stale" });
  expect(() =>
    mine.tags.update((draft) => {
      mine.tags.push("mine");
      draft.push("b");
    }),
  ).toThrow(refused);
  mine.notes.update((draft) => {
    expect(() => mine.notes.put("a", "mine")).toThrow(refused);
    draft.b = "2";
  });
  await sample.network.settle();
  expect([card.tags.value, card.notes.value]).toEqual([["a"], { a: "1", b: "2" }]);
  expectEqual(sample.server, client);
});

it("[TO-39] what a recipe on a client writes to other topics is sent with it, or not at all where it throws", async () => {
  const { sample, card, client, mine } = await setUp();
  expect(() =>
    mine.tags.update((draft) => {
      mine.votes.add(1);
      draft.push("b");
      throw new Error("no");
    }),
  ).toThrow("no");
  const whole = client.transact(() => {
    mine.done.set(true);
    expect(() => mine.notes.update((draft) => void Object.assign(draft, { b: mine.votes.add(5) }))).toThrow(
      expect.objectContaining({ code: "wrong_type" }),
    );
  });
  mine.tags.update((draft) => {
    mine.votes.set(1001);
    draft.push("c");
  });
  await sample.network.settle();
  expect(await whole).toEqual({ ok: true });
  // Setting `done` adds a vote. The last is refused, and its tag with it.
  expect([card.done.value, card.votes.value, card.tags.value, card.notes.value]).toEqual([true, 1, ["a"], { a: "1" }]);
  expectEqual(sample.server, client);
});
