/** What branches and newest values cost, and whose they are: found by reading, each with the case that showed it. */
import { describe, expect, it } from "vitest";
import type { Wire } from "../core/codec.ts";
import type { ObjectSyncError } from "../core/error.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { afterCommit } from "../core/transaction.ts";
import type { Data } from "../core/value.ts";
import { ValueTopic } from "../core/value-topic.ts";
import { collectGarbage } from "./garbage.ts";
import { Sample, seen } from "./sample-tree.ts";

class Gauge extends SObject {
  level = new NumberTopic(0, { write: "everyone", latest: true });
  changes = new NumberTopic();
  text = new StringTopic("", { write: "everyone" });

  override init(): void {
    this.level.rule("change", () => afterCommit(() => this.changes.add(1)));
  }
}

class Folder extends SObject {
  static override readonly lazy = true;
  readonly text = new StringTopic();
}

const codeOf = ({ code }: ObjectSyncError): string => code;

describe("[TO-30] a newest value", () => {
  it("that a client writes is answered, whatever the server commits after it", async () => {
    const sample = new Sample({ models: [Gauge] });
    const gauge = sample.server.root.add(Gauge);
    const client = await sample.connect();
    for (const level of [1, 2, 3]) {
      const outcome = client.transact(() => seen(client, gauge).level.set(level));
      await sample.network.settle();
      expect(await outcome).toEqual({ ok: true });
    }
    expect([gauge.level.value, gauge.changes.value]).toEqual([3, 3]);
  });

  it("[OP-08] of an object that is gone is kept by nobody", async () => {
    const sample = new Sample({ models: [Gauge, Folder] });
    const { server, network } = sample;
    const folder = server.root.add(Folder);
    const client = await sample.connect();
    client.open(seen(client, folder));
    await network.settle();
    const gone: WeakRef<SObject>[] = [];
    for (const parent of [server.root, folder]) {
      for (let count = 0; count < 50; count++) {
        const gauge = parent.add(Gauge);
        gauge.level.set(count + 1);
        gone.push(new WeakRef(gauge));
        await network.settle();
        gauge.destroy();
      }
    }
    network.clock.advance(1000);
    await network.settle();
    await new Promise((resolve) => setTimeout(resolve));
    collectGarbage();
    expect(gone.filter((each) => each.deref()).length).toBeLessThan(5);
  });
});

describe("[OP-12] a hello", () => {
  it("that names more scopes than may be open closes the connection, and one that names many twice costs nothing", async () => {
    const sample = new Sample({ models: [Folder], limits: { maxOpenScopes: 10 } });
    const folder = sample.server.root.add(Folder);
    const greedy = await sample.raw({ hello: false });
    greedy.send([1, "epoch", Array.from({ length: 11 }, (_, index) => index)]);
    await sample.network.settle();
    expect(greedy.closed?.code).toBe(4400);
    const welcomed = await sample.raw();
    const epoch = (welcomed.received[0] as Wire[])[2] as string;
    const twice = await sample.raw({ hello: false });
    twice.send([1, epoch, Array(10).fill(folder.id)]);
    await sample.network.settle();
    const [, frame] = twice.received as Wire[][];
    expect(frame?.slice(1).map((section) => (section as Wire[])[0])).toEqual([1, folder.id]);
  });
});

describe("[CM-17] opening much", () => {
  it("is refused with `too_many` while too much was sent, and the connection stays", async () => {
    const sample = new Sample({ models: [Folder], limits: { maxStepsPerSecond: 50_000 } });
    const { server, network } = sample;
    const folders = [0, 1, 2].map(() => {
      const folder = server.root.add(Folder);
      folder.add(Folder).text.set("x".repeat(100_000));
      return folder;
    });
    const client = await sample.connect();
    const open = async (folder: Folder): Promise<string> => {
      const { ready } = client.open(seen(client, folder));
      const outcome = ready.then(() => "open", codeOf);
      await network.settle();
      return outcome;
    };
    // The first is more than there is; it comes all the same.
    expect([await open(folders[0] as Folder), await open(folders[1] as Folder)]).toEqual(["open", "too_many"]);
    network.clock.advance(20_000);
    await network.settle();
    expect(await open(folders[2] as Folder)).toBe("open");
    expect(client.state.name).toBe("connected");
  });
});

describe("[CM-18] a branch", () => {
  it("ends with its client, and none can be opened afterwards", async () => {
    const sample = new Sample({ models: [Folder] });
    const folder = sample.server.root.add(Folder);
    const client = await sample.connect();
    const mirror = seen(client, folder);
    const early = client.open(mirror);
    client.close();
    const late = client.open(mirror);
    expect([early.isOpen, late.isOpen]).toEqual([false, false]);
    expect(await Promise.all([early, late].map(({ ready }) => ready.catch(codeOf)))).toEqual(["closed", "closed"]);
  });

  it("ends at once with the one around it, also while there is no connection", async () => {
    const sample = new Sample({ models: [Folder] });
    const { server, network } = sample;
    const outer = server.root.add(Folder);
    const inner = outer.add(Folder);
    const client = await sample.connect({ minRetryMs: 10 });
    const around = client.open(seen(client, outer));
    await network.settle();
    const within = client.open(seen(client, inner));
    await network.settle();
    network.lastLink.drop();
    around.close();
    expect(within.isOpen).toBe(false);
    client.open(seen(client, outer));
    network.clock.advance(10);
    await network.settle();
    expect(client.state.name).toBe("connected");
    expect(seen(client, outer).children).toHaveLength(1);
  });
});

describe("[CM-18] the end of a branch", () => {
  it("is told with its reason, to each who has it open", async () => {
    const sample = new Sample({ models: [Folder] });
    const { server, network } = sample;
    const folders = [0, 1, 2].map(() => server.root.add(Folder));
    const client = await sample.connect();
    const [gone, given, kept] = folders.map((folder) => client.open(seen(client, folder)));
    const other = client.open(seen(client, folders[1] as Folder));
    await network.settle();
    folders[0]?.destroy();
    given?.close();
    await network.settle();
    expect(await Promise.all([gone?.ended, given?.ended])).toEqual(["destroyed", "closed"]);
    expect(await Promise.race([other.ended, kept?.ended, Promise.resolve("open")])).toBe("open");
    client.close();
    expect(await Promise.all([other.ended, kept?.ended])).toEqual(["closed", "closed"]);
  });
});

describe("[SC-01] an added text", () => {
  it("can be written after its object has come to another branch", async () => {
    const sample = new Sample({ models: [Gauge, Folder] });
    const { server, network } = sample;
    const [from, to] = [server.root.add(Folder), server.root.add(Folder)];
    const gauge = from.add(Gauge);
    const note = gauge.addAttribute("note", new StringTopic("", { write: "everyone" }));
    const client = await sample.connect();
    for (const folder of [from, to]) client.open(seen(client, folder));
    await network.settle();
    for (let count = 0; count < 9; count++) note.insert(0, "x");
    gauge.moveTo(to);
    await network.settle();
    const outcome = client.transact(() => seen(client, gauge).attribute("note", StringTopic).insert(0, "y"));
    await network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(note.value).toBe(`y${"x".repeat(9)}`);
  });
});

describe("[OP-12] a client that is refused again and again", () => {
  it("is told each time once it reads, and is closed when it never does", async () => {
    const sample = new Sample({ models: [Folder], limits: { maxOpenScopes: 5, maxBufferedBytes: 100 } });
    const { server, network } = sample;
    const text = server.root.addAttribute("text", new StringTopic());
    const raw = await sample.raw();
    raw.link.toClient.isStalled = true;
    text.set("x".repeat(1000));
    await network.settle();
    for (const id of [901, 902, 901]) raw.send([5, id]);
    await network.settle();
    expect(raw.closed).toBeUndefined();
    raw.link.toClient.isStalled = false;
    await network.settle();
    network.clock.advance(1000);
    await network.settle();
    expect(raw.received).toContainEqual([0, [901, "not_found"], [902, "not_found"]]);
    raw.link.toClient.isStalled = true;
    text.set("y".repeat(1000));
    await network.settle();
    for (let id = 1000; id < 1020; id++) raw.send([5, id]);
    await network.settle();
    raw.link.toClient.isStalled = false;
    await network.settle();
    expect(raw.closed?.code).toBe(4329);
  });

  it("may write in the turn in which branches end with the one around them", async () => {
    const sample = new Sample({ models: [Folder, Gauge] });
    const { server, network } = sample;
    const outer = server.root.add(Folder);
    for (let count = 0; count < 20; count++) outer.add(Folder);
    const gauge = server.root.add(Gauge);
    const client = await sample.connect();
    const branch = client.open(seen(client, outer));
    await network.settle();
    for (const child of seen(client, outer).children) client.open(child);
    await network.settle();
    branch.close();
    const outcome = client.transact(() => seen(client, gauge).text.set("x"));
    await network.settle();
    expect(await outcome).toEqual({ ok: true });
  });
});

describe("[OP-12] a value with many keys", () => {
  it("is not measured for each op of a batch that is refused for it", async () => {
    const open = { write: "everyone" } as const;
    const sample = new Sample();
    const value = new ValueTopic<Data>(null, open);
    const wide = { inner: Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, 1])) };
    sample.server.root.addAttribute("value", value).set(wide);
    let measured = 0;
    const { effort } = value.kind;
    value.kind.effort = (...args) => {
      measured++;
      return effort(...args);
    };
    const raw = await sample.raw();
    const put = [-3, 1 * 8 + 1, ["inner", "k1", "x"], 1];
    raw.send([3, 1, [1, sample.server.root.id], ...Array(900).fill(put)]);
    await sample.network.settle();
    value.kind.effort = effort;
    expect(measured).toBeLessThan(5);
  });
});
