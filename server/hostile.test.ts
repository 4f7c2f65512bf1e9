/**
 * What a client may not do, and what becomes of it: its author pays, the tree and the others do not notice.
 */
import { once } from "node:events";
import { request } from "node:http";
import { connect as connectTo } from "node:net";
import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket as RawSocket } from "ws";
import { type Client, connect } from "../client/client.ts";
import { encode, type Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { CloseCode, SUBPROTOCOL } from "../core/wire.ts";
import type { RawClient } from "../test/raw-client.ts";
import { rawOps } from "../test/raw-ops.ts";
import { barrier, Card, cardOf, expectEqual, KeptLog, Marker, Sample, stateOf } from "../test/sample-tree.ts";
import { Server, type ServerOptions } from "./server.ts";
import type { ListenOptions } from "./web-server.ts";

const CARD = 2;
/** The ops of a transaction with one op on card 2. */
const on = (slot: number, code: number, ...args: Wire[]): Wire[] => rawOps([[CARD, slot, code, ...args]]);
const [TEXT, VOTES, DONE, TAGS, NOTES, OWNER] = [1, 2, 3, 4, 5, 6] as const;

/** The version that `setUp` leaves: a card, and its text. */
const BASE = 2;

const batch = (...transactions: Wire[]): Wire => [3, 1, [1, BASE], ...transactions];
const nest = (depth: number): Wire => (depth === 0 ? 0 : [nest(depth - 1)]);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A server with a card, somebody who looks at it, and somebody hostile. */
async function setUp(options: ServerOptions = {}) {
  const sample = new Sample(options);
  const card = sample.addCard("untouched");
  const witness = await sample.connect();
  const seen: unknown[] = [];
  cardOf(witness, card).text.on("change", (event) => seen.push(event));
  cardOf(witness, card).votes.on("change", (event) => seen.push(event));
  witness.tree.on("add", (event) => seen.push(event));
  witness.tree.on("remove", (event) => seen.push(event));
  witness.tree.on("move", (event) => seen.push(event));
  witness.on("state", (event) => seen.push(event));
  const raw = await sample.raw();
  raw.received.length = 0;
  return { sample, card, witness, seen, raw, before: JSON.stringify(stateOf(sample.server.tree())) };
}

/** Fails unless nothing has happened to anybody else, and everything still works. */
async function expectUnharmed({
  sample,
  card,
  witness,
  seen,
  before,
}: Awaited<ReturnType<typeof setUp>>): Promise<void> {
  await sample.network.settle();
  expect(JSON.stringify(stateOf(sample.server.tree()))).toBe(before);
  expect(seen).toEqual([]);
  expect(await works(sample, witness, card)).toBe(true);
  const late = await sample.connect();
  expectEqual(sample.server, witness, late);
}

/** Whether a client can still write and see what comes of it. */
async function works(sample: Sample, client: Client, card: Card): Promise<boolean> {
  const outcome = client.transact(() => cardOf(client, card).notes.put("alive", `${card.notes.size}`));
  await sample.network.settle();
  return (await outcome).ok && cardOf(client, card).notes.has("alive");
}

async function send(raw: RawClient, sample: Sample, ...messages: Wire[]): Promise<void> {
  for (const message of messages) raw.send(message);
  await sample.network.settle();
}

describe("a message that is not of the protocol's form", () => {
  const valid = encode(batch(on(TEXT, 1, 0, 0, "hello")));
  const bad: Record<string, Wire[]> = {
    "is empty": [bytes()],
    "is garbage": [bytes(0xc1, 0xff, 0x00)],
    "has bytes behind it": [bytes(0x91, 0x01, 0x00)],
    "is no array": [encode("hello")],
    "is a map": [encode({ hello: 1 })],
    "is an empty array": [[]],
    "is nested too deeply": [encode(batch(on(NOTES, 1, "k", nest(70))), { maxDepth: 100 })],
    "is nested deeper than a stack": [new Uint8Array(500_000).fill(0x91)],
    "promises more than it holds": [bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
    "holds a map with __proto__": [bytes(0x91, 0x81, 0xa9, ...Buffer.from("__proto__"), 0x01)],
    "holds NaN": [bytes(0x91, 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)],
    "has an unknown code": [[99]],
    "is one that servers send": [[2, 1, "epoch"]],
    "is a second hello": [[1]],
    "is a batch without transactions": [[3, 1, [1, 0]]],
    "has a base without version": [[3, 1, [1], []]],
    "has a base that is none": [[3, 1, [1, "x"], []]],
    "has a scope that is none": [[3, 1, [-1, 0], []]],
    "names a scope without a version": [[3, 1, [1, 0, 2], []]],
    "opens what is no scope": [[5, "x"]],
    "opens nothing": [[5]],
    "closes what is no scope": [[6, 1.5]],
    "has a base from the future": [[3, 1, [1, 999], []]],
    "has a number that is none": [[3, "one", [1, 0], []]],
    "has a number below zero": [[3, -1, [1, 0], []]],
    "has number zero": [[3, 0, [1, 0], []]],
    "has a number that does not grow": [batch([]), batch([])],
    "has a number within the last batch": [
      [3, 5, [1, 0], [], [], []],
      [3, 7, [1, 0], []],
    ],
    "has a number too large to count on from": [[3, Number.MAX_SAFE_INTEGER, [1, 0], on(VOTES, 1, 0)]],
    "has a transaction that is no array": [[3, 1, [1, 0], 5]],
    "has a transaction with a header": [batch([[9, 9], ...on(VOTES, 0, 5)])],
    "has ops that are no integers": [batch(["set", 5])],
    "goes to two objects in a row": [batch([-5, -5, 8, "x"])],
    "ends within an op": [batch(on(TEXT, 1, 0, 0))],
    "ends behind an object": [batch([-5])],
    "has an unknown op": [batch(on(TEXT, 7, 0, 0))],
    "has an unknown op of an object": [batch([-5, 6])],
    "has a create without arguments": [batch([-5, 0])],
  };

  it.each(Object.keys(bad))("[OP-19] that %s closes the connection with 4400", async (name) => {
    const scene = await setUp();
    await send(scene.raw, scene.sample, ...(bad[name] as Wire[]));
    expect(scene.raw.closed).toMatchObject({ code: CloseCode.badMessage });
    expect(scene.raw.closed?.reason).not.toBe("");
    expect(scene.sample.errors).toEqual([]);
    await expectUnharmed(scene);
  });

  it("however it was cut off closes the connection", async () => {
    const scene = await setUp();
    for (let length = 0; length < valid.length; length++) {
      const raw = await scene.sample.raw();
      await send(raw, scene.sample, valid.subarray(0, length));
      expect([length, raw.closed?.code]).toEqual([length, CloseCode.badMessage]);
    }
    await expectUnharmed(scene);
  });

  it("as a batch before the hello closes the connection", async () => {
    const scene = await setUp();
    const raw = await scene.sample.raw({ hello: false });
    await send(raw, scene.sample, valid);
    expect(raw.closed).toMatchObject({ code: CloseCode.badMessage });
    await expectUnharmed(scene);
  });

  it("gives a reason of at most 123 bytes", async () => {
    const scene = await setUp();
    await send(scene.raw, scene.sample, batch(["é".repeat(4000)]));
    expect(Buffer.byteLength(scene.raw.closed?.reason as string)).toBeLessThanOrEqual(123);
    await expectUnharmed(scene);
  });
});

describe("a transaction that may not be", () => {
  const refused: Record<string, readonly [ops: Wire[], code: string]> = {
    "of an unknown object": [rawOps([[99, TEXT, 0, "x"]]), "not_found"],
    "of an object before the first": [[-2, 8, "x"], "not_found"],
    "of an unknown slot": [[-5, 99 * 8, "x"], "not_found"],
    "of a huge slot": [[-5, Number.MAX_SAFE_INTEGER, "x"], "not_found"],
    "of an object with a huge id": [[-Number.MAX_SAFE_INTEGER, 8, "x"], "not_found"],
    "of a topic that is not open": [on(OWNER, 1, 0, 0, "me"), "forbidden"],
    "with a number for a text": [on(TEXT, 0, 5), "wrong_type"],
    "with a text for a number": [on(VOTES, 0, "5"), "wrong_type"],
    "with bytes for a text": [on(TEXT, 0, bytes(1, 2)), "wrong_type"],
    "with a text for a boolean": [on(DONE, 0, "true"), "wrong_type"],
    "with nothing for a list": [on(TAGS, 0, null), "wrong_type"],
    "with bytes in a list": [on(TAGS, 0, [bytes(1)]), "wrong_type"],
    "with a number for a key": [on(NOTES, 1, 5, "x"), "wrong_type"],
    "with the key __proto__": [on(NOTES, 1, "__proto__", "x"), "invalid_value"],
    "with a dict of half a pair": [on(NOTES, 0, ["a"]), "wrong_type"],
    "with a dict that has the key __proto__": [on(NOTES, 0, ["__proto__", 1]), "invalid_value"],
    "with a position that is none": [on(TEXT, 1, 1.5, 0, "x"), "wrong_type"],
    "with a position behind the end": [on(TEXT, 1, 99, 0, "x"), "out_of_range"],
    "with a position before the beginning": [on(TEXT, 1, -1, 0, "x"), "out_of_range"],
    "that deletes more than there is": [on(TEXT, 1, 0, 99, "x"), "out_of_range"],
    "that moves in an empty list": [on(TAGS, 3, 0, 0), "out_of_range"],
    "with a sum that is not finite": [rawOps([0, 1].map((code) => [CARD, VOTES, code, 1.7e308])), "rejected"],
    "that a rule refuses": [on(VOTES, 0, 1001), "rejected"],
    "that makes a rule fail": [on(TEXT, 0, "bomb"), "failed"],
    "that creates an object": [rawOps([[50, 0, 0, 0, 1, 0, null, null]]), "forbidden"],
    "that destroys an object": [[-5, 1], "forbidden"],
    "that destroys the root": [[-3, 1], "forbidden"],
    "that moves an object": [[-5, 2, 1, 0], "forbidden"],
    "that announces a shape": [[7, 0, ["Card", null, false, []]], "forbidden"],
    "that adds an attribute": [[-5, 3, 9, ["size", "number", 0, 1]], "forbidden"],
    "that removes an attribute": [[-5, 4, 9], "forbidden"],
    "that has an object leave": [[-5, 5], "forbidden"],
  };

  it.each(Object.keys(refused))("%s is refused, by itself", async (name) => {
    const scene = await setUp();
    const [ops, code] = refused[name] as (typeof refused)[string];
    await send(scene.raw, scene.sample, batch(on(NOTES, 1, "k", "kept"), ops));
    expect(scene.raw.closed).toBeUndefined();
    const result = scene.raw.received.find((message) => (message as Wire[])[0] === 4);
    expect(result).toEqual([4, 1, [1, code, expect.any(String)]]);
    expect(JSON.stringify(result)).not.toContain("1234");
    expect(scene.card.notes.value).toEqual({ k: "kept" });
    scene.card.notes.delete("k");
    await expectUnharmed(scene);
  });

  it("leaves nothing behind of what came before the refused op in it", async () => {
    const scene = await setUp();
    await send(
      scene.raw,
      scene.sample,
      batch(
        rawOps([
          [CARD, NOTES, 1, "k", "gone"],
          [CARD, TEXT, 1, 0, 0, "gone"],
          [CARD, DONE, 0, true],
          [CARD, VOTES, 0, 5000],
        ]),
      ),
    );
    expect(scene.raw.received).toEqual([[4, 1, [0, "rejected", "at most 1000 votes"]]]);
    await expectUnharmed(scene);
  });

  it("tells the error of a rule to the server's program, and its code alone to the client", async () => {
    const scene = await setUp();
    await send(scene.raw, scene.sample, batch(on(TEXT, 0, "bomb")));
    expect(scene.raw.received).toEqual([[4, 1, [0, "failed", expect.not.stringContaining("1234")]]]);
    expect(scene.sample.errors).toMatchObject([{ message: "the password is 1234" }]);
    await expectUnharmed(scene);
  });

  it("lets a rule's own `rejected` through with its message, and no other code of the library", async () => {
    const { sample, card, raw } = await setUp();
    card.votes.rule("change", ({ value }) => {
      if (value === 1) throw new ObjectSyncError("rejected", "no ones");
      if (value === 2) card.tags.put(99, "no such index");
    });
    await send(raw, sample, batch(on(VOTES, 0, 1), on(VOTES, 0, 2)));
    expect(raw.received).toEqual([[4, 1, [0, "rejected", "no ones"], [1, "failed", expect.any(String)]]]);
    expect(sample.errors).toMatchObject([{ code: "out_of_range" }]);
    expect(card.votes.value).toBe(0);
  });

  it("ends with the connection: what follows in the batch is not done once a rule has disconnected its author", async () => {
    const { sample, card, raw } = await setUp();
    card.votes.rule("change", () => sample.server.clients.at(-1)?.disconnect("cheater"));
    await send(raw, sample, batch(on(VOTES, 0, 1), on(NOTES, 1, "k", "after")));
    expect(raw.closed).toEqual({ code: CloseCode.disconnected, reason: "cheater" });
    expect(card.notes.size).toBe(0);
  });
});

describe("a client that sends or waits too much", () => {
  it("[OP-12] is closed with 4329 when it sends more messages than the bucket holds", async () => {
    const scene = await setUp({ limits: { maxMessagesPerSecond: 10 } });
    // One was the hello; the bucket holds twice what comes in a second.
    for (let number = 1; number <= 19; number++) await send(scene.raw, scene.sample, [3, number, [1, 0], []]);
    expect(scene.raw.closed).toBeUndefined();
    scene.sample.network.clock.advance(100);
    await send(scene.raw, scene.sample, [3, 20, [1, 0], []]);
    expect(scene.raw.closed).toBeUndefined();
    await send(scene.raw, scene.sample, [3, 21, [1, 0], []]);
    expect(scene.raw.closed).toEqual({ code: CloseCode.tooMany, reason: "too many messages" });
    await expectUnharmed(scene);
  });

  it("[OP-12] is closed when a batch has too many transactions (4400), or when it does not read its results (4329)", async () => {
    const scene = await setUp({ limits: { maxBatchTransactions: 3 } });
    await send(scene.raw, scene.sample, [3, 1, [1, 0], [], [], []]);
    expect(scene.raw.closed).toBeUndefined();
    await send(scene.raw, scene.sample, [3, 4, [1, 0], [], [], [], []]);
    expect(scene.raw.closed).toEqual({ code: CloseCode.badMessage, reason: "a batch of too many transactions" });
    const other = await scene.sample.raw();
    for (let number = 1; number <= 30; number++) {
      other.send([3, number, [1, 0], []]);
      other.link.toServer.deliver();
    }
    await scene.sample.network.settle();
    expect(other.closed).toEqual({ code: CloseCode.tooMany, reason: "too many batches" });
    await expectUnharmed(scene);
  });

  it("[OP-12] is closed with 1009 when a message is too large", async () => {
    const scene = await setUp({ limits: { maxMessageBytes: 1000 } });
    await send(scene.raw, scene.sample, new Uint8Array(1001).fill(0x91));
    expect(scene.raw.closed).toMatchObject({ code: CloseCode.tooLarge });
    await expectUnharmed(scene);
  });

  it("is closed with 4308 when it does not say hello in time", async () => {
    const scene = await setUp();
    const silent = await scene.sample.raw({ hello: false });
    scene.sample.network.clock.advance(9_999);
    await scene.sample.network.settle();
    expect(silent.closed).toBeUndefined();
    scene.sample.network.clock.advance(1);
    await scene.sample.network.settle();
    expect(silent.closed).toEqual({ code: CloseCode.helloTimeout, reason: "no hello came" });
    expect(scene.sample.server.clients).toHaveLength(2);
    await expectUnharmed(scene);
  });

  it("leaves no timer behind when it goes before its hello", async () => {
    const { sample } = await setUp();
    const waiting = sample.network.clock.taskCount;
    const silent = await sample.raw({ hello: false });
    expect(sample.network.clock.taskCount).toBe(waiting + 1);
    silent.close();
    await sample.network.settle();
    expect(sample.network.clock.taskCount).toBe(waiting);
  });

  it("cannot make the numbers of its transactions unreadable to the others", async () => {
    const scene = await setUp();
    const top = Number.MAX_SAFE_INTEGER - 2;
    await send(scene.raw, scene.sample, [3, top, [1, 0], on(NOTES, 1, "a", "1"), on(NOTES, 1, "b", "2")]);
    expect(scene.raw.closed).toBeUndefined();
    expect(scene.card.notes.size).toBe(2);
    expect(scene.witness.state.name).toBe("connected");
    await send(scene.raw, scene.sample, [3, top + 2, [1, 0], on(NOTES, 1, "c", "3")]);
    expect(scene.raw.closed).toMatchObject({ code: CloseCode.badMessage });
    scene.card.notes.set({});
    await expectUnharmed(scene);
  });
});

describe("random messages", () => {
  const scalar = fc.oneof(
    fc.constantFrom<Wire>(null, true, "", "__proto__", "Card", "k", 0, 1, -1, -5, -3, 8, 9, 16, 17, 24, 32, 33, 40, 41),
    fc.integer({ min: -300, max: 300 }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 5 }),
  );
  const { tree: wire } = fc.letrec<{ tree: Wire }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie("tree"), { maxLength: 6 }),
      fc.dictionary(fc.string({ maxLength: 3 }), tie("tree"), { maxKeys: 3, noNullPrototype: true }),
      fc.uint8Array({ maxLength: 4 }),
    ),
  }));
  /** Ops that may well be valid, of topics that are not open and of no object, so that they must come to nothing. */
  const ops = fc.array(fc.oneof(wire, fc.constantFrom<Wire>(-5, 48, 49, -3, 0, 1, 2, 7)), { maxLength: 8 });
  const message: fc.Arbitrary<Wire> = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(fc.nat(300), fc.nat(255)).map(([at, value]) => {
      const mangled = encode(batch(on(OWNER, 1, 0, 0, "x"), [-5, 1], [-5, 2, 1, 0.5]));
      mangled[at % mangled.length] = value;
      // What is changed by chance must not happen to be allowed.
      return mangled.slice(0, 6 + (at % mangled.length));
    }),
    wire.map((each) => encode(Array.isArray(each) ? each : [each])),
    fc
      .tuple(fc.integer({ min: 1, max: 1000 }), fc.array(ops, { minLength: 1, maxLength: 4 }))
      .map(([number, transactions]) => encode([3, number, [1, 0], ...transactions.map((each) => [-5, 48, ...each])])),
  );

  it("[OP-19] never harm the server, the tree or the others", async () => {
    const scene = await setUp({ limits: { maxMessagesPerSecond: 1e6 } });
    const closings = new Set<number | undefined>();
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 5 }), fc.boolean(), async (messages, hello) => {
        const raw = await scene.sample.raw({ hello });
        await send(raw, scene.sample, ...messages);
        closings.add(raw.closed?.code);
        raw.link.drop();
        expect(JSON.stringify(stateOf(scene.sample.server.tree()))).toBe(scene.before);
        expect(scene.seen).toEqual([]);
        expect(scene.sample.errors).toEqual([]);
      }),
      { numRuns: 400, seed: 20_261_120 },
    );
    expect([...closings].toSorted()).toEqual([CloseCode.badMessage, undefined]);
    await expectUnharmed(scene);
  });
});

describe("over real sockets", () => {
  const endings: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function listen(options: ServerOptions = {}, listening: ListenOptions = {}) {
    const log = new KeptLog();
    const server = new Server({ models: [Card, Marker], logger: log, ...options });
    endings.push(() => server.close());
    server.root.add(Card).text.set("untouched");
    server.root.add(Marker);
    const { url, port } = await server.listen(0, listening);
    const address = `ws://127.0.0.1:${port}`;
    const witness = await connect(address);
    endings.push(() => witness.close());
    const states: string[] = [];
    witness.on("state", ({ name }) => states.push(name));
    const raw = (path = "/", protocols: string[] = [SUBPROTOCOL], headers: Record<string, string> = {}): RawSocket => {
      const socket = new RawSocket(`${address}${path}`, protocols, { headers });
      socket.on("error", () => {});
      endings.push(() => socket.terminate());
      return socket;
    };
    const unharmed = async (): Promise<void> => {
      const card = server.root.find(Card);
      expect(card.text.value).toBe("untouched");
      expect(await witness.transact(() => cardOf(witness, card).votes.add(1))).toEqual({ ok: true });
      await barrier(server, witness);
      expectEqual(server, witness);
      expect(states).toEqual([]);
    };
    return { server, url, port, log, witness, raw, unharmed };
  }

  async function closeOf(socket: RawSocket): Promise<{ readonly code: number; readonly reason: string }> {
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    return { code, reason: reason.toString() };
  }

  /** The status that an HTTP request is answered with, and its body. */
  async function statusOf(
    port: number,
    { path = "/", method = "GET", headers = {} }: { path?: string; method?: string; headers?: Record<string, string> },
  ) {
    const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false });
    asked.on("error", () => {});
    asked.end();
    const [response] = await once(asked, "response");
    let body = "";
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode as number, body, headers: response.headers };
  }

  /** The status that a WebSocket's request is refused with; 101 if it is not. */
  async function upgradeStatusOf(socket: RawSocket): Promise<number> {
    return Promise.race([
      once(socket, "open").then(() => 101),
      once(socket, "unexpected-response").then(([, response]) => response.statusCode as number),
    ]);
  }

  it("a text message closes with 4400", async () => {
    const { raw, unharmed } = await listen();
    const socket = raw();
    await once(socket, "open");
    socket.send("hello");
    expect(await closeOf(socket)).toEqual({ code: CloseCode.badMessage, reason: "expected a binary message" });
    await unharmed();
  });

  it("a message over the limit closes with 1009, before it is read", async () => {
    const { raw, unharmed } = await listen({ limits: { maxMessageBytes: 1000 } });
    const socket = raw();
    await once(socket, "open");
    socket.send(new Uint8Array(5000));
    expect(await closeOf(socket)).toMatchObject({ code: CloseCode.tooLarge });
    await unharmed();
  });

  it("a bad message closes with 4400 and its reason", async () => {
    const { raw, unharmed } = await listen();
    const socket = raw();
    await once(socket, "open");
    socket.send(encode([1]));
    socket.send(encode([1]));
    expect(await closeOf(socket)).toEqual({ code: CloseCode.badMessage, reason: "a second hello" });
    await unharmed();
  });

  it("[SE-01] a subprotocol of another version is told so by 4406, another path by 4404", async () => {
    const { raw, unharmed } = await listen();
    expect(await closeOf(raw("/", ["objectsync.2"]))).toEqual({
      code: CloseCode.wrongProtocol,
      reason: "this server speaks objectsync.1",
    });
    expect(await closeOf(raw("/other"))).toMatchObject({ code: CloseCode.notFound });
    expect(await upgradeStatusOf(raw("/", ["objectsync.2", SUBPROTOCOL]))).toBe(101);
    await unharmed();
  });

  it("an upgrade without our subprotocol is refused with 400", async () => {
    const { raw, unharmed } = await listen();
    expect(await upgradeStatusOf(raw("/", []))).toBe(400);
    expect(await upgradeStatusOf(raw("/", ["chat"]))).toBe(400);
    await unharmed();
  });

  it("a socket that was told 4404 cannot bring the server down by what it sends then", async () => {
    const { port, unharmed } = await listen();
    const handshake = [
      "GET /other HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    ].join("\r\n");
    const socket = connectTo(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`${handshake}\r\n\r\n`);
    await once(socket, "data");
    // A frame with reserved bits, unmasked: nothing that a WebSocket may send.
    socket.write(bytes(0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
    await once(socket, "close");
    await unharmed();
  });

  it("[OP-12] one more than `maxClients` is refused with 503, and let in when another has gone", async () => {
    const { server, raw, unharmed } = await listen({ limits: { maxClients: 3 } });
    const [second, third] = [raw(), raw()];
    await Promise.all([once(second, "open"), once(third, "open")]);
    expect(await upgradeStatusOf(raw())).toBe(503);
    second.send(encode([1]));
    await once(second, "message");
    const gone = new Promise((resolve) => server.on("disconnect", resolve));
    second.close();
    await gone;
    expect(await upgradeStatusOf(raw())).toBe(101);
    await unharmed();
  });

  it("one that does not answer a ping is cut off", async () => {
    const { TestClock } = await import("../testing/test-clock.ts");
    const clock = new TestClock();
    const { server, port, witness } = await listen({ clock });
    const deaf = new RawSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL], { autoPong: false });
    deaf.on("error", () => {});
    await once(deaf, "open");
    deaf.send(encode([1]));
    await once(deaf, "message");
    expect(server.clients).toHaveLength(2);
    const gone = new Promise<number>((resolve) => server.on("disconnect", ({ id }) => resolve(id)));
    const pinged = once(deaf, "ping");
    clock.advance(15_000);
    await pinged;
    // The witness has answered by now or not; what it sends counts as well.
    await witness.transact(() => cardOf(witness, server.root.find(Card)).votes.add(1));
    clock.advance(15_000);
    expect(await gone).not.toBe(witness.id);
    expect(await closeOf(deaf)).toMatchObject({ code: 1006 });
    expect(server.clients.map(({ id }) => id)).toEqual([witness.id]);
  });

  it("[OP-11] pages of other origins, and servers of other names, get nothing", async () => {
    const { port, raw, unharmed } = await listen();
    const foreign: Record<string, string>[] = [
      { Host: "evil.example" },
      { Host: `evil.example:${port}` },
      { Host: `127.0.0.1.evil.example:${port}` },
      { Host: `localhost.evil.example:${port}` },
      { Host: `localhost@evil.example:${port}` },
      { Host: `localhost.:${port}` },
      { Origin: "http://evil.example" },
      { Origin: "null" },
      { Origin: `https://127.0.0.1:${port}` },
      { Origin: "http://127.0.0.1:1" },
      { Origin: "http://127.0.0.1" },
      { Origin: `http://127.0.0.1:${port}.evil.example` },
      { Origin: `http://evil.example#http://127.0.0.1:${port}` },
    ];
    for (const headers of foreign) {
      expect([headers, (await statusOf(port, { headers })).status]).toEqual([headers, 403]);
      expect([headers, await upgradeStatusOf(raw("/", [SUBPROTOCOL], headers))]).toEqual([headers, 403]);
    }
    const own = { Origin: `http://127.0.0.1:${port}` };
    expect((await statusOf(port, { headers: own })).status).toBe(200);
    expect(await upgradeStatusOf(raw("/", [SUBPROTOCOL], own))).toBe(101);
    await unharmed();
  });

  it("a request that is refused does not keep its socket", async () => {
    const { port, unharmed } = await listen();
    const socket = connectTo({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) answer += chunk;
    expect(answer).toContain("403 Forbidden");
    // Ours is open still: writing shows that theirs is not.
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const write = (): void => {
      if (!socket.destroyed) socket.write("x", () => setImmediate(write));
    };
    write();
    await closed;
    await unharmed();
  });

  it.each([
    "/../package.json",
    "/..%2fpackage.json",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
    "/objectsync.js/..",
    "/index.html",
    "/favicon.ico",
    "http://evil.example/",
  ])("there is nothing at %j", async (path) => {
    const { port } = await listen();
    expect(await statusOf(port, { path })).toMatchObject({ status: 404, body: "nothing here" });
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])("%s is not allowed", async (method) => {
    const { port } = await listen();
    expect((await statusOf(port, { method })).status).toBe(405);
  });

  it("HEAD gives the headers of the page alone", async () => {
    const { port } = await listen();
    expect(await statusOf(port, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });
});
