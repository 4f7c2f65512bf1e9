// A desk with notes, boards and drawers, which clients edit and undo: the tree of the tests of undo by clients.

import { afterEach } from "vitest";
import type { Client } from "../client/client.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { EventTopic } from "../core/event-topic.ts";
import type { UndoResult } from "../core/index.ts";
import { ListTopic } from "../core/list-topic.ts";
import { type InitContext, SObject } from "../core/object.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { BooleanTopic, NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { currentClient } from "../core/transaction.ts";
import { type TestClientOptions, TestWorld, type TestWorldOptions } from "../testing/index.ts";
import { expectToSee, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

/** Open to clients, save for `owner`. */
export class Note extends SObject {
  static override readonly access = { add: ["Note", "Fixed"], remove: "everyone", move: "everyone" } as const;
  readonly text = new StringTopic("", OPEN);
  readonly list = new ListTopic<string>([], OPEN);
  readonly dict = new DictTopic<number>({}, OPEN);
  readonly set = new SetTopic<string>([], OPEN);
  readonly number = new NumberTopic(0, OPEN);
  readonly flag = new BooleanTopic(false, OPEN);
  readonly ref = new RefTopic(null, OPEN);
  readonly press = new EventTopic(OPEN);
  readonly owner = new NumberTopic();
  readonly presses = new NumberTopic();
  readonly hidden = new StringTopic("", { write: "everyone", history: false });
  static builds = 0;
  readonly starts: boolean[] = [];
  rules = 0;

  override build(): void {
    Note.builds++;
  }

  override init({ isNew }: InitContext): void {
    this.starts.push(isNew);
    this.flag.rule("change", () => {
      this.rules++;
      this.owner.set(currentClient());
    });
    this.press.rule("emit", () => this.presses.add(1));
  }
}

/** Can be added by clients and not be taken away. */
export class Fixed extends SObject {
  static override readonly access = { move: "everyone" } as const;
  readonly text = new StringTopic("", OPEN);
}

/** Whoever sees it may undo what was done to it. */
export class Board extends SObject {
  static override readonly access = { add: ["Note"], undo: "everyone" } as const;
  readonly title = new StringTopic();
}

/** What is below it is seen by who has it open. */
export class Drawer extends SObject {
  static override readonly lazy = true;
  static override readonly access = { add: ["Note"], remove: "everyone", undo: "everyone" } as const;
}

export class Desk extends SObject {
  static override readonly access = { add: ["Note", "Fixed", "Drawer"] } as const;
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server with a desk, and those who work at it. Ends with the test. */
export class Room extends TestWorld<Desk> {
  readonly errors: unknown[] = [];

  constructor(options: TestWorldOptions<Desk> = {}) {
    const errors: unknown[] = [];
    super({
      root: Desk,
      models: [Note, Fixed, Board, Drawer],
      onError: ({ error }) => void errors.push(error),
      history: { mergeMs: 0 },
      ...options,
    });
    this.errors = errors;
    ends.push(() => this.end());
  }

  get desk(): Desk {
    return this.server.root;
  }

  async join(options?: TestClientOptions): Promise<Client<Desk>> {
    return this.connect<Desk>(options);
  }

  /** What comes of something that is asked, when all have heard. */
  async answer(asked: Promise<UndoResult>): Promise<UndoResult> {
    await this.settle();
    return asked;
  }

  /** Fails unless each client shows what the server has, and somebody who comes now, too. */
  async expectEqual(...clients: readonly Client<Desk>[]): Promise<void> {
    await this.settle();
    for (const client of [...clients, await this.join()]) {
      expectToSee(this.server, client, ({ id }) => client.tree.get(id)?.children.length !== 0);
    }
  }
}

export const FORBIDDEN = { undone: false, reason: "forbidden" };

/** Somebody with a note, and another who sees it. */
export async function two(options: TestWorldOptions<Desk> = {}) {
  const room = new Room(options);
  const note = room.desk.add(Note);
  const [ann, bob] = [await room.join(), await room.join()];
  return { room, note, ann, bob, anns: seen(ann, note), bobs: seen(bob, note), desk: room.desk };
}
