import { on, once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket as RawSocket } from "ws";
import { connect } from "../client/client.ts";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import { decode, encode, type Wire } from "../core/codec.ts";
import { CloseCode, JSON_SUBPROTOCOL, MessageCode, SUBPROTOCOL } from "../core/wire.ts";
import vectors from "../docs/golden-vectors.json" with { type: "json" };
import { overJson } from "../server/json-channel.ts";
import { DEFAULT_LIMITS, type Limits } from "../server/limits.ts";
import { Server, type ServerOptions } from "../server/server.ts";
import { TestClock } from "../testing/test-clock.ts";
import { Card, KeptLog, Marker, seen } from "./sample-tree.ts";

const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Both sides of the adapter: a channel of text, and a connection of bytes. */
class Adapter {
  readonly sent: Uint8Array[] = [];
  readonly received: Wire[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** How the connection was told that it ended. */
  readonly connection: [code: number, reason: string][] = [];
  channel: Channel | undefined;
  readonly clock = new TestClock();
  readonly events: ChannelEvents;

  constructor(limits: Partial<Limits> = {}) {
    const outer: Channel = {
      send: (text) => void this.sent.push(text),
      close: (code, reason) => {
        this.closed ??= { code, reason };
      },
      bufferedBytes: 7,
    };
    const accept = (channel: Channel): ChannelEvents => {
      this.channel = channel;
      return {
        message: (bytes) => void this.received.push(decode(bytes)),
        close: (...ending) => void this.connection.push(ending),
      };
    };
    this.events = overJson(outer, accept, { limits: { ...DEFAULT_LIMITS, ...limits }, clock: this.clock });
  }

  say(text: string | Uint8Array): void {
    this.events.message(typeof text === "string" ? bytesOf(text) : text);
  }
}

describe("the JSON subprotocol", () => {
  it.each(vectors)("[WI-07] says in text what the other says in bytes: $name", ({ message, hex, direction }) => {
    const adapter = new Adapter();
    if (direction === "to-server") {
      adapter.say(JSON.stringify(message));
      expect(adapter.received).toEqual([decode(Buffer.from(hex, "hex"))]);
    } else {
      adapter.channel?.send(Uint8Array.from(Buffer.from(hex, "hex")));
      expect(JSON.parse(textOf(adapter.sent[0]))).toEqual(message);
    }
  });

  it("[WI-03] writes the text of a message once for all who are sent it", () => {
    const adapters = [new Adapter(), new Adapter()];
    const message = encode([MessageCode.frame, [1, [-5, 9, "ü"]]]);
    for (const { channel } of adapters) channel?.send(message);
    expect(textOf(adapters[0]?.sent[0])).toBe('[0,[1,[-5,9,"ü"]]]');
    expect(adapters[0]?.sent[0]).toBe(adapters[1]?.sent[0]);
    expect(adapters[0]?.channel?.bufferedBytes).toBe(7);
  });

  it.each([
    ["no JSON", "hello", "expected a message in JSON"],
    ["nothing", "", "expected a message in JSON"],
    ["half a message", '[1, "', "expected a message in JSON"],
    ["invalid UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "expected a message in JSON"],
    ["the key __proto__", '[3, { "__proto__": [] }]', "the key __proto__ is not allowed"],
    ["a key with one $", '[3, { "$a": 1 }]', "the key $a needs a second $ before it"],
    ["a number without end", "[1e999]", "a number is too large"],
    ["more levels than 64", "[".repeat(65) + "]".repeat(65), "too many arrays and maps inside one another"],
    ["very many levels", "[".repeat(500_000) + "]".repeat(500_000), "too many arrays and maps inside one another"],
  ])("[WI-04] ends the connection that sends %s", (_, text, reason) => {
    const adapter = new Adapter();
    adapter.say(text);
    adapter.say("[1]");
    expect(adapter.closed).toEqual({ code: CloseCode.badMessage, reason });
    expect(adapter.connection).toEqual([[CloseCode.badMessage, reason]]);
    expect(adapter.received).toEqual([]);
  });

  it("[OP-12] counts the text for the size of a message, and for the work that it makes", () => {
    const large = new Adapter({ maxMessageBytes: 20 });
    large.say(`["${"ü".repeat(8)}"]`);
    expect(large.closed).toBeUndefined();
    large.say(`["${"ü".repeat(9)}"]`);
    expect(large.closed).toMatchObject({ code: CloseCode.tooLarge });
    expect(large.received).toHaveLength(1);

    // Small once it is read, and work to read.
    const empty = `[1${" ".repeat(997)}]`;
    const busy = new Adapter({ maxStepsPerSecond: 25_000 });
    for (let count = 0; count < 10; count++) busy.say(empty);
    expect(busy.closed).toBeUndefined();
    busy.clock.advance(1_000);
    for (let count = 0; count < 3; count++) busy.say(empty);
    expect(busy.closed).toMatchObject({ code: CloseCode.tooMany });
    expect(busy.received).toHaveLength(12);
  });

  it("tells the connection of an end on either side, and takes nothing after it", () => {
    const adapter = new Adapter();
    adapter.channel?.close(4403, "enough");
    adapter.say("[1]");
    expect(adapter.closed).toEqual({ code: 4403, reason: "enough" });
    expect(adapter.received).toEqual([]);
    adapter.events.close(1006, "");
    expect(adapter.connection).toEqual([[1006, ""]]);
  });
});

describe("over real sockets, the JSON subprotocol", () => {
  const endings: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function listen(options: ServerOptions = {}) {
    const server = new Server({ models: [Card, Marker], logger: new KeptLog(), ...options });
    endings.push(() => server.close());
    const card = server.root.add(Card);
    const { port } = await server.listen(0);
    return { server, card, address: `ws://127.0.0.1:${port}` };
  }

  function open(address: string, protocols: string[] = [JSON_SUBPROTOCOL]): RawSocket {
    const socket = new RawSocket(address, protocols);
    socket.on("error", () => {});
    endings.push(() => socket.terminate());
    return socket;
  }

  /** Gives the next message, each time: they must be text. */
  function listenTo(socket: RawSocket): () => Promise<Wire[]> {
    const messages = on(socket, "message");
    return async () => {
      const [data, isBinary] = (await messages.next()).value as [Buffer, boolean];
      expect(isBinary).toBe(false);
      return JSON.parse(String(data));
    };
  }

  it("[WI-07] is spoken beside the other, with whoever asks for it first", async () => {
    const { card, address } = await listen();
    const client = await connect(address);
    endings.push(() => client.close());
    const socket = open(address, ["objectsync.9", JSON_SUBPROTOCOL, SUBPROTOCOL]);
    const next = listenTo(socket);
    await once(socket, "open");
    expect(socket.protocol).toBe(JSON_SUBPROTOCOL);
    socket.send("[1]");
    expect((await next()).slice(0, 2)).toEqual([MessageCode.welcome, 2]);
    const [code, section] = await next();
    expect([code, JSON.stringify(section).includes('"Card"')]).toEqual([MessageCode.frame, true]);

    card.text.set("from the server");
    expect(JSON.stringify(await next())).toContain("from the server");
    await expect.poll(() => seen(client, card).text.value).toBe("from the server");

    const version = (section as Wire[])[1] as number;
    socket.send(JSON.stringify([MessageCode.batch, 1, [1, version + 1], [-1 - 2 * card.id, 9, 0, 4, "text"]]));
    expect(JSON.stringify(await next())).toContain('[[2,1],-5,9,0,4,"text"]');
    expect(card.text.value).toBe("text the server");
    await expect.poll(() => seen(client, card).text.value).toBe("text the server");
  });

  it("[WI-04] closes for a binary message, for one that is too large and for one that is none", async () => {
    const { address } = await listen({ limits: { maxMessageBytes: 1000 } });
    for (const [message, code, reason] of [
      [encode([MessageCode.hello]), CloseCode.badMessage, "expected a text message"],
      [bytesOf("[1]"), CloseCode.badMessage, "expected a text message"],
      [JSON.stringify(["x".repeat(2000)]), CloseCode.tooLarge, ""],
      ["hello", CloseCode.badMessage, "expected a message in JSON"],
      ["[1, 2]]", CloseCode.badMessage, "expected a message in JSON"],
    ] as const) {
      const socket = open(address);
      await once(socket, "open");
      socket.send(message);
      const [closedWith, told] = await once(socket, "close");
      expect([closedWith, String(told)]).toEqual([code, reason]);
    }
  });

  it("[SE-02] counts its clients as all others", async () => {
    const { server, address } = await listen();
    const heard: string[] = [];
    server.on("connect", () => heard.push("connect"));
    const gone = new Promise<void>((resolve) => server.on("disconnect", () => resolve()));
    const socket = open(address);
    await once(socket, "open");
    socket.send("[1]");
    await once(socket, "message");
    expect(server.clients).toHaveLength(1);
    socket.close();
    await gone;
    expect(heard).toEqual(["connect"]);
  });
});
