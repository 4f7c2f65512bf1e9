// A tree that is open to clients in some ways and closed in others, and somebody in it who says what the test wants.

import { z } from "zod";
import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { MessageCode, parseSection, type Section } from "../core/wire.ts";
import type { TestWorldOptions } from "../testing/test-world.ts";
import type { RawClient } from "./raw-client.ts";
import { type RawOp, rawOps } from "./raw-ops.ts";
import { Sample } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

/** Open in all, with rules that refuse, fail, destroy and derive. */
export class Note extends SObject {
  static override readonly access = { add: ["Note"], remove: "everyone", move: "everyone" } as const;
  readonly text = new StringTopic("", OPEN);
  readonly number = new NumberTopic(0, OPEN);
  readonly items = new ListTopic<string>([], OPEN);

  override init(): void {
    this.number.rule("change", ({ value }) => {
      if (value < 0) throw new ObjectSyncError("rejected", "not below 0");
      if (value > 1000) throw new Error("the password is 1234");
    });
    this.text.rule("change", ({ inserted }) => {
      if (inserted === "(end)") this.destroy();
    });
  }
}

/** Takes arguments, and says what they must be. */
export class Titled extends Note {
  static override readonly args = z.object({ title: z.string().max(8) });

  override build({ title }: z.infer<typeof Titled.args>): void {
    this.text.set(title);
    this.add(Note);
  }
}

/** Takes arguments, and says nothing of them. */
export class Unsaid extends Note {
  override build(_args: { title: string }): void {}
}

/** Cannot be built. */
export class Broken extends Note {
  override build(): void {
    throw new Error("the password is 1234");
  }
}

/** Its schema fails. */
export class Misread extends Note {
  static override readonly args = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (): never => {
        throw new Error("the password is 1234");
      },
    },
  } as const;
}

/** What is below it is a branch. */
export class Folder extends SObject {
  static override readonly lazy = true;
  static override readonly access = { add: ["Note"], remove: "everyone", move: "everyone" } as const;
}

/** Clients can write what it holds, and no more. */
export class Fixed extends SObject {
  readonly text = new StringTopic("", OPEN);
}

/** Clients may add some types, and one that there is not. */
export class Desk extends SObject {
  static override readonly access = {
    add: ["Note", "Titled", "Unsaid", "Broken", "Misread", "Folder", "Missing"],
    remove: "everyone",
    move: "everyone",
  } as const;
  readonly title = new StringTopic("", OPEN);
}

/** The slots of a note. */
export const [TEXT, NUMBER, ITEMS] = [1, 2, 3] as const;

/** A desk with notes `a`, in it `child`, and `b`; with a `fixed` one; and with a `folder`, and in it `hidden`. */
export class DeskSample extends Sample {
  readonly a: Note;
  readonly child: Note;
  readonly b: Note;
  readonly fixed: Fixed;
  readonly folder: Folder;
  readonly hidden: Note;

  constructor(options: TestWorldOptions = {}) {
    super({ root: Desk, models: [Note, Titled, Unsaid, Broken, Misread, Folder, Fixed], ...options });
    const { root } = this.server;
    this.a = root.add(Note, undefined, { key: "a" });
    this.child = this.a.add(Note);
    this.b = root.add(Note);
    this.fixed = root.add(Fixed);
    this.folder = root.add(Folder);
    this.hidden = this.folder.add(Note, undefined, { key: "hidden" });
  }
}

/** Somebody who says what the test wants, after the hello. */
export class Speaker {
  readonly raw: RawClient;
  readonly #sample: Sample;
  #number = 1;

  constructor(sample: Sample, raw: RawClient) {
    this.raw = raw;
    this.#sample = sample;
  }

  static async join(sample: Sample): Promise<Speaker> {
    return new Speaker(sample, await sample.raw());
  }

  /** The messages with this code that have come. */
  heard(code: number): (readonly Wire[])[] {
    return (this.raw.received as (readonly Wire[])[]).filter((message) => message[0] === code);
  }

  /** The first of the ids that it may give, and how many there are. */
  get lease(): readonly [first: number, count: number] {
    const [, , , , , , first, count] = this.heard(MessageCode.welcome).at(-1) as readonly number[];
    return [first as number, count as number];
  }

  /** The version of the root's scope in the first state. */
  get version(): number {
    const [, section] = this.heard(MessageCode.frame)[0] as unknown as [number, Section];
    const state = parseSection(section);
    if (state.type !== "state" || !state.snapshot) throw new Error("the first frame has a state");
    return state.snapshot.version + state.transactions.length;
  }

  /** Sends a batch; returns what the result says of each transaction that is not in the stream. */
  async batch(bases: readonly number[], ...transactions: readonly (readonly RawOp[])[]): Promise<unknown[]> {
    const written = transactions.map((ops) => rawOps(ops));
    const number = this.#number;
    this.#number += written.length;
    this.raw.send([MessageCode.batch, number, bases, ...written]);
    await this.#sample.settle();
    const result = this.heard(MessageCode.result).find((message) => message[1] === number);
    return (result ?? []).slice(2).map((outcome) => (outcome as readonly Wire[]).slice(0, 2));
  }
}
