// What the tests with two peers have in common: a small tree, and ways to look at one and to wait for it.

import { expect } from "vitest";
import { Client, type ClientOptions } from "../client/client.ts";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored, MirroredTree } from "../client/mirrored.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ObjectSyncError } from "../core/error.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { BooleanTopic, NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import type { Tree } from "../core/tree.ts";
import type { Logger } from "../server/logger.ts";
import { Server, type ServerOptions } from "../server/server.ts";
import { MemoryNetwork, RawClient } from "./memory-network.ts";

const OPEN = { write: "everyone" } as const;

/** Open to clients in all but `owner`, with rules that refuse, fail and derive. */
export class Card extends SObject {
  text = new StringTopic("", OPEN);
  votes = new NumberTopic(0, OPEN);
  done = new BooleanTopic(false, OPEN);
  tags = new ListTopic<string>([], OPEN);
  notes = new DictTopic<string>({}, OPEN);
  owner = new StringTopic("nobody");

  override init(): void {
    this.votes.rule("change", ({ value }) => {
      if (value > 1000) throw new ObjectSyncError("rejected", "at most 1000 votes");
    });
    this.text.rule("change", ({ value }) => {
      if (value.includes("bomb")) throw new Error("the password is 1234");
    });
    this.done.rule("change", ({ value }) => {
      this.owner.set(value ? "somebody" : "nobody");
      this.votes.add(1);
    });
  }
}

/** What a barrier is made of. */
export class Marker extends SObject {
  at = new NumberTopic();
}

/** A card as clients see it. */
export type MirroredCard = Mirrored<Card>;

/** A tree as plain data. Reads a mirror without making its topics. */
export function stateOf(seen: Tree | MirroredTree): unknown {
  const tree = seen as Tree;
  const describe = (object: SObject): unknown => ({
    id: object.id,
    type: object.type,
    frontendType: object.frontendType,
    key: object.key,
    values: objectInternals.shape(object).attributes.map(({ name, kind }, index) => {
      const confirmed =
        "confirmed" in tree
          ? (tree as MirrorTree).confirmed(object, index + 1)
          : topicInternals.state((object as unknown as Record<string, AnyTopic>)[name] as AnyTopic);
      return [name, confirmed instanceof Map ? Object.fromEntries(confirmed) : kind.toWire(confirmed)];
    }),
    children: object.children.map(describe),
  });
  return describe(tree.root);
}

/** Fails unless each client shows what the server has. */
export function expectEqual(server: Server, ...clients: readonly Client[]): void {
  const expected = stateOf(server.tree());
  for (const client of clients) {
    expect(stateOf(client.tree)).toEqual(expected);
    expect(client.tree.size).toBe(server.tree().size);
  }
}

/** A logger that keeps what it is told. */
export class KeptLog implements Logger {
  readonly lines: string[] = [];
  debug(): void {}
  info(): void {}
  warn = (_details: object, message: string): void => void this.lines.push(`warning: ${message}`);
  error = (_details: object, message: string): void => void this.lines.push(`error: ${message}`);
}

/** Numbers from 0 to 1, the same ones for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** A server with a few cards, on a network in memory. */
export class Sample {
  readonly network = new MemoryNetwork();
  readonly errors: unknown[] = [];
  readonly log = new KeptLog();
  server: Server;
  readonly #options: ServerOptions;

  constructor(options: ServerOptions = {}) {
    this.#options = options;
    this.server = this.startServer();
  }

  /** Begins another server in place of the present one. */
  startServer(): Server {
    this.server = new Server({
      models: [Card, Marker],
      clock: this.network.clock,
      defer: this.network.defer,
      logger: this.log,
      onError: ({ error }) => void this.errors.push(error),
      ...this.#options,
    });
    this.network.host = this.server;
    return this.server;
  }

  addCard(text = ""): Card {
    const card = this.server.root.add(Card);
    card.text.set(text);
    return card;
  }

  /** A client that is on its way. */
  dial(options: ClientOptions = {}): Client {
    const { dial, clock } = this.network;
    return new Client("ws://memory", { dial, clock, random: () => 1, ...options });
  }

  /** A client that is there. */
  async connect(options?: ClientOptions): Promise<Client> {
    const client = this.dial(options);
    await this.network.settle();
    await client.ready;
    return client;
  }

  /** A client that has said hello and does nothing by itself. */
  async raw({ hello = true } = {}): Promise<RawClient> {
    const raw = new RawClient(this.network);
    await this.network.settle();
    if (hello) {
      raw.send([1]);
      await this.network.settle();
    }
    return raw;
  }
}

/** The card with this id, as a client sees it. */
export function cardOf(client: Client, { id }: { readonly id: number }): MirroredCard {
  return client.tree.get(id) as unknown as MirroredCard;
}

/** Resolves when each client has been given all that the server has committed so far. Needs a `Marker` in the tree. */
export async function barrier(server: Server, ...clients: readonly Client[]): Promise<void> {
  const marker = server.root.find(Marker);
  marker.at.add(1);
  const target = marker.at.value;
  const arrivals = clients.map((client) => {
    const { at } = client.tree.get(marker.id) as unknown as Mirrored<Marker>;
    return new Promise<void>((resolve) => {
      if (at.value >= target) return resolve();
      const stop = at.on("change", ({ value }) => {
        if (value < target) return;
        stop();
        resolve();
      });
    });
  });
  await Promise.all(arrivals);
}
