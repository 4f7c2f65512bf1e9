// The classes of the fuzz: an attribute of each kind, open to clients, and rules and builds that interfere.

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Access } from "../../core/access.ts";
import { BinaryTopic } from "../../core/binary-topic.ts";
import { DictTopic } from "../../core/dict-topic.ts";
import { ObjectSyncError } from "../../core/error.ts";
import { EventTopic } from "../../core/event-topic.ts";
import { ListTopic } from "../../core/list-topic.ts";
import { SObject } from "../../core/object.ts";
import { RefDictTopic } from "../../core/ref-dict-topic.ts";
import { RefListTopic } from "../../core/ref-list-topic.ts";
import { RefSetTopic } from "../../core/ref-set-topic.ts";
import { RefTopic } from "../../core/ref-topic.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "../../core/scalar-topics.ts";
import { SetTopic } from "../../core/set-topic.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Data, Json } from "../../core/value.ts";
import { ValueTopic } from "../../core/value-topic.ts";

const OPEN = { write: "everyone" } as const;
const LATEST = { write: "everyone", latest: true } as const;
const UNSEEN = { write: "everyone", optimistic: false } as const;

/** What a rule that fails throws: it is reported, and meant to be. */
export class Bug extends Error {}

/** What no attribute may be longer than, so that a long run stays a small one. */
const MAX_LENGTH = 40;

/** Of what clients write here nothing is ever changed by a rule: it is confirmed as it was sent. */
export const RULELESS: ReadonlySet<string> = new Set(["plain", "items", "many"]);

/** Has an attribute of each kind. Clients may do with it what they like, as far as its rules let them. */
export class Thing extends SObject {
  static override readonly access: Access = {
    add: ["Thing", "Shelf", "Kit", "Sealed"],
    remove: "everyone",
    move: "everyone",
    undo: "everyone",
  };

  readonly text = new StringTopic("as it begins", OPEN);
  readonly title = new StringTopic("", OPEN);
  readonly number = new NumberTopic(1, OPEN);
  readonly int = new IntTopic(0, OPEN);
  readonly float = new FloatTopic(0.5, OPEN);
  readonly flag = new BooleanTopic(false, OPEN);
  readonly bytes = new BinaryTopic(Uint8Array.of(1, 2), OPEN);
  readonly list = new ListTopic<Json>(["first", 2], OPEN);
  readonly dict = new DictTopic<Json>({ begins: true }, OPEN);
  readonly set = new SetTopic<string | number | boolean>(["begins"], OPEN);
  readonly value = new ValueTopic<Data>({ a: { b: 1 }, c: [2] }, OPEN);
  readonly bell = new EventTopic<number>(OPEN);
  readonly one = new RefTopic(null, OPEN);
  readonly many = new RefListTopic<SObject>([], OPEN);
  readonly some = new RefSetTopic<SObject>([], OPEN);
  readonly named = new RefDictTopic({}, OPEN);
  readonly plain = new StringTopic("plain", OPEN);
  readonly items = new ListTopic<Json>([1, 2, 3], OPEN);
  readonly slow = new StringTopic("slow", UNSEEN);
  readonly steps = new ListTopic<Json>([], UNSEEN);
  readonly progress = new NumberTopic(0, LATEST);
  readonly newest = new ListTopic<Json>([], LATEST);
  readonly closed = new StringTopic("the server's");

  override init(): void {
    const { text, title, number, int, float, flag, bytes, list, dict, bell, closed } = this;
    // Derive into the same text: at the place of what was written, and at the end.
    text.rule("insert", ({ position, text: inserted }) => {
      const index = inserted.indexOf("q");
      if (index >= 0 && text.value.startsWith("q", position + index)) text.splice(position + index, 1, "QU");
    });
    text.rule("insert", ({ text: inserted }) => {
      if (inserted.includes(".") && text.length < MAX_LENGTH) text.insert(text.length, "~");
    });
    text.rule("change", ({ value }) => {
      if (value.length > MAX_LENGTH) text.delete(MAX_LENGTH / 2, value.length - MAX_LENGTH / 2);
    });
    title.rule("change", ({ value }) => {
      if (value.includes("!")) throw new Bug("this rule fails");
      if (value.length > 8) throw new ObjectSyncError("rejected", "a title has at most 8 units");
    });
    number.rule("change", ({ value }) => {
      if (value > 20) throw new ObjectSyncError("rejected", "at most 20");
      if (value === 13) flag.toggle();
    });
    int.rule("change", ({ value }) => {
      if (value % 2 !== 0) int.add(value > 0 ? -1 : 1);
    });
    float.rule("change", ({ value }) => {
      if (Math.abs(value) > 10) float.set(10);
    });
    flag.rule("change", ({ value }) => {
      list.push(value);
      closed.set(`${value}`);
    });
    list.rule("change", () => {
      if (list.length > 8) list.splice(2, list.length - 4);
    });
    bytes.rule("change", () => {
      if (bytes.length > 8) bytes.set(bytes.slice(0, 4));
      if (bytes.at(0) === 9) throw new ObjectSyncError("rejected", "not a 9 in front");
    });
    dict.rule("put", ({ key, item }) => {
      if (key === "child" && this.children.length < 4) this.add(Thing).title.set("derived");
      if (item === "end" && this.parent) this.destroy();
    });
    bell.rule("emit", ({ args }) => {
      if (args % 5 === 0) throw new ObjectSyncError("rejected", "no fives");
      number.add(-1);
    });
  }
}

/** What is below it is a branch. */
export class Shelf extends Thing {
  static override readonly lazy = true;
}

/** Builds itself of parts, by what it is given. */
export class Kit extends Thing {
  static override readonly args: StandardSchemaV1<unknown, { title: string; parts: number } | undefined> = {
    "~standard": { version: 1, vendor: "fuzz", validate: checkKitArgs },
  };

  override build({ title, parts }: { title: string; parts: number } = { title: "kit", parts: 1 }): void {
    this.title.set(title);
    this.text.set(`built of ${parts}`);
    for (let index = 0; index < parts; index++) {
      const part = this.add(index === 1 ? Shelf : Thing);
      part.title.set(`part ${index}`);
      this.many.push(part);
    }
    this.list.set([]);
  }
}

/** Of those that clients may add below, and do nothing else with. */
export class Sealed extends SObject {
  readonly text = new StringTopic("sealed", OPEN);
}

/** Clients cannot remove or move it. */
export class Root extends Thing {
  static override readonly access: Access = { add: ["Thing", "Shelf", "Kit", "Sealed"] };
}

/** All but the root's. */
export const MODELS = [Thing, Shelf, Kit, Sealed];

function checkKitArgs(
  given: unknown,
): StandardSchemaV1.Result<{ readonly title: string; readonly parts: number } | undefined> {
  if (given === undefined) return { value: undefined };
  const { title, parts } = given as { readonly title: string; readonly parts: number };
  if (parts <= 3) return { value: { title, parts } };
  return { issues: [{ message: "at most 3 parts" }] };
}
