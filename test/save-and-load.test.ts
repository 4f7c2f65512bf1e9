/**
 * A server loads a saved tree while clients are there, come, go or are slow: all get it, whole, and nothing that was meant
 * for the tree before gets into it, although ids are the same.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { Wire } from "../core/codec.ts";
import type { ObjectSyncError } from "../core/error.ts";
import { SObject } from "../core/object.ts";
import type { SavedTree } from "../core/saved-tree.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { afterCommit } from "../core/transaction.ts";
import { CloseCode, MessageCode } from "../core/wire.ts";
import { overJson } from "../server/json-channel.ts";
import { DEFAULT_LIMITS, type Limits } from "../server/limits.ts";
import type { Server } from "../server/server.ts";
import { stateOf } from "./everything.ts";
import { collectGarbage } from "./garbage.ts";
import { Sample, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;
const RETRY_MS = 10;
const LOOK_INTERVAL_MS = 50;

/** What the next hook of a folder does, once. */
let inHook: { readonly hook: "onOpen" | "onClose"; readonly run: () => void } | undefined;
const hooks: string[] = [];

class Note extends SObject {
  text = new StringTopic("", OPEN);
  votes = new NumberTopic(0, OPEN);
  progress = new NumberTopic(0, { latest: true });
}

class Folder extends Note {
  static override readonly lazy = true;
  override onOpen(): void {
    this.#run("onOpen");
  }
  override onClose(): void {
    this.#run("onClose");
  }
  #run(hook: "onOpen" | "onClose"): void {
    hooks.push(`${hook} ${this.text.value}`);
    if (inHook?.hook !== hook) return;
    const { run } = inHook;
    inHook = undefined;
    run();
  }
}

const throughJson = (saved: SavedTree): SavedTree => JSON.parse(JSON.stringify(saved));

/** A server with a note, a folder and a note in it; and that, saved, before all of it was changed. */
function setUp(limits: Partial<Limits> = {}) {
  hooks.length = 0;
  inHook = undefined;
  const sample = new Sample({ models: [Note, Folder], limits });
  const { server, network } = sample;
  const tree = server.tree();
  const note = tree.root.add(Note);
  const folder = tree.root.add(Folder);
  const inside = folder.add(Note);
  for (const each of [note, folder, inside]) {
    each.text.set(`saved ${each.id}`);
    each.progress.set(each.id);
  }
  const saved = throughJson(tree.save());
  for (const each of [note, folder, inside]) each.text.set(`changed ${each.id}`);
  note.votes.set(7);
  tree.root.add(Note);
  const connect = (): Promise<Client> => sample.connect({ minRetryMs: RETRY_MS, maxRetryMs: RETRY_MS });
  const comeBack = async (): Promise<void> => {
    await network.settle();
    network.clock.advance(RETRY_MS);
    await network.settle();
  };
  return { sample, server, network, tree, note, folder, inside, saved, connect, comeBack };
}

/** What a client hears of its tree. */
function listen(client: Client): string[] {
  const heard: string[] = [];
  client.tree.on("reset", ({ root }) => heard.push(`reset ${root === client.tree.root}`));
  for (const name of ["add", "remove", "move", "attribute"] as const) client.tree.on(name, () => heard.push(name));
  return heard;
}

function expectToSee(server: Server, client: Client, isOpen: (scope: number) => boolean = () => false): void {
  expect(client.state.name).toBe("connected");
  const shown = stateOf(client.root as unknown as SObject, () => true);
  expect(shown).toEqual(stateOf(server.root, isOpen));
}

const codeOf = (outcome: Promise<unknown>): Promise<unknown> =>
  outcome.then(
    (result) => (result as { readonly code?: string }).code ?? "ok",
    ({ code }: ObjectSyncError) => code,
  );

describe("[OM-40] clients that are connected while a tree is loaded", () => {
  it("get it in one `reset`, and nothing else is told; what they write then is written into it", async () => {
    const { server, network, tree, note, saved, connect } = setUp();
    const clients = [await connect(), await connect()];
    const heard = clients.map(listen);
    const old = clients.map((client) => seen(client, note));
    const comings: string[] = [];
    server.on("connect", () => comings.push("connect"));
    server.on("disconnect", () => comings.push("disconnect"));
    const [ids, listed] = [clients.map(({ id }) => id), server.clients];
    tree.load(saved);
    await network.settle();
    expect(heard).toEqual([["reset true"], ["reset true"]]);
    for (const client of clients) expectToSee(server, client);
    expect(old.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true]);
    expect([clients.map(({ id }) => id), server.clients, comings]).toEqual([ids, listed, []]);
    const [ann, bob] = clients as [Client, Client];
    const outcome = ann.transact(() => {
      seen(ann, note).text.insert(0, "really ");
      seen(ann, note).votes.add(1);
    });
    tree.root.add(Note).text.set("by the server");
    await network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(seen(bob, note).text.value).toBe("really saved 2");
    for (const client of clients) expectToSee(server, client);
  });

  it("have the newest values of it too", async () => {
    const { network, tree, note, saved, connect } = setUp();
    const client = await connect();
    note.progress.set(99);
    tree.load(saved);
    await network.settle();
    expect(seen(client, note).progress.value).toBe(2);
  });

  it("have no branch open in it, and can open one again", async () => {
    const { server, network, tree, folder, inside, saved, connect } = setUp();
    const client = await connect();
    const branch = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const heard = listen(client);
    tree.load(saved);
    await network.settle();
    expect([heard, branch.isOpen, client.tree.get(inside.id)]).toEqual([["reset true"], false, undefined]);
    const again = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    await again.ready;
    expectToSee(server, client, () => true);
    (tree.get(inside.id) as Note).text.set("goes on");
    await network.settle();
    expectToSee(server, client, () => true);
  });

  it("get it too while they open a branch, or have just asked for one", async () => {
    const { server, network, tree, folder, saved, connect } = setUp();
    const client = await connect();
    const branch = client.open(seen(client, folder) as Mirrored);
    tree.load(saved);
    // Between the welcome and the state.
    const outcome = codeOf(branch.ready);
    await network.settle();
    expect([await outcome, branch.isOpen]).toEqual(["destroyed", false]);
    expectToSee(server, client);
  });

  it("get it where they are slow, once they have read what waits", async () => {
    const { server, network, tree, note, saved, connect } = setUp({ maxBufferedBytes: 2000 });
    const client = await connect();
    const heard = listen(client);
    const { toClient } = network.lastLink;
    toClient.isStalled = true;
    for (let count = 0; count < 20; count++) {
      note.text.set(`${count}`.repeat(300));
      await network.settle();
    }
    tree.load(saved);
    await network.settle();
    expect(heard).toEqual([]);
    toClient.isStalled = false;
    await network.settle();
    expect(heard).toEqual(["reset true"]);
    expectToSee(server, client);
    network.clock.advance(LOOK_INTERVAL_MS);
    (tree.get(note.id) as Note).text.set("goes on");
    await network.settle();
    expectToSee(server, client);
    expect(network.links).toHaveLength(1);
  });

  it("[SE-01] are closed with 4308 if they do not say hello to it in time, and get it when they come back", async () => {
    const { server, network, tree, saved, connect, comeBack } = setUp();
    const client = await connect();
    const heard = listen(client);
    network.lastLink.toServer.isStalled = true;
    tree.load(saved);
    await network.settle();
    network.clock.advance(DEFAULT_LIMITS.helloTimeoutMs);
    await network.settle();
    expect(client.state).toMatchObject({ name: "offline", code: CloseCode.helloTimeout });
    await comeBack();
    expect(heard).toEqual(["reset true"]);
    expectToSee(server, client);
  });

  it("get it where they are in the middle of their hello", async () => {
    const { sample, server, network, tree, saved } = setUp();
    const [before, after] = [sample.addClient(), sample.addClient()];
    for (const { toServer, toClient } of network.links) {
      toServer.deliver();
      toClient.deliver();
    }
    // The hello of one has arrived, and is answered; that of the other is on its way.
    network.links[0]?.toServer.deliver();
    const heard = [before, after].map(listen);
    tree.load(saved);
    await network.settle();
    expect(heard).toEqual([["reset true", "reset true"], ["reset true"]]);
    for (const client of [before, after]) expectToSee(server, client);
  });

  it("get it when they come back, where they were offline", async () => {
    const { server, network, tree, note, folder, saved, connect, comeBack } = setUp();
    const client = await connect();
    const branch = client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const heard = listen(client);
    network.lastLink.drop();
    const waits = client.transact(() => seen(client, note).votes.add(1));
    tree.load(saved);
    await comeBack();
    expect([heard, branch.isOpen]).toEqual([["reset true"], false]);
    expect(await codeOf(waits)).toBe("destroyed");
    expectToSee(server, client);
    expect((tree.get(note.id) as Note).votes.value).toBe(0);
  });

  it("[WI-07] get it as text too", () => {
    const { server, network, tree, saved } = setUp();
    const received: Wire[][] = [];
    const channel = {
      send: (text: Uint8Array) => void received.push(JSON.parse(new TextDecoder().decode(text))),
      close: () => {},
      bufferedBytes: 0,
    };
    const host = { limits: DEFAULT_LIMITS, clock: network.clock };
    const events = overJson(channel, (inner) => server.accept(inner), host);
    const hello = (): void => events.message(new TextEncoder().encode(JSON.stringify([MessageCode.hello])));
    hello();
    tree.load(saved);
    hello();
    expect(received.map(([code]) => code)).toEqual([
      MessageCode.welcome,
      MessageCode.frame,
      MessageCode.welcome,
      MessageCode.frame,
    ]);
    const [first, second] = [received[0], received[2]];
    expect(second?.[1]).toBe(first?.[1]);
    expect(second?.[2]).not.toBe(first?.[2]);
    expect(JSON.stringify(received[1])).toContain("changed 2");
    expect(JSON.stringify(received[3])).toContain("saved 2");
    expect(JSON.stringify(received[3])).not.toContain("changed 2");
  });
});

describe("[OM-40] what clients sent for the tree before", () => {
  it("is refused with `unconfirmed` where it is on its way, and never written into the new one", async () => {
    const { network, tree, note, saved, connect } = setUp();
    const client = await connect();
    const { text, votes } = seen(client, note);
    const outcomes = [client.transact(() => votes.add(100)), client.transact(() => text.insert(0, "old "))];
    for (let round = 0; round < 5; round++) await null;
    expect(network.lastLink.toServer.length).toBe(1);
    const waits = client.transact(() => votes.add(1000));
    tree.load(saved);
    const { votes: now, text: then } = tree.get(note.id) as Note;
    await network.settle();
    expect(await Promise.all([...outcomes, waits].map(codeOf))).toEqual(["unconfirmed", "unconfirmed", "destroyed"]);
    expect([now.value, then.value]).toEqual([0, "saved 2"]);
  });

  it("is refused so too where it was carried out just before: the answer does not come any more", async () => {
    const { network, tree, note, saved, connect } = setUp();
    const client = await connect();
    const outcome = client.transact(() => seen(client, note).votes.set(100));
    for (let round = 0; round < 5; round++) await null;
    network.lastLink.toServer.deliver();
    expect(note.votes.value).toBe(100);
    tree.load(saved);
    await network.settle();
    expect(await codeOf(outcome)).toBe("unconfirmed");
    expect((tree.get(note.id) as Note).votes.value).toBe(0);
  });

  it("is not written where its own first transaction has the tree loaded", async () => {
    const { network, tree, note, saved, connect } = setUp();
    note.text.rule("change", () => afterCommit(() => tree.load(saved)));
    const [ann, bob] = [await connect(), await connect()];
    const outcomes = [
      ann.transact(() => seen(ann, note).text.set("load")),
      ann.transact(() => seen(ann, note).votes.set(100)),
    ];
    await network.settle();
    expect(await Promise.all(outcomes.map(codeOf))).toEqual(["unconfirmed", "unconfirmed"]);
    const { text, votes } = tree.get(note.id) as Note;
    expect([text.value, votes.value, seen(bob, note).votes.value]).toEqual(["saved 2", 0, 0]);
  });
});

it("[OM-27] a text that was loaded, of a type or added to one object, has both of what two clients write at once", async () => {
  const { server, network, tree, note, connect } = setUp();
  note.addAttribute("more", new StringTopic("changed more", OPEN));
  const saved = throughJson(tree.save());
  const clients = [await connect(), await connect()];
  note.text.set("");
  tree.load(saved);
  await network.settle();
  const [anns, bobs] = clients.map((client) => seen(client, note)) as [Mirrored<Note>, Mirrored<Note>];
  for (const name of ["text", "more"]) {
    anns.attribute(name, StringTopic).insert(0, "Ann has ");
    bobs.attribute(name, StringTopic).insert("changed".length, " twice");
  }
  await network.settle();
  const loaded = tree.get(note.id) as SObject;
  const texts = ["text", "more"].map((name) => loaded.attribute(name, StringTopic).value);
  expect(texts).toEqual([`Ann has changed twice ${note.id}`, "Ann has changed twice more"]);
  for (const client of clients) expectToSee(server, client);
});

describe("[OM-40] a tree is loaded", () => {
  it("before the server listens, and is what everybody finds there", async () => {
    const { server, connect, saved, tree } = setUp();
    tree.load(saved);
    expectToSee(server, await connect());
  });

  it("as a client connects: it gets that tree, and so do the others", async () => {
    const { server, network, tree, note, saved, connect } = setUp();
    const first = await connect();
    server.on("connect", () => tree.load(saved));
    const heard = [listen(first)];
    const clients = [first, await connect(), await connect()];
    heard.push(...clients.slice(1).map(listen));
    (tree.get(note.id) as Note).text.set("goes on");
    await network.settle();
    for (const client of clients) expectToSee(server, client);
    expect(heard[0]).toEqual(["reset true", "reset true"]);
  });

  it("twice in one turn: clients get the last one only, and know which it is when they come back", async () => {
    const { server, network, tree, saved, connect, comeBack } = setUp();
    const client = await connect();
    const heard = listen(client);
    tree.load(saved);
    tree.root.add(Note).text.set("another");
    const next = throughJson(tree.save());
    tree.load(saved);
    tree.load(next);
    await network.settle();
    expect(heard).toEqual(["reset true"]);
    expectToSee(server, client);
    network.lastLink.drop();
    await comeBack();
    expect(heard).toEqual(["reset true"]);
    expectToSee(server, client);
  });

  it("again as soon as the client has said hello to the one before", async () => {
    const { server, network, tree, saved, connect } = setUp();
    const client = await connect();
    const { toServer, toClient } = network.lastLink;
    tree.load(saved);
    toClient.deliver();
    expect(toServer.length).toBe(1);
    tree.root.add(Note);
    tree.load(throughJson(tree.save()));
    await network.settle();
    expectToSee(server, client);
    expect(network.links).toHaveLength(1);
  });

  it.each(["asks for it", "comes back to it"])("as a branch opens, when a client %s", async (how) => {
    const { server, network, tree, note, folder, saved, connect, comeBack } = setUp();
    const client = await connect();
    const load = { hook: "onOpen", run: () => tree.load(saved) } as const;
    if (how === "asks for it") inHook = load;
    const branch = client.open(seen(client, folder) as Mirrored);
    if (how === "comes back to it") {
      await network.settle();
      inHook = load;
      network.lastLink.drop();
    }
    await comeBack();
    expect([inHook, branch.isOpen]).toEqual([undefined, false]);
    expectToSee(server, client);
    // Nobody has closed anything in the new tree.
    expect(hooks.filter((hook) => /saved|onClose $/.test(hook))).toEqual([]);
    (tree.get(note.id) as Note).text.set("goes on");
    await network.settle();
    expectToSee(server, client);
    expect(client.open(seen(client, folder) as Mirrored).isOpen).toBe(true);
    await network.settle();
    expectToSee(server, client, () => true);
  });

  it("as a branch closes, just when a slow client has caught up", async () => {
    const { server, network, tree, note, folder, saved, connect } = setUp({ maxBufferedBytes: 2000 });
    const other = tree.root.add(Folder);
    const client = await connect();
    client.open(seen(client, folder) as Mirrored);
    await network.settle();
    const { toClient } = network.lastLink;
    toClient.isStalled = true;
    for (let count = 0; count < 20; count++) {
      note.text.set(`${count}`.repeat(300));
      await network.settle();
    }
    while (toClient.deliver());
    inHook = { hook: "onClose", run: () => tree.load(saved) };
    folder.moveTo(other);
    network.clock.advance(LOOK_INTERVAL_MS);
    expect(inHook).toBeUndefined();
    toClient.isStalled = false;
    await network.settle();
    expectToSee(server, client);
    const { taskCount } = network.clock;
    network.clock.advance(DEFAULT_LIMITS.helloTimeoutMs);
    await network.settle();
    expect([client.state.name, network.links.length, network.clock.taskCount]).toEqual(["connected", 1, taskCount]);
  });

  it("alone: clients of another tree of the server notice nothing", async () => {
    const { sample, server, network, tree, saved, connect } = setUp();
    const model = server.addTree("/model");
    model.root.add(Note).text.set("model");
    const client = await connect();
    const other = await sample.connect({ path: "/model" });
    const heard = [client, other].map(listen);
    const before = network.lastLink.toClient.sent.messages;
    tree.load(saved);
    await network.settle();
    expect(heard).toEqual([["reset true"], []]);
    expect(network.lastLink.toClient.sent.messages).toBe(before);
    expect(stateOf(other.root as unknown as SObject, () => true)).toEqual(stateOf(model.root, () => true));
  });

  it("with an `init` that throws: clients go on with the tree that there was", async () => {
    const { server, network, tree, note, connect } = setUp();
    class Fragile extends Note {
      override init(): void {
        if (this.text.value === "bad") throw new Error("init failed");
      }
    }
    server.register(Fragile);
    const client = await connect();
    const heard = listen(client);
    const saved = throughJson(tree.save());
    saved.root.children?.push({ id: 100, type: "Fragile", values: { text: "bad" } });
    expect(() => tree.load(saved)).toThrow("init failed");
    note.text.set("goes on");
    await network.settle();
    expect(heard).toEqual([]);
    expectToSee(server, client);
  });
});

it("[OM-40] a hundred trees that were loaded leave no listener, no timer and no memory behind, on either end", async () => {
  const { sample, server, network, tree, folder, saved, connect } = setUp();
  const client = await connect();
  tree.load(saved);
  await network.settle();
  const measure = (): unknown => ({
    listeners: [tree.listenerCount, client.tree.listenerCount],
    timers: network.clock.taskCount,
    objects: [tree.size, client.tree.size],
  });
  const before = measure();
  const gone: WeakRef<object>[] = [];
  for (let turn = 0; turn < 100; turn++) {
    client.open(seen(client, folder) as Mirrored);
    (tree.get(folder.id) as Folder).progress.set(turn);
    await network.settle();
    seen(client, folder).text.on("change", () => {});
    gone.push(new WeakRef(tree.root), new WeakRef(client.root), new WeakRef(tree.get(folder.id) as SObject));
    tree.load(saved);
    await network.settle();
    network.clock.advance(100);
    await network.settle();
  }
  expect(measure()).toEqual(before);
  for (let round = 0; round < 5; round++) {
    await new Promise(setImmediate);
    collectGarbage();
  }
  expect(gone.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(3);
  expectToSee(server, client);
  expect(sample.errors).toEqual([]);
});
