// What the tests with two peers have in common: a small tree, and ways to look at one and to wait for it.

import { expect } from "vitest";
import type { Client } from "../client/client.ts";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored, MirroredTree } from "../client/mirrored.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ObjectSyncError } from "../core/error.ts";
import { ListTopic } from "../core/list-topic.ts";
import { attributeOf, SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { BooleanTopic, NumberTopic } from "../core/scalar-topics.ts";
import type { Attribute } from "../core/shape.ts";
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

/** Whether what is below a lazy object is seen. */
export type IsOpen = (object: SObject) => boolean;

const allIsOpen: IsOpen = () => true;

/** A tree as plain data. Reads a mirror without making its topics. */
export function stateOf(given: Tree | MirroredTree, isOpen = allIsOpen): unknown {
  const tree = given as Tree;
  const attribute = (object: SObject, slot: number): unknown => {
    const { name, kind } = attributeOf(object, slot) as Attribute;
    const confirmed =
      "confirmed" in tree
        ? (tree as MirrorTree).confirmed(object, slot)
        : topicInternals.state(tree.topicOf(object, slot) as AnyTopic);
    if (confirmed instanceof Map) return [name, Object.fromEntries(confirmed)];
    // Members of a set have no order.
    return [name, confirmed instanceof Set ? [...confirmed].sort() : kind.toWire(confirmed)];
  };
  const describe = (object: SObject): unknown => ({
    id: object.id,
    type: object.type,
    frontendType: object.frontendType,
    key: object.key,
    orderKey: objectInternals.orderKey(object),
    values: slotsOf(object).map((slot) => attribute(object, slot)),
    children: childrenSeen(object, isOpen).map(describe),
  });
  return describe(tree.root);
}

/** Fails unless each client shows what the server has, all of it, and nothing of that is pending. */
export function expectEqual(server: Server, ...clients: readonly Client[]): void {
  for (const client of clients) expectToSee(server, client);
}

/** Fails unless a client shows what the server has, save for what is below lazy objects that are not open. */
export function expectToSee(server: Server, client: Client, isOpen = allIsOpen): void {
  const tree = client.tree as unknown as MirrorTree;
  expect([client.isSynced, tree.isConsistent()]).toEqual([true, true]);
  expect(stateOf(tree)).toEqual(stateOf(server.tree(), isOpen));
  const count = (object: SObject): number => childrenSeen(object, isOpen).reduce((sum, child) => sum + count(child), 1);
  expect(tree.size).toBe(count(server.tree().root));
}

function slotsOf(object: SObject): number[] {
  const fields = objectInternals.shape(object).attributes.map((_, index) => index + 1);
  return [...fields, ...[...(objectInternals.added(object)?.all.keys() ?? [])].sort((a, b) => a - b)];
}

function childrenSeen(object: SObject, isOpen: IsOpen): readonly SObject[] {
  return object.isLazy && !isOpen(object) ? [] : object.children;
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

/** One of the server's objects as a client sees it; `undefined` where it sees nothing of it, whatever the type says. */
export function seen<T extends SObject>(client: Client, { id }: T | { readonly id: number }): Mirrored<T> {
  return client.tree.get<T>(id) as Mirrored<T>;
}

/** The same, of a card. */
export function cardOf(client: Client, card: { readonly id: number }): MirroredCard {
  return seen<Card>(client, card);
}

/** Resolves when each client has been given all that the server has committed so far. Needs a `Marker` in the tree. */
export async function barrier(server: Server, ...clients: readonly Client[]): Promise<void> {
  const marker = server.root.find(Marker);
  marker.at.add(1);
  const target = marker.at.value;
  const arrivals = clients.map((client) => {
    const { at } = seen(client, marker);
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
