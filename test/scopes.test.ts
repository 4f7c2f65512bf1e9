/**
 * Lazy branches: a client sees what it has open and nothing else, and that as it is on the server, whatever crosses.
 */
import { describe, expect, it } from "vitest";
import type { Branch } from "../client/branches.ts";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { scopeBelow } from "../core/scope.ts";
import { StringTopic } from "../core/string-topic.ts";
import type { AnyTopic } from "../core/topic.ts";
import { transact } from "../core/transaction.ts";
import { seededRandom } from "../testing/seeded-random.ts";
import { pickFrom } from "./everything.ts";
import { Sample, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;
const LATEST = { write: "everyone", latest: true } as const;

class File extends SObject {
  name = new StringTopic("", OPEN);
  lines = new ListTopic<string>([], OPEN);
  progress = new NumberTopic(0, LATEST);
}

const hooks: string[] = [];

class Folder extends File {
  static override readonly lazy = true;
  override onOpen(): void {
    hooks.push(`open ${this.name.value}`);
    if (this.name.value === "filled") this.add(File).name.set("by onOpen");
    if (this.name.value === "gone") this.destroy();
    if (this.name.value === "bad") throw new Error("onOpen failed");
  }
  override onClose(): void {
    hooks.push(`close ${this.name.value}`);
  }
}

const INTERVAL_MS = 50;

function setUp() {
  hooks.length = 0;
  const sample = new Sample({ models: [File, Folder], limits: { latestIntervalMs: INTERVAL_MS } });
  const { server, network } = sample;
  const folder = server.root.add(Folder);
  folder.name.set("docs");
  const file = folder.add(File);
  file.name.set("a.txt");
  return { sample, server, network, folder, file };
}

/** What a client should see of an object and below, or what it does see. */
function stateOf(object: SObject, isOpen: (scope: number) => boolean): unknown {
  const slots = [
    ...objectInternals.shape(object).attributes.map((_, index) => index + 1),
    ...[...(objectInternals.added(object)?.all.keys() ?? [])].sort(),
  ];
  const values = slots.map((slot) => {
    const topic = object.tree.topicOf(object, slot) as AnyTopic;
    return [slot, topic.kind.name, topic.value instanceof Set ? [...topic.value].sort() : topic.value];
  });
  const children = object.isLazy && !isOpen(object.id) ? [] : object.children;
  return {
    id: object.id,
    type: object.type,
    orderKey: objectInternals.orderKey(object),
    values,
    children: children.map((child) => stateOf(child, isOpen)),
  };
}

describe("[CM-16] a lazy object", () => {
  it("is seen, and what is below it is not, in no message", async () => {
    const { sample, server, network, folder, file } = setUp();
    const client = await sample.connect();
    expect(seen(client, folder)?.name.value).toBe("docs");
    expect(seen(client, folder)?.isLazy).toBe(true);
    expect(seen(client, folder)?.children).toEqual([]);
    const { messages } = network.lastLink.toClient.sent;
    file.name.set("secret");
    file.progress.set(3);
    folder.add(File);
    file.destroy();
    await network.settle();
    network.clock.advance(INTERVAL_MS);
    await network.settle();
    expect(network.lastLink.toClient.sent.messages).toBe(messages);
    expect(client.tree.size).toBe(2);
    expect(server.tree().size).toBe(3);
  });

  it("shows what is below it once it is open, and what changes there from then on", async () => {
    const { sample, network, folder, file } = setUp();
    const client = await sample.connect();
    const other = await sample.connect();
    const events: string[] = [];
    client.tree.on("add", ({ object, origin }) => events.push(`${object.type} ${object.id} ${origin}`));
    const branch = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    await branch.ready;
    expect(events).toEqual([`File ${file.id} remote`]);
    expect(seen(client, file)?.name.value).toBe("a.txt");
    file.name.insert(0, "b");
    const second = folder.add(File);
    await network.settle();
    expect(seen(client, file)?.name.value).toBe("ba.txt");
    expect(seen(client, second)?.parent).toBe(seen(client, folder));
    expect(await writeName(client, file, "mine", network)).toEqual({ ok: true });
    expect(file.name.value).toBe("mine");
    expect(seen(other, file)).toBeUndefined();
  });

  it("cannot be written into by who does not have it open", async () => {
    const { sample, network, file } = setUp();
    const raw = await sample.raw();
    raw.send([3, 1, [1, 1], [-1 - 2 * file.id, 1 * 8 + 1, 0, 0, "x"]]);
    raw.send([3, 2, [file.parent?.id as number, 0], [-1 - 2 * file.id, 1 * 8 + 1, 0, 0, "x"]]);
    raw.send([3, 3, [1, 1], [-1 - 2 * 999, 1 * 8 + 1, 0, 0, "x"]]);
    await network.settle();
    const results = raw.received.filter((message) => (message as Wire[])[0] === 4);
    expect(results.map((message) => (message as Wire[])[2])).toEqual([
      [0, "not_found", expect.any(String)],
      [0, "not_found", expect.any(String)],
      [0, "not_found", expect.any(String)],
    ]);
    expect(file.name.value).toBe("a.txt");
  });

  it("is told when the first client opens it and when the last has closed it", async () => {
    const { sample, network, folder, server } = setUp();
    const [ann, bob] = [await sample.connect(), await sample.connect()];
    const branches = [ann, bob, bob].map((client) => client.open(seen(client, folder) as Mirrored));
    await network.settle();
    expect(hooks).toEqual(["open docs"]);
    for (const branch of branches.slice(1)) branch.close();
    await network.settle();
    expect(hooks).toEqual(["open docs"]);
    network.links[0]?.drop();
    expect(hooks).toEqual(["open docs", "close docs"]);
    const filled = server.root.add(Folder);
    filled.name.set("filled");
    await network.settle();
    bob.open(seen(bob, filled) as Mirrored);
    await network.settle();
    expect(seen(bob, filled)?.children).toHaveLength(1);
  });

  it("may fail as it is opened, or go: the client is told", async () => {
    const { sample, network, server } = setUp();
    const [bad, gone] = [server.root.add(Folder), server.root.add(Folder)];
    bad.name.set("bad");
    gone.name.set("gone");
    const client = await sample.connect();
    const opened = client.open(seen(client, bad) as Mirrored);
    await network.settle();
    await opened.ready;
    expect(sample.errors).toEqual([new Error("onOpen failed")]);
    const branch = client.open(seen(client, gone) as Mirrored);
    const refusal = expect(branch.ready).rejects.toMatchObject({ code: "destroyed" });
    await network.settle();
    await refusal;
    expect(seen(client, gone)).toBeUndefined();
  });
});

describe("[CM-17] opening what cannot be opened", () => {
  it("is refused with a code, and the client goes on", async () => {
    const { sample, network, file, folder } = setUp();
    const raw = await sample.raw();
    raw.received.length = 0;
    const ids = [999, 1, 0, file.id];
    for (const id of ids) raw.send([5, id]);
    await network.settle();
    expect(raw.received).toEqual([[0, ...ids.map((id) => [id, "not_found"])]]);
    expect(raw.closed).toBeUndefined();
    const client = await sample.connect();
    expect(() => client.open(client.root)).toThrow(expect.objectContaining({ code: "invalid_value" }));
    const mirror = seen(client, folder) as Mirrored;
    folder.destroy();
    await network.settle();
    expect(() => client.open(mirror)).toThrow(expect.objectContaining({ code: "destroyed" }));
  });

  it("is refused beyond `maxOpenScopes`", async () => {
    const sample = new Sample({ models: [Folder], limits: { maxOpenScopes: 2 } });
    for (let count = 0; count < 3; count++) sample.server.root.add(Folder);
    const client = await sample.connect();
    const outcomes = client.root.children.map((child) =>
      client.open(child).ready.then(
        () => "open",
        ({ code }: ObjectSyncError) => code,
      ),
    );
    await sample.network.settle();
    expect(await Promise.all(outcomes)).toEqual(["open", "open", "too_many"]);
  });
});

describe("[CM-18] a lazy object that is closed", () => {
  it("shows nothing below it any more, and no message about it comes", async () => {
    const { sample, network, folder, file } = setUp();
    const client = await sample.connect();
    const [first, second] = [0, 1].map(() => client.open(seen(client, folder) as Mirrored)) as [Branch, Branch];
    await network.settle();
    first.close();
    first.close();
    expect(seen(client, file)).toBeDefined();
    const gone: number[] = [];
    client.tree.on("remove", ({ object }) => gone.push(object.id));
    second.close();
    expect(gone).toEqual([file.id]);
    expect(seen(client, file)).toBeUndefined();
    await network.settle();
    const { messages } = network.lastLink.toClient.sent;
    file.name.set("unseen");
    await network.settle();
    expect(network.lastLink.toClient.sent.messages).toBe(messages);
  });

  it("shows the present state when it is opened again, whatever was on its way meanwhile", async () => {
    const { sample, network, folder, file } = setUp();
    const client = await sample.connect();
    const open = (): Branch => client.open(seen(client, folder) as Mirrored);
    open();
    await network.settle();
    open().close();
    for (let round = 0; round < 4; round++) {
      const branch = open();
      file.name.set(`round ${round}`);
      folder.add(File);
      network.endTurn();
      if (round % 2 === 0) branch.close();
    }
    await network.settle();
    expect(seen(client, file)?.name.value).toBe("round 3");
    expect(seen(client, folder)?.children).toHaveLength(5);
  });

  it("closes what is lazy below it too", async () => {
    const { sample, network, folder } = setUp();
    const inner = folder.add(Folder);
    inner.name.set("inner");
    inner.add(File);
    const client = await sample.connect();
    const branch = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const below = client.open(seen(client, inner) as Mirrored);
    await network.settle();
    expect(client.tree.size).toBe(5);
    branch.close();
    await network.settle();
    expect(client.tree.size).toBe(2);
    expect(hooks).toEqual(["open docs", "open inner", "close inner", "close docs"]);
    below.close();
  });
});

describe("[SC-01] an object that moves from one branch to another", () => {
  it("keeps its mirror, topics and listeners where both are open, comes where one is, and goes where none is", async () => {
    const { sample, network, server, folder, file } = setUp();
    const other = server.root.add(Folder);
    const [both, from, to, none] = (await Promise.all([0, 1, 2, 3].map(() => sample.connect()))) as [
      Client,
      Client,
      Client,
      Client,
    ];
    for (const [client, object] of [
      [both, folder],
      [both, other],
      [from, folder],
      [to, other],
    ] as const) {
      client.open(seen(client, object) as Mirrored);
    }
    await network.settle();
    const mirror = seen(both, file) as Mirrored<File>;
    const { name } = mirror;
    const events: string[] = [];
    for (const event of ["add", "remove", "move"] as const) {
      both.tree.on(event, ({ object }) => events.push(`${event} ${object.id}`));
    }
    name.on("change", ({ value }) => events.push(value));
    transact(() => {
      file.name.set("before");
      file.moveTo(other);
      file.name.set("after");
    });
    file.progress.set(7);
    await network.settle();
    expect(seen(both, file)).toBe(mirror);
    expect(mirror.name).toBe(name);
    expect(mirror.parent).toBe(seen(both, other));
    expect(mirror.progress.value).toBe(7);
    expect(events).toEqual([`move ${file.id}`, "before", "after"]);
    expect([from, to, none].map((client) => seen(client, file)?.name.value)).toEqual([undefined, "after", undefined]);
  });

  it("closes the branch that it is the host of for who does not see it any more, and no other", async () => {
    const { sample, network, server, folder } = setUp();
    const inner = folder.add(Folder);
    inner.name.set("inner");
    const leaf = inner.add(File);
    const other = server.root.add(Folder);
    const [both, one] = [await sample.connect(), await sample.connect()];
    for (const client of [both, one]) client.open(seen(client, folder) as Mirrored);
    both.open(seen(both, other) as Mirrored);
    await network.settle();
    for (const client of [both, one]) client.open(seen(client, inner) as Mirrored);
    await network.settle();
    inner.moveTo(other);
    await network.settle();
    leaf.name.set("still here");
    await network.settle();
    expect(seen(both, leaf)?.name.value).toBe("still here");
    expect(seen(one, inner)).toBeUndefined();
    expect(seen(one, leaf)).toBeUndefined();
  });
});

describe("[TO-30][TO-32] a topic of which only the newest value counts", () => {
  it("is sent at most once in an interval, the first at once, and makes no version", async () => {
    const sample = new Sample({ models: [File], limits: { latestIntervalMs: INTERVAL_MS } });
    const { network, server } = sample;
    const file = server.root.add(File);
    const client = await sample.connect();
    const heard: number[] = [];
    const { progress } = seen(client, file) as Mirrored<File>;
    progress.on("change", ({ value }) => heard.push(value));
    const before = network.lastLink.toClient.sent.messages;
    for (let value = 1; value <= 1000; value++) {
      file.progress.set(value);
      if (value % 100 === 0) await network.settle();
    }
    expect(heard).toEqual([100]);
    network.clock.advance(INTERVAL_MS);
    await network.settle();
    expect(heard).toEqual([100, 1000]);
    expect(network.lastLink.toClient.sent.messages - before).toBe(2);
  });

  it("[TO-34] is shown as it is now to who joins, who comes back, and with an object that is new", async () => {
    const sample = new Sample({ models: [File], limits: { latestIntervalMs: INTERVAL_MS } });
    const { network, server } = sample;
    const file = server.root.add(File);
    const early = await sample.connect({ minRetryMs: 10, maxRetryMs: 10 });
    const shown = (client: Client, object: File): unknown => seen(client, object)?.progress.value;
    file.progress.set(1);
    await network.settle();
    file.progress.set(2);
    const late = await sample.connect();
    expect(shown(late, file)).toBe(2);
    network.links[0]?.drop();
    file.progress.set(0);
    network.clock.advance(10);
    await network.settle();
    expect(early.state.name).toBe("connected");
    expect(shown(early, file)).toBe(0);
    const added = transact(() => {
      const object = server.root.add(File);
      object.progress.set(5);
      return object;
    });
    await network.settle();
    expect(shown(early, added)).toBe(5);
  });

  it("[TO-31] is taken back with its transaction, and what is not of that sort arrives in order", async () => {
    const sample = new Sample({ models: [File] });
    const { network, server } = sample;
    const file = server.root.add(File);
    const client = await sample.connect();
    const mirror = seen(client, file) as Mirrored<File>;
    expect(() =>
      transact(() => {
        file.progress.set(9);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(file.progress.value).toBe(0);
    const heard: string[] = [];
    mirror.name.on("change", ({ value }) => heard.push(value));
    mirror.lines.on("change", () => heard.push("lines"));
    file.name.set("1");
    file.lines.push("x");
    file.name.set("2");
    await network.settle();
    expect(heard).toEqual(["1", "lines", "2"]);
    expect(mirror.progress.value).toBe(0);
  });

  it("can be written by clients, whole", async () => {
    const sample = new Sample({ models: [File] });
    const { network, server } = sample;
    const file = server.root.add(File);
    const [ann, bob] = [await sample.connect(), await sample.connect()];
    const outcome = ann.transact(() => (seen(ann, file) as Mirrored<File>).progress.add(4));
    await network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect([file.progress.value, seen(bob, file)?.progress.value]).toEqual([4, 4]);
  });
});

function pickOf<T>(items: readonly T[], pick: (count: number) => number): T {
  return items[pick(items.length)] as T;
}

/** One step of the server's program. */
function serve(root: SObject, pick: (count: number) => number): void {
  const objects = root.search() as File[];
  const object = pickOf(objects, pick);
  const other = pickOf(objects, pick);
  const isFile = object instanceof File;
  const steps: (() => void)[] = [
    () => void object.add(pick(2) === 0 ? File : Folder, undefined, { index: pick(object.children.length + 1) }),
    () => object.moveTo(other, { index: pick(other.children.length + 1) }),
    () => object.moveTo(other),
    () => (objects.find(({ isLazy, children }) => isLazy && children.length > 0) ?? object).moveTo(other),
    () => objects.length > 12 && object.destroy(),
    () => isFile && object.name.set(`name ${pick(99)}`),
    () => isFile && object.lines.splice(0, pick(object.lines.length + 1), `line ${pick(9)}`),
    () => isFile && object.progress.set(pick(5)),
    () => void object.addAttribute(`a${pick(3)}`, new NumberTopic(pick(9))),
    () => object.removeAttribute(`a${pick(3)}`),
    () => object.attribute(`a${pick(3)}`, NumberTopic).add(1),
    () => (pick(2) === 0 ? object.addTag(`t${pick(3)}`) : object.removeTag(`t${pick(3)}`)),
  ];
  const step = pickOf(steps, pick);
  try {
    step();
  } catch (error) {
    if (!(error instanceof ObjectSyncError)) throw error;
  }
}

async function writeName(client: Client, file: File, name: string, network: Sample["network"]): Promise<unknown> {
  const outcome = client.transact(() => (seen(client, file) as Mirrored<File>).name.set(name));
  await network.settle();
  return outcome;
}

async function run(seed: number): Promise<Record<string, number>> {
  const random = seededRandom(seed);
  const pick = pickFrom(random);
  const sample = new Sample({ models: [File, Folder], limits: { maxBufferedBytes: 3_000, latestIntervalMs: 20 } });
  const { network, server } = sample;
  for (let count = 0; count < 12; count++) serve(server.root, pick);
  const counts = { opened: 0, crossed: 0, dropped: 0 };
  server.tree().on("move", ({ from, to }) => {
    if (scopeBelow(from) !== scopeBelow(to)) counts.crossed++;
  });
  const clients = await Promise.all([1, 2, 3].map(() => sample.connect({ random, minRetryMs: 10, maxRetryMs: 20 })));
  const branches = new Map<Client, Map<number, Branch>>(clients.map((client) => [client, new Map()]));
  for (let step = 0; step < 250; step++) {
    const client = pickOf(clients, pick);
    const mine = branches.get(client) as Map<number, Branch>;
    const choice = pick(20);
    if (choice < 8) transact(() => void Array.from({ length: 1 + pick(4) }, () => serve(server.root, pick)));
    else if (choice < 11) {
      const folders = [...client.tree.objects()].filter((object) => object.isLazy && !mine.get(object.id)?.isOpen);
      for (const folder of pick(3) === 0 ? folders.slice(0, 1) : folders) {
        const branch = client.open(folder);
        mine.set(folder.id, branch);
        counts.opened++;
      }
    } else if (choice < 12 && pick(3) === 0) {
      const id = pickOf([...mine.keys()], pick);
      mine.get(id)?.close();
      mine.delete(id);
    } else if (choice < 13) {
      const files = [...client.tree.objects()].filter((object) => object.type !== "SObject");
      const file = files.length > 0 ? (pickOf(files, pick) as unknown as File) : undefined;
      if (file) pickOf([() => file.name.set("client"), () => file.lines.push("c"), () => file.progress.set(8)], pick)();
    } else if (choice < 14) {
      network.lastLink.toClient.isStalled = !network.lastLink.toClient.isStalled;
    } else if (choice < 15 && pick(4) === 0) {
      pickOf(network.links, pick).drop();
      counts.dropped++;
    } else if (choice < 16) network.clock.advance(pick(40));
    else if (choice < 18) network.endTurn();
    else for (const direction of network.busy) if (pick(2) === 0) direction.deliver();
    await null;
  }
  for (const link of network.links) link.toClient.isStalled = false;
  for (let round = 0; round < 6; round++) {
    await network.settle();
    network.clock.advance(60);
  }
  await network.settle();
  for (const client of clients) {
    expect(client.state.name).toBe("connected");
    const mine = branches.get(client) as Map<number, Branch>;
    const isOpen = (scope: number): boolean => mine.get(scope)?.isOpen ?? false;
    const expected = stateOf(server.root, isOpen);
    expect(stateOf(client.root as unknown as SObject, () => true)).toEqual(expected);
  }
  return counts;
}

describe("[CM-16][SC-01] whatever happens", () => {
  const SEEDS = [
    ...Array.from({ length: 100 }, (_, index) => Number(process.env.FUZZ_SEED ?? 1) + index),
    5,
    28,
    67,
    415,
    1178,
    1992,
    3791,
  ];
  const all: Record<string, number> = {};

  it.each(SEEDS)("a client sees what it has open, as it is: seed %i", async (seed) => {
    for (const [name, count] of Object.entries(await run(seed))) all[name] = (all[name] ?? 0) + count;
  });

  it("something did", () => {
    for (const count of Object.values(all)) expect(count).toBeGreaterThan(50);
  });
});
