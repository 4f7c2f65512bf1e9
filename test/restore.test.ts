/**
 * Objects that come back from saved data, or as copies, while clients are there: they show up like others that are added,
 * and what comes back under its id is what was saved, whatever a mirror still has, and whatever happens in the same turn.
 */
import { describe, expect, it } from "vitest";
import type { Branch } from "../client/branches.ts";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { AuthorityTree } from "../core/authority.ts";
import { ObjectSyncError } from "../core/error.ts";
import { SObject } from "../core/object.ts";
import type { SavedTree } from "../core/saved-tree.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import { seededRandom } from "../testing/seeded-random.ts";
import { alter, type Pick, pickFrom, pickOf, Root, Shelf, stateOf, Thing } from "./everything.ts";
import { Sample, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;
const RETRY_MS = 10;
const SEEDS = Array.from({ length: 40 }, (_, index) => Number(process.env.FUZZ_SEED ?? 1) + index);

const throughJson = (saved: SavedTree): SavedTree => JSON.parse(JSON.stringify(saved));

function setUp() {
  const sample = new Sample({ root: Root, models: [Thing, Shelf], limits: { latestIntervalMs: 20 } });
  const { server, network } = sample;
  const tree = server.tree();
  const shelf = tree.root.add(Shelf);
  const thing = shelf.add(Thing);
  thing.text.set("on the shelf");
  const connect = (): Promise<Client> => sample.connect({ minRetryMs: RETRY_MS, maxRetryMs: RETRY_MS });
  const comeBack = async (): Promise<void> => {
    await network.settle();
    network.clock.advance(RETRY_MS);
    await network.settle();
  };
  return { sample, server, network, tree, shelf, thing, connect, comeBack };
}

/** Fails unless a client sees what there is, with these branches open. */
function expectToSee(tree: AuthorityTree, client: Client, ...branches: readonly SObject[]): void {
  const open = new Set(branches.map(({ id }) => id));
  const shown = stateOf(client.root as unknown as SObject, () => true);
  expect(shown).toEqual(stateOf(tree.root, (scope) => open.has(scope)));
}

describe("restore and clone, on clients", () => {
  it("[OM-36][OM-37] show up as objects that are added, in one frame, with all that they have", async () => {
    const { network, tree, connect } = setUp();
    const old = tree.root.add(Thing);
    const below = old.add(Thing);
    transact(() => {
      below.text.set("below");
      old.one.set(below);
      old.addAttribute("price", new NumberTopic(5));
      old.addTag("red");
      old.progress.set(50);
    });
    const saved = throughJson(tree.save(old));
    old.destroy();
    const client = await connect();
    const heard: unknown[] = [];
    client.tree.on("add", ({ object, parent, origin }) => {
      const thing = object as Mirrored<Thing>;
      const price = thing.hasAttribute("price") && thing.attribute("price", NumberTopic).value;
      heard.push([object.id, parent.id, origin, thing.text.value, thing.progress.value, price, thing.tagNames]);
      heard.push(thing.one.value?.id);
    });
    const { toClient } = network.lastLink;
    // Beyond those are the ids that were set aside for the client.
    const last = tree.save().lastId;
    for (const [make, id] of [
      [() => tree.restore(saved, tree.root), old.id],
      [() => tree.clone(saved, tree.root), last + 1],
    ] as const) {
      const before = toClient.sent.messages;
      make();
      await network.settle();
      expect(toClient.sent.messages - before).toBe(1);
      expect(heard.splice(0)).toEqual([
        [id, 1, "remote", "as it begins", 50, 5, ["red"]],
        id + 1,
        [id + 1, id, "remote", "below", 0, false, []],
        undefined,
      ]);
      expectToSee(tree, client);
    }
  });

  it("[OM-36] in a branch are seen by those who have it open, and by nobody else", async () => {
    const { network, tree, shelf, thing, connect } = setUp();
    const [ann, bob] = [await connect(), await connect()];
    ann.open(seen(ann, shelf) as Mirrored);
    await network.settle();
    const saved = throughJson(tree.save(thing));
    thing.destroy();
    await network.settle();
    const before = network.lastLink.toClient.sent.messages;
    tree.restore(saved, shelf);
    tree.clone(saved, shelf, { index: 0 });
    await network.settle();
    expect(seen<Thing>(ann, thing).text.value).toBe("on the shelf");
    expectToSee(tree, ann, shelf);
    expectToSee(tree, bob);
    expect(network.lastLink.toClient.sent.messages).toBe(before);
  });

  it("[OM-36] may come within the turn, or the very transaction, in which the objects went", async () => {
    const { network, tree, connect } = setUp();
    const old = tree.root.add(Thing, undefined, { key: "it" });
    const below = old.add(Thing);
    below.text.set("saved");
    const client = await connect();
    const saved = throughJson(tree.save(old));
    below.text.set("changed");
    const again = (): void => {
      tree.get(old.id)?.destroy();
      const restored = tree.restore<Thing>(saved, tree.root);
      restored.number.add(1);
      restored.add(Thing).text.set("new below it");
    };
    const runs: (() => void)[] = [again, () => transact(again), () => void [again(), again()]];
    for (const run of runs) {
      const mirror = seen(client, old);
      run();
      await network.settle();
      expect(mirror.isDestroyed).toBe(true);
      expect(client.tree.get<Thing>("it")?.number.value).toBe(2);
      expectToSee(tree, client);
    }
    expect(network.links).toHaveLength(1);
  });

  it("[OM-36] end a branch that was open, as it went with its object; the one that came back can be opened", async () => {
    const { network, tree, shelf, thing, connect } = setUp();
    const client = await connect();
    const branch = client.open(seen(client, shelf) as Mirrored);
    await network.settle();
    const saved = throughJson(tree.save(shelf));
    shelf.destroy();
    const again = tree.restore<Shelf>(saved, tree.root);
    await network.settle();
    expect(branch.isOpen).toBe(false);
    expectToSee(tree, client);
    client.open(seen(client, again) as Mirrored);
    await network.settle();
    (tree.get(thing.id) as Thing).text.set("goes on");
    await network.settle();
    expectToSee(tree, client, again);
    expect(network.links).toHaveLength(1);
  });

  it("[OM-36] are as they are now for who was offline when a branch went and came back", async () => {
    const { network, tree, shelf, thing, connect, comeBack } = setUp();
    const client = await connect();
    client.open(seen(client, shelf) as Mirrored);
    await network.settle();
    const mirror = seen<Thing>(client, thing);
    const saved = throughJson(tree.save(shelf));
    network.lastLink.drop();
    shelf.destroy();
    const again = tree.restore<Shelf>(saved, tree.root);
    (tree.get(thing.id) as Thing).text.set("meanwhile");
    let resets = 0;
    client.tree.on("reset", () => resets++);
    await comeBack();
    expect(mirror.text.value).toBe("meanwhile");
    expectToSee(tree, client, again);
    expect(resets).toBe(0);
  });

  it("[OM-36] may be other objects than a mirror has under these ids, with other attributes in the same slots", async () => {
    const { network, tree, shelf, connect, comeBack } = setUp();
    const [plain, extended, named] = [tree.root.add(Thing), tree.root.add(Thing), tree.root.add(Thing)];
    plain.add(Thing);
    extended.addAttribute("a", new NumberTopic(1));
    extended.addAttribute("b", new StringTopic("b"));
    const client = await connect();
    const saved = [plain, extended, named].map((each) => {
      each.removeTag("none");
      return throughJson(tree.save(each));
    }) as [SavedTree, SavedTree, SavedTree];
    Object.assign(saved[0].root, { type: "Shelf" });
    Object.assign(saved[1].root, { added: { b: { kind: "string", value: "b" }, a: { kind: "string", value: "a" } } });
    Object.assign(saved[2].root, { key: "named" });
    let resets = 0;
    client.tree.on("reset", () => resets++);
    network.lastLink.drop();
    for (const each of [plain, extended, named]) each.destroy();
    for (const each of saved) tree.restore(each, tree.root);
    await comeBack();
    expectToSee(tree, client);
    expect(seen(client, plain).isLazy).toBe(true);
    expect(seen(client, extended).attribute("a", StringTopic).value).toBe("a");
    expect(client.tree.get("named")?.id).toBe(named.id);
    expect([resets, seen(client, shelf).isDestroyed]).toEqual([0, false]);
  });

  it("[TX-09] make what was written for the one before `stale`, whatever its slots are now, and nothing else", async () => {
    const { network, tree, connect } = setUp();
    const thing = tree.root.add(Thing);
    for (const name of ["gone", "size", "text"]) {
      thing.addAttribute(`${name}Number`, new NumberTopic(0, OPEN));
      thing.addAttribute(`${name}Text`, new StringTopic("", OPEN));
    }
    for (const name of ["goneNumber", "goneText"]) thing.removeAttribute(name);
    const [client, passive] = [await connect(), await connect()];
    const saved = throughJson(tree.save(thing));
    thing.text.set("another text");
    await network.settle();
    const mirror = seen<Thing>(client, thing);
    const outcomes = [
      client.transact(() => mirror.text.insert(12, "!")),
      client.transact(() => mirror.number.set(7)),
      client.transact(() => mirror.attribute("sizeNumber", NumberTopic).set(7)),
      client.transact(() => mirror.attribute("sizeText", StringTopic).insert(0, "!")),
      client.transact(() => mirror.attribute("textNumber", NumberTopic).add(7)),
      client.transact(() => mirror.attribute("textText", StringTopic).set("!")),
    ];
    for (let round = 0; round < 5; round++) await null;
    thing.destroy();
    const again = tree.restore<Thing>(saved, tree.root);
    await network.settle();
    for (const each of outcomes) expect(await each).toMatchObject({ ok: false, code: "stale" });
    expectToSee(tree, client);
    expectToSee(tree, passive);
    expect(network.links).toHaveLength(2);
    const sizeNumber = seen(client, again).attribute("sizeNumber", NumberTopic);
    const outcome = client.transact(() => sizeNumber.set(3));
    await network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(again.attribute("sizeNumber", NumberTopic).value).toBe(3);
  });

  it("[TX-09] take what was written for them in another branch, where they came from or went to", async () => {
    const { network, tree, shelf, thing, connect } = setUp();
    const client = await connect();
    client.open(seen(client, shelf) as Mirrored);
    await network.settle();
    const saved = throughJson(tree.save(thing));
    thing.destroy();
    const again = tree.restore<Thing>(saved, tree.root);
    await network.settle();
    const write = (value: number): ReturnType<Client["transact"]> =>
      client.transact(() => seen<Thing>(client, thing).number.set(value));
    const onItsWay = write(1);
    for (let round = 0; round < 5; round++) await null;
    again.moveTo(shelf);
    await network.settle();
    expect([await onItsWay, again.number.value]).toEqual([{ ok: true }, 1]);
    const there = write(2);
    await network.settle();
    expect([await there, again.number.value]).toEqual([{ ok: true }, 2]);
  });

  it("[OM-36] are seen after a move to another branch, an end and a return in one turn", async () => {
    const { network, tree, shelf, thing, connect } = setUp();
    const other = tree.root.add(Shelf);
    const [ann, bob] = [await connect(), await connect()];
    for (const client of [ann, bob]) client.open(seen(client, shelf) as Mirrored);
    ann.open(seen(ann, other) as Mirrored);
    await network.settle();
    const saved = throughJson(tree.save(thing));
    for (const [away, back] of [
      [tree.root, shelf],
      [other, shelf],
      [other, tree.root],
      [shelf, other],
      [tree.root, other],
      [other, shelf],
    ] as const) {
      tree.get(thing.id)?.moveTo(away);
      tree.get(thing.id)?.destroy();
      tree.restore(saved, back);
      await network.settle();
      expectToSee(tree, ann, shelf, other);
      expectToSee(tree, bob, shelf);
    }
    expect(network.links).toHaveLength(2);
  });
});

describe("restored objects", () => {
  it("[OM-36][OM-33] lead to each other again, whichever came back first", () => {
    const { tree } = setUp();
    const [ann, bob] = [tree.root.add(Thing), tree.root.add(Thing)];
    ann.one.set(bob);
    ann.many.set([bob, ann]);
    bob.some.set([ann]);
    const saved = [ann, bob].map((each) => throughJson(tree.save(each))) as [SavedTree, SavedTree];
    ann.destroy();
    bob.destroy();
    const first = tree.restore<Thing>(saved[0], tree.root);
    expect([first.one.value, first.many.value]).toEqual([null, [null, first]]);
    const second = tree.restore<Thing>(saved[1], tree.root);
    expect([first.one.value, first.many.value]).toEqual([second, [second, first]]);
    expect(second.some.value).toEqual(new Set([first]));
    Object.assign(saved[1].root, { id: 1000, values: { one: 1001 } });
    expect(() => tree.restore(saved[1], tree.root)).toThrow("root.values.one: a reference to object 1001");
  });

  it("[OM-14] have nothing but children in their fields again, whatever else a program keeps there", () => {
    class Helper {
      readonly parent: SObject;
      readonly id = 5;
      constructor(parent: SObject) {
        this.parent = parent;
      }
    }
    class Keeper extends SObject {
      helper = new Helper(this);
      nearest: SObject | undefined;
      grandchild: SObject | undefined;
      gone: SObject | undefined;
      above: SObject | null = null;
      readonly several: SObject[] = [];
      override build(isTop = false): void {
        if (!isTop) return;
        this.above = this.parent;
        this.nearest = this.add(Keeper);
        this.grandchild = this.nearest.add(Keeper);
        this.gone = this.add(Keeper);
        this.gone.destroy();
        this.several.push(this.nearest);
      }
    }
    const { server, tree } = setUp();
    server.register(Keeper);
    const keeper = tree.root.add(Keeper, true);
    const saved = tree.save(keeper);
    expect(saved.root.fields).toEqual({ nearest: keeper.nearest?.id });
    keeper.destroy();
    const again = tree.restore<Keeper>(saved, tree.root);
    expect([again.nearest, again.grandchild, again.gone, again.several]).toEqual([
      again.children[0],
      undefined,
      undefined,
      [],
    ]);
    expect(again.helper.parent).toBe(again);
  });
});

/** One step of the server's program, with what it has saved so far. */
function serve(tree: AuthorityTree, pick: Pick, kept: SavedTree[], counts: Record<string, number>): void {
  const objects = tree.root.search({ type: Thing });
  const [object, other] = [pickOf(objects, pick), pickOf(objects, pick)];
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const steps: (() => void)[] = [
    () => void object.add(pickOf([Thing, Shelf], pick), undefined, { index: pick(object.children.length + 1) }),
    () => object.moveTo(other),
    () => alter(object, pick),
    () => alter(object, pick),
    () => void kept.push(throughJson(tree.save(object))),
    () => {
      if (objects.length < 8) return;
      kept.push(throughJson(tree.save(object)));
      object.destroy();
    },
    () => {
      const saved = kept.length > 0 ? pickOf(kept, pick) : undefined;
      if (!saved) return;
      tree.restore(saved, other, { index: pick(other.children.length + 1) });
      count("restored");
    },
    () => {
      const saved = throughJson(tree.save(object));
      if (pick(2) === 0) object.moveTo(other);
      alter(object, pick);
      object.destroy();
      if (other.isDestroyed) kept.push(saved);
      else tree.restore(saved, other);
      count("reverted");
    },
    () => {
      if (objects.length > 20) return;
      tree.clone(object, other);
      count("cloned");
    },
  ];
  try {
    pickOf(steps, pick)();
  } catch (error) {
    if (!(error instanceof ObjectSyncError)) throw error;
  }
}

async function run(seed: number): Promise<Record<string, number>> {
  const random = seededRandom(seed);
  const pick = pickFrom(random);
  const sample = new Sample({
    root: Root,
    models: [Thing, Shelf],
    limits: { maxBufferedBytes: 6_000, latestIntervalMs: 20 },
  });
  const { network, server } = sample;
  const tree = server.tree();
  const kept: SavedTree[] = [];
  const counts: Record<string, number> = { dropped: 0, loaded: 0 };
  const clients = await Promise.all([1, 2, 3].map(() => sample.connect({ random, minRetryMs: 10, maxRetryMs: 20 })));
  const branches = new Map<Client, Map<number, Branch>>(clients.map((client) => [client, new Map()]));
  for (let step = 0; step < 200; step++) {
    const client = pickOf(clients, pick);
    const mine = branches.get(client) as Map<number, Branch>;
    const choice = pick(20);
    if (choice < 9) transact(() => void Array.from({ length: 1 + pick(4) }, () => serve(tree, pick, kept, counts)));
    else if (choice < 11) {
      for (const shelf of client.tree.objects()) {
        if (shelf.isLazy && !mine.get(shelf.id)?.isOpen) mine.set(shelf.id, client.open(shelf));
      }
    } else if (choice < 12) {
      const things = [...client.tree.objects()] as unknown as Thing[];
      const thing = pickOf(things, pick);
      pickOf([() => thing.text.insert(0, "c"), () => thing.list.push("c"), () => thing.number.add(1)], pick)();
    } else if (choice < 13) network.lastLink.toClient.isStalled = !network.lastLink.toClient.isStalled;
    else if (choice < 14 && pick(3) === 0) {
      pickOf(network.links, pick).drop();
      counts.dropped = (counts.dropped ?? 0) + 1;
    } else if (choice < 15 && pick(8) === 0) {
      const saved = throughJson(tree.save());
      Array.from({ length: 4 }, () => serve(tree, pick, kept, counts));
      tree.load(saved);
      counts.loaded = (counts.loaded ?? 0) + 1;
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
    const expected = stateOf(tree.root, (scope) => mine.get(scope)?.isOpen ?? false);
    expect(stateOf(client.root as unknown as SObject, () => true)).toEqual(expected);
  }
  return counts;
}

describe("[OM-36][OM-37][OM-40] whatever is saved, restored, cloned and loaded", () => {
  const all: Record<string, number> = {};

  it.each(SEEDS)("a client sees what it has open, as it is: seed %i", async (seed) => {
    for (const [name, count] of Object.entries(await run(seed))) all[name] = (all[name] ?? 0) + count;
  });

  it("something was", () => {
    for (const count of Object.values(all)) expect(count).toBeGreaterThan(20);
    expect(Object.keys(all)).toHaveLength(5);
  });
});
