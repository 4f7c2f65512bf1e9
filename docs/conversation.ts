// The conversation of protocol.md: a real server, its first client, and what both say. The golden vectors are what comes of
// it, in order.

import { z } from "zod";
import { decode, encode, type Wire } from "../core/codec.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { BooleanTopic, NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import { MessageCode } from "../core/wire.ts";
import { Server } from "../server/server.ts";
import { BROKEN } from "../testing/link.ts";
import { TestClock } from "../testing/test-clock.ts";

/** What stands in the document for names that are others in each run. */
export const EPOCH = "4b1d9e6e-7c5a-4f0e-9a55-0c3f6f0d2a11";
const KEY = "f3c07a52-6d0e-4a6b-8e1c-5b2f9d3a7e40";

/** After so long the server has looked whether a slow client has read what waits. */
const LOOK_MS = 50;

const OPEN = { write: "everyone" } as const;
const CONFIRMED = { write: "everyone", optimistic: false } as const;

/** The types that the document's examples are about. */
export class Note extends SObject {
  static override readonly frontendType: string | null = "note";
  readonly text = new StringTopic("", OPEN);
  readonly size = new NumberTopic(16, OPEN);
  readonly done = new BooleanTopic(false, CONFIRMED);
  readonly tags = new ListTopic<string>();
  readonly style = new DictTopic<string>();

  override init(): void {
    this.done.rule("change", ({ value }) => this.style.put("color", value ? "gray" : "black"));
  }
}

export class Label extends SObject {
  static override readonly access = { remove: "everyone", move: "everyone" } as const;
  static override readonly args = z.object({ text: z.string() });
  readonly text = new StringTopic();

  override build({ text }: z.infer<typeof Label.args>): void {
    this.text.set(text);
  }
}

export class Group extends SObject {
  static override readonly access = { add: ["Label"], remove: "everyone" } as const;
}

export class Folder extends SObject {
  static override readonly lazy = true;
  readonly progress = new NumberTopic(0, { latest: true });
}

/** One message. */
export interface Said {
  readonly direction: "to-client" | "to-server";
  readonly message: Wire;
}

/** What a real server says when it is told what the document's clients say. */
export class Conversation {
  readonly said: Said[] = [];
  readonly #clock = new TestClock();
  readonly server = new Server({
    models: [Note, Label, Group, Folder],
    limits: { idsPerClient: 4, maxBufferedBytes: 1 },
    clock: this.#clock,
    defer: () => {},
  });
  readonly #first: Note;
  readonly #second: Note;
  /** Of the server's tree, and of the ids of the client that was welcomed last. */
  #epoch = "";
  #key = "";
  /** Of what the client was sent, so much it has not read. */
  #unread = 0;

  constructor() {
    const { root } = this.server;
    this.#first = root.add(Note, undefined, { key: "first" });
    transact(() => {
      this.#first.text.set("Hi");
      this.#first.style.put("color", "red");
    });
    this.#second = root.add(Note);
    this.#second.size.set(0.1);
  }

  /** Holds all of it. */
  hold(): readonly Said[] {
    const { root } = this.server;
    const { say, hangUp } = this.#connect();
    say([MessageCode.hello]);
    this.#transact(() => this.#second.size.set(20));
    this.#joinLate();
    this.#transact(() => {
      this.#first.tags.push("a", "b", "c");
      this.#first.tags.move(0, 2);
      this.#first.tags.put(0, "x");
    });
    this.#transact(() => {
      this.#first.style.put("color", "blue");
      this.#first.style.delete("color");
      this.#first.style.set({ margin: "1px" });
    });
    let group: SObject = root;
    this.#transact(() => {
      group = root.add(Group, undefined, { index: 0 });
    });
    this.#transact(() => this.#second.moveTo(group));
    transact(() => {
      this.#second.size.add(1);
      this.#first.text.set("Hi!");
    });
    this.#second.done.set(true);
    this.server.flush();
    this.#transact(() => this.#first.text.insert(0, "- "));
    say([MessageCode.batch, 1, [1, 11], [-5, 9, 3, 0, "?"]]);
    say([MessageCode.batch, 2, [1, 13], [-7, 24, false], [-7, 16, 21], [-7, 32, ["a"]]]);
    this.#edit(say, group.id);
    this.#transact(() => this.#first.destroy());
    this.#transact(() => group.addAttribute("color", new StringTopic("red", OPEN)));
    this.#transact(() => group.addTag("urgent"));
    this.#transact(() => group.removeAttribute("color"));
    this.#openBranches(group, say);
    hangUp();
    this.#connect().say([MessageCode.hello, EPOCH, [this.#folder.id], KEY]);
    return this.said;
  }

  /** Edits of the tree's shape. The client has the ids 4 to 7. */
  #edit(say: (message: Wire) => void, group: number): void {
    const make = (id: number, parent: number, orderKey: number, text: string): Wire[] => [
      ...[-1 - 2 * id, 6, "Label", parent, orderKey, null],
      [{ text }],
    ];
    say([MessageCode.batch, 5, [1, 14], make(4, group, 1, "A"), make(5, 2, 0, "B"), [-11, 1]]);
    const second = [make(6, group, 1, "C"), [-13, 2, group, -1], [-9, 1]];
    this.#unread = 2;
    say([MessageCode.batch, 8, [1, 15], ...second]);
    // It has fallen behind with the frame that answers that.
    say([MessageCode.batch, 11, [1, 18], [-7, 17, 1], [-7, 32, ["a"]]]);
    this.#unread = 0;
    this.#clock.advance(LOOK_MS);
    this.server.flush();
  }

  get #folder(): Folder {
    return this.server.root.find(Folder);
  }

  #openBranches(group: SObject, say: (message: Wire) => void): void {
    const { root } = this.server;
    let [folder, inner] = [group as Folder, group];
    this.#transact(() => {
      folder = root.add(Folder);
      folder.add(Note).text.set("inside");
      inner = folder.add(Folder);
    });
    say([MessageCode.open, folder.id]);
    say([MessageCode.open, inner.id]);
    say([MessageCode.close, inner.id]);
    const saved = this.server.tree().save(inner);
    inner.destroy();
    say([MessageCode.open, inner.id]);
    this.#transact(() => {
      this.#second.size.set(5);
      this.#second.moveTo(folder, { index: 0 });
    });
    this.#transact(() => folder.progress.set(0.5));
    this.#transact(() => void this.server.tree().restore(saved, folder));
  }

  /** Connects; returns what says something as this client, and what ends the connection. */
  #connect(): { readonly say: (message: Wire) => void; readonly hangUp: () => void } {
    const unread = (): number => this.#unread;
    const events = this.server.accept({
      send: this.#hear,
      close: () => {},
      get bufferedBytes() {
        return unread();
      },
    });
    const say = (message: Wire): void => {
      this.said.push({ direction: "to-server", message });
      const isReturn = Array.isArray(message) && message[0] === MessageCode.hello && message.length > 1;
      events.message(encode(isReturn ? message.with(1, this.#epoch).with(3, this.#key) : message));
      this.server.flush();
    };
    return { say, hangUp: () => events.close(BROKEN, "") };
  }

  readonly #hear = (bytes: Uint8Array): void => {
    const message = decode(bytes) as readonly Wire[];
    const isWelcome = message[0] === MessageCode.welcome;
    if (isWelcome) [this.#epoch, this.#key] = [message[2] as string, message[8] as string];
    this.said.push({ direction: "to-client", message: isWelcome ? message.with(2, EPOCH).with(8, KEY) : message });
  };

  /** Somebody else comes, and goes again. */
  #joinLate(): void {
    const heard: Uint8Array[] = [];
    const channel = { send: (bytes: Uint8Array) => void heard.push(bytes), close: () => {}, bufferedBytes: 0 };
    const events = this.server.accept(channel);
    events.message(encode([MessageCode.hello]));
    events.close(1000, "");
    this.said.push({ direction: "to-client", message: decode(heard[1] as Uint8Array) });
  }

  #transact(fn: () => void): void {
    transact(fn);
    this.server.flush();
  }
}
