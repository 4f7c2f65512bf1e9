/**
 * What a program sees of its own writes, and of others', between the write and the server's answer. Clients and server are the
 * real ones; time and network are the test's.
 */
import { afterEach, describe, expect, it } from "vitest";
import { Client, type ClientOptions } from "../client/client.ts";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { Rejection } from "../client/outbox.ts";
import { BinaryTopic } from "../core/binary-topic.ts";
import { decode, type Wire } from "../core/codec.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ObjectSyncError } from "../core/error.ts";
import { EventTopic } from "../core/event-topic.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import { ValueTopic } from "../core/value-topic.ts";
import { MessageCode } from "../core/wire.ts";
import { type Line, TestWorld, type TestWorldOptions } from "../testing/index.ts";

const OPEN = { write: "everyone" } as const;

/** Open to clients in all but `derived`, with rules that refuse, coerce and derive. */
class Note extends SObject {
  static override readonly access = { add: ["Note"], remove: "everyone", move: "everyone" } as const;
  text = new StringTopic("", OPEN);
  bytes = new BinaryTopic(new Uint8Array(), OPEN);
  number = new NumberTopic(0, OPEN);
  integer = new IntTopic(0, OPEN);
  float = new FloatTopic(0, OPEN);
  flag = new BooleanTopic(false, OPEN);
  list = new ListTopic<string>([], OPEN);
  dict = new DictTopic<string>({}, OPEN);
  set = new SetTopic<string>([], OPEN);
  value = new ValueTopic<object | null>({}, OPEN);
  ref = new RefTopic(null, OPEN);
  event = new EventTopic<string>(OPEN);
  /** Trimmed by a rule. */
  name = new StringTopic("", OPEN);
  /** From 0 to 10, and refused beyond 100. */
  level = new NumberTopic(0, OPEN);
  derived = new StringTopic("");
  slow = new StringTopic("", { write: "everyone", optimistic: false });
  gauge = new NumberTopic(0, { write: "everyone", latest: true });

  override build(): void {
    this.derived.set("built");
  }

  override init(): void {
    this.name.rule("change", ({ value }) => {
      if (value === value.trim()) this.derived.set(`of ${value}`);
      else this.name.set(value.trim());
    });
    this.level.rule("change", ({ value }) => {
      if (value > 100) throw new ObjectSyncError("rejected", "at most 100");
      this.level.set(Math.min(10, value));
    });
    this.gauge.rule("change", ({ value }) => this.gauge.set(Math.min(1000, value)));
  }
}

/** Added by clients; its `build` makes more than the client sees at once. */
class Kit extends SObject {
  static override readonly access = { remove: "everyone", add: ["Note"] } as const;
  size = new NumberTopic(7, OPEN);
  title = new StringTopic("untitled", OPEN);

  override build(): void {
    this.title.set("a kit");
    this.add(Note);
    this.add(Note).text.set("second");
  }
}

class Root extends SObject {
  static override readonly access = { add: ["Note", "Kit"] } as const;
}

type MirroredNote = Mirrored<Note>;

let world: TestWorld<Root>;

afterEach(() => world.end());

type Several<Item, Count extends number> = Count extends 1 ? [Item] : Count extends 2 ? [Item, Item] : Item[];

/** A server with one note, and so many clients, with the note as each of them sees it. */
async function setUp<Count extends number>(count: Count, options: TestWorldOptions<Root> = {}) {
  world = new TestWorld<Root>({ root: Root, models: [Note, Kit], ...options });
  const served = world.server.root.add(Note);
  const clients: Client<Root>[] = [];
  for (let index = 0; index < count; index++) clients.push(await world.connect());
  return {
    served,
    clients: clients as Several<Client<Root>, Count>,
    notes: clients.map((client) => noteOf(client, served)) as Several<MirroredNote, Count>,
  };
}

function noteOf(client: Client<Root>, { id }: { readonly id: number }): MirroredNote {
  return client.tree.get(id) as MirroredNote;
}

/** A client whose messages to the server are kept. */
async function eavesdropped(options: ClientOptions = {}) {
  const messages: Wire[] = [];
  const line = world.network.addLine();
  const client = new Client<Root>("ws://memory/", {
    ...options,
    clock: world.clock,
    random: () => 1,
    dial: (url, events) => {
      const channel = line.dial(url, events);
      return {
        send(message) {
          messages.push(decode(message));
          channel.send(message);
        },
        close: (code, reason) => channel.close(code, reason),
        get bufferedBytes() {
          return channel.bufferedBytes;
        },
      };
    },
  });
  await world.settle();
  const batches = (): readonly (readonly Wire[])[] => {
    return (messages as Wire[][]).filter(([code]) => code === MessageCode.batch);
  };
  return { client, line, batches };
}

/** All that listeners are told of an object and of the tree. */
function listen(client: Client<Root>, ...notes: readonly MirroredNote[]): unknown[][] {
  const heard: unknown[][] = [];
  for (const name of ["add", "remove", "move"] as const) {
    client.tree.on(name, ({ object, origin }) => heard.push([name, object.id, origin]));
  }
  for (const note of notes) {
    for (const name of Object.keys(new Note()) as (keyof MirroredNote)[]) {
      const topic = note[name] as unknown as NumberTopic;
      topic.on("change", ({ origin, value }) => heard.push([name, origin, value]));
    }
  }
  return heard;
}

function rejectionsOf(client: Client<Root>): Rejection[] {
  const rejections: Rejection[] = [];
  client.on("reject", (rejection) => rejections.push(rejection));
  return rejections;
}

/** That each client shows what the server has, with nothing pending. */
function expectEqual(...clients: readonly Client<Root>[]): void {
  const draw = (object: SObject | Mirrored): unknown => {
    const fields = object as unknown as Record<string, { readonly value: unknown }>;
    const values = Object.keys(object.type === "Note" ? new Note() : object.type === "Kit" ? new Kit() : {})
      .filter((name) => name !== "ref")
      .map((name) => fields[name]?.value);
    return [object.id, object.type, object.key, values, (object.children as readonly SObject[]).map(draw)];
  };
  for (const client of clients) {
    expect(client.isSynced).toBe(true);
    expect((client.tree as unknown as MirrorTree).isConsistent()).toBe(true);
    expect(draw(client.root)).toEqual(draw(world.server.root));
    expect(client.tree.size).toBe(world.server.tree().size);
  }
}

/** One write of each kind, and what is seen of it. */
const WRITES: readonly [
  name: string,
  write: (note: MirroredNote) => void,
  seen: (note: Note | MirroredNote) => unknown,
][] = [
  ["a text", ({ text }) => text.insert(0, "hello"), ({ text }) => text.value],
  ["bytes", ({ bytes }) => bytes.set(Uint8Array.of(1, 2)), ({ bytes }) => [...bytes.value]],
  ["a number", ({ number }) => number.add(1.5), ({ number }) => number.value],
  ["an integer", ({ integer }) => integer.add(3), ({ integer }) => integer.value],
  ["a float", ({ float }) => float.add(0.1), ({ float }) => float.value],
  ["a flag", ({ flag }) => flag.toggle(), ({ flag }) => flag.value],
  ["a list", ({ list }) => list.push("a", "b"), ({ list }) => list.value],
  ["a dict", ({ dict }) => dict.put("k", "v"), ({ dict }) => dict.value],
  ["a set", ({ set }) => set.add("m"), ({ set }) => [...set.value]],
  ["a value", ({ value }) => value.put(["k"], [1]), ({ value }) => value.value],
  ["a reference", (note) => note.ref.set(note), ({ ref }) => ref.id],
];

describe("a client's own write", () => {
  it.each(WRITES)(
    "[OC-01] of %s shows at once, long before the server can have answered, and is there then",
    async (_, write, seen) => {
      const { served, clients, notes } = await setUp(2);
      const [ann, bob] = clients;
      Object.assign(world.line(ann).delayMs, { toServer: 250, toClient: 250 });
      const before = seen(served);
      write(notes[0]);
      const shown = seen(notes[0]);
      expect(shown).not.toEqual(before);
      expect([seen(served), seen(notes[1]), ann.isSynced]).toEqual([before, before, false]);
      await world.advance(499);
      expect([seen(notes[0]), seen(served), ann.isSynced]).toEqual([shown, shown, false]);
      await world.advance(1);
      expect([seen(notes[0]), seen(notes[1]), ann.isSynced]).toEqual([shown, shown, true]);
      expectEqual(ann, bob);
    },
  );

  it.each(WRITES)("[OC-04] of %s is told to listeners once: none is called when it is confirmed", async (_, write) => {
    const { clients, notes } = await setUp(2);
    const heard = listen(clients[0], notes[0]);
    const theirs = listen(clients[1], notes[1]);
    write(notes[0]);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toContain("local");
    await world.settle();
    expect(clients[0].isSynced).toBe(true);
    expect(heard).toHaveLength(1);
    expect(theirs).toHaveLength(1);
    expect(theirs[0]).toContain("remote");
  });

  it("[OC-02] of several changes in one action happens at the server whole or not at all", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const theirs = listen(bob, notes[1]);
    const action = (level: number) =>
      ann.transact(() => {
        notes[0].text.set("several");
        notes[0].list.push("changes");
        notes[0].add("Note");
        notes[0].level.set(level);
      });
    const refused = action(101);
    await world.settle();
    expect(await refused).toMatchObject({ ok: false, code: "rejected" });
    expect([served.text.value, served.list.value, served.children, theirs]).toEqual(["", [], [], []]);
    const done = action(5);
    await world.settle();
    expect(await done).toEqual({ ok: true });
    expect([served.text.value, served.list.value, served.children.length]).toEqual(["several", ["changes"], 1]);
    expectEqual(ann, bob);
  });

  it("[OC-03] is all that is sent, and all that shows at once: what rules and builds make of it comes from the server", async () => {
    const { served } = await setUp(0);
    const { client, batches } = await eavesdropped();
    const note = noteOf(client, served);
    client.transact(() => {
      note.name.set("  Ann ");
      note.add("Note");
    });
    const made = note.children[0] as MirroredNote;
    expect([note.name.value, note.derived.value, made.derived.value]).toEqual(["  Ann ", "built", ""]);
    await world.settle();
    expect([note.name.value, note.derived.value, made.derived.value]).toEqual(["Ann", "of Ann", "built"]);
    const [, number, bases, ...transactions] = batches()[0] as readonly Wire[];
    expect([number, bases]).toEqual([1, [1, world.server.tree().size > 0 ? expect.any(Number) : 0]]);
    // To the object, the slot of `name` with its op, to the new object, what is asked for.
    expect(transactions).toEqual([
      [-1 - 2 * note.id, 13 * 8 + 1, 0, 0, "  Ann ", -1 - 2 * (made.id - note.id), 6, "Note", note.id, 0, null, []],
    ]);
    client.close();
  });

  it("[OC-05] that a rule changes is taken back for what the rule made of it: listeners hear the difference, once", async () => {
    const { served, clients, notes } = await setUp(2);
    const [note, other] = notes;
    const heard = listen(clients[0], note);
    note.level.set(50);
    note.name.set(" Ann ");
    expect([note.level.value, note.name.value]).toEqual([50, " Ann "]);
    heard.length = 0;
    await world.settle();
    expect([served.level.value, note.level.value, other.level.value]).toEqual([10, 10, 10]);
    expect(heard).toEqual([
      ["level", "remote", 10],
      ["name", "remote", "Ann"],
      ["derived", "remote", "of Ann"],
    ]);
    expectEqual(...clients);
  });

  it("[OC-05] that was confirmed otherwise keeps what was written after it", async () => {
    const { clients, notes } = await setUp(2);
    const [note] = notes;
    note.name.set("  Ann");
    await world.step();
    note.name.insert(5, "a");
    expect(note.name.value).toBe("  Anna");
    await world.settle();
    expect(note.name.value).toBe("Anna");
    expectEqual(...clients);
  });

  it("[OC-06] that is refused goes from the page and is told with its reason; others saw nothing of it", async () => {
    const { clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note, other] = notes;
    const [heard, theirs] = [listen(ann, note), listen(bob, other)];
    const rejections = rejectionsOf(ann);
    note.level.set(101);
    expect(note.level.value).toBe(101);
    await world.settle();
    expect(note.level.value).toBe(0);
    expect(heard).toEqual([
      ["level", "local", 101],
      ["level", "rollback", 0],
    ]);
    expect(theirs).toEqual([]);
    expect(rejections).toEqual([
      { code: "rejected", message: "at most 100", edits: [{ object: note, attribute: "level" }] },
    ]);
    expectEqual(ann, bob);
  });

  it("[OC-07] stays when one before it is refused, as if that had never been", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann] = clients;
    const [note] = notes;
    served.text.set("Hello");
    await world.settle();
    const refused = ann.transact(() => {
      note.text.insert(0, "Well. ");
      note.list.push("first");
      note.dict.put("k", "refused");
      note.level.set(101);
    });
    const stay = [
      ann.transact(() => note.text.insert(11, "!")),
      ann.transact(() => note.list.push("second")),
      ann.transact(() => note.dict.put("other", "stays")),
      ann.transact(() => note.number.set(3)),
    ];
    expect([note.text.value, note.list.value]).toEqual(["Well. Hello!", ["first", "second"]]);
    await world.settle();
    expect(await refused).toMatchObject({ code: "rejected" });
    for (const each of stay) expect(await each).toEqual({ ok: true });
    expect([note.text.value, note.list.value, note.dict.value, note.number.value]).toEqual([
      "Hello!",
      ["second"],
      { other: "stays" },
      3,
    ]);
    expectEqual(...clients);
  });

  it("[OC-08] in a function that throws shows no more, is not sent, and the error is the caller's", async () => {
    const { served } = await setUp(0);
    const { client, batches } = await eavesdropped();
    const note = noteOf(client, served);
    const heard = listen(client, note);
    const error = new Error("no");
    const record = () =>
      client.transact(() => {
        note.text.set("x");
        note.add("Note").destroy();
        note.add("Note");
        note.moveTo(client.root, { index: 0 });
        throw error;
      });
    expect(record).toThrow(error);
    expect([note.text.value, note.children, heard, client.isSynced]).toEqual(["", [], [], true]);
    await world.settle();
    expect(batches()).toEqual([]);
    note.text.set("y");
    await world.settle();
    expect(served.text.value).toBe("y");
    client.close();
  });

  it("[OC-09] cannot be made in a listener, which is told so, and nothing of it is sent", async () => {
    const { served } = await setUp(0);
    const errors: unknown[] = [];
    const { client, batches } = await eavesdropped({ onError: ({ error }) => errors.push(error) });
    const note = noteOf(client, served);
    note.number.on("change", ({ value }) => note.integer.set(value));
    client.tree.on("add", ({ object }) => object.destroy());
    served.number.set(3);
    served.add(Note);
    await world.settle();
    note.number.set(4);
    const observerWrite = expect.objectContaining({ code: "observer_write" });
    expect(errors).toEqual([observerWrite, observerWrite, observerWrite]);
    await world.settle();
    expect([served.number.value, served.integer.value, served.children.length]).toEqual([4, 0, 1]);
    expect(batches()).toHaveLength(1);
    client.close();
  });

  it("[OC-12] does not show before it is confirmed where the attribute says so", async () => {
    const { served, clients, notes } = await setUp(2);
    const [note] = notes;
    const heard = listen(clients[0], note);
    note.slow.set("later");
    expect([note.slow.value, heard]).toEqual(["", []]);
    await world.settle();
    expect([note.slow.value, served.slow.value]).toEqual(["later", "later"]);
    expect(heard).toHaveLength(1);
    expectEqual(...clients);
  });

  it("[OC-12] does not show before it is confirmed where the call says so; what others write meanwhile does", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note, other] = notes;
    const outcome = ann.transact(
      () => {
        note.text.set("later");
        note.list.push("later");
        note.add("Note");
      },
      { optimistic: false },
    );
    note.number.set(1);
    other.text.set("theirs, ");
    expect([note.text.value, note.list.value, note.children, note.number.value]).toEqual(["", [], [], 1]);
    world.line(ann).toClient.isStalled = true;
    await world.settle();
    expect(note.text.value).toBe("");
    world.line(ann).toClient.isStalled = false;
    await world.settle();
    expect(await outcome).toEqual({ ok: true });
    expect([note.list.value, note.children.length, served.text.value.length]).toEqual([["later"], 1, 13]);
    expectEqual(ann, bob);
  });

  it("[OC-17] makes `isSynced` false until it is confirmed or refused", async () => {
    const { clients, notes } = await setUp(1);
    const [ann] = clients;
    const states = [ann.isSynced];
    notes[0].number.set(1);
    states.push(ann.isSynced);
    await world.step();
    states.push(ann.isSynced);
    await world.settle();
    states.push(ann.isSynced);
    notes[0].level.set(101);
    states.push(ann.isSynced);
    await world.settle();
    states.push(ann.isSynced);
    expect(states).toEqual([true, false, false, true, false, true]);
  });

  it("[OC-19] waits with those before it as one: at most one batch is on its way, and one write of an input waits", async () => {
    const { served } = await setUp(0);
    const { client, batches, line } = await eavesdropped();
    Object.assign(line.delayMs, { toServer: 100, toClient: 100 });
    const note = noteOf(client, served);
    for (let value = 1; value <= 50; value++) {
      note.number.set(value);
      await world.advance(5);
      expect(note.number.value).toBe(value);
    }
    await world.advance(1000);
    expect([served.number.value, note.number.value, client.isSynced]).toEqual([50, 50, true]);
    // 250 ms of dragging, 200 ms for each answer.
    const sent = batches().map(([, , , ...transactions]) => transactions.length);
    expect(sent).toEqual([1, 1, 1]);
    client.close();
  });

  it("[OC-20] reaches the server before an event that is emitted after it", async () => {
    const { served, notes } = await setUp(1);
    const seen: unknown[] = [];
    served.event.on("change", ({ type }) => seen.push([type, served.text.value, served.number.value]));
    notes[0].text.set("written before");
    notes[0].number.set(2);
    notes[0].event.emit("go");
    notes[0].text.set("written after");
    await world.settle();
    expect(seen).toEqual([["emit", "written before", 2]]);
  });

  it("[TO-20] has a number of its own, by which its author knows it again: each client counts for itself", async () => {
    const { served } = await setUp(0);
    const [one, two] = [await eavesdropped(), await eavesdropped()];
    const authors = new Set<string>();
    for (const { client } of [one, two]) {
      const note = noteOf(client, served);
      for (let count = 0; count < 3; count++) {
        client.transact(() => note.number.add(1));
        client.transact(() => note.text.insert(0, "x"));
        await world.settle();
      }
    }
    for (const { client, batches } of [one, two]) {
      for (const [, number, , ...transactions] of batches()) {
        transactions.forEach((_, offset) => authors.add(`${client.id}_${(number as number) + offset}`));
      }
    }
    expect(authors.size).toBe(12);
    expect(served.number.value).toBe(6);
    expectEqual(one.client, two.client);
    one.client.close();
    two.client.close();
  });
});

describe("others' writes under a client's own", () => {
  it("[OC-18] and its own echoes never overwrite what is being typed", async () => {
    const { served, clients, notes } = await setUp(1);
    Object.assign(world.line(clients[0]).delayMs, { toServer: 150, toClient: 150 });
    const typed = "The quick brown fox jumps over the lazy dog.";
    const [{ text }] = notes;
    for (let length = 0; length < typed.length; length++) {
      text.insert(length, typed[length] as string);
      expect(text.value).toBe(typed.slice(0, length + 1));
      await world.advance(40);
      expect(text.value).toBe(typed.slice(0, length + 1));
    }
    await world.advance(1000);
    expect([text.value, served.text.value]).toEqual([typed, typed]);
    expectEqual(...clients);
  });

  it("[OC-18] do not move what either of two types at once: nothing jumps, both stay", async () => {
    const { served, clients, notes } = await setUp(2);
    served.text.set("<>");
    await world.settle();
    for (const client of clients) Object.assign(world.line(client).delayMs, { toServer: 150, toClient: 150 });
    const [mine, theirs] = ["I type at the front. ", " And I behind."];
    const [{ text: front }, { text: back }] = notes;
    for (let index = 0; index < mine.length; index++) {
      front.insert(index, mine[index] as string);
      const letter = theirs[index];
      // Behind what is there by then, as a caret would be.
      if (letter) back.insert(back.length, letter);
      await world.advance(40);
      expect(front.value.startsWith(mine.slice(0, index + 1))).toBe(true);
      expect(back.value.endsWith(theirs.slice(0, index + 1))).toBe(true);
    }
    await world.advance(1000);
    expect(served.text.value).toBe(`${mine}<>${theirs}`);
    expectEqual(...clients);
  });

  it("[OC-18] come in at the places where they belong, at once, and the caret's text stays around it", async () => {
    const { served, clients, notes } = await setUp(2);
    served.text.set("one two three");
    await world.settle();
    const [{ text: mine }, { text: theirs }] = notes;
    const heard: unknown[] = [];
    mine.on("insert", ({ position, text }) => heard.push([position, text]));
    mine.on("delete", ({ position, text }) => heard.push([position, text]));
    mine.insert(7, "!");
    theirs.delete(0, 4);
    theirs.insert(9, ".");
    await world.settle();
    expect(heard).toEqual([
      [7, "!"],
      [0, "one "],
      [10, "."],
    ]);
    expect([mine.value, served.text.value]).toEqual(["two! three.", "two! three."]);
    expectEqual(...clients);
  });

  it("[OC-22] count by the order of the server where no finer rule exists: the later one, per key, for all", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [mine, theirs] = notes;
    Object.assign(world.line(ann).delayMs, { toServer: 100 });
    Object.assign(world.line(bob).delayMs, { toServer: 10 });
    for (const [note, by] of [
      [mine, "ann"],
      [theirs, "bob"],
    ] as const) {
      note.dict.put("both", by);
      note.dict.put(by, by);
      note.flag.set(by === "ann");
      note.number.set(by.length);
      note.value.put(["both"], by);
      note.set.add(by);
      note.integer.add(1);
    }
    await world.advance(50);
    // Bob's are there already; what Ann wrote shows on top.
    expect([served.dict.get("both"), mine.dict.get("both"), theirs.dict.get("both")]).toEqual(["bob", "ann", "bob"]);
    expect([mine.dict.get("bob"), mine.integer.value]).toEqual(["bob", 2]);
    await world.advance(500);
    expect(served.dict.value).toEqual({ both: "ann", ann: "ann", bob: "bob" });
    expect([served.flag.value, served.value.value, [...served.set.value].sort(), served.integer.value]).toEqual([
      true,
      { both: "ann" },
      ["ann", "bob"],
      2,
    ]);
    expectEqual(ann, bob);
  });

  it("[OC-05] show as soon as they come: the page is what is confirmed, with what is pending on top", async () => {
    const { served, clients, notes } = await setUp(1);
    const [note] = notes;
    world.line(clients[0]).toServer.isStalled = true;
    note.float.add(0.2);
    note.list.push("mine");
    note.dict.put("mine", "1");
    served.float.set(0.1);
    served.list.set(["theirs"]);
    served.dict.set({ theirs: "2" });
    await world.settle();
    expect([note.float.value, note.list.value, note.dict.value]).toEqual([
      0.1 + 0.2,
      ["mine", "theirs"],
      { theirs: "2", mine: "1" },
    ]);
    world.line(clients[0]).toServer.isStalled = false;
    await world.settle();
    expectEqual(...clients);
  });
});

describe("`latest` attributes that a client writes", () => {
  it("[TO-30] do not jump back while they are dragged, and are for all what they were last", async () => {
    const { served, clients, notes } = await setUp(2);
    for (const client of clients) Object.assign(world.line(client).delayMs, { toServer: 60, toClient: 60 });
    const [{ gauge }, { gauge: theirs }] = notes;
    const heard: number[] = [];
    gauge.on("change", ({ value }) => heard.push(value));
    for (let value = 1; value <= 60; value++) {
      gauge.set(value);
      await world.advance(7);
    }
    await world.advance(1000);
    expect(heard).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect([gauge.value, served.gauge.value, theirs.value]).toEqual([60, 60, 60]);
    expectEqual(...clients);
  });

  it("[TO-30] end as the server has them where another writes them in the same turn", async () => {
    const { served, clients, notes } = await setUp(2);
    const [{ gauge: mine }, { gauge: theirs }] = notes;
    await world.advance(1000);
    mine.set(3);
    theirs.set(5);
    await world.advance(1000);
    expect([mine.value, theirs.value]).toEqual([served.gauge.value, served.gauge.value]);
    expectEqual(...clients);
  });

  it("[TO-30] end as a rule has made them", async () => {
    const { served, clients, notes } = await setUp(2);
    await world.advance(1000);
    const [{ gauge }] = notes;
    gauge.set(5000);
    expect(gauge.value).toBe(5000);
    await world.advance(1000);
    expect([gauge.value, served.gauge.value]).toEqual([1000, 1000]);
    expectEqual(...clients);
  });
});

describe("an object that a client makes", () => {
  it("[CM-13] is there at once with what its type says, and is the same one when it is confirmed, with what `build` made", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const heard = listen(ann);
    const kit = ann.root.add<Kit>("Kit", undefined, { key: "my kit", index: 0 });
    expect([kit.type, kit.size.value, kit.title.value, kit.children]).toEqual(["Kit", 7, "untitled", []]);
    expect(ann.root.children).toEqual([kit, notes[0]]);
    expect([ann.tree.get(kit.id), ann.tree.get("my kit"), kit.parent, kit.isDestroyed]).toEqual([
      kit,
      kit,
      ann.root,
      false,
    ]);
    expect(heard).toEqual([["add", kit.id, "local"]]);
    kit.size.set(8);
    const changes: unknown[] = [];
    kit.title.on("change", ({ origin, value }) => changes.push([origin, value]));
    kit.size.on("change", ({ origin, value }) => changes.push([origin, value]));
    await world.settle();
    expect(ann.root.children[0]).toBe(kit);
    expect([kit.size.value, kit.title.value, kit.children.length]).toEqual([8, "a kit", 2]);
    expect((kit.children[1] as MirroredNote).text.value).toBe("second");
    expect(changes).toEqual([["remote", "a kit"]]);
    expect(heard.filter(([, id]) => id === kit.id)).toHaveLength(1);
    const made = world.server.root.children[0] as Kit;
    expect([made.id, made.key, made.size.value, made.parent]).toEqual([kit.id, "my kit", 8, served.parent]);
    expectEqual(ann, bob);
  });

  it("[CM-13] can be written, added to and moved before the server has heard of it", async () => {
    const { clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const outcome = ann.transact(() => {
      const note = notes[0].add<Note>("Note");
      note.text.set("new");
      note.list.push("item");
    });
    const note = notes[0].children[0] as MirroredNote;
    const below = note.add<Note>("Note");
    below.number.add(2);
    below.moveTo(notes[0], { index: 0 });
    below.ref.set(note);
    note.text.insert(3, "er");
    expect(notes[0].children).toEqual([below, note]);
    await world.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(notes[0].children).toEqual([below, note]);
    expect([note.text.value, below.number.value, below.ref.value]).toEqual(["newer", 2, note]);
    expectEqual(ann, bob);
  });

  it("[CM-13] keeps what is typed into it in its place while it is confirmed", async () => {
    const { clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    let note!: MirroredNote;
    ann.transact(() => {
      note = notes[0].add<Note>("Note");
      note.text.set("new");
      note.integer.add(1);
    });
    await world.step();
    note.text.insert(3, "er");
    note.integer.add(1);
    const heard = listen(ann, note);
    const seen = new Set<string>();
    do seen.add(`${note.text.value} ${note.integer.value}`);
    while (await world.step());
    expect([...seen]).toEqual(["newer 2"]);
    expect(heard).toEqual([["derived", "remote", "built"]]);
    expectEqual(ann, bob);
  });

  it("[CM-13] that is refused goes again, what needs it is refused with `depends`, and nothing else", async () => {
    const { clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    const theirs = listen(bob);
    let kept!: MirroredNote;
    let made!: MirroredNote;
    ann.transact(() => {
      made = notes[0].add<Note>("Note");
      notes[0].level.set(101);
    });
    const inBatch = ann.transact(() => made.text.set("x"));
    ann.transact(() => {
      kept = notes[0].add<Note>("Note");
    });
    await world.step();
    const later = made.add<Note>("Note");
    const waiting = [ann.transact(() => later.text.set("y")), ann.transact(() => kept.moveTo(made))];
    expect(notes[0].children).toEqual([made]);
    await world.settle();
    expect([made.isDestroyed, later.isDestroyed, notes[0].children]).toEqual([true, true, [kept]]);
    for (const each of [inBatch, ...waiting]) expect(await each).toMatchObject({ ok: false, code: "depends" });
    expect(rejections.map(({ code }) => code)).toEqual(["rejected", "depends", "depends", "depends", "depends"]);
    expect(theirs.map(([name, id]) => [name, id])).toEqual([["add", kept.id]]);
    expect(() => made.text.set("z")).toThrow(expect.objectContaining({ code: "destroyed" }));
    expectEqual(ann, bob);
  });

  it("[CM-21] that is refused is silent, and so is what the server changes and destroys at once", async () => {
    const { clients, notes, served } = await setUp(2);
    const [ann, bob] = clients;
    let made!: MirroredNote;
    ann.transact(() => {
      made = notes[0].add<Note>("Note");
      made.text.set("x");
      notes[0].level.set(101);
    });
    const heard = listen(ann, made, notes[0]);
    await world.settle();
    expect(heard).toEqual([
      ["remove", made.id, "rollback"],
      ["level", "rollback", 0],
    ]);
    heard.length = 0;
    transact(() => {
      served.text.set("last words");
      served.destroy();
    });
    await world.settle();
    expect(heard).toEqual([["remove", served.id, "remote"]]);
    expectEqual(ann, bob);
  });

  it("[CM-13] is refused at once where the server's class lets no client make it", async () => {
    const { clients, notes } = await setUp(1);
    const forbidden = expect.objectContaining({ code: "forbidden" });
    expect(() => notes[0].add("Kit")).toThrow(forbidden);
    expect(() => clients[0].root.destroy()).toThrow(expect.objectContaining({ code: "root" }));
    expect(clients[0].isSynced).toBe(true);
  });

  it("[CM-13] under a key that the server has given meanwhile is refused, and the server's object is there", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    const mine = notes[0].add("Note", undefined, { key: "k" });
    const theirs = served.add(Note, undefined, { key: "k" });
    await world.settle();
    expect([mine.isDestroyed, ann.tree.get("k")?.id]).toEqual([true, theirs.id]);
    expect(rejections).toMatchObject([{ code: "duplicate_key" }]);
    expectEqual(ann, bob);
  });

  it("[OM-10] has an id that nobody else gives: ten clients, each with a hundred", async () => {
    const { clients, served } = await setUp(10);
    for (const client of clients) world.line(client).toServer.isStalled = true;
    for (const client of clients) {
      for (let count = 0; count < 100; count++) noteOf(client, served).add("Note");
    }
    for (let count = 0; count < 5; count++) served.add(Note);
    for (const client of clients) world.line(client).toServer.isStalled = false;
    await world.settle();
    const ids = served.children.map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([1005, 1005]);
    for (const client of clients) expect(noteOf(client, served).children.map(({ id }) => id)).toEqual(ids);
  });

  it("[OM-10] has an id even where no server answers for long; with none left `add` throws `no_ids`, until there are more", async () => {
    const { clients, notes } = await setUp(1, { limits: { idsPerClient: 4 } });
    const add = () => notes[0].add("Note");
    for (let count = 0; count < 4; count++) add();
    expect(add).toThrow(expect.objectContaining({ code: "no_ids" }));
    expect(notes[0].children).toHaveLength(4);
    await world.settle();
    for (let count = 0; count < 3; count++) add();
    await world.settle();
    expect(notes[0].children).toHaveLength(7);
    expectEqual(...clients);
  });
});

describe("an object that a client destroys", () => {
  it("[CM-14] is gone at once, with all below it, and is gone for all when the server has heard", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    served.add(Note);
    await world.settle();
    const heard = listen(ann);
    const [below] = notes[0].children;
    notes[0].destroy();
    expect([notes[0].isDestroyed, below?.isDestroyed, ann.root.children, ann.tree.get(served.id)]).toEqual([
      true,
      true,
      [],
      undefined,
    ]);
    expect([served.isDestroyed, notes[1].isDestroyed]).toEqual([false, false]);
    await world.settle();
    expect([served.isDestroyed, notes[1].isDestroyed]).toEqual([true, true]);
    expect(heard).toEqual([["remove", notes[0].id, "local"]]);
    expectEqual(ann, bob);
  });

  it("[CM-14] comes back when that is refused: the same one, with its values, its place, all below it and all listeners", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note] = notes;
    const other = world.server.root.add(Note);
    const last = world.server.root.add(Note);
    served.add(Note).text.set("below");
    served.text.set("a text");
    served.list.set(["a"]);
    await world.settle();
    const below = note.children[0] as MirroredNote;
    const { text, list } = note;
    const heard = listen(ann, note);
    const refused = ann.transact(() => {
      note.destroy();
      noteOf(ann, other).level.set(101);
    });
    expect(ann.root.children.map(({ id }) => id)).toEqual([other.id, last.id]);
    await world.settle();
    expect(await refused).toMatchObject({ code: "rejected" });
    expect(ann.root.children.map(({ id }) => id)).toEqual([served.id, other.id, last.id]);
    expect([ann.tree.get(served.id), note.isDestroyed, note.text, note.list, note.children]).toEqual([
      note,
      false,
      text,
      list,
      [below],
    ]);
    expect([text.value, list.value, below.text.value, below.isDestroyed]).toEqual(["a text", ["a"], "below", false]);
    expect(heard).toEqual([
      ["remove", note.id, "local"],
      ["add", note.id, "rollback"],
      ["add", below.id, "rollback"],
    ]);
    heard.length = 0;
    served.text.set("another");
    await world.settle();
    expect(heard).toEqual([["text", "remote", "another"]]);
    expectEqual(ann, bob);
  });

  it("[CM-14] comes back with what others did to it and below it meanwhile", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [note, theirs] = notes;
    const gone = served.add(Note);
    const other = world.server.root.add(Note);
    await world.settle();
    const heard = listen(ann, note);
    world.line(ann).toServer.isStalled = true;
    ann.transact(() => {
      note.destroy();
      noteOf(ann, other).level.set(101);
    });
    theirs.text.set("theirs");
    theirs.list.push("x");
    const added = theirs.add("Note");
    noteOf(bob, gone).destroy();
    theirs.moveTo(bob.root, { index: 1 });
    await world.settle();
    // Nothing of this shows: for this client the object has gone.
    expect([note.isDestroyed, ann.root.children.map(({ id }) => id)]).toEqual([true, [other.id]]);
    world.line(ann).toServer.isStalled = false;
    await world.settle();
    expect([note.isDestroyed, note.text.value, note.list.value]).toEqual([false, "theirs", ["x"]]);
    expect([note.children.map(({ id }) => id), ann.root.children[1]]).toEqual([[added.id], note]);
    expect(heard.filter(([name, id]) => name === "add" && id === note.id)).toHaveLength(1);
    // Whoever follows its attributes has missed nothing.
    expect(heard.filter(([name]) => name === "text" || name === "list")).toEqual([
      ["text", "remote", "theirs"],
      ["list", "remote", undefined],
    ]);
    expectEqual(ann, bob);
  });

  it("[CM-14] that another destroys at the same time is gone once, and only the later one is told that it was not there", async () => {
    const { clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const [heard, theirs] = [listen(ann), listen(bob)];
    const rejections = [rejectionsOf(ann), rejectionsOf(bob)];
    notes[0].destroy();
    notes[1].destroy();
    await world.settle();
    expect([heard, theirs]).toEqual([[["remove", notes[0].id, "local"]], [["remove", notes[0].id, "local"]]]);
    expect(rejections.map((each) => each.map(({ code }) => code))).toEqual([[], ["not_found"]]);
    expectEqual(ann, bob);
  });

  it("[CM-14] takes what others write to it with it: they are refused", async () => {
    const { clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(bob);
    notes[0].destroy();
    notes[1].text.set("too late");
    notes[1].add("Note");
    await world.settle();
    expect(rejections.map(({ code }) => code)).toEqual(["not_found", "not_found"]);
    expectEqual(ann, bob);
  });

  it("[CM-14] that it has just made is made and destroyed at the server, too", async () => {
    const { clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const theirs = listen(bob);
    notes[0].add("Note").destroy();
    const other = notes[0].add<Note>("Note");
    await world.step();
    other.destroy();
    await world.settle();
    expect(theirs.map(([name]) => name)).toEqual(["add", "remove"]);
    expect(ann.tree.size).toBe(2);
    expectEqual(ann, bob);
  });
});

describe("an object that a client moves", () => {
  /** Notes below the root, by name, as each client sees them. */
  async function setUpNotes(names: string, options?: TestWorldOptions<Root>) {
    const { clients, served } = await setUp(2, options);
    served.destroy();
    const made = Array.from(names, () => world.server.root.add(Note));
    await world.settle();
    const [ann, bob] = clients;
    const seenBy = (client: Client<Root>): Record<string, MirroredNote> => {
      return Object.fromEntries(made.map((each, index) => [names[index], noteOf(client, each)]));
    };
    /** The tree of names below an object. */
    const draw = (object: SObject | Mirrored): string =>
      (object.children as readonly SObject[])
        .map((child) => {
          const name = names[made.findIndex(({ id }) => id === child.id)] ?? "+";
          return child.children.length > 0 ? `${name}(${draw(child)})` : name;
        })
        .join("");
    return { ann, bob, anns: seenBy(ann), bobs: seenBy(bob), draw, drawn: () => [draw(ann.root), draw(bob.root)] };
  }

  it("[OM-22] is in its place at once, and for all when the server has heard, with one event", async () => {
    const { ann, bob, anns, drawn } = await setUpNotes("abc");
    const [heard, theirs] = [listen(ann), listen(bob)];
    const { a, b, c } = anns as Record<"a" | "b" | "c", MirroredNote>;
    a.moveTo(c);
    b.moveTo(c, { index: 0 });
    expect([...drawn(), a.parent, c.children]).toEqual(["c(ba)", "abc", c, [b, a]]);
    await world.settle();
    expect(drawn()).toEqual(["c(ba)", "c(ba)"]);
    expect(heard).toEqual([
      ["move", a.id, "local"],
      ["move", b.id, "local"],
    ]);
    expect(theirs).toEqual([
      ["move", a.id, "remote"],
      ["move", b.id, "remote"],
    ]);
    expectEqual(ann, bob);
  });

  it("[OM-22] is back where it was when that is refused, and refused at once where no client may move it", async () => {
    const { ann, bob, anns, drawn } = await setUpNotes("abc");
    const { a, b, c } = anns as Record<"a" | "b" | "c", MirroredNote>;
    const heard = listen(ann);
    ann.transact(() => {
      a.moveTo(b);
      c.level.set(101);
    });
    expect(drawn()[0]).toBe("b(a)c");
    await world.settle();
    expect(drawn()).toEqual(["abc", "abc"]);
    expect(heard).toEqual([
      ["move", a.id, "local"],
      ["move", a.id, "rollback"],
    ]);
    const kit = ann.root.add<Kit>("Kit");
    expect(() => kit.moveTo(ann.root, { index: 0 })).toThrow(expect.objectContaining({ code: "forbidden" }));
    expect(() => a.moveTo(a)).toThrow(expect.objectContaining({ code: "cycle" }));
    await world.settle();
    expectEqual(ann, bob);
  });

  it("[OM-22] below another, which is moved below it at the same time, makes no cycle: the later is refused with `cycle`", async () => {
    const { ann, bob, anns, bobs, drawn } = await setUpNotes("ab");
    const rejections = [rejectionsOf(ann), rejectionsOf(bob)];
    (anns.a as MirroredNote).moveTo(anns.b as MirroredNote);
    (bobs.b as MirroredNote).moveTo(bobs.a as MirroredNote);
    expect(drawn()).toEqual(["b(a)", "a(b)"]);
    const order: string[][] = [];
    while (await world.step()) order.push(drawn());
    expect(drawn()).toEqual(["b(a)", "b(a)"]);
    expect(order.flat().filter((drawing) => drawing.length !== 4)).toEqual([]);
    expect(rejections.map((each) => each.map(({ code }) => code))).toEqual([[], ["cycle"]]);
    expectEqual(ann, bob);
  });

  it("[OM-22] in a ring of three makes no cycle either, whoever is first", async () => {
    const { ann, bob, anns, bobs, drawn } = await setUpNotes("abc");
    (anns.a as MirroredNote).moveTo(anns.b as MirroredNote);
    (bobs.b as MirroredNote).moveTo(bobs.c as MirroredNote);
    (anns.c as MirroredNote).moveTo(anns.a as MirroredNote);
    await world.settle();
    expect([ann.tree.size, bob.tree.size]).toEqual([4, 4]);
    expect(new Set(drawn()).size).toBe(1);
    expectEqual(ann, bob);
  });

  it("[OM-22] to a place that another takes at the same time comes beside it: both have an order that all share", async () => {
    const { ann, bob, anns, bobs, drawn } = await setUpNotes("abcd");
    (anns.c as MirroredNote).moveTo(ann.root, { index: 1 });
    (bobs.d as MirroredNote).moveTo(bob.root, { index: 1 });
    const made = ann.root.add("Note", undefined, { index: 1 });
    const other = bob.root.add("Note", undefined, { index: 1 });
    await world.settle();
    const [drawing] = drawn();
    expect(drawn()).toEqual([drawing, drawing]);
    expect([drawing?.[0], drawing?.at(-1), drawing?.length]).toEqual(["a", "b", ann.root.children.length]);
    expect(ann.root.children.map(({ id }) => id)).toEqual(expect.arrayContaining([made.id, other.id]));
    expectEqual(ann, bob);
  });

  it("[OM-22] again and again into one gap, by two, stays in an order that all share", async () => {
    const { ann, bob, drawn } = await setUpNotes("abcdef");
    for (let round = 0; round < 40; round++) {
      for (const client of [ann, bob]) client.root.children.at(-1)?.moveTo(client.root, { index: 1 });
      if (round % 3 === 0) await world.settle();
    }
    await world.settle();
    expect(new Set(drawn()).size).toBe(1);
    expectEqual(ann, bob);
  });

  it("[OM-22] below what another destroys goes with that, and whoever moved it is told", async () => {
    const { ann, bob, anns, bobs, drawn } = await setUpNotes("abc");
    const rejections = rejectionsOf(ann);
    (bobs.b as MirroredNote).destroy();
    await world.settle();
    (bobs.c as MirroredNote).destroy();
    (anns.a as MirroredNote).moveTo(anns.c as MirroredNote);
    await world.settle();
    expect(drawn().map((drawing) => drawing.length)).toEqual([1, 1]);
    expect(rejections.map(({ code }) => code)).toEqual(["not_found"]);
    expect((anns.a as MirroredNote).isDestroyed).toBe(false);
    expectEqual(ann, bob);
  });
});

/** Follows a mirror by what its listeners are told, and by nothing else. */
class Follower {
  readonly #client: Client<Root>;
  readonly #parents = new Map<SObject, SObject | null>();
  readonly #values = new Map<SObject, { text: string; list: readonly string[]; integer: number }>();

  constructor(client: Client<Root>) {
    this.#client = client;
    const tree = client.tree as unknown as MirrorTree;
    tree.on("add", ({ object, parent }) => {
      expect([this.#parents.has(object), object === parent]).toEqual([false, false]);
      this.#enter(object, parent);
    });
    tree.on("move", ({ object, from, to }) => {
      expect(this.#parents.get(object)).toBe(from);
      this.#parents.set(object, to);
    });
    tree.on("remove", ({ object, parent }) => {
      expect(this.#parents.get(object)).toBe(parent);
      this.#leave(object);
    });
    for (const object of tree.objects()) this.#enter(object, object.parent);
  }

  check(): void {
    const tree = this.#client.tree as unknown as MirrorTree;
    expect(tree.isConsistent()).toBe(true);
    expect(this.#parents.size).toBe(tree.size);
    for (const object of tree.objects()) {
      expect(this.#parents.get(object)).toBe(object.parent);
      const values = this.#values.get(object);
      const { text, list, integer } = object as Note;
      if (values) expect(values).toEqual({ text: text.value, list: list.value, integer: integer.value });
    }
  }

  #enter(object: SObject, parent: SObject | null): void {
    this.#parents.set(object, parent);
    if (object.type !== "Note" || this.#values.has(object)) return;
    const { text, list, integer } = object as Note;
    const values = { text: text.value, list: list.value, integer: integer.value };
    this.#values.set(object, values);
    text.on("change", ({ position, deleted, inserted, old }) => {
      expect([values.text, old.slice(position, position + deleted.length)]).toEqual([old, deleted]);
      values.text = old.slice(0, position) + inserted + old.slice(position + deleted.length);
    });
    list.on("insert", ({ index, item }) => {
      values.list = values.list.toSpliced(index, 0, item);
    });
    list.on("remove", ({ index }) => {
      values.list = values.list.toSpliced(index, 1);
    });
    integer.on("change", ({ old, value }) => {
      expect(values.integer).toBe(old);
      values.integer = value;
    });
  }

  #leave(object: SObject): void {
    this.#parents.delete(object);
    for (const [child, parent] of this.#parents) if (parent === object) this.#leave(child);
  }
}

describe("[OC-05] whatever clients and server write at once", () => {
  const counts = new Map<string, number>();

  /** One thing that somebody does, at random. May be impossible: then it throws. */
  function act(root: SObject, pick: (count: number) => number): void {
    const notes = root.search({ accept: ({ type }) => type === "Note" }) as Note[];
    const [note, other] = [notes[pick(notes.length)], notes[pick(notes.length)]];
    if (!note || !other) return void root.add("Note");
    const acts: (() => unknown)[] = [
      () => note.text.insert(pick(note.text.length + 1), ["a", "bc", "\u{1f600}"][pick(3)] as string),
      () => note.text.delete(pick(note.text.length + 1), pick(3)),
      () => note.text.set(`${pick(9)}${note.text.value.slice(0, 5)}`),
      () => note.list.insert(pick(note.list.value.length + 1), `${pick(9)}`),
      () => note.list.move(0, pick(note.list.value.length)),
      () => note.list.splice(0, pick(note.list.value.length + 1)),
      () => note.integer.add(pick(5) - 2),
      () => note.dict.put(`${pick(3)}`, `${pick(9)}`),
      () => note.set.delete(`${pick(3)}`),
      () => note.set.add(`${pick(3)}`),
      () => note.name.set(` ${pick(9)} `),
      () => note.level.set(pick(130)),
      () => note.float.add(0.1),
      () =>
        notes.length < 25 ? other.add("Note", undefined, { index: pick(other.children.length + 1) }) : note.destroy(),
      () => root.add(pick(3) === 0 ? "Kit" : "Note", undefined, pick(2) === 0 ? {} : { key: `key ${pick(3)}` }),
      () => note.destroy(),
      () => note.moveTo(other),
      () => note.moveTo(root, { index: pick(3) }),
      () => note.ref.set(other),
    ];
    acts[pick(acts.length)]?.();
  }

  /** Now and then a line is cut or slow, or time passes. */
  async function disturb(line: Line, pick: (count: number) => number): Promise<void> {
    const what = pick(100);
    if (what < 3) line.toClient.isStalled = !line.toClient.isStalled;
    else if (what < 5 && line.isCut) line.mend();
    else if (what === 5) line.cut();
    else if (what < 15) await world.advance(300);
  }

  it.each(Array.from({ length: 25 }, (_, index) => index + 1))(
    "shows as it should at every moment, and is the same for all at the end (seed %i)",
    async (seed) => {
      const { clients } = await setUp(2, { seed, limits: { maxBufferedBytes: seed % 2 ? 400 : 1e6 } });
      const [ann, bob] = clients;
      const pick = (count: number): number => Math.floor(world.random() * count);
      const followers = clients.map((client) => new Follower(client));
      for (const client of clients) {
        client.on("reject", ({ code }) => counts.set(code, (counts.get(code) ?? 0) + 1));
      }
      const attempt = (fn: () => unknown): void => {
        try {
          fn();
        } catch (error) {
          if (!(error instanceof ObjectSyncError)) throw error;
        }
      };
      for (let step = 0; step < 120; step++) {
        const who = pick(5);
        const client = who === 0 ? undefined : clients[who % 2];
        const root = client ? (client.root as unknown as SObject) : world.server.root;
        const several = (): void => {
          for (let count = pick(3); count >= 0; count--) attempt(() => act(root, pick));
          if (pick(8) === 0) throw new ObjectSyncError("rejected");
        };
        if (!client) attempt(() => transact(several));
        else if (pick(3) === 0) attempt(() => client.transact(several, { optimistic: pick(5) > 0 }));
        else attempt(() => act(root, pick));
        for (let count = pick(5); count > 0; count--) {
          for (const follower of followers) follower.check();
          await disturb(world.line(clients[pick(2)] as Client<Root>), pick);
          await world.step();
        }
      }
      for (const client of clients) {
        world.line(client).mend();
        world.line(client).toClient.isStalled = false;
      }
      await world.advance(30_000);
      for (const follower of followers) follower.check();
      expectEqual(ann, bob, await world.connect());
    },
  );

  it("and enough has happened", () => {
    const codes = ["rejected", "not_found", "depends", "duplicate_key", "unconfirmed"];
    expect([...counts.keys()]).toEqual(expect.arrayContaining(codes));
  });
});

describe("a client that cannot reach its server", () => {
  it("[OC-01] goes on showing what it writes, and all of it is carried out when the connection is back", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    served.text.set("Hello");
    await world.settle();
    world.line(ann).cut();
    await world.settle();
    notes[0].text.insert(5, "!");
    notes[0].list.push("offline");
    notes[1].text.insert(0, "Oh. ");
    expect([ann.state.name, notes[0].text.value]).toEqual(["offline", "Hello!"]);
    world.line(ann).mend();
    await world.advance(20_000);
    expect([ann.state.name, served.text.value, served.list.value]).toEqual(["connected", "Oh. Hello!", ["offline"]]);
    expectEqual(ann, bob);
  });

  it("[OM-10] makes objects meanwhile, and they are the same ones for all when it is back", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    world.line(ann).cut();
    await world.settle();
    const made = notes[0].add<Note>("Note");
    made.text.set("made offline");
    const theirs = notes[1].add<Note>("Note");
    await world.settle();
    world.line(ann).mend();
    await world.advance(20_000);
    const after = notes[0].add<Note>("Note");
    await world.settle();
    expect(rejections).toEqual([]);
    expect(new Set(served.children.map(({ id }) => id))).toEqual(new Set([made.id, theirs.id, after.id]));
    expect((served.children.find(({ id }) => id === made.id) as Note).text.value).toBe("made offline");
    expectEqual(ann, bob);
  });

  it("[OM-10] for longer than its ids are kept has what it made refused, and others' objects are their own", async () => {
    const { served, clients, notes } = await setUp(2);
    const [ann, bob] = clients;
    const rejections = rejectionsOf(ann);
    world.line(ann).cut();
    await world.settle();
    const made = notes[0].add<Note>("Note", undefined, { key: "made offline" });
    made.text.set("made offline");
    await world.advance(660_000);
    // Whoever goes has the ids of those who went long ago given to others.
    (await world.connect()).close();
    await world.settle();
    const carl = await world.connect();
    const theirs = noteOf(carl, served).add<Note>("Note");
    await world.settle();
    expect(theirs.id).toBe(made.id);
    world.line(ann).mend();
    await world.advance(20_000);
    expect(made.isDestroyed).toBe(true);
    expect(rejections.map(({ code }) => code)).toEqual(["no_ids", "depends"]);
    expect([notes[0].children.map(({ id }) => id), noteOf(ann, theirs).text.value]).toEqual([[theirs.id], ""]);
    expectEqual(ann, bob, carl);
  });

  it("[CM-13] for long is sent a state with what it has made in it: it is there once, and the same", async () => {
    const { served, clients, notes } = await setUp(2, { limits: { maxBufferedBytes: 300 } });
    const [ann, bob] = clients;
    const heard = listen(ann);
    world.line(ann).toClient.isStalled = true;
    served.text.set("x".repeat(1000));
    await world.settle();
    const made = notes[0].add<Note>("Note");
    made.number.add(3);
    made.text.set("mine");
    notes[0].text.insert(0, "typed ");
    notes[0].integer.add(1);
    await world.settle();
    expect([served.children.length, served.integer.value]).toEqual([1, 1]);
    world.line(ann).toClient.isStalled = false;
    await world.advance(5000);
    expect(notes[0].children).toEqual([made]);
    expect([made.number.value, made.text.value, made.isDestroyed, made.derived.value]).toEqual([
      3,
      "mine",
      false,
      "built",
    ]);
    expect(heard.filter(([name]) => name === "add")).toEqual([["add", made.id, "local"]]);
    expectEqual(ann, bob);
  });
});
