// What the tests with two peers have in common: a small tree, and ways to look at one and to wait for it.

import { expect } from "vitest";
import type { Client } from "../client/client.ts";
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
import type { Server } from "../server/server.ts";
import { TestWorld, type TestWorldOptions } from "../testing/test-world.ts";
import { RawClient } from "./raw-client.ts";

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

/** A server with a few cards, on a network in memory. */
export class Sample extends TestWorld {
  /** What the server's `onError` was told. */
  readonly errors: unknown[];
  readonly log: KeptLog;

  constructor(options: TestWorldOptions = {}) {
    const errors: unknown[] = [];
    const log = new KeptLog();
    super({ models: [Card, Marker], logger: log, onError: ({ error }) => void errors.push(error), ...options });
    this.errors = errors;
    this.log = log;
  }

  addCard(text = ""): Card {
    const card = this.server.root.add(Card);
    card.text.set(text);
    return card;
  }

  /** A client that has said hello and does nothing by itself. */
  async raw({ hello = true } = {}): Promise<RawClient> {
    const raw = new RawClient(this.network);
    await this.settle();
    if (hello) {
      raw.send([1]);
      await this.settle();
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
