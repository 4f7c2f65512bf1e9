/** A mirror with its outbox and recording, for tests that are the network themselves. */

import type { BatchLimits } from "../client/flight.ts";
import { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { Outbox, type Rejection } from "../client/outbox.ts";
import type { Outcome, PendingTransaction } from "../client/pending.ts";
import { Recording } from "../client/recording.ts";
import { AuthorityTree } from "../core/authority.ts";
import { decode, type Encoded } from "../core/codec.ts";
import { DictTopic } from "../core/dict-topic.ts";
import type { AnyKind } from "../core/kind.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { ShapeTable, writeChanges, writeSnapshot } from "../core/object-writer.ts";
import { BooleanTopic, IntTopic, NumberTopic } from "../core/scalar-topics.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import { type OpStream, readStream } from "../core/stream.ts";
import { StringTopic } from "../core/string-topic.ts";
import type { AnyTopic } from "../core/topic.ts";
import { transact } from "../core/transaction.ts";
import { TypeRegistry } from "../core/types.ts";
import type { Batch } from "../core/wire.ts";
import { recorderFor } from "./recorders.ts";

/** No limits. */
export const LIMITS: BatchLimits = { maxBytes: 1e6, maxTransactions: 1000 };

const OPEN = { write: "everyone" } as const;

/** Open to clients in all but `owner`. */
export class Card extends SObject {
  static override readonly access = { add: ["Card"], remove: "everyone", move: "everyone" } as const;
  text = new StringTopic("", OPEN);
  votes = new NumberTopic(0, OPEN);
  count = new IntTopic(0, OPEN);
  done = new BooleanTopic(false, OPEN);
  tags = new ListTopic<string | readonly string[]>([], OPEN);
  notes = new DictTopic<string>({}, OPEN);
  slow = new StringTopic("", { write: "everyone", optimistic: false });
  owner = new StringTopic("");
}

/** Of the attributes of a card. */
export const NAMES = Object.keys(new Card());

/** A card as clients see it. */
export type MirroredCard = Mirrored<Card>;

/** An authority, a mirror of it, and the recording and outbox of the mirror; the test is the network. */
export function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Card);
  const authority = new AuthorityTree(types, SObject);
  const card = authority.root.add(Card);
  const shapes = new ShapeTable();
  const rejections: Rejection[] = [];
  let [wakes, lastId] = [0, 1000];
  const mirror = new MirrorTree(
    recorderFor(
      () => recording,
      () => outbox,
      () => ++lastId,
    ),
    undefined,
  );
  const outbox: Outbox = new Outbox(
    mirror,
    () => wakes++,
    (rejection) => rejections.push(rejection),
  );
  const recording: Recording = new Recording(mirror, (transaction) => outbox.add(transaction));
  mirror.reset(writeSnapshot(authority, shapes));
  mirror.announce();
  let arriving: PendingTransaction | undefined;
  authority.onCommit = (changes) => {
    const { ops, derived } = writeChanges(changes, shapes);
    if (arriving) mirror.applyOwn(ops, arriving, derived, ROOT_SCOPE);
    else mirror.apply(ops);
    mirror.announce();
  };
  /** The server carries out a transaction in flight, of attributes only, and it comes back. */
  const confirm = (number: number): void => {
    arriving = outbox.inFlight(number);
    transact(() => {
      for (const edit of arriving?.edits ?? []) {
        if (edit.type !== "topic") continue;
        const topic = authority.topicOf(authority.get(edit.object.id) as SObject, edit.slot) as AnyTopic;
        for (const op of edit.ops) authority.write(topic, op);
      }
    });
    arriving = undefined;
    outbox.committed(number);
    mirror.announce();
  };
  const takeRaw = (limits = LIMITS, version = 7) => {
    return outbox.take(new Map([[ROOT_SCOPE, version]]), limits) as Batch<Encoded> | undefined;
  };
  const take = (limits = LIMITS, version = 7) => {
    const batch = takeRaw(limits, version);
    if (!batch) return undefined;
    const [, number, bases, ...transactions] = batch;
    return { number, bases, transactions: transactions.map((ops) => opsOf(readWritten(ops))) };
  };
  /** The server answers, as the client would take it. */
  const answer = (number: number, ...outcomes: Parameters<Outbox["result"]>[1]): void => {
    outbox.result(number, outcomes);
    mirror.announce();
  };
  return {
    authority,
    card,
    mirror,
    outbox,
    recording,
    rejections,
    take,
    takeRaw,
    answer,
    confirm,
    mine: mirror.get(card.id) as unknown as MirroredCard,
    get wakes() {
      return wakes;
    },
  };
}

/** What was written into a batch. */
function readWritten({ bytes }: Encoded): OpStream {
  return decode(bytes) as OpStream;
}

/** Ops as `[attribute, code, …operands]`, or as what is asked for an object. */
function opsOf(ops: OpStream): unknown[] {
  const found: unknown[] = [];
  const attributes = new Card() as unknown as Record<string, AnyTopic>;
  const never = (): never => {
    throw new Error("a client does not send this");
  };
  readStream(ops, {
    kind: (_id, slot) => attributes[NAMES[slot - 1] as string]?.kind as AnyKind,
    topic: (_id, slot, op) => found.push([NAMES[slot - 1], ...op]),
    make: (id, type, parent, _orderKey, key, args) => found.push(["make", id, type, parent, key, args]),
    destroy: (id) => found.push(["destroy", id]),
    move: (id, parent) => found.push(["move", id, parent]),
    shape: never,
    create: never,
    addAttribute: never,
    removeAttribute: never,
    leave: never,
  });
  return found;
}

/** What became of a transaction by now. */
export async function outcomeOf(promise: Promise<Outcome>): Promise<Outcome | "open"> {
  return Promise.race([promise, Promise.resolve<"open">("open")]);
}

/** What becomes of a transaction that is carried out. */
export const DONE = { ok: true };
