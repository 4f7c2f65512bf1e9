import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type AnyTopic, TopicChange } from "../core/topic.ts";
import { type Author, transact, transactAs } from "../core/transaction.ts";
import { TypeRegistry } from "../core/types.ts";
import { collectGarbage } from "../test/garbage.ts";
import { type LoggedOp, OpLog } from "./op-log.ts";

const OPEN = { write: "everyone" } as const;

class Card extends SObject {
  readonly text = new StringTopic("", OPEN);
  readonly items = new ListTopic<unknown>([], OPEN);
  readonly votes = new NumberTopic(0, OPEN);
  readonly owner = new StringTopic("");
  readonly cursor = new StringTopic("", { write: "everyone", latest: true });
}

/** A card whose commits are logged, each as the next version. */
function setUp(maxBytes = 1e6) {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Card);
  const tree = new AuthorityTree(types, SObject);
  const [card, other] = [tree.root.add(Card), tree.root.add(Card)];
  const log = new OpLog(maxBytes);
  const versions = { present: 0 };
  tree.onCommit = (changes, author) => {
    versions.present++;
    for (const change of changes) if (change instanceof TopicChange) log.note(change, author, versions.present);
  };
  return { tree, card, other, log, versions };
}

/** What was inserted by ops. */
const inserted = (ops: readonly LoggedOp[] | undefined): unknown => ops?.map(({ op }) => op[3]);

/** The versions from which a log can tell of a topic. */
const reach = (log: OpLog, topic: AnyTopic, last: number): number[] =>
  Array.from({ length: last + 1 }, (_, version) => version).filter((version) => log.since(topic, version));

describe("the log of ops", () => {
  it("tells what was done to a topic after a version, in order, with who did it", () => {
    const { card, other, log } = setUp();
    const ann: Author = { client: 1, transaction: 1 };
    card.text.insert(0, "a");
    transactAs({ author: ann }, () => {
      card.text.insert(1, "b");
      other.text.insert(0, "-");
      card.text.insert(2, "c");
    });
    other.text.insert(0, "-");
    card.text.insert(3, "d");
    expect([0, 1, 2, 3, 4].map((version) => inserted(log.since(card.text, version)))).toEqual([
      ["a", "b", "c", "d"],
      ["b", "c", "d"],
      ["d"],
      ["d"],
      [],
    ]);
    expect(log.since(card.text, 0)?.map(({ version, author }) => [version, author])).toEqual([
      [1, undefined],
      [2, ann],
      [2, ann],
      [4, undefined],
    ]);
    expect(log.since(card.text, 1)?.[0]?.author).toBe(ann);
  });

  it("tells nothing of the time before what nobody will ask for", () => {
    const { tree, card, log, versions } = setUp();
    card.text.insert(0, "a");
    tree.onCommit = ([change]) => log.pass(change as TopicChange, ++versions.present);
    card.text.insert(0, "b");
    card.items.push(1);
    expect([reach(log, card.text, 3), reach(log, card.items, 3)]).toEqual([
      [2, 3],
      [0, 1, 2, 3],
    ]);
  });

  it("is empty again when it is cleared", () => {
    const { card, log } = setUp();
    card.text.insert(0, "a");
    card.text.insert(0, "b");
    log.clear();
    expect(reach(log, card.text, 2)).toEqual([2]);
    card.text.insert(0, "c");
    expect(inserted(log.since(card.text, 2))).toEqual(["c"]);
  });

  it("keeps what names positions and is open to clients, and nothing else", () => {
    const { card, log } = setUp();
    transact(() => {
      card.text.set("text");
      card.items.push(1);
      card.votes.set(1);
      card.owner.set("closed");
      card.cursor.set("only the newest counts");
    });
    const topics = [card.text, card.items, card.votes, card.owner, card.cursor];
    expect(topics.map((topic) => log.since(topic, 0)?.length)).toEqual([1, 1, 0, 0, 0]);
  });

  it("tells from a position on what has come since", () => {
    const { card, log } = setUp();
    expect([log.position(card.text), log.after(card.text, 0)]).toEqual([0, []]);
    card.text.insert(0, "a");
    const position = log.position(card.text);
    card.text.insert(1, "b");
    card.text.insert(2, "c");
    expect([position, inserted(log.after(card.text, position)), log.position(card.text)]).toEqual([1, ["b", "c"], 3]);
  });

  it("[TO-29] is bounded in bytes over all topics: it forgets the oldest first, and knows what it cannot tell any more", () => {
    const { card, other, log } = setUp(2_000);
    other.text.insert(0, "old");
    for (let count = 0; count < 100; count++) card.text.insert(count, "x");
    expect([log.since(other.text, 0), inserted(log.since(other.text, 1))]).toEqual([undefined, []]);
    const known = reach(log, card.text, 101);
    expect([known.length > 5, known.length < 20, known.at(-1)]).toEqual([true, true, 101]);
    expect(known.map((version) => log.since(card.text, version)?.length)).toEqual(known.map((each) => 101 - each));
    expect(log.position(card.text)).toBe(100);
    expect([log.after(card.text, 0), inserted(log.after(card.text, 99))]).toEqual([undefined, ["x"]]);
  });

  it("cannot tell of a transaction of which it has forgotten a part", () => {
    const { card, log } = setUp(600);
    transact(() => {
      for (const text of ["a", "b", "c", "d"]) card.text.insert(0, text);
    });
    expect([log.since(card.text, 0), log.since(card.text, 1)]).toEqual([undefined, []]);
  });

  it("counts what is in an op, however deep", () => {
    const { card, log } = setUp(10_000);
    const big = "x".repeat(3_000);
    for (let count = 0; count < 4; count++) card.items.push([{ deep: [big] }]);
    expect(log.since(card.items, 0)).toBeUndefined();
    expect(log.since(card.items, 2)).toHaveLength(2);
    card.items.put(0, { big });
    card.items.put(1, { big });
    expect([log.since(card.items, 2), log.since(card.items, 5)?.length]).toEqual([undefined, 1]);
  });

  it("knows nothing older of an object that has come to another scope", () => {
    const { card, other, log, versions } = setUp();
    card.text.insert(0, "there");
    other.text.insert(0, "stays");
    const position = log.position(card.text);
    log.noteCrossing(card, 7);
    expect(log.position(card.text)).toBe(position);
    expect([6, 7].map((version) => log.since(card.text, version))).toEqual([undefined, []]);
    expect([log.after(card.text, 0), log.after(card.text, position)]).toEqual([undefined, []]);
    expect(log.since(card.items, 6)).toBeUndefined();
    expect(log.since(other.text, 1)).toHaveLength(1);
    versions.present = 7;
    card.text.insert(0, "here");
    expect(inserted(log.since(card.text, 7))).toEqual(["here"]);
    expect(inserted(log.after(card.text, position))).toEqual(["here"]);
  });

  it("has attributes that were added cross with their object", () => {
    const { card, log } = setUp();
    const more = card.addAttribute("more", new StringTopic("", OPEN));
    more.insert(0, "x");
    log.noteCrossing(card, 9);
    expect([log.since(more, 8), log.since(more, 9)]).toEqual([undefined, []]);
  });

  it("forgets in order also what belonged to a scope that its object has left", () => {
    const { card, other, log } = setUp(1_000);
    card.text.insert(0, "there");
    log.noteCrossing(card, 2);
    for (let count = 0; count < 20; count++) other.text.insert(0, "x");
    // What was forgotten is of the time before.
    expect(log.since(card.text, 2)).toEqual([]);
    expect(log.since(other.text, 20)).toHaveLength(1);
    expect(log.since(other.text, 0)).toBeUndefined();
  });

  it("[TO-29] holds nothing of an op that it has forgotten", async () => {
    const { card, log, versions } = setUp(2_000);
    const write = (): WeakRef<LoggedOp> => {
      card.text.insert(0, "x");
      return new WeakRef(log.since(card.text, versions.present - 1)?.[0] as LoggedOp);
    };
    const forgotten = Array.from({ length: 20 }, write);
    for (let count = 0; count < 20; count++) write();
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(forgotten.filter((entry) => entry.deref())).toEqual([]);
    expect(log.since(card.text, 39)).toHaveLength(1);
  });

  it("[TO-29][OP-08] lets objects go that are gone, though it remembers what was done to them", async () => {
    const { tree, log } = setUp();
    const gone = Array.from({ length: 20 }, () => {
      const card = tree.root.add(Card);
      card.text.insert(0, "x");
      expect(log.since(card.text, 0)).toHaveLength(1);
      card.destroy();
      return new WeakRef(card);
    });
    // A weak reference holds until the end of the turn in which it was made.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(gone.filter((card) => card.deref()).length).toBeLessThan(5);
    expect(log.position(tree.root.find(Card).text)).toBe(0);
  });
});
