/**
 * Branches and newest values where connections come, go and are slow: what is open stays open, and shows what is.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { decode, encode, type Wire } from "../core/codec.ts";
import type { ObjectSyncError } from "../core/error.ts";
import { EventTopic } from "../core/event-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import { MessageCode } from "../core/wire.ts";
import type { Limits } from "../server/limits.ts";
import type { Host } from "../testing/link.ts";
import { pickFrom } from "./everything.ts";
import type { RawClient } from "./raw-client.ts";
import { Sample, seen } from "./sample-tree.ts";

const INTERVAL_MS = 50;
const RETRY_MS = 10;

class Leaf extends SObject {
  name = new StringTopic("", { write: "everyone" });
  count = new NumberTopic();
  progress = new NumberTopic(0, { write: "everyone", latest: true });
}

const hooks: string[] = [];

class Folder extends Leaf {
  static override readonly lazy = true;
  override onOpen(): void {
    hooks.push(`open ${this.id}`);
    if (this.name.value === "filled") this.add(Leaf);
  }
  override onClose(): void {
    hooks.push(`close ${this.id}`);
  }
}

function setUp(limits: Partial<Limits> = {}) {
  hooks.length = 0;
  const sample = new Sample({ models: [Leaf, Folder], limits: { latestIntervalMs: INTERVAL_MS, ...limits } });
  const { server, network } = sample;
  const folder = server.root.add(Folder);
  const leaf = folder.add(Leaf);
  const connect = (): Promise<Client> => sample.connect({ minRetryMs: RETRY_MS, maxRetryMs: RETRY_MS });
  const comeBack = async (): Promise<void> => {
    await network.settle();
    network.clock.advance(RETRY_MS);
    await network.settle();
  };
  return { sample, server, network, folder, leaf, connect, comeBack };
}

/** What became of a branch. */
async function fate(ready: Promise<void>): Promise<string> {
  const outcome = ready.then(
    () => "open",
    ({ code }: ObjectSyncError) => code,
  );
  return Promise.race([outcome, new Promise<string>((resolve) => setTimeout(resolve, 0, "waits"))]);
}

/** The scopes of the sections of each frame. */
function scopesOf({ received }: RawClient): unknown[] {
  const frames = received.filter((message) => (message as Wire[])[0] === MessageCode.frame) as Wire[][];
  return frames.map((frame) => frame.slice(1).map((section) => (section as Wire[])[0]));
}

describe("[CM-19] a client that joins", () => {
  it("gets the state first, whatever is committed as it comes", async () => {
    const { sample, server, network, folder } = setUp();
    server.on("connect", ({ id }) => folder.name.set(`client ${id}`));
    const clients = [sample.addClient(), sample.addClient()];
    await network.settle();
    for (const client of clients) {
      expect(client.state.name).toBe("connected");
      expect(seen(client, folder).name.value).toBe("client 2");
    }
    expect(network.links).toHaveLength(2);
  });

  it("gets the state first, whatever is committed as its branches open", async () => {
    const { sample, network, folder } = setUp();
    folder.name.set("filled");
    const epoch = ((await sample.raw()).received[0] as Wire[])[2] as string;
    const raw = await sample.raw({ hello: false });
    raw.send([MessageCode.hello, epoch, [folder.id]]);
    await network.settle();
    expect(scopesOf(raw)).toEqual([[1, folder.id]]);
  });
});

describe("[CM-16] a branch that is open", () => {
  it("is open again when the client comes back: its objects are the same, with what changed meanwhile", async () => {
    const { server, network, folder, leaf, connect, comeBack } = setUp();
    const inner = folder.add(Folder);
    const client = await connect();
    const branches = [client.open(seen(client, folder) as Mirrored)];
    await network.settle();
    branches.push(client.open(seen(client, inner) as Mirrored));
    await network.settle();
    const heard: string[] = [];
    const mirror = seen(client, leaf);
    mirror.name.on("change", ({ value, origin }) => heard.push(`${value} ${origin}`));
    network.links[0]?.drop();
    expect(hooks).toEqual([`open ${folder.id}`, `open ${inner.id}`, `close ${inner.id}`, `close ${folder.id}`]);
    leaf.name.set("meanwhile");
    await comeBack();
    expect(heard).toEqual(["meanwhile restore"]);
    expect(seen(client, leaf)).toBe(mirror);
    expect(branches.map(({ isOpen }) => isOpen)).toEqual([true, true]);
    expect(client.tree.size).toBe(server.tree().size);
    // A welcome and one frame of it all.
    expect(network.lastLink.toClient.sent.messages).toBe(2);
  });

  it("comes in the first frame, outer before inner, to who names it in the hello, in the same epoch only", async () => {
    const { sample, network, folder } = setUp();
    const inner = folder.add(Folder);
    const other = sample.server.root.add(Leaf);
    const [epoch] = ((await sample.raw()).received[0] as Wire[]).slice(2);
    const [same, another] = [await sample.raw({ hello: false }), await sample.raw({ hello: false })];
    for (const [raw, named] of [
      [same, epoch],
      [another, "another"],
    ] as const) {
      raw.send([MessageCode.hello, named as Wire, [inner.id, folder.id, other.id, 999, 0]]);
    }
    await network.settle();
    expect(scopesOf(same)).toEqual([[1, folder.id, inner.id]]);
    expect(scopesOf(another)).toEqual([[1]]);
  });

  it("cannot be that of a root: what is below it is there for all", async () => {
    const sample = new Sample({ root: Folder, models: [Leaf] });
    sample.server.root.add(Leaf);
    const client = await sample.connect();
    expect([client.root.isLazy, client.root.children.length]).toEqual([false, 1]);
    expect(() => client.open(client.root)).toThrow(expect.objectContaining({ code: "invalid_value" }));
  });
});

describe("[CM-17] a branch inside another", () => {
  it("cannot be opened by who does not have the outer one open, though others have", async () => {
    const { sample, network, folder, connect } = setUp();
    const inner = folder.add(Folder);
    inner.add(Leaf);
    const client = await connect();
    client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const raw = await sample.raw();
    raw.received.length = 0;
    raw.send([MessageCode.open, inner.id]);
    await network.settle();
    expect(raw.received).toEqual([[MessageCode.frame, [inner.id, "not_found"]]]);
  });
});

describe("[CM-17] a client that reads slowly", () => {
  it("is told that it cannot open a branch, once it has read what waits", async () => {
    const { sample, server, network, leaf, folder } = setUp({ maxOpenScopes: 1, maxBufferedBytes: 500 });
    const second = server.root.add(Folder);
    const client = await sample.connect();
    const first = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const { toClient } = network.lastLink;
    toClient.isStalled = true;
    for (const text of ["x", "y"]) {
      leaf.name.set(text.repeat(400));
      await network.settle();
    }
    expect(toClient.bufferedBytes).toBeGreaterThan(500);
    const refused = client.open(seen(client, second) as Mirrored);
    await network.settle();
    toClient.isStalled = false;
    for (let round = 0; round < 3; round++) {
      await network.settle();
      network.clock.advance(100);
    }
    expect(seen(client, leaf).name.value).toBe("y".repeat(400));
    expect([await fate(first.ready), await fate(refused.ready)]).toEqual(["open", "too_many"]);
  });
});

describe("[CM-18] a client that is sent a section of what it does not have open", () => {
  const NOTHING = [7, 0, ["SObject", null, false, []], -3, 0, 0, 0, 0, null, null] as const;

  it("answers a state with a close, and ignores anything else", async () => {
    const { network, connect, comeBack } = setUp();
    const client = await connect();
    const { size } = client.tree;
    const said: Wire[] = [];
    const host = network.host as Host;
    network.host = {
      accept(channel, path) {
        const { message, close } = host.accept(channel, path);
        const hear = (bytes: Uint8Array): void => {
          said.push(decode(bytes));
          message(bytes);
        };
        return { message: hear, close };
      },
    };
    network.links[0]?.drop();
    await comeBack();
    said.length = 0;
    for (const section of [
      [7, NOTHING],
      [7, "not_found"],
      [7, null, [-3, 5]],
      [7, 0, NOTHING],
    ] as unknown as Wire[]) {
      network.lastLink.serverEnd.send(encode([MessageCode.frame, section]));
      await network.settle();
    }
    expect(said).toEqual([[MessageCode.close, 7]]);
    expect([client.state.name, client.tree.size]).toEqual(["connected", size]);
  });

  it("has what it opens again begin with the next state, whatever comes before that", async () => {
    const { network, folder, leaf, connect } = setUp();
    const client = await connect();
    const open = () => client.open(seen(client, folder) as Mirrored);
    const branch = open();
    await network.settle();
    leaf.name.set("on its way as the branch is closed");
    folder.add(Leaf);
    network.endTurn();
    branch.close();
    const again = open();
    expect(seen(client, folder).children).toEqual([]);
    network.lastLink.toClient.deliver();
    expect(seen(client, folder).children).toEqual([]);
    await network.settle();
    expect([await fate(again.ready), seen(client, folder).children.length]).toEqual(["open", 2]);
    expect(seen(client, leaf).name.value).toBe(leaf.name.value);
  });
});

describe("[SC-01] an object that moves between branches", () => {
  it.each<[string, boolean, boolean]>([
    ["as it was", false, false],
    ["with what is made below it in the same transaction", true, false],
    ["with what is made below it afterwards", true, true],
  ])("is in no message to who has neither open, and whole to who has the new one, %s", async (_, isMade, isLater) => {
    const { sample, server, network, folder, leaf } = setUp();
    const other = server.root.add(Folder);
    const below = leaf.add(Leaf);
    const [neither, one] = [await sample.raw(), await sample.raw()];
    one.send([MessageCode.open, other.id]);
    await network.settle();
    for (const raw of [neither, one]) raw.received.length = 0;
    const change = (): void => {
      (isMade ? leaf.add(Leaf) : below).name.set("after");
      leaf.progress.set(3);
    };
    transact(() => {
      below.name.set("before");
      leaf.moveTo(other);
      if (!isLater) change();
    });
    if (isLater) change();
    await network.settle();
    expect(folder.children).toEqual([]);
    expect(neither.received).toEqual([]);
    expect(scopesOf(one)).toEqual([[other.id]]);
    const [, ...section] = (one.received[0] as Wire[])[1] as Wire[];
    const transactions = section.slice(0, section.indexOf(null));
    expect(new Set(JSON.stringify(transactions).match(/\d+/g))).toEqual(new Set());
    const names = isMade ? /"before".*"after".*,3\]$/ : /"after".*,3\]$/;
    expect(JSON.stringify(section.at(-1))).toMatch(names);
  });

  it("has ops that name positions refused as `stale` where they were made before it came", async () => {
    const { sample, server, network, folder, leaf } = setUp();
    const other = server.root.add(Folder);
    const raw = await sample.raw();
    for (const scope of [folder.id, other.id]) raw.send([MessageCode.open, scope]);
    await network.settle();
    leaf.moveTo(other);
    const insert = [-1 - 2 * leaf.id, 8 + 1, 0, 0, "x"];
    raw.send([MessageCode.batch, 1, [folder.id, 0], insert]);
    raw.send([MessageCode.batch, 2, [other.id, 0], insert]);
    raw.send([MessageCode.batch, 3, [other.id, 1], insert]);
    await network.settle();
    const results = raw.received.filter((message) => (message as Wire[])[0] === MessageCode.result);
    expect(results).toEqual([1, 2].map((number) => [MessageCode.result, number, [0, "stale", expect.any(String)]]));
    expect(leaf.name.value).toBe("x");
  });
});

describe("[SC-02] a lazy object", () => {
  it("is told by `onOpen` when the first client opens it, before the answer, and by `onClose` when the last is gone", async () => {
    const { server, network, folder, connect } = setUp();
    folder.name.set("filled");
    const [ann, bob] = [await connect(), await connect()];
    const open = (client: Client) => client.open(seen(client, folder) as Mirrored);
    const branches = [ann, ann, bob].map(open);
    await network.settle();
    expect(hooks).toEqual([`open ${folder.id}`]);
    expect([ann, bob].map((client) => seen(client, folder).children.length)).toEqual([2, 2]);
    for (const branch of branches.slice(0, 2)) branch.close();
    await network.settle();
    expect(hooks).toHaveLength(1);
    bob.close();
    await network.settle();
    expect(hooks.slice(1)).toEqual([`close ${folder.id}`]);
    const again = open(ann);
    await network.settle();
    folder.destroy();
    await network.settle();
    expect([hooks.length, again.isOpen, server.tree().size]).toEqual([3, false, 1]);
  });
});

describe("[SC-03] another epoch", () => {
  it("has nothing open: branches have ended, and what they had is destroyed", async () => {
    const { sample, server, network, folder, leaf, connect, comeBack } = setUp();
    const other = server.root.add(Folder);
    const client = await connect();
    const branch = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const mirror = seen(client, leaf);
    sample.killServer();
    sample.startServer().root.add(Folder).add(Leaf).name.set("another");
    const waits = client.open(seen(client, other) as Mirrored);
    expect(waits.isOpen).toBe(true);
    await comeBack();
    expect([branch.isOpen, waits.isOpen, mirror.isDestroyed, client.tree.size]).toEqual([false, false, true, 2]);
    expect(await fate(waits.ready)).toBe("destroyed");
    const again = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    expect([await fate(again.ready), seen(client, leaf).name.value]).toEqual(["open", "another"]);
  });

  it("begins on the same connection where the tree becomes another one: the client says hello to it", async () => {
    const { server, network, folder, leaf, connect } = setUp();
    const tree = server.tree();
    const saved = tree.save();
    const client = await connect();
    const branch = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const [mirror, { id }] = [seen(client, leaf), client];
    const resets: unknown[] = [];
    client.tree.on("reset", ({ root }) => resets.push(root.children.length));
    // Still on their way as the tree becomes another one: they were meant for the old.
    const outcome = client.transact(() => mirror.name.set("lost"));
    for (let round = 0; round < 5; round++) await null;
    tree.load(saved);
    await network.settle();
    expect(await outcome).toMatchObject({ ok: false, code: "unconfirmed" });
    expect([client.id, client.state.name, network.links.length]).toEqual([id, "connected", 1]);
    expect([branch.isOpen, mirror.isDestroyed, client.tree.size, resets]).toEqual([false, true, 2, [1]]);
    client.open(seen(client, folder) as Mirrored);
    await network.settle();
    expect(seen(client, leaf).name.value).toBe("");
  });
});

describe("[TO-30] a topic of which only the newest value counts", () => {
  it("is open to a `set` by clients and to nothing else, and makes no version", async () => {
    const { sample, network, server } = setUp();
    const own = server.root.add(Leaf);
    const raw = await sample.raw();
    raw.received.length = 0;
    const [name, progress] = [1, 3];
    raw.send([
      MessageCode.batch,
      1,
      [1, 0],
      [-1 - 2 * own.id, progress * 8, 5],
      [-1 - 2 * own.id, progress * 8 + 1, 1],
    ]);
    await network.settle();
    network.clock.advance(INTERVAL_MS);
    await network.settle();
    expect(raw.received).toEqual([
      [MessageCode.frame, [1, null, [-1 - 2 * own.id, progress * 8, 5]]],
      [MessageCode.result, 1, [0], [1, "forbidden", expect.any(String)]],
    ]);
    own.name.set("the first version");
    await network.settle();
    expect(raw.received.at(-1)).toEqual([
      MessageCode.frame,
      [1, [-1 - 2 * own.id, name * 8 + 1, 0, 0, "the first version"]],
    ]);
    expect(own.progress.value).toBe(5);
  });

  it("cannot be an event, which has no value", () => {
    const { leaf } = setUp();
    expect(() => leaf.addAttribute("press", new EventTopic({ latest: true } as object))).toThrow(
      expect.objectContaining({ code: "invalid_value" }),
    );
  });
});

describe("[TO-33] values that are left out", () => {
  it.each([1, 2, 3, 4, 5])("do not matter in the end: seed %i", async (seed) => {
    const { server, network, connect } = setUp();
    const pick = pickFrom(seed);
    const client = await connect();
    const objects = Array.from({ length: 4 }, () => server.root.add(Leaf));
    for (let step = 0; step < 200; step++) {
      const object = objects[pick(objects.length)] as Leaf;
      const amount = pick(9) - 4;
      const change = (): void => {
        object.count.add(amount);
        object.progress.add(amount);
        if (pick(10) === 0) throw new Error("taken back");
      };
      try {
        transact(change);
      } catch {}
      if (pick(3) === 0) network.endTurn();
      if (pick(3) === 0) network.clock.advance(pick(INTERVAL_MS));
      if (pick(3) === 0) await network.settle();
    }
    network.clock.advance(INTERVAL_MS);
    await network.settle();
    for (const object of objects) {
      const { count, progress } = seen(client, object);
      expect(progress.value).toBe(object.progress.value);
      expect(progress.value).toBe(count.value);
    }
  });

  it("are no change for a client where the value is what it was", async () => {
    const { server, network, connect } = setUp();
    const own = server.root.add(Leaf);
    const client = await connect();
    const heard: number[] = [];
    seen(client, own).progress.on("change", ({ value }) => heard.push(value));
    own.progress.set(5);
    own.progress.set(0);
    await network.settle();
    network.clock.advance(INTERVAL_MS);
    await network.settle();
    expect(heard).toEqual([]);
  });
});

describe("[TO-34] newest values", () => {
  it("are those of now in a branch that nobody had open before, also of an object that was elsewhere", async () => {
    const { server, network, folder, leaf, connect, comeBack } = setUp();
    const other = server.root.add(Folder);
    const client = await connect();
    client.open(seen(client, folder) as Mirrored);
    leaf.progress.set(5);
    await network.settle();
    const { progress } = seen(client, leaf);
    expect(progress.value).toBe(5);
    network.links[0]?.drop();
    leaf.moveTo(other);
    leaf.progress.set(0);
    client.open(seen(client, other) as Mirrored);
    await comeBack();
    expect(seen(client, leaf).parent).toBe(seen(client, other));
    expect(seen(client, leaf).progress.value).toBe(0);
  });
});
