/**
 * What a client may not ask of texts, lists and the tree's shape, and what becomes of it: its author is told a code, the tree
 * and the others do not notice. The rest of what is hostile: hostile.test.ts.
 */
import { describe, expect, it, vi } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { listKind } from "../core/list-topic.ts";
import { objectInternals } from "../core/object-internals.ts";
import { CloseCode, MessageCode } from "../core/wire.ts";
import { DeskSample, ITEMS, Note, NUMBER, Speaker, TEXT } from "../test/desk.ts";
import { destroyOp, makeOp, moveOp, type RawOp } from "../test/raw-ops.ts";
import { expectEqual, stateOf } from "../test/sample-tree.ts";

const ROOT = 1;

/** A desk, somebody who looks at all of it, and somebody hostile who sees what is not in the folder. */
async function setUp(options: ConstructorParameters<typeof DeskSample>[0] = {}) {
  const sample = new DeskSample(options);
  sample.a.text.set("text");
  sample.a.items.push("one", "two");
  const witness = await sample.connect();
  witness.open(witness.tree.get(sample.folder.id) as Mirrored);
  await sample.settle();
  const seen: unknown[] = [];
  for (const event of ["add", "remove", "move"] as const) witness.tree.on(event, (each) => seen.push(each));
  witness.on("state", (event) => seen.push(event));
  const speaker = await Speaker.join(sample);
  const other = await Speaker.join(sample);
  const batch = (...transactions: (readonly RawOp[])[]) => speaker.batch([ROOT, speaker.version], ...transactions);
  return { sample, witness, seen, speaker, other, batch, before: stateOf(sample.server.tree()) };
}

type Scene = Awaited<ReturnType<typeof setUp>>;

/** Fails unless nothing has happened to anybody else, and everything still works. */
async function expectUnharmed({ sample, witness, seen, before }: Scene): Promise<void> {
  await sample.settle();
  expect(stateOf(sample.server.tree())).toEqual(before);
  expect(seen).toEqual([]);
  await expectAtWork(sample, witness);
}

async function expectAtWork(sample: DeskSample, client: Client): Promise<void> {
  const outcome = client.transact(() => (client.tree.get(sample.b.id) as Mirrored<Note>).number.add(1));
  await sample.settle();
  expect(await outcome).toEqual({ ok: true });
  expectEqual(sample.server, client);
  const late = await sample.connect();
  late.open(late.tree.get(sample.folder.id) as Mirrored);
  await sample.settle();
  expectEqual(sample.server, late);
}

const HUGE = 2 ** 53;
const MAX = Number.MAX_SAFE_INTEGER;
/** An id that can be gone to. */
const FAR = 2 ** 50;

/** By what is wrong: what is asked, and the code that its author hears. */
const REFUSED: Record<string, readonly [code: string, ask: (scene: Scene) => readonly RawOp[]]> = {
  // Texts and lists.
  "a splice behind the end": ["out_of_range", ({ sample: { a } }) => [[a.id, TEXT, 1, 5, 0, "x"]]],
  "a splice before the beginning": ["out_of_range", ({ sample: { a } }) => [[a.id, TEXT, 1, -1, 0, "x"]]],
  "a splice that deletes more than there is": ["out_of_range", ({ sample: { a } }) => [[a.id, TEXT, 1, 1, 9, ""]]],
  "a splice at 2 ** 53": ["out_of_range", ({ sample: { a } }) => [[a.id, TEXT, 1, HUGE, 0, "x"]]],
  "a splice that deletes 2 ** 53": ["out_of_range", ({ sample: { a } }) => [[a.id, TEXT, 1, 0, HUGE, "x"]]],
  "a splice at a half": ["wrong_type", ({ sample: { a } }) => [[a.id, TEXT, 1, 0.5, 0, "x"]]],
  "a put behind the end": ["out_of_range", ({ sample: { a } }) => [[a.id, ITEMS, 2, MAX, "x"]]],
  "a move from 2 ** 53": ["out_of_range", ({ sample: { a } }) => [[a.id, ITEMS, 3, HUGE, 0]]],
  "a move to before the beginning": ["out_of_range", ({ sample: { a } }) => [[a.id, ITEMS, 3, 1, -1]]],
  "a splice of what is no list": ["wrong_type", ({ sample: { a } }) => [[a.id, ITEMS, 1, 0, 0, "x"]]],
  "an op on a hidden object": ["not_found", ({ sample: { hidden } }) => [[hidden.id, TEXT, 1, 0, 0, "x"]]],
  // Ids.
  "an id that nobody has leased": ["forbidden", () => [makeOp(FAR, "Note", ROOT)]],
  "an id of another client": ["forbidden", ({ other }) => [makeOp(other.lease[0], "Note", ROOT)]],
  "the id of an object that there is": ["forbidden", ({ sample: { b } }) => [makeOp(b.id, "Note", ROOT)]],
  "the id of the root": ["forbidden", () => [makeOp(ROOT, "Note", ROOT)]],
  "the id 0": ["forbidden", () => [makeOp(0, "Note", ROOT)]],
  "an id below 0": ["forbidden", () => [makeOp(-7, "Note", ROOT)]],
  "an id twice": [
    "forbidden",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Note", ROOT), makeOp(lease[0], "Note", ROOT)],
  ],
  "an id before one that was used": [
    "forbidden",
    ({ speaker: { lease } }) => [makeOp(lease[0] + 1, "Note", ROOT), makeOp(lease[0], "Note", ROOT)],
  ],
  // Types and places.
  "an unknown type that could be added": [
    "unknown_type",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Missing", ROOT)],
  ],
  "an unknown type": ["forbidden", ({ speaker: { lease } }) => [makeOp(lease[0], "Nothing", ROOT)]],
  "a type called __proto__": ["forbidden", ({ speaker: { lease } }) => [makeOp(lease[0], "__proto__", ROOT)]],
  "a type that cannot be added there": ["forbidden", ({ speaker: { lease } }) => [makeOp(lease[0], "Fixed", ROOT)]],
  "a type that can be added elsewhere": [
    "forbidden",
    ({ sample: { a }, speaker: { lease } }) => [makeOp(lease[0], "Titled", a.id, { args: [{ title: "" }] })],
  ],
  "the type of the root": ["forbidden", ({ speaker: { lease } }) => [makeOp(lease[0], "Desk", ROOT)]],
  "something below what is closed": [
    "forbidden",
    ({ sample: { fixed }, speaker: { lease } }) => [makeOp(lease[0], "Note", fixed.id)],
  ],
  "something below what is not there": ["not_found", ({ speaker: { lease } }) => [makeOp(lease[0], "Note", MAX)]],
  "something below a hidden object": [
    "not_found",
    ({ sample: { hidden }, speaker: { lease } }) => [makeOp(lease[0], "Note", hidden.id)],
  ],
  "something below a branch that is not open": [
    "not_found",
    ({ sample: { folder }, speaker: { lease } }) => [makeOp(lease[0], "Note", folder.id)],
  ],
  "something below itself": ["not_found", ({ speaker: { lease } }) => [makeOp(lease[0], "Note", lease[0])]],
  // Keys and order keys.
  "the key __proto__": [
    "invalid_value",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Note", ROOT, { key: "__proto__" })],
  ],
  "a key that is in use": ["duplicate_key", ({ speaker: { lease } }) => [makeOp(lease[0], "Note", ROOT, { key: "a" })]],
  "an order key that is huge": [
    "out_of_range",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Note", ROOT, { orderKey: 1e308 })],
  ],
  "one that is hugely negative": ["out_of_range", ({ sample: { b } }) => [moveOp(b.id, ROOT, -1e308)]],
  "one just too large": ["out_of_range", ({ sample: { b } }) => [moveOp(b.id, ROOT, 2 ** 40 + 1)]],
  // What `build` takes.
  "arguments for a class that takes none": [
    "forbidden",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Note", ROOT, { args: [{}] })],
  ],
  "arguments for a class without a schema": [
    "forbidden",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Unsaid", ROOT, { args: [{ title: "x" }] })],
  ],
  "nothing, for a class without a schema that takes something": [
    "forbidden",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Unsaid", ROOT)],
  ],
  "arguments that break the schema": [
    "invalid_value",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Titled", ROOT, { args: [{ title: "much too long" }] })],
  ],
  "no arguments, where the schema wants some": [
    "invalid_value",
    ({ speaker: { lease } }) => [makeOp(lease[0], "Titled", ROOT)],
  ],
  // What goes and what moves.
  "the end of what is closed": ["forbidden", ({ sample: { fixed } }) => [destroyOp(fixed.id)]],
  "the end of the root": ["root", () => [destroyOp(ROOT)]],
  "the end of what is not there": ["not_found", () => [destroyOp(FAR)]],
  "the end of a hidden object": ["not_found", ({ sample: { hidden } }) => [destroyOp(hidden.id)]],
  "the end of one object twice": ["not_found", ({ sample: { b } }) => [destroyOp(b.id), destroyOp(b.id)]],
  "a move of the root": ["forbidden", ({ sample: { a } }) => [moveOp(ROOT, a.id, 0)]],
  "a move of the root below itself": ["forbidden", () => [moveOp(ROOT, ROOT, 0)]],
  "a move of what is closed": ["forbidden", ({ sample: { fixed } }) => [moveOp(fixed.id, ROOT, -9)]],
  "a move of a hidden object": ["not_found", ({ sample: { hidden } }) => [moveOp(hidden.id, ROOT, 0)]],
  "a move below a branch that is not open": ["not_found", ({ sample: { a, folder } }) => [moveOp(a.id, folder.id, 0)]],
  "a move to where its type cannot be added": [
    "forbidden",
    ({ sample: { a, folder } }) => [moveOp(folder.id, a.id, 0)],
  ],
  "a move below itself": ["cycle", ({ sample: { a } }) => [moveOp(a.id, a.id, 0)]],
  "a move that makes a cycle": ["cycle", ({ sample: { a, child } }) => [moveOp(a.id, child.id, 0)]],
  "moves that make one together": [
    "cycle",
    ({ sample: { a, b, child } }) => [moveOp(b.id, child.id, 0), moveOp(a.id, b.id, 0)],
  ],
};

describe("[OP-19] what a client asks of texts, lists and the tree", () => {
  it.each(Object.keys(REFUSED))("is refused, by itself: %s", async (name) => {
    const scene = await setUp();
    const { sample, speaker, batch } = scene;
    const [code, ask] = REFUSED[name] as (typeof REFUSED)[string];
    const ops = ask(scene);
    // It is taken back with what its transaction did before.
    const outcome = await batch([[sample.b.id, NUMBER, 0, 7], ...ops], [[sample.b.id, NUMBER, 0, 0]]);
    expect(outcome).toEqual([[0, code], [1]]);
    expect([speaker.raw.closed, sample.errors]).toEqual([undefined, []]);
    await expectUnharmed(scene);
  });

  it("is refused where it would be much work only because a number is so large", async () => {
    const scene = await setUp();
    const { a } = scene.sample;
    for (const op of [
      [a.id, ITEMS, 1, MAX, MAX, ["x"]],
      [a.id, ITEMS, 1, 0, MAX, []],
      [a.id, ITEMS, 3, 0, MAX],
      [a.id, TEXT, 1, MAX, MAX, ""],
    ] as const) {
      const [[, code]] = (await scene.batch([op])) as [[number, string]];
      expect(["out_of_range", "too_large"]).toContain(code);
    }
    await expectUnharmed(scene);
  });

  it("is `not_found` on what has been destroyed, and the rest of the batch happens", async () => {
    const { sample, witness, batch } = await setUp();
    const { a, b, child } = sample;
    a.destroy();
    const outcome = await batch(
      [[a.id, TEXT, 1, 0, 0, "x"]],
      [[child.id, ITEMS, 3, 0, 0]],
      [makeOp(99_999, "Note", a.id)],
      [moveOp(b.id, child.id, 0)],
      [[b.id, TEXT, 1, 0, 0, "there"]],
    );
    expect(outcome).toEqual([0, 1, 2, 3].map((offset) => [offset, "not_found"]));
    expect(b.text.value).toBe("there");
    await expectAtWork(sample, witness);
  });

  it("closes the connection where it was made for a version that there is not yet", async () => {
    const scene = await setUp();
    const { sample, speaker } = scene;
    await speaker.batch([ROOT, speaker.version + 1], [[sample.a.id, TEXT, 1, 0, 0, "x"]]);
    expect(speaker.raw.closed).toMatchObject({ code: CloseCode.badMessage });
    await expectUnharmed(scene);
  });

  it.each(["a version older than the log", "no version", "a version of a scope that is not open"])(
    "is `stale` where it was made for %s",
    async (what) => {
      const scene = await setUp({ limits: { maxLogBytes: 500 } });
      const { sample, speaker } = scene;
      for (let count = 0; count < 10; count++) sample.a.text.insert(0, "x");
      sample.a.text.set("text");
      const bases = { "a version older than the log": [ROOT, speaker.version], "no version": [] };
      const given = bases[what as keyof typeof bases] ?? [sample.folder.id, 0];
      expect(await speaker.batch(given, [[sample.a.id, TEXT, 1, 0, 0, "x"]])).toEqual([[0, "stale"]]);
      await expectUnharmed(scene);
    },
  );

  it("has the connection for its author: there is no word for another one", async () => {
    const { sample, speaker, other, batch } = await setUp();
    await batch([[sample.b.id, NUMBER, 0, 5]]);
    const own = (speaker.heard(MessageCode.welcome)[0] as readonly number[])[1];
    for (const { raw } of [speaker, other]) {
      const frame = JSON.stringify(raw.received.at(-1));
      expect(frame).toContain(`[[${own},1],`);
    }
    speaker.raw.send([MessageCode.batch, 2, [ROOT, 0], [[999, 1], -1 - 2 * sample.b.id, NUMBER * 8, 6]]);
    await sample.settle();
    expect(speaker.raw.closed).toMatchObject({ code: CloseCode.badMessage });
    expect(sample.b.number.value).toBe(5);
  });

  it("is `too_many` where the tree has as many objects as clients may make", async () => {
    const scene = await setUp({ limits: { maxObjects: 8 } });
    const { sample, speaker, batch } = scene;
    const [first] = speaker.lease;
    const outcome = await batch([makeOp(first, "Note", ROOT)], [makeOp(first + 1, "Note", ROOT)], [destroyOp(first)]);
    expect(outcome).toEqual([[1, "too_many"]]);
    scene.seen.length = 0;
    sample.server.root.add(Note).destroy();
    await sample.settle();
    scene.seen.length = 0;
    await expectUnharmed(scene);
  });

  it("is `failed`, and the server's program is told why, where the application's own code does", async () => {
    const scene = await setUp();
    const { sample, speaker, batch } = scene;
    const [first] = speaker.lease;
    const outcome = await batch(
      [makeOp(first, "Broken", ROOT)],
      [makeOp(first + 1, "Misread", ROOT, { args: [1] })],
      [[sample.a.id, NUMBER, 0, 1001]],
    );
    expect(outcome).toEqual([0, 1, 2].map((offset) => [offset, "failed"]));
    expect(sample.errors).toMatchObject(Array(3).fill({ message: "the password is 1234" }));
    expect(JSON.stringify(speaker.raw.received)).not.toContain("1234");
    await expectUnharmed(scene);
  });

  it("of which a rule refuses one, lands where it was meant for all after it", async () => {
    const { sample, witness, batch } = await setUp();
    const { a } = sample;
    a.text.insert(0, "others ");
    a.items.insert(0, "others");
    const outcome = await batch(
      [[a.id, TEXT, 1, 0, 0, "my "]],
      [
        [a.id, TEXT, 1, 3, 0, "gone "],
        [a.id, ITEMS, 1, 0, 1, ["gone", "gone"]],
        [a.id, NUMBER, 0, -1],
      ],
      [[a.id, TEXT, 1, 12, 0, "!"]],
      [[a.id, ITEMS, 2, 2, "second"]],
      [[a.id, ITEMS, 3, 2, 0]],
    );
    expect(outcome).toEqual([[1, "rejected"]]);
    expect([a.text.value, a.items.value]).toEqual(["my others text!", ["second", "others", "one"]]);
    await expectAtWork(sample, witness);
  });

  it("may be any order key within bounds: neighbours make room, and whoever is added later finds a place", async () => {
    const { sample, witness, speaker, batch } = await setUp();
    const [first] = speaker.lease;
    const keys = [
      2 ** 40,
      2 ** 40 - 2 ** -13,
      -(2 ** 40),
      5e-324,
      1e-323,
      1.5e-323,
      2e-323,
      0,
      -5e-324,
      1,
      1 + Number.EPSILON,
    ];
    const asked = [...keys, ...keys, ...keys];
    const { a } = sample;
    expect(await batch(...asked.map((orderKey, index) => [makeOp(first + index, "Note", a.id, { orderKey })]))).toEqual(
      [],
    );
    for (let index = 0; index <= a.children.length; index += 3) a.add(Note, undefined, { index });
    const last = a.add(Note);
    expect(a.children.at(-1)).toBe(last);
    const found = a.children.map((child) => objectInternals.orderKey(child));
    expect(found).toEqual(found.toSorted((one, two) => one - two));
    expect([new Set(found).size, found.every(Number.isFinite)]).toEqual([found.length, true]);
    await expectAtWork(sample, witness);
  });
});

describe("[TX-12] a flood", () => {
  it("of objects in one batch is bounded by ids and by work", async () => {
    const { sample, witness, speaker } = await setUp({
      limits: { idsPerClient: 20_000, maxBatchTransactions: 10_000 },
    });
    const [first] = speaker.lease;
    const before = sample.server.tree().size;
    const all = Array.from({ length: 15_000 }, (_, index) => makeOp(first + index, "Note", ROOT));
    expect(await speaker.batch([ROOT, 0], all.slice(0, 10_000))).toEqual([[0, "too_large"]]);
    expect(sample.server.tree().size).toBe(before);
    const outcomes = await speaker.batch([ROOT, 0], ...all.slice(10_000).map((op) => [op]));
    expect(outcomes.every((outcome) => (outcome as unknown[])[1] === "too_large")).toBe(true);
    const made = 5_000 - outcomes.length;
    expect([made > 1_000, made < 2_000, sample.server.tree().size - before]).toEqual([true, true, made]);
    await expectAtWork(sample, witness);
  });

  it("of objects is bounded by ids", async () => {
    const { sample, witness, speaker } = await setUp();
    const [first, count] = speaker.lease;
    const asked = Array.from({ length: count }, (_, index) => [makeOp(first + index + 1, "Note", ROOT)]);
    expect(await speaker.batch([ROOT, 0], ...asked)).toEqual([[count - 1, "forbidden"]]);
    await expectAtWork(sample, witness);
  });

  it("of edits for a very old version makes no more work than a batch may", async () => {
    const { sample, witness, speaker, batch } = await setUp();
    const { a } = sample;
    for (let count = 0; count < 10_000; count++) a.items.put(count % 2, `${count}`);
    await sample.settle();
    const transform = vi.spyOn(listKind, "transform");
    const outcomes = await batch(...Array.from({ length: 1_000 }, () => [[a.id, ITEMS, 1, 0, 0, ["x"]] as const]));
    const calls = transform.mock.calls.length;
    transform.mockRestore();
    const done = 1_000 - outcomes.length;
    expect(new Set(outcomes.map((outcome) => (outcome as unknown[])[1]))).toEqual(new Set(["too_large"]));
    expect([done > 10, a.items.length]).toEqual([true, done + 2]);
    // Each pair is two calls, and 50 steps of 10 million.
    expect([calls > 100_000, calls <= 400_000]).toEqual([true, true]);
    expect(speaker.raw.closed).toBeUndefined();
    await expectAtWork(sample, witness);
  });

  it("of ops that are a byte each is read no further than they may be carried out", async () => {
    const scene = await setUp();
    const { sample, speaker } = scene;
    const nothing: RawOp[] = Array.from({ length: 200_000 }, () => destroyOp(sample.b.id));
    expect(await speaker.batch([ROOT, 0], nothing, [[sample.b.id, NUMBER, 0, 1]])).toEqual([
      [0, "too_large"],
      [1, "too_large"],
    ]);
    await expectUnharmed(scene);
  });
});
