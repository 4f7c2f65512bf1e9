import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Branch } from "../client/branches.ts";
import { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { DialEvents } from "../client/socket.ts";
import { EditWriter } from "../client/structure-edits.ts";
import type { Channel } from "../core/channel.ts";
import { CodecError, decode, encode, type Wire } from "../core/codec.ts";
import { ERROR_CODES } from "../core/error.ts";
import { TOPIC_CLASSES } from "../core/kinds.ts";
import type { SObject } from "../core/object.ts";
import { ObjectWriter, ShapeTable } from "../core/object-writer.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { ObjectCode } from "../core/stream.ts";
import { describeTopic } from "../core/types.ts";
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
import { BROKEN } from "../testing/link.ts";
import { TestClock } from "../testing/test-clock.ts";
import { Conversation, Group, Note } from "./conversation.ts";
import vectors from "./golden-vectors.json" with { type: "json" };

const text = readFileSync(new URL("protocol.md", import.meta.url), "utf8");
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

  it("lead a client to the server's state, also one that joins late, and are what it says itself", async () => {
    const conversation = new Conversation();
    conversation.hold();
    const expected = describeTree(conversation.server.root);
    const late = vectors.findIndex(({ name }) => name === "snapshot-with-log");
    // Whoever joins late has the same hello and the same welcome.
    for (const heard of [vectors.toSpliced(late, 1), [...vectors.slice(0, 2), ...vectors.slice(late)]]) {
      const { state, said } = await replay(heard);
      expect(state).toEqual(expected);
      expect(said).toEqual(heard.filter(isSaidByItself).map(({ message }) => message));
    }
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
      expect(text.match(new RegExp(`^\\| \`${kind.name}\` \\| \`\\w+\` \\| \\d`, "gm"))).toHaveLength(rows.length);
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
    ["scopes without an epoch", [MessageCode.hello, [1]], CloseCode.badMessage],
    ["an open without a scope", [MessageCode.open], CloseCode.badMessage],
    ["a close of what is no number", [MessageCode.close, "1"], CloseCode.badMessage],
    ["a batch without transactions", [MessageCode.batch, 1, [1, 0]], CloseCode.badMessage],
    ["a version that is still to come", [MessageCode.batch, 1, [1, 99], [-5, 9, 0, 0, ""]], CloseCode.badMessage],
    ["a scope without a version", [MessageCode.batch, 1, [1], [-5, 9, 0, 0, ""]], CloseCode.badMessage],
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

  it("[OP-18] counts the attributes that come with an object as a part of it, where it says what rules made", () => {
    const server = new Server({ models: [Note, Group], defer: () => {} });
    const note = server.root.add(Note);
    note.size.rule("change", ({ value }) => {
      const group = server.root.add(Group);
      for (const tag of ["a", "b"]) group.addTag(`${tag}${value}`);
      note.tags.push("grouped");
    });
    const { say, heard } = listener(server);
    say([MessageCode.hello]);
    say([MessageCode.batch, 1, [1, 0], [-1 - 2 * note.id, 2 * 8, 5]]);
    const distance = (server.root.children.at(-1)?.id as number) - note.id;
    const create = [
      7,
      2,
      ["Group", null, false, [], 1, ["Label"]],
      -1 - 2 * distance,
      0,
      2,
      1,
      1,
      null,
      null,
      3,
      1,
      ["~tags", "set", ["a5", "b5"], 0],
    ];
    expect(heard[2]).toEqual([
      MessageCode.frame,
      [1, [[1, 1, 1, 2], -1 - 2 * note.id, 2 * 8, 5, ...create, -2 * distance, 4 * 8 + 1, 0, 0, ["grouped"]]],
    ]);
  });

  it("[TO-27] takes ops that name positions for stale where the batch names no version of a scope that is open", () => {
    const server = new Server({ models: [Note], defer: () => {} });
    const note = server.root.add(Note);
    const { say, heard } = listener(server);
    say([MessageCode.hello]);
    for (const [index, bases] of [[2, 99], [], [1, 0]].entries()) {
      say([MessageCode.batch, index + 1, bases, [-1 - 2 * note.id, 9, 0, 0, "x"]]);
    }
    const results = heard.filter((message) => (message as readonly Wire[])[0] === MessageCode.result);
    expect(results).toEqual([1, 2].map((number) => [MessageCode.result, number, [0, "stale", expect.any(String)]]));
    expect(note.text.value).toBe("x");
  });

  it("[WI-05] counts a transaction as the client does: by the number of its batch and its place", () => {
    const batch = vectors.find(({ name }) => name === "batch-of-three")?.message as unknown as [number, number];
    const frame = vectors.find(({ name }) => name === "derived")?.message as unknown as [number, [number, Wire]];
    const result = vectors.find(({ name }) => name === "result")?.message as readonly Wire[];
    expect(parseTransaction(frame[1][1]).author).toEqual({ client: 1, transaction: batch[1] });
    expect(result.slice(0, 2)).toEqual([MessageCode.result, batch[1]]);
  });
});

/** Connects to a server; what it says is heard. */
function listener(server: Server): { readonly say: (message: Wire) => void; readonly heard: readonly Wire[] } {
  const heard: Wire[] = [];
  const events = server.accept({ send: (bytes) => void heard.push(decode(bytes)), close: () => {}, bufferedBytes: 0 });
  const say = (message: Wire): void => {
    events.message(encode(message));
    server.flush();
  };
  return { say, heard };
}

/** Whether a client says it when it connects, or has a branch opened or closed. */
function isSaidByItself({ direction, message }: { readonly direction: string; readonly message: unknown }): boolean {
  return direction === "to-server" && (message as readonly Wire[])[0] !== MessageCode.batch;
}

/** What a client shows that has been told this, and does what the one did that was told it first; and what it says. */
async function replay(heard: typeof vectors): Promise<{ readonly state: unknown; readonly said: readonly Wire[] }> {
  let events: DialEvents | undefined;
  const said: Wire[] = [];
  const clock = new TestClock();
  const dial = (_url: string, given: DialEvents): Channel => {
    events = given;
    return { send: (bytes) => void said.push(decode(bytes)), close: () => {}, bufferedBytes: 0 };
  };
  const client = new Client("ws://localhost", { dial, clock, minRetryMs: 1, maxRetryMs: 1 });
  const branches = new Map<unknown, Branch>();
  for (const each of heard) {
    const [code, scope] = each.message as readonly Wire[];
    if (each.direction === "to-client") events?.message(bytesOf(each.hex));
    else if (code === MessageCode.hello) {
      if (said.length > 0) events?.close(BROKEN, "");
      clock.advance(1);
      events?.open();
    } else if (code === MessageCode.open) {
      branches.set(scope, client.open(client.tree.get(scope as number) as Mirrored));
    } else if (code === MessageCode.close) branches.get(scope)?.close();
  }
  await client.ready;
  const state = describeTree(client.root as unknown as SObject);
  client.close();
  return { state, said };
}

/** How many arguments an op of an object has, as it is written. */
function arityOf(code: number): number {
  const { root } = new Server({ defer: () => {} });
  const shapes = new ShapeTable();
  new ObjectWriter(shapes).create(root, 0, 0);
  const writer = new ObjectWriter(shapes);
  const topic = new NumberTopic();
  if (code === ObjectCode.shape) writer.announceAll();
  else if (code === ObjectCode.create) writer.create(root, 0, 0);
  else if (code === ObjectCode.destroy) writer.destroy(2);
  else if (code === ObjectCode.move) writer.move(2, 1, 0);
  else if (code === ObjectCode.addAttribute)
    writer.addAttribute(root, 1, { attribute: describeTopic("size", topic), topic });
  else if (code === ObjectCode.removeAttribute) writer.removeAttribute(2, 1);
  else if (code === ObjectCode.make) {
    const edits = new EditWriter();
    edits.make(root, { parent: root, orderKey: 0 }, []);
    return edits.ops.length - 2;
  } else writer.leave(2);
  // Before the arguments: where to go to, but for a shape, and the code.
  return writer.ops.length - (code === ObjectCode.shape ? 1 : 2);
}

function describeTree(object: SObject): unknown {
  const { id, type, key, children, tagNames } = object;
  const values = [1, 2, 3, 4, 5].map((slot) => object.tree.topicOf(object, slot)?.value);
  return { id, type, key, tagNames, values: JSON.parse(JSON.stringify(values)), children: children.map(describeTree) };
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
