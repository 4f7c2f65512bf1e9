/** Rules that hold by construction, each seen once between two real ends. */
import { describe, expect, it } from "vitest";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { expectEqual, Sample, seen } from "./sample-tree.ts";

describe("what holds by construction", () => {
  it("[TO-22] both clients end with what the server carried out last where they put one key at once", async () => {
    const sample = new Sample();
    const card = sample.addCard();
    card.notes.put("key", "old");
    const [ann, bob] = [await sample.connect(), await sample.connect()];
    const outcomes = [
      ann.transact(() => seen(ann, card).notes.put("key", "ann")),
      bob.transact(() => seen(bob, card).notes.put("key", "bob")),
    ];
    await sample.network.settle();
    expect(await Promise.all(outcomes)).toEqual([{ ok: true }, { ok: true }]);
    expect(card.notes.get("key")).toBe("bob");
    expectEqual(sample.server, ann, bob);
  });

  it("[TO-27] an op for a version never seen is `stale`, and one for a version to come ends the connection", async () => {
    const sample = new Sample();
    const card = sample.addCard("text");
    const raw = await sample.raw();
    const insert = [-1 - 2 * card.id, 1 * 8 + 1, 0, 0, "x"];
    raw.send([3, 1, [], insert]);
    await sample.network.settle();
    expect(raw.received.at(-1)).toEqual([4, 1, [0, "stale", expect.any(String)]]);
    raw.send([3, 2, [1, 999], insert]);
    await sample.network.settle();
    expect(raw.closed?.code).toBe(4400);
    expect(card.text.value).toBe("text");
  });

  it("[TO-36] an attribute of the root belongs to no other object, and has one class", async () => {
    const sample = new Sample();
    sample.server.root.addAttribute("status", new StringTopic("fine"));
    const client = await sample.connect();
    expect(client.root.attribute("status", StringTopic).value).toBe("fine");
    for (const root of [sample.server.root, client.root]) {
      expect(() => root.attribute("status", NumberTopic)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    }
  });

  it("[CM-21] a topic of an object that is gone is silent, readable, and throws when it is written", async () => {
    const sample = new Sample();
    const card = sample.addCard("last words");
    const client = await sample.connect();
    const { text } = seen(client, card);
    const heard: string[] = [];
    text.on("change", ({ value }) => heard.push(value));
    card.destroy();
    await sample.network.settle();
    expect(text.value).toBe("last words");
    expect(() => text.set("more")).toThrow(expect.objectContaining({ code: "destroyed" }));
    expect(heard).toEqual([]);
  });
});
