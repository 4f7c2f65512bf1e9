/**
 * Events of objects, between a server and its clients: who hears them, and that nobody hears one twice or too late.
 */
import { describe, expect, it } from "vitest";
import { ObjectSyncError } from "../core/error.ts";
import { EventTopic } from "../core/event-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { afterCommit, transact } from "../core/transaction.ts";
import { Sample, seen } from "./sample-tree.ts";

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
    const heard = clients.map((client) => hear(seen(client, bell)));
    const elsewhere = clients.map((client) => hear(seen(client, other)));
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
    const [onServer, onOne, onTwo] = [hear(bell), hear(seen(one, bell)), hear(seen(two, bell))];
    const elsewhere = [hear(other), hear(seen(one, other)), hear(seen(two, other))];
    const picture = Uint8Array.of(0, 128, 255);
    seen(one, bell).press.emit({ x: 3, picture });
    picture.fill(9);
    await sample.network.settle();
    const args = { x: 3, picture: Uint8Array.of(0, 128, 255) };
    expect(onServer).toEqual([[args, "local"]]);
    expect(onTwo).toEqual([[args, "remote"]]);
    expect(onOne.map((each) => (each as unknown[])[0])).toEqual([args]);
    expect(elsewhere).toEqual([[], [], []]);
    expect(bell.presses.value).toBe(1);
    expect(seen(two, bell).presses.value).toBe(1);
  });

  it("[TO-11] is each of several in a row, also of equal ones that wait together", async () => {
    const { sample, bell } = makeSample();
    const client = await sample.connect();
    const other = hear(seen(await sample.connect(), bell));
    const { press, name } = seen(client, bell);
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
        heard = hear(seen(client, bell));
      });
      await sample.network.settle();
      await client.ready;
      expect(seen(client, bell).presses.value).toBe(bell.presses.value);
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
    const heard = hear(seen(client, bell));
    bell.press.emit({ x: 1 });
    await sample.network.settle();
    sample.network.lastLink.drop();
    bell.name.set("meanwhile");
    sample.network.clock.advance(60_000);
    await sample.network.settle();
    expect(seen(client, bell).name.value).toBe("meanwhile");
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
    const [onServer, onTwo] = [hear(bell), hear(seen(two, bell))];
    const outcome = one.transact(() => seen(one, bell).press.emit({ x: -1 }));
    await sample.network.settle();
    expect(await outcome).toMatchObject({ ok: false, code: "rejected" });
    expect(onServer).toEqual([[{ x: -1 }, "local"], "revert"]);
    expect(onTwo).toEqual([]);
    expect(bell.presses.value).toBe(0);
  });

  it("[OM-29] that is not open to clients throws at once where one emits it", async () => {
    const { sample, bell } = makeSample();
    const { ring } = seen(await sample.connect(), bell);
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
    seen(client, bell).press.emit({ x: 1 });
    seen(client, bell).press.emit({ x: -1 });
    await sample.network.settle();
    expect(sent).toEqual([1]);
  });
});

/** A die that is rolled by whoever wants to. What it shows is no topic, and nobody's but the server's. */
class Die extends SObject {
  readonly roll = new EventTopic<{ readonly by: string }, { readonly secret: string }>({
    write: "everyone",
    inverse: ({ info }) => this.rolls.splice(this.rolls.indexOf(info.secret ?? ""), 1),
  });
  readonly count = new NumberTopic();
  readonly rolls: string[] = [];

  override init(): void {
    this.roll.rule("emit", ({ args }) => {
      const secret = `the secret of ${args.by}`;
      this.rolls.push(secret);
      this.count.add(1);
      return { secret };
    });
  }
}

describe("an event with an inverse", () => {
  function makeDie(): { sample: Sample; die: Die } {
    const sample = new Sample({ models: [Die] });
    return { sample, die: sample.server.root.add(Die) };
  }

  function hearRolls({ roll }: Pick<Die, "roll">): unknown[] {
    const heard: unknown[] = [];
    roll.on("change", ({ type, args, origin, info }) => heard.push([type, args.by, origin, info]));
    return heard;
  }

  it("[HI-13] is undone and redone by its author: the server tells all of it, clients hear of emits alone", async () => {
    const { sample, die } = makeDie();
    const [one, two] = [await sample.connect(), await sample.connect()];
    const [onServer, onOne, onTwo] = [hearRolls(die), hearRolls(seen(one, die)), hearRolls(seen(two, die))];
    seen(one, die).roll.emit({ by: "one" });
    await sample.network.settle();
    const info = { secret: "the secret of one" };
    expect([die.rolls, die.count.value]).toEqual([[info.secret], 1]);

    const undone = one.undo();
    await sample.network.settle();
    expect(await undone).toMatchObject({ undone: true, skipped: 0 });
    expect([die.rolls, die.count.value, seen(two, die).count.value]).toEqual([[], 0, 0]);

    const redone = one.redo();
    await sample.network.settle();
    expect(await redone).toMatchObject({ undone: true, skipped: 0 });
    // Nothing rolls again: no rule runs, and what the inverse did is for observers to put back.
    expect([die.rolls, die.count.value, seen(two, die).count.value]).toEqual([[], 1, 1]);
    expect(onServer).toEqual([
      ["emit", "one", "local", {}],
      ["revert", "one", "undo", info],
      ["emit", "one", "redo", info],
    ]);
    expect(onOne).toEqual([
      ["emit", "one", "local", undefined],
      ["emit", "one", "remote", undefined],
    ]);
    expect(onTwo).toEqual([
      ["emit", "one", "remote", undefined],
      ["emit", "one", "remote", undefined],
    ]);
  });

  it("[HI-13] has its info in no message, and an undo of nothing else makes no version", async () => {
    const { sample, die } = makeDie();
    const raw = await sample.raw();
    const client = await sample.connect();
    const bell = new EventTopic({ inverse: () => undefined });
    die.addAttribute("bell", bell);
    await sample.network.settle();
    raw.received.length = 0;
    seen(client, die).roll.emit({ by: "one" });
    await sample.network.settle();
    transact(() => bell.emit(), { label: "ring" });
    const { history } = sample.server.tree();
    await sample.network.settle();
    const before = raw.received.length;
    expect(history.undo()).toMatchObject({ undone: true, label: "ring" });
    await sample.network.settle();
    expect(raw.received).toHaveLength(before);
    history.undo();
    history.redo();
    await sample.network.settle();
    expect(raw.received.length).toBeGreaterThan(before);
    const sent = JSON.stringify(raw.received);
    // Twice as it was emitted and redone.
    expect(sent.split('"by":"one"')).toHaveLength(3);
    expect(sent).not.toContain("secret");
  });

  it("[HI-13] cannot be undone by a client to which it is not open, or by one that does not know of it", async () => {
    const sample = new Sample({ models: [Die, Bell] });
    const die = sample.server.root.add(Die);
    const [one, two] = [await sample.connect(), await sample.connect()];
    const closed = new EventTopic<string>({ inverse: ({ args }) => die.rolls.push(`not ${args}`) });
    die.addAttribute("closed", closed);
    die.roll.rule("emit", () => closed.emit("this"));
    seen(one, die).roll.emit({ by: "one" });
    await sample.network.settle();
    const none = two.undo();
    await sample.network.settle();
    expect(await none).toMatchObject({ undone: false, reason: "not_found" });
    const undone = one.undo();
    await sample.network.settle();
    // What the rule derived comes with it, whether or not it is open.
    expect(await undone).toMatchObject({ undone: true, skipped: 0 });
    expect(die.rolls).toEqual(["not this"]);
  });

  it("[AT-22] has arguments both ways, as one without an inverse, of which an undo takes nothing back", async () => {
    const { sample, bell } = makeSample();
    const [one, two] = [await sample.connect(), await sample.connect()];
    const [onServer, onTwo] = [hear(bell), hear(seen(two, bell))];
    seen(one, bell).press.emit({ x: 3 });
    await sample.network.settle();
    const undone = one.undo();
    await sample.network.settle();
    expect(await undone).toMatchObject({ undone: false, reason: "forbidden" });
    expect(bell.presses.value).toBe(1);
    expect([onServer, onTwo]).toEqual([[[{ x: 3 }, "local"]], [[{ x: 3 }, "remote"]]]);
    bell.press.emit({ x: 4 });
    await sample.network.settle();
    expect(onTwo).toHaveLength(2);
  });
});
