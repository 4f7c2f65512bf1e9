import { describe, expect, it } from "vitest";
import type { Mirrored } from "../client/mirrored.ts";
import type { Wire } from "../core/codec.ts";
import { objectInternals } from "../core/object-internals.ts";
import { MessageCode, parseTransaction } from "../core/wire.ts";
import { DeskSample, ITEMS, Note, NUMBER, Speaker, TEXT, type Titled } from "../test/desk.ts";
import { destroyOp, makeOp, moveOp, type RawOp } from "../test/raw-ops.ts";
import { expectEqual } from "../test/sample-tree.ts";

const ROOT = 1;

/** A slot in which no note has anything. */
const MISSING = 99;

async function setUp(options: ConstructorParameters<typeof DeskSample>[0] = {}) {
  const sample = new DeskSample(options);
  const [witness, speaker] = [await sample.connect(), await Speaker.join(sample)];
  witness.open(witness.tree.get(sample.folder.id) as Mirrored);
  await sample.settle();
  const [first] = speaker.lease;
  const batch = (...transactions: (readonly RawOp[])[]) => speaker.batch([ROOT, speaker.version], ...transactions);
  return { sample, witness, speaker, first, batch, tree: sample.server.tree() };
}

/** The transactions of the last frame that has any, taken apart. */
function lastTransactions(speaker: Speaker) {
  const [, section] = speaker.heard(MessageCode.frame).findLast((frame) => frame.length > 1) as readonly Wire[];
  return (section as readonly Wire[]).slice(1).map(parseTransaction);
}

describe("a client that makes objects", () => {
  it("[CM-13] has them made under the ids that it gives, and where it says, with what it writes to them", async () => {
    const { sample, witness, speaker, first, batch, tree } = await setUp();
    const outcome = await batch(
      [makeOp(first, "Note", sample.a.id, { orderKey: -7.5, key: "mine" }), [first, TEXT, 1, 0, 0, "text"]],
      [[first, NUMBER, 0, 5], makeOp(first + 1, "Note", first)],
    );
    const note = tree.get(first) as Note;
    expect([outcome, note.parent, note.key, objectInternals.orderKey(note)]).toEqual([[], sample.a, "mine", -7.5]);
    expect([note.text.value, note.number.value, note.child(first + 1).type]).toEqual(["text", 5, "Note"]);
    expectEqual(sample.server, witness);
    expect(lastTransactions(speaker)).toMatchObject([
      { author: { transaction: 1 }, derived: [] },
      { author: { transaction: 2 }, derived: [] },
    ]);
  });

  it("gives what `build` takes, and hears what it did, which is not its own", async () => {
    const { sample, witness, speaker, first, batch, tree } = await setUp();
    expect(await batch([makeOp(first, "Titled", ROOT, { orderKey: 99, args: [{ title: "title" }] })])).toEqual([]);
    const titled = tree.get(first) as Titled;
    expect([titled.text.value, titled.children.length]).toEqual(["title", 1]);
    expect(lastTransactions(speaker)).toMatchObject([{ derived: [1] }]);
    expectEqual(sample.server, witness);
  });

  it("has another place right behind whoever has its order key, and neighbours make room where there is none", async () => {
    const { sample, witness, speaker, first, batch } = await setUp();
    const { a } = sample;
    const next = Number.EPSILON;
    expect(
      await batch(
        [makeOp(first, "Note", a.id, { orderKey: 1 })],
        [makeOp(first + 1, "Note", a.id, { orderKey: 1 + next })],
        [makeOp(first + 2, "Note", a.id, { orderKey: 1 })],
      ),
    ).toEqual([]);
    const { children } = a;
    expect(children.slice(1).map(({ id }) => id - first)).toEqual([0, 2, 1]);
    expect(new Set(children.map((child) => objectInternals.orderKey(child))).size).toBe(4);
    expectEqual(sample.server, witness);
    // Those that had to make room were not asked for.
    expect(lastTransactions(speaker)[2]?.derived.length).toBeGreaterThan(0);
  });

  it("[WI-10] has ids again when half are used, each once", async () => {
    const { speaker, first, batch } = await setUp({ limits: { idsPerClient: 4 } });
    expect(speaker.lease).toEqual([first, 4]);
    await batch([makeOp(first, "Note", ROOT)], [makeOp(first + 1, "Note", ROOT)]);
    expect(speaker.heard(MessageCode.ids)).toEqual([]);
    expect(await batch([makeOp(first + 3, "Note", ROOT)], [makeOp(first + 2, "Note", ROOT)])).toEqual([
      [1, "forbidden"],
    ]);
    const [ids, ...more] = speaker.heard(MessageCode.ids) as [number, number, number][];
    expect([ids?.[2], more]).toEqual([4, []]);
    const next = ids?.[1] as number;
    expect(await batch([makeOp(next, "Note", ROOT), makeOp(next + 1, "Note", next)])).toEqual([]);
  });

  it("[OM-10] has ids that nobody else has, also while it is gone, and the server has others", async () => {
    const { sample, speaker, first, tree } = await setUp({ limits: { idsPerClient: 10 } });
    const speakers = [speaker];
    for (let count = 1; count < 10; count++) speakers.push(await Speaker.join(sample));
    for (const each of speakers.slice(5)) each.raw.close();
    await sample.settle();
    for (let count = 0; count < 5; count++) speakers.push(await Speaker.join(sample));
    const given = speakers.flatMap(({ lease: [from, count] }) =>
      Array.from({ length: count }, (_, index) => from + index),
    );
    const made = Array.from({ length: 5 }, () => tree.root.add(Note).id);
    expect(new Set([...given, ...made]).size).toBe(15 * 10 + 5);
    for (const each of [...speakers.slice(0, 5), ...speakers.slice(10)]) {
      const [from] = each.lease;
      const asked = Array.from({ length: 10 }, (_, index) => [makeOp(from + index, "Note", ROOT)]);
      expect(await each.batch([ROOT, each.version], ...asked)).toEqual([]);
    }
    expect([tree.size, first]).toEqual([7 + 5 + 100, given[0]]);
  });

  it("shares no ids with others when the tree becomes another one, whoever leaves meanwhile", async () => {
    const { sample, witness, speaker, tree } = await setUp({ limits: { idsPerClient: 10 } });
    const saved = { ...tree.save(), lastId: 7 };
    tree.load(saved);
    tree.load(saved);
    // It has not said hello to either.
    speaker.raw.link.drop();
    await sample.settle();
    const ann = await Speaker.join(sample);
    // By then what those who have gone had is given to others.
    await sample.advance(600_000);
    witness.close();
    await sample.settle();
    const [bob, carl] = [await Speaker.join(sample), await Speaker.join(sample)];
    const starts = [ann, bob, carl].map(({ lease }) => lease[0]);
    expect(starts.every((start) => start > 7)).toBe(true);
    expect(new Set(starts).size).toBe(3);
  });

  it("cannot make what was restored under an id that it had been given", async () => {
    const { sample, speaker, first, batch, tree } = await setUp();
    const saved = tree.save(sample.b);
    (saved.root as { id: number }).id = first + 3;
    const restored = tree.restore<Note>(saved, tree.root);
    expect(restored.id).toBe(first + 3);
    expect(await batch([makeOp(first + 3, "Note", ROOT)], [makeOp(first + 4, "Note", ROOT)])).toEqual([
      [0, "forbidden"],
    ]);
    expect([tree.get(first + 3), speaker.raw.closed]).toEqual([restored, undefined]);
  });
});

describe("a client that destroys and moves objects", () => {
  it("[CM-14] has them go, with all below", async () => {
    const { sample, witness, batch, tree } = await setUp();
    expect(await batch([destroyOp(sample.a.id)])).toEqual([]);
    expect([tree.get("a"), sample.child.isDestroyed]).toEqual([undefined, true]);
    expectEqual(sample.server, witness);
  });

  it("[OM-22] has them move among their siblings and to other parents", async () => {
    const { sample, witness, batch } = await setUp();
    const { a, b, child } = sample;
    expect(await batch([moveOp(b.id, ROOT, -5)], [moveOp(child.id, b.id, 0), moveOp(a.id, child.id, 3)])).toEqual([]);
    expect([b.parent?.children[0], child.parent, a.parent]).toEqual([b, b, child]);
    expectEqual(sample.server, witness);
  });

  it("hears that a move to where the object is has changed nothing", async () => {
    const { sample, batch } = await setUp();
    const { b } = sample;
    expect(await batch([moveOp(b.id, ROOT, objectInternals.orderKey(b))])).toEqual([[0]]);
  });

  it("is refused with `too_large` where too much hangs on one, without a look at all of it, and goes on", async () => {
    const { sample, batch, speaker, tree } = await setUp({ limits: { maxStepsPerSecond: 100_000 } });
    const { a, b, child, folder } = sample;
    for (let count = 0; count < 300; count++) child.add(Note);
    speaker.raw.send([MessageCode.open, folder.id]);
    await sample.settle();
    const before = tree.size;
    for (const op of [destroyOp(a.id), moveOp(a.id, folder.id, 0)])
      expect(await batch([op])).toEqual([[0, "too_large"]]);
    // Within one scope it is much less work.
    expect(await batch([moveOp(a.id, b.id, 0)])).toEqual([]);
    expect([tree.size, a.parent]).toEqual([before, b]);
    for (let count = 0; count < 6_000; count++) child.add(Note);
    expect(await batch([moveOp(a.id, ROOT, 0)], [moveOp(b.id, ROOT, 0)])).toEqual([
      [0, "too_large"],
      [1, "too_large"],
    ]);
    expect(await batch([[b.id, NUMBER, 0, 1]])).toEqual([]);
  });
});

describe("what a place takes", () => {
  it("is counted before siblings make room, and none of them does where it is too much", async () => {
    const { sample, batch, first, tree } = await setUp({ limits: { maxStepsPerSecond: 100_000 } });
    const { a, b } = sample;
    for (let index = 0; index < 300; index++) {
      const orderKey = 1 + index * Number.EPSILON;
      tree.createAs(10_000 + index, Note, undefined, undefined, { parent: a, orderKey });
    }
    const orderKey = 1 + 150 * Number.EPSILON;
    let moves = 0;
    tree.on("move", () => moves++);
    const outcome = await batch([makeOp(first, "Note", a.id, { orderKey })], [moveOp(b.id, a.id, orderKey)]);
    expect(outcome).toEqual([
      [0, "too_large"],
      [1, "too_large"],
    ]);
    expect(moves).toBe(0);
    expect(await batch([moveOp(b.id, a.id, 1 + 298.5 * Number.EPSILON)])).toEqual([]);
  });

  it("is counted with the bytes of what comes to another branch", async () => {
    const { sample, batch, speaker } = await setUp({ limits: { maxStepsPerSecond: 100_000 } });
    const { a, b, child, folder } = sample;
    speaker.raw.send([MessageCode.open, folder.id]);
    child.text.set("x".repeat(60_000));
    await sample.settle();
    expect(await batch([moveOp(a.id, folder.id, 0)])).toEqual([[0, "too_large"]]);
    expect(await batch([moveOp(a.id, b.id, 0)])).toEqual([]);
    child.text.set("x".repeat(10_000));
    await sample.settle();
    expect(await batch([moveOp(a.id, folder.id, 0)])).toEqual([]);
    expect(a.parent).toBe(folder);
  });
});

describe("what a client writes", () => {
  it("ends where a rule makes an end of the object", async () => {
    const { sample, witness, batch, tree } = await setUp();
    const { b } = sample;
    b.text.set("abcdef");
    const speaker = await Speaker.join(sample);
    b.text.insert(3, "---");
    // What it deletes lies on both sides of what was inserted since, so it becomes two ops, of which the first is the last.
    expect(await speaker.batch([ROOT, speaker.version], [[b.id, TEXT, 1, 2, 2, "(end)"]])).toEqual([]);
    expect([b.isDestroyed, tree.get(b.id)]).toEqual([true, undefined]);
    expect(await batch([[sample.a.id, NUMBER, 0, 1]])).toEqual([]);
    expectEqual(sample.server, witness);
  });

  it("`depends` on objects whose creation was refused, and all else in the batch does not", async () => {
    const { sample, first, batch, tree } = await setUp();
    const { a, b } = sample;
    const outcome = await batch(
      [makeOp(first, "Note", ROOT), [a.id, NUMBER, 0, -1]],
      [[first, TEXT, 1, 0, 0, "x"]],
      [makeOp(first + 1, "Note", first)],
      [[first + 1, ITEMS, 1, 0, 0, ["x"]]],
      [moveOp(b.id, first, 0)],
      [destroyOp(first)],
      [[b.id, TEXT, 1, 0, 0, "stays"]],
      [makeOp(first + 2, "Note", ROOT), [first + 2, TEXT, 1, 0, 0, "stays"]],
    );
    expect(outcome).toEqual([[0, "rejected"], ...[1, 2, 3, 4, 5].map((offset) => [offset, "depends"])]);
    expect([b.text.value, (tree.get(first + 2) as Note).text.value]).toEqual(["stays", "stays"]);
  });

  it("[OC-07] `depends` on no object that is there, though somebody was refused to make one under its id", async () => {
    const { sample, first, batch } = await setUp();
    const { b } = sample;
    const outcome = await batch(
      [makeOp(b.id, "Note", ROOT)],
      [[b.id, MISSING, 0, 1]],
      [makeOp(first, "Fixed", ROOT)],
      [[first, MISSING, 0, 1]],
      // The id was used up.
      [makeOp(first, "Note", ROOT)],
    );
    expect(outcome).toEqual([
      [0, "forbidden"],
      [1, "not_found"],
      [2, "forbidden"],
      [3, "depends"],
      [4, "forbidden"],
    ]);
  });

  it("is told as the author's own in its order, and what rules did as theirs", async () => {
    const { sample, speaker, batch } = await setUp();
    const { a, b } = sample;
    a.number.rule("change", () => b.text.insert(0, "derived"));
    await batch([
      [a.id, TEXT, 1, 0, 0, "own"],
      [a.id, NUMBER, 1, 3],
      [b.id, TEXT, 1, 0, 0, "own"],
    ]);
    expect(lastTransactions(speaker)).toMatchObject([{ author: { transaction: 1 }, derived: [2] }]);
  });
});
