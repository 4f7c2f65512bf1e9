import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Client } from "../client/client.ts";
import type { DialEvents } from "../client/socket.ts";
import type { Channel } from "../core/channel.ts";
import { CodecError, decode, encode, type Wire } from "../core/codec.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ERROR_CODES } from "../core/error.ts";
import { TOPIC_CLASSES } from "../core/kinds.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { ObjectWriter, ShapeTable } from "../core/object-writer.ts";
import { BooleanTopic, NumberTopic, numberKind } from "../core/scalar-topics.ts";
import { ObjectCode } from "../core/stream.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import {
  CloseCode,
  MessageCode,
  parseClientMessage,
  parseServerMessage,
  parseTransaction,
  SUBPROTOCOL,
} from "../core/wire.ts";
import { snippets } from "../scripts/snippets.ts";
import { Server } from "../server/server.ts";
import vectors from "./golden-vectors.json" with { type: "json" };

const text = readFileSync(new URL("protocol.md", import.meta.url), "utf8");
const EPOCH = "4b1d9e6e-7c5a-4f0e-9a55-0c3f6f0d2a11";

const OPEN = { write: "everyone" } as const;

/** The types that the document's examples are about. */
class Note extends SObject {
  static override readonly frontendType: string | null = "note";
  readonly text = new StringTopic("", OPEN);
  readonly size = new NumberTopic(16, OPEN);
  readonly done = new BooleanTopic(false, OPEN);
  readonly tags = new ListTopic<string>();
  readonly style = new DictTopic<string>();

  override init(): void {
    this.done.rule("change", ({ value }) => this.style.put("color", value ? "gray" : "black"));
  }
}

class Group extends SObject {}

interface Said {
  readonly direction: string;
  readonly message: Wire;
}

/** What a real server says when it is told what the document's clients say. */
class Conversation {
  readonly said: Said[] = [];
  readonly server = new Server({ models: [Note, Group], defer: () => {} });
  readonly #first: Note;
  readonly #second: Note;

  constructor() {
    const { root } = this.server;
    this.#first = root.add(Note, undefined, { key: "first" });
    transact(() => {
      this.#first.text.set("Hi");
      this.#first.style.put("color", "red");
    });
    this.#second = root.add(Note);
    this.#second.size.set(0.1);
  }

  /** Connects; returns what says something as this client. */
  #connect(hear: (bytes: Uint8Array) => void): (message: Wire) => void {
    const events = this.server.accept({ send: hear, close: () => {}, bufferedBytes: 0 });
    return (message) => {
      this.said.push({ direction: "to-server", message });
      events.message(encode(message));
      this.server.flush();
    };
  }

  #hear = (bytes: Uint8Array): void => {
    const message = decode(bytes) as readonly Wire[];
    const isWelcome = message[0] === MessageCode.welcome;
    this.said.push({
      direction: "to-client",
      message: isWelcome ? [...message.slice(0, 2), EPOCH, ...message.slice(3)] : message,
    });
  };

  /** Somebody else comes, and goes again. */
  #joinLate(): void {
    const heard: Uint8Array[] = [];
    const channel = { send: (bytes: Uint8Array) => void heard.push(bytes), close: () => {}, bufferedBytes: 0 };
    const events = this.server.accept(channel);
    events.message(encode([MessageCode.hello]));
    events.close(1000, "");
    this.said.push({ direction: "to-client", message: decode(heard[1] as Uint8Array) });
  }

  #transact(fn: () => void): void {
    transact(fn);
    this.server.flush();
  }

  hold(): readonly Said[] {
    const { root } = this.server;
    const say = this.#connect(this.#hear);
    say([MessageCode.hello]);
    this.#transact(() => this.#second.size.set(20));
    this.#joinLate();
    this.#transact(() => {
      this.#first.tags.push("a", "b", "c");
      this.#first.tags.move(0, 2);
      this.#first.tags.put(0, "x");
    });
    this.#transact(() => {
      this.#first.style.put("color", "blue");
      this.#first.style.delete("color");
      this.#first.style.set({ margin: "1px" });
    });
    let group: SObject = root;
    this.#transact(() => {
      group = root.add(Group, undefined, { index: 0 });
    });
    this.#transact(() => this.#second.moveTo(group));
    transact(() => {
      this.#second.size.add(1);
      this.#first.text.set("Hi!");
    });
    this.#second.done.set(true);
    this.server.flush();
    say([MessageCode.batch, 1, [1, 11], [-5, 9, 3, 0, "?"]]);
    say([MessageCode.batch, 2, [1, 12], [-7, 24, false], [-7, 16, 21], [-7, 32, ["a"]]]);
    this.#transact(() => this.#first.destroy());
    return this.said;
  }
}

describe("[OP-18] the golden vectors", () => {
  it("are what a server says", () => {
    expect(vectors.map(({ direction, message }) => ({ direction, message }))).toEqual(new Conversation().hold());
  });

  it.each(vectors)("have exact bytes: $name", ({ message, hex }) => {
    expect(hexOf(encode(message as Wire))).toBe(hex);
    expect(decode(bytesOf(hex))).toEqual(message);
  });

  it.each(vectors)("are of the form that is read: $name", ({ direction, message, hex }) => {
    const parse = direction === "to-server" ? parseClientMessage : parseServerMessage;
    expect(parse(decode(bytesOf(hex)))).toEqual(message);
  });

  it("lead a client to the server's state, also one that joins late", async () => {
    const conversation = new Conversation();
    conversation.hold();
    const expected = describeTree(conversation.server.root);
    const heard = vectors.filter(({ direction }) => direction === "to-client");
    const late = heard.findIndex(({ name }) => name === "snapshot-with-log");
    expect(await stateAfter(heard.toSpliced(late, 1))).toEqual(expected);
    expect(await stateAfter([...heard.slice(0, 1), ...heard.slice(late)])).toEqual(expected);
  });
});

describe("[OP-18] docs/protocol.md", () => {
  const blocks = snippets(text).filter(({ file }) => file !== undefined);
  const block = (language: string, name: string) =>
    blocks.find((each) => each.language === language && each.file === name)?.code ?? `no ${language} of ${name}`;

  it("quotes every vector, as an array and in bytes, and nothing else", () => {
    const quoted = [...new Set(blocks.map(({ file }) => file))];
    expect(quoted).toEqual(vectors.map(({ name }) => name));
    for (const { name, message, hex } of vectors) {
      expect(JSON.parse(block("json", name))).toEqual(message);
      expect(hexOf(bytesOf(block("hex", name)))).toBe(hex);
    }
  });

  it("names the subprotocol", () => {
    expect(text).toContain(`\`${SUBPROTOCOL}\``);
  });

  it.each(Object.entries(MessageCode))("has the message %s, %d", (name, code) => {
    expect(text).toMatch(new RegExp(`^\\| \`${name}\` \\| ${code} \\|`, "m"));
  });

  it.each(Object.entries(CloseCode))("has the close code %s, %d", (name, code) => {
    expect(text).toMatch(new RegExp(`^\\| ${code} \\| \`${name}\` \\|`, "m"));
  });

  it.each(Object.entries(ObjectCode))("has the op %s of objects, %d, with its arity", (name, code) => {
    expect(text).toMatch(new RegExp(`^\\| \`${name}\` \\| ${code} \\| ${arityOf(code)} \\|`, "m"));
  });

  it.each(TOPIC_CLASSES.map((topicClass) => new topicClass().kind))(
    "has the ops of $name, with their arities",
    (kind) => {
      const rows = kind.ops.map(({ name, arity }, code) => `| \`${kind.name}\` | \`${name}\` | ${code} | ${arity} |`);
      for (const row of rows) expect(text).toContain(row);
      expect(text.match(new RegExp(`^\\| \`${kind.name}\` \\| \``, "gm"))).toHaveLength(rows.length);
    },
  );

  it.each(Object.entries(ERROR_CODES))("[DX-07] has the error code %s", (code, message) => {
    expect(text).toContain(`| \`${code}\` | ${message} |`);
  });
});

describe("the codec, as docs/protocol.md has it,", () => {
  const values = [...text.matchAll(/^\| `([^`]+)` \| `((?:[0-9a-f]{2} ?)+)` \|/gm)];
  const refused = [...text.matchAll(/^\| `((?:[0-9a-f]{2} ?)+)` \| `([a-z_]+)` \|/gm)];

  it("has examples", () => {
    expect(values.length).toBeGreaterThan(10);
    expect(refused.length).toBeGreaterThan(6);
  });

  it.each(values.map(([, value = "", hex = ""]) => ({ value, hex })))(
    "[WI-01] writes $value as $hex",
    ({ value, hex }) => {
      expect(hexOf(encode(JSON.parse(value)))).toBe(hexOf(bytesOf(hex)));
      expect(decode(bytesOf(hex))).toEqual(JSON.parse(value));
    },
  );

  it.each(refused.map(([, hex = "", reason = ""]) => ({ hex, reason })))(
    "[WI-02] refuses $hex as $reason",
    ({ hex, reason }) => {
      expect(reasonOf(() => decode(bytesOf(hex)))).toBe(reason);
    },
  );
});

describe("a server", () => {
  it("[WI-03] sends one and the same frame to all", () => {
    const server = new Server({ models: [Note], defer: () => {} });
    const heard: Uint8Array[][] = [[], []];
    for (const frames of heard) {
      const send = (bytes: Uint8Array): void => void frames.push(bytes);
      server.accept({ send, close: () => {}, bufferedBytes: 0 }).message(encode([MessageCode.hello]));
    }
    server.root.add(Note).text.set("to all");
    server.flush();
    expect(heard[0]).toHaveLength(3);
    expect(heard[0]?.[2]).toBe(heard[1]?.[2]);
  });

  it.each<[string, Wire, number]>([
    ["no array", "hello", CloseCode.badMessage],
    ["an unknown message", [77], CloseCode.badMessage],
    ["a message of the server", [MessageCode.frame], CloseCode.badMessage],
    ["a second hello", [MessageCode.hello], CloseCode.badMessage],
    ["a batch without transactions", [MessageCode.batch, 1, [1, 0]], CloseCode.badMessage],
    ["a version that is still to come", [MessageCode.batch, 1, [1, 99], [-5, 9, 0, 0, ""]], CloseCode.badMessage],
    ["a scope that there is not", [MessageCode.batch, 1, [2, 0], [-5, 9, 0, 0, ""]], CloseCode.badMessage],
    ["the number 0", [MessageCode.batch, 0, [1, 0], [-5, 9, 0, 0, ""]], CloseCode.badMessage],
    ["an op too short", [MessageCode.batch, 1, [1, 0], [-5, 9, 0]], CloseCode.badMessage],
    ["too much", [MessageCode.batch, 1, [1, 0], "x".repeat(2 ** 20)], CloseCode.tooLarge],
  ])("[WI-04] ends the connection that sends %s, and no other", (_, message, expected) => {
    const server = new Server({ models: [Note], defer: () => {} });
    server.root.add(Note);
    const codes: number[][] = [[], []];
    const [bad] = codes.map((codes) => {
      const events = server.accept({ send: () => {}, close: (code) => void codes.push(code), bufferedBytes: 0 });
      events.message(encode([MessageCode.hello]));
      return events;
    });
    // What others would have to be told is nothing: the base is what it was.
    bad?.message(encode(message));
    expect(codes).toEqual([[expected], []]);
  });

  it("[WI-05] counts a transaction as the client does: by the number of its batch and its place", () => {
    const batch = vectors.find(({ name }) => name === "batch-of-three")?.message as unknown as [number, number];
    const frame = vectors.find(({ name }) => name === "derived")?.message as unknown as [number, [number, Wire]];
    const result = vectors.find(({ name }) => name === "result")?.message as readonly Wire[];
    expect(parseTransaction(frame[1][1]).author).toEqual({ client: 1, transaction: batch[1] });
    expect(result.slice(0, 2)).toEqual([MessageCode.result, batch[1]]);
  });
});

/** What a client shows that has been told this. */
async function stateAfter(heard: readonly { readonly hex: string }[]): Promise<unknown> {
  let events: DialEvents | undefined;
  const channel: Channel = { send: () => {}, close: () => {}, bufferedBytes: 0 };
  const dial = (_url: string, given: DialEvents): Channel => {
    events = given;
    return channel;
  };
  const client = new Client("ws://localhost", { dial });
  for (const { hex } of heard) events?.message(bytesOf(hex));
  await client.ready;
  const state = describeTree(client.root as unknown as SObject);
  client.close();
  return state;
}

/** How many arguments an op of an object has, as it is written. */
function arityOf(code: number): number {
  const { root } = new Server({ defer: () => {} });
  const shapes = new ShapeTable();
  new ObjectWriter(shapes).create(root, 0, 0);
  const writer = new ObjectWriter(shapes);
  const attribute = { name: "size", kind: numberKind, initial: 0, write: "nobody", isLatest: false } as const;
  if (code === ObjectCode.shape) writer.announceAll();
  else if (code === ObjectCode.create) writer.create(root, 0, 0);
  else if (code === ObjectCode.destroy) writer.destroy(2);
  else if (code === ObjectCode.move) writer.move(2, 1, 0);
  else if (code === ObjectCode.addAttribute) writer.addAttribute(root, 1, { attribute, topic: new NumberTopic() });
  else if (code === ObjectCode.removeAttribute) writer.removeAttribute(2, 1);
  else writer.leave(2);
  // Before the arguments: where to go to, but for a shape, and the code.
  return writer.ops.length - (code === ObjectCode.shape ? 1 : 2);
}

function describeTree(object: SObject): unknown {
  const { id, type, key, children } = object;
  const note = object as Note;
  const values =
    type === "Note" ? [note.text, note.size, note.done, note.tags, note.style].map((each) => each.value) : [];
  return { id, type, key, values: JSON.parse(JSON.stringify(values)), children: children.map(describeTree) };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));
}

function reasonOf(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error instanceof CodecError ? error.reason : error;
  }
}
