// Notes that clients write, add, move and take away: the tree of the tests of what is shown before the server has answered.

import { afterEach } from "vitest";
import { Client, type ClientOptions } from "../client/client.ts";
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
import { ValueTopic } from "../core/value-topic.ts";
import { MessageCode } from "../core/wire.ts";
import { TestWorld, type TestWorldOptions } from "../testing/index.ts";
import { seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

/** Open to clients in all but `derived`, with rules that refuse, coerce and derive. */
export class Note extends SObject {
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
export class Kit extends SObject {
  static override readonly access = { remove: "everyone", add: ["Note"] } as const;
  size = new NumberTopic(7, OPEN);
  title = new StringTopic("untitled", OPEN);

  override build(): void {
    this.title.set("a kit");
    this.add(Note);
    this.add(Note).text.set("second");
  }
}

export class Root extends SObject {
  static override readonly access = { add: ["Note", "Kit"] } as const;
}

export type MirroredNote = Mirrored<Note>;

const worlds: TestWorld<Root>[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end();
});

type Several<Item, Count extends number> = Count extends 1 ? [Item] : Count extends 2 ? [Item, Item] : Item[];

/** A server with one note, and so many clients, with the note as each of them sees it. Ends with the test. */
export async function setUp<Count extends number>(count: Count, options: TestWorldOptions<Root> = {}) {
  const world = new TestWorld<Root>({ root: Root, models: [Note, Kit], ...options });
  worlds.push(world);
  const served = world.server.root.add(Note);
  const clients: Client<Root>[] = [];
  for (let index = 0; index < count; index++) clients.push(await world.connect());
  return {
    world,
    served,
    clients: clients as Several<Client<Root>, Count>,
    notes: clients.map((client) => seen(client, served)) as Several<MirroredNote, Count>,
  };
}

/** A client whose messages to the server are kept. */
export async function eavesdropped(world: TestWorld<Root>, options: ClientOptions = {}) {
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
export function listen(client: Client<Root>, ...notes: readonly MirroredNote[]): unknown[][] {
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

/** What is rejected of a client from now on. */
export function rejectionsOf(client: Client<Root>): Rejection[] {
  const rejections: Rejection[] = [];
  client.on("reject", (rejection) => rejections.push(rejection));
  return rejections;
}

/** One write of each kind, and what is seen of it. */
export const WRITES: readonly [
  name: string,
  write: (note: MirroredNote) => void,
  look: (note: Note | MirroredNote) => unknown,
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
