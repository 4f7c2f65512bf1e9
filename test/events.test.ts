/**
 * Events of objects, between a server and its clients: who hears them, and that nobody hears one twice or too late.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { ObjectSyncError } from "../core/error.ts";
import { EventTopic } from "../core/event-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { afterCommit, transact } from "../core/transaction.ts";
import { Sample } from "./sample-tree.ts";

interface Press {
  readonly x: number;
  readonly picture?: Uint8Array;
}

/** A thing that is pressed, and that rings. */
class Bell extends SObject {
  readonly press = new EventTopic<Press>({ write: "everyone" });
  readonly ring = new EventTopic();
  readonly presses = new NumberTopic();
  readonly name = new StringTopic("", { write: "everyone" });

  override init(): void {
    this.press.rule("emit", ({ args }) => {
      if (args.x < 0) throw new ObjectSyncError("rejected", "not there");
      this.presses.add(1);
    });
  }
}

function makeSample(): { sample: Sample; bell: Bell; other: Bell } {
  const sample = new Sample({ models: [Bell] });
  return { sample, bell: sample.server.root.add(Bell), other: sample.server.root.add(Bell) };
}

function bellOf(client: Client, { id }: Bell): Mirrored<Bell> {
  return client.tree.get(id) as unknown as Mirrored<Bell>;
}

/** What is told of the events of a bell, on either end. */
function hear(bell: Pick<Bell, "press" | "ring">): unknown[] {
  const heard: unknown[] = [];
  bell.press.on("emit", ({ args, origin }) => heard.push([args, origin]));
  bell.ring.on("emit", ({ args, origin }) => heard.push([args, origin]));
  bell.press.on("revert", () => heard.push("revert"));
  return heard;
}

describe("an event", () => {
  it("[OM-29][TO-11] that the server emits reaches the listeners of that object on every client, each time", async () => {
    const { sample, bell, other } = makeSample();
    const clients = [await sample.connect(), await sample.connect()];
    const heard = clients.map((client) => hear(bellOf(client, bell)));
    const elsewhere = clients.map((client) => hear(bellOf(client, other)));
    bell.ring.emit();
    await sample.network.settle();
    transact(() => {
      bell.ring.emit();
      bell.ring.emit();
    });
    await sample.network.settle();
    const ring = [null, "remote"];
    expect(heard).toEqual([
      [ring, ring, ring],
      [ring, ring, ring],
    ]);
    expect(elsewhere).toEqual([[], []]);
  });

  it("[OM-29][TO-11] that a client emits reaches the server's rules and listeners, and the other clients", async () => {
    const { sample, bell, other } = makeSample();
    const [one, two] = [await sample.connect(), await sample.connect()];
    const [onServer, onOne, onTwo] = [hear(bell), hear(bellOf(one, bell)), hear(bellOf(two, bell))];
    const elsewhere = [hear(other), hear(bellOf(one, other)), hear(bellOf(two, other))];
    const picture = Uint8Array.of(0, 128, 255);
    bellOf(one, bell).press.emit({ x: 3, picture });
    picture.fill(9);
    await sample.network.settle();
    const args = { x: 3, picture: Uint8Array.of(0, 128, 255) };
    expect(onServer).toEqual([[args, "local"]]);
    expect(onTwo).toEqual([[args, "remote"]]);
    expect(onOne.map((each) => (each as unknown[])[0])).toEqual([args]);
    expect(elsewhere).toEqual([[], [], []]);
    expect(bell.presses.value).toBe(1);
    expect(bellOf(two, bell).presses.value).toBe(1);
  });

  it("[TO-11] is each of several in a row, also of equal ones that wait together", async () => {
    const { sample, bell } = makeSample();
    const client = await sample.connect();
    const other = hear(bellOf(await sample.connect(), bell));
    const { press, name } = bellOf(client, bell);
    for (let time = 0; time < 3; time++) press.emit({ x: 1 });
    client.transact(() => {
      press.emit({ x: 1 });
      press.emit({ x: 2 });
    });
    name.set("a");
    press.emit({ x: 3 });
    await sample.network.settle();
    expect(bell.presses.value).toBe(6);
    expect(other.map((each) => (each as [Press])[0].x)).toEqual([1, 1, 1, 1, 2, 3]);
  });

  it("[TO-11] is not heard by who joins later, with a fresh snapshot or a kept one and what came since", async () => {
    const { sample, bell } = makeSample();
    bell.ring.emit();
    /** A client that listens as early as it can: before it is told of anything else. */
    const join = async (): Promise<unknown[]> => {
      const client = sample.addClient();
      let heard: unknown[] = [];
      client.tree.on("reset", () => {
        heard = hear(bellOf(client, bell));
      });
      await sample.network.settle();
      await client.ready;
      expect(bellOf(client, bell).presses.value).toBe(bell.presses.value);
      return heard;
    };
    const first = await join();
    bell.press.emit({ x: 1 });
    await sample.network.settle();
    const second = await join();
    expect([first, second]).toEqual([[[{ x: 1 }, "remote"]], []]);
    bell.press.emit({ x: 2 });
    await sample.network.settle();
    expect([first.length, second]).toEqual([2, [[{ x: 2 }, "remote"]]]);
  });

  it("[TO-11] is not heard twice by who comes back, whatever was kept of it for joins", async () => {
    const { sample, bell } = makeSample();
    const client = await sample.connect();
    const heard = hear(bellOf(client, bell));
    bell.press.emit({ x: 1 });
    await sample.network.settle();
    sample.network.lastLink.drop();
    bell.name.set("meanwhile");
    sample.network.clock.advance(60_000);
    await sample.network.settle();
    expect(bellOf(client, bell).name.value).toBe("meanwhile");
    expect(heard).toEqual([[{ x: 1 }, "remote"]]);
    bell.press.emit({ x: 2 });
    await sample.network.settle();
    expect(heard).toEqual([
      [{ x: 1 }, "remote"],
      [{ x: 2 }, "remote"],
    ]);
  });

  it("[TO-11] that a rule refuses reaches nobody else, and the server tells that it was taken back", async () => {
    const { sample, bell } = makeSample();
    const [one, two] = [await sample.connect(), await sample.connect()];
    const [onServer, onTwo] = [hear(bell), hear(bellOf(two, bell))];
    const outcome = one.transact(() => bellOf(one, bell).press.emit({ x: -1 }));
    await sample.network.settle();
    expect(await outcome).toMatchObject({ ok: false, code: "rejected" });
    expect(onServer).toEqual([[{ x: -1 }, "local"], "revert"]);
    expect(onTwo).toEqual([]);
    expect(bell.presses.value).toBe(0);
  });

  it("[OM-29] that is not open to clients throws at once where one emits it", async () => {
    const { sample, bell } = makeSample();
    const { ring } = bellOf(await sample.connect(), bell);
    expect(() => ring.emit()).toThrow(expect.objectContaining({ code: "forbidden" }));
  });

  it("[TO-11] is neither set nor taken back by who only speaks the protocol", async () => {
    const { sample, bell } = makeSample();
    const heard = hear(bell);
    const raw = await sample.raw();
    // Slot 1, with the codes of `set` and `revert`.
    raw.send([3, 1, [1, 0], [-1 - 2 * bell.id, 8, []], [-1 - 2 * bell.id, 10, { x: 1 }]]);
    await sample.network.settle();
    const [, , ...outcomes] = raw.received.at(-1) as unknown as [number, number, ...(readonly unknown[])[]];
    expect(outcomes.map((outcome) => outcome.slice(0, 2))).toEqual([
      [0, "wrong_type"],
      [1, "forbidden"],
    ]);
    expect(heard).toEqual([]);
  });

  it("[TO-11] can have effects outside once its transaction stands", async () => {
    const { sample, bell } = makeSample();
    const sent: number[] = [];
    bell.press.rule("emit", ({ args }) => afterCommit(() => sent.push(args.x)));
    const client = await sample.connect();
    bellOf(client, bell).press.emit({ x: 1 });
    bellOf(client, bell).press.emit({ x: -1 });
    await sample.network.settle();
    expect(sent).toEqual([1]);
  });
});
