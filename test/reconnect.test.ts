/**
 * A connection that is lost and comes back: what the page can show meanwhile, what stays, what is lost.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type Client, connect } from "../client/client.ts";
import type { ConnectionState } from "../client/connection-state.ts";
import type { Outcome } from "../client/pending.ts";
import { CloseCode } from "../core/wire.ts";
import { Server } from "../server/server.ts";
import { BROKEN } from "../testing/link.ts";
import { relayTo } from "./relay.ts";
import { barrier, Card, expectEqual, KeptLog, Marker, Sample, seen, stateOf } from "./sample-tree.ts";

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** The states that a client goes through from now on. */
function statesOf(client: Client): ConnectionState[] {
  const states: ConnectionState[] = [];
  client.on("state", (state) => states.push(state));
  return states;
}

/** Resolves when the client is in a state. */
function enters(client: Client, name: ConnectionState["name"]): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.on("state", (state) => {
      if (state.name !== name) return;
      stop();
      resolve();
    });
  });
}

/** What became of a transaction by now. */
async function outcomeOf(promise: Promise<Outcome>): Promise<Outcome | "open"> {
  return Promise.race([promise, Promise.resolve<"open">("open")]);
}

/** Starts a server as another process and resolves when it listens. */
async function startChild(port: number): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const file = fileURLToPath(new URL("child-server.ts", import.meta.url));
  const child = spawn(execPath, [file, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  endings.push(() => {
    const exited = new Promise((resolve) => child.once("exit", resolve));
    return child.kill("SIGKILL") ? exited : undefined;
  });
  for await (const line of createInterface({ input: child.stdout as Readable })) return { child, port: Number(line) };
  throw new Error("the server did not start");
}

describe("a client that loses its connection", () => {
  it("says so, tries again and is connected again", async () => {
    const sample = new Sample();
    const card = sample.addCard("before");
    const client = await sample.connect();
    const states = statesOf(client);
    sample.network.lastLink.drop();
    expect(client.state).toEqual({ name: "offline", attempt: 0, retryInMs: 250, code: BROKEN, reason: "" });
    card.text.set("meanwhile");
    sample.network.clock.advance(249);
    expect(client.state.name).toBe("offline");
    sample.network.clock.advance(1);
    expect(client.state).toEqual({ name: "connecting", attempt: 1 });
    await sample.network.settle();
    expect(states.map(({ name }) => name)).toEqual(["offline", "connecting", "connected"]);
    expectEqual(sample.server, client);
  });

  it("[SE-06] waits 250 ms, then twice as long each time up to 10 s, endlessly, and anew after each connection that held", async () => {
    const sample = new Sample();
    const client = await sample.connect();
    const { network, server } = sample;
    network.host = undefined;
    network.lastLink.drop();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      if (client.state.name !== "offline") throw new Error(`not offline but ${client.state.name}`);
      waits.push(client.state.retryInMs);
      network.clock.advance(client.state.retryInMs);
      await network.settle();
    }
    const distinct = [...new Set(waits)];
    expect(distinct).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000]);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    network.host = server;
    network.clock.advance(10_000);
    await network.settle();
    expect(client.state.name).toBe("connected");
    // One that does not hold is as good as none.
    network.clock.advance(9_999);
    network.lastLink.drop();
    expect(client.state).toMatchObject({ name: "offline", retryInMs: 10_000 });
    network.clock.advance(10_000);
    await network.settle();
    network.clock.advance(10_000);
    network.lastLink.drop();
    expect(client.state).toMatchObject({ name: "offline", retryInMs: 250 });
  });

  it("is not ready until it has been connected once, and then is", async () => {
    const sample = new Sample();
    sample.network.host = undefined;
    const client = sample.addClient();
    let isReady = false;
    void client.ready.then(() => {
      isReady = true;
    });
    await sample.network.settle();
    expect(client.state).toMatchObject({ name: "offline", attempt: 1, code: BROKEN });
    sample.network.host = sample.server;
    sample.network.clock.advance(250);
    await sample.network.settle();
    expect(isReady).toBe(true);
    expect(client.state).toEqual({ name: "connected" });
  });

  it("keeps objects, topics and listeners, and tells the differences with origin `restore`", async () => {
    const sample = new Sample();
    const { network, server } = sample;
    const [stays, goes, moves] = [sample.addCard("stays"), sample.addCard("goes"), sample.addCard("moves")];
    const inner = goes.add(Card);
    const client = await sample.connect();
    const mine = seen(client, stays);
    const { text, notes } = mine;
    const root = client.root;
    const heard: unknown[] = [];
    text.on("change", (event) => heard.push(event));
    mine.votes.on("change", (event) => heard.push(event));
    notes.on("put", ({ key, origin }) => heard.push(["put", key, origin]));
    for (const name of ["add", "remove", "move"] as const) {
      client.tree.on(name, ({ object, origin }) => heard.push([name, object.id, origin]));
    }
    client.tree.on("reset", () => heard.push("reset"));
    const gone = [seen(client, goes), seen(client, inner)];
    network.lastLink.drop();
    stays.text.set("stays there");
    stays.notes.put("new", "note");
    moves.moveTo(stays);
    goes.destroy();
    const added = stays.add(Card, undefined, { key: "late" });
    network.clock.advance(250);
    await network.settle();
    expectEqual(server, client);
    expect(seen(client, stays)).toBe(mine);
    expect(client.root).toBe(root);
    expect(mine.text).toBe(text);
    expect(gone.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true]);
    expect(heard).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: "splice", inserted: " there", deleted: "", origin: "restore" }),
        ["put", "new", "restore"],
        ["add", added.id, "restore"],
        ["move", moves.id, "restore"],
        ["remove", goes.id, "restore"],
      ]),
    );
    expect(heard).toHaveLength(5);
    text.once("change", ({ origin }) => heard.push(origin));
    stays.text.set("live again");
    await network.settle();
    expect(heard.slice(5)).toContain("remote");
  });

  it("keeps what came after the snapshot that the server has kept, and hears only what is new", async () => {
    const sample = new Sample();
    const card = sample.addCard("enough text that the snapshot is kept with a log ".repeat(50));
    const client = await sample.connect();
    const added = sample.addCard("came later");
    card.votes.set(1);
    await sample.network.settle();
    const mine = seen(client, added);
    const heard: unknown[] = [];
    mine.text.on("change", ({ value, origin }) => heard.push([value, origin]));
    seen(client, card).votes.on("change", ({ value, origin }) => heard.push([value, origin]));
    for (const name of ["add", "remove", "move", "reset"] as const) client.tree.on(name, (event) => heard.push(event));
    sample.network.lastLink.drop();
    card.votes.set(2);
    sample.network.clock.advance(250);
    await sample.network.settle();
    expect(seen(client, added)).toBe(mine);
    expect(mine.isDestroyed).toBe(false);
    expect(heard).toEqual([[2, "restore"]]);
    expectEqual(sample.server, client);
  });

  it("hears nothing where nothing has changed, twice in a row", async () => {
    const sample = new Sample();
    const card = sample.addCard("the same");
    const client = await sample.connect();
    const heard: unknown[] = [];
    seen(client, card).text.on("change", (event) => heard.push(event));
    for (const name of ["add", "remove", "move", "reset"] as const) client.tree.on(name, (event) => heard.push(event));
    for (let round = 0; round < 2; round++) {
      sample.network.lastLink.drop();
      sample.network.clock.advance(500);
      await sample.network.settle();
    }
    expect(client.state.name).toBe("connected");
    expect(sample.network.links).toHaveLength(3);
    expect(heard).toEqual([]);
  });

  it("begins anew in another epoch: one reset, and the old objects are destroyed", async () => {
    const sample = new Sample();
    const old = sample.addCard("old");
    const client = await sample.connect();
    const mine = seen(client, old);
    const root = client.root;
    const heard: string[] = [];
    for (const name of ["add", "remove", "move", "reset"] as const) client.tree.on(name, () => heard.push(name));
    const waiting = client.transact(() => mine.text.set("too late"));
    sample.killServer();
    sample.startServer();
    const fresh = sample.addCard("new");
    sample.network.clock.advance(250);
    await sample.network.settle();
    expect(client.state.name).toBe("connected");
    expect(heard).toEqual(["reset"]);
    expect([mine.isDestroyed, root.isDestroyed]).toEqual([true, true]);
    expect(mine.text.value).toBe("old");
    expect(seen(client, fresh).text.value).toBe("new");
    expect(await waiting).toMatchObject({ ok: false, code: "destroyed" });
    expect(() => mine.text.set("x")).toThrow(expect.objectContaining({ code: "destroyed" }));
    expectEqual(sample.server, client);
  });

  it("sends what waited when it is back; of what was in flight it says `unconfirmed`", async () => {
    const sample = new Sample();
    const card = sample.addCard();
    const client = await sample.connect();
    const mine = seen(client, card);
    const link = sample.network.lastLink;
    link.toServer.isStalled = true;
    const flying = client.transact(() => mine.notes.put("a", "in flight"));
    await sample.network.settle();
    expect(link.toServer.length).toBe(1);
    const waiting = client.transact(() => mine.notes.put("b", "waits"));
    link.drop();
    const offline = client.transact(() => mine.text.set("written offline"));
    expect(await flying).toMatchObject({ ok: false, code: "unconfirmed" });
    expect(await outcomeOf(waiting)).toBe("open");
    sample.network.clock.advance(250);
    await sample.network.settle();
    expect(await Promise.all([waiting, offline])).toEqual([{ ok: true }, { ok: true }]);
    expect(card.notes.value).toEqual({ b: "waits" });
    expect(card.text.value).toBe("written offline");
    expectEqual(sample.server, client);
  });

  it("does not do twice what the server had done before the connection was lost", async () => {
    const sample = new Sample();
    const card = sample.addCard();
    const client = await sample.connect();
    const link = sample.network.lastLink;
    link.toClient.isStalled = true;
    const flying = client.transact(() => seen(client, card).votes.add(1));
    await sample.network.settle();
    expect(card.votes.value).toBe(1);
    link.drop();
    expect(await flying).toMatchObject({ code: "unconfirmed" });
    sample.network.clock.advance(250);
    await sample.network.settle();
    expect([card.votes.value, seen(client, card).votes.value]).toEqual([1, 1]);
  });

  it("takes the state anew when a message cannot be applied", async () => {
    const sample = new Sample();
    const card = sample.addCard("right");
    const client = await sample.connect();
    const states = statesOf(client);
    // A frame that names an object that is not there, after one change that can be applied.
    const impossible = new Uint8Array([0x92, 0, 0x92, 1, 0x91, 0xd1, 0xfc, 0x00]);
    sample.network.lastLink.serverEnd.send(impossible);
    await sample.network.settle();
    expect(states).toMatchObject([{ name: "offline", code: CloseCode.badMessage }]);
    sample.network.clock.advance(250);
    await sample.network.settle();
    expect(client.state.name).toBe("connected");
    expect(seen(client, card).text.value).toBe("right");
    expectEqual(sample.server, client);
  });

  it("stays away when it is closed meanwhile", async () => {
    const sample = new Sample();
    const client = await sample.connect();
    sample.network.lastLink.drop();
    client.close();
    client.close();
    sample.network.clock.advance(60_000);
    await sample.network.settle();
    expect(sample.network.links).toHaveLength(1);
    expect(sample.network.clock.taskCount).toBe(0);
    expect(client.state).toMatchObject({ name: "closed", code: CloseCode.away });
  });
});

describe("a server that ends the connection", () => {
  it("[OP-10] says 1001 when it ends itself, and clients come back to its successor", async () => {
    const sample = new Sample();
    const clients = [await sample.connect(), await sample.connect()];
    await sample.stopServer();
    await sample.network.settle();
    for (const client of clients) expect(client.state).toMatchObject({ name: "offline", code: 1001 });
    expect(sample.server.clients).toEqual([]);
    const server = sample.startServer();
    sample.addCard("of the successor");
    sample.network.clock.advance(250);
    await sample.network.settle();
    for (const client of clients) expect(client.state.name).toBe("connected");
    expectEqual(server, ...clients);
  });

  it.each([CloseCode.badMessage, CloseCode.disconnected, CloseCode.notFound, CloseCode.wrongProtocol])(
    "for good, with %i: the client does not come back",
    async (code) => {
      const sample = new Sample();
      sample.network.host = {
        accept: (channel) => {
          channel.close(code, "for good");
          return { message() {}, close() {} };
        },
      };
      const client = sample.addClient();
      await sample.network.settle();
      sample.network.clock.advance(60_000);
      await sample.network.settle();
      expect(client.state).toEqual({ name: "closed", code, reason: "for good" });
      expect(sample.network.links).toHaveLength(1);
      await expect(client.ready).rejects.toThrow(`for good (${code})`);
    },
  );

  it.each([1000, 1001, 1006, 1009, 1011, CloseCode.helloTimeout, CloseCode.tooMany])(
    "with %i: the client comes back",
    async (code) => {
      const sample = new Sample();
      const client = await sample.connect();
      sample.network.lastLink.serverEnd.close(code, "for now");
      await sample.network.settle();
      expect(client.state).toMatchObject({ name: "offline", code, reason: "for now" });
      sample.network.clock.advance(250);
      await sample.network.settle();
      expect(client.state.name).toBe("connected");
    },
  );

  it("by `disconnect`: the client gets the message and does not come back", async () => {
    const sample = new Sample();
    const client = await sample.connect();
    const waiting = client.transact(() => {});
    sample.server.clients[0]?.disconnect("bye");
    await sample.network.settle();
    expect(client.state).toEqual({ name: "closed", code: CloseCode.disconnected, reason: "bye" });
    expect(await waiting).toEqual({ ok: true });
    sample.network.clock.advance(60_000);
    expect(sample.network.links).toHaveLength(1);
  });
});

describe("over real sockets", () => {
  it("a socket that is cut comes back, with the same objects", async () => {
    const server = new Server({ models: [Card, Marker], logger: new KeptLog() });
    endings.push(() => server.close());
    server.root.add(Marker);
    const card = server.root.add(Card);
    const { port } = await server.listen(0);
    const wire = await relayTo(port);
    endings.push(() => wire.close());
    const client = await connect(`ws://127.0.0.1:${wire.port}`, { minRetryMs: 1, maxRetryMs: 5 });
    endings.push(() => client.close());
    const mine = seen(client, card);
    const offline = enters(client, "offline");
    const back = enters(client, "connected");
    wire.cut();
    await offline;
    card.text.set("meanwhile");
    await back;
    await barrier(server, client);
    expect(seen(client, card)).toBe(mine);
    expectEqual(server, client);
  });

  it("a server that is killed and started again at the same port is found again", async () => {
    const first = await startChild(0);
    const client = await connect(`ws://127.0.0.1:${first.port}`, { minRetryMs: 5, maxRetryMs: 50 });
    endings.push(() => client.close());
    const before = client.tree.root;
    const [offline, back] = [enters(client, "offline"), enters(client, "connected")];
    first.child.kill("SIGKILL");
    await offline;
    expect(client.state).toMatchObject({ code: 1006 });
    expect(before.isDestroyed).toBe(false);
    await startChild(first.port);
    await back;
    expect(before.isDestroyed).toBe(true);
    expect(client.root.children).toHaveLength(1);
    expect(stateOf(client.tree)).toMatchObject({ id: 1, children: [{ id: 2 }] });
  });
});
