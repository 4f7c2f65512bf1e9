// A tree with something of everything that there is, made at random: for what must hold of any tree.

import { BinaryTopic } from "../core/binary-topic.ts";
import type { Wire } from "../core/codec.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { EventTopic } from "../core/event-topic.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { RefDictTopic } from "../core/ref-dict-topic.ts";
import { RefListTopic } from "../core/ref-list-topic.ts";
import { RefSetTopic } from "../core/ref-set-topic.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import type { Data } from "../core/value.ts";
import { ValueTopic } from "../core/value-topic.ts";
import { seededRandom } from "../testing/seeded-random.ts";

const OPEN = { write: "everyone" } as const;

/** Has an attribute of each kind, and fields that hold a child and an added attribute. */
export class Thing extends SObject {
  text = new StringTopic("as it begins", OPEN);
  number = new NumberTopic(1, OPEN);
  int = new IntTopic(0, OPEN);
  float = new FloatTopic();
  flag = new BooleanTopic(true);
  bytes = new BinaryTopic(Uint8Array.of(1));
  list = new ListTopic<Data>(["first"] as never, OPEN);
  dict = new DictTopic({ begins: true });
  set = new SetTopic<string | number | boolean>(["begins"]);
  value = new ValueTopic<Data>({ begins: [1] });
  press = new EventTopic();
  one = new RefTopic();
  many = new RefListTopic();
  some = new RefSetTopic();
  named = new RefDictTopic();
  progress = new NumberTopic(0, { latest: true });

  newest: SObject | undefined;
  size: NumberTopic | undefined;
}

/** What is below it is a branch. */
export class Shelf extends Thing {
  static override readonly lazy = true;
}

export class Root extends Thing {}

/** Chooses a number from 0 to one less than the given one. */
export type Pick = (count: number) => number;

/** Chooses by a seed, or by a source of numbers from 0 to below 1. */
export function pickFrom(source: number | (() => number)): Pick {
  const random = typeof source === "number" ? seededRandom(source) : source;
  return (count) => Math.floor(random() * count);
}

/** One of several. */
export function pickOf<T>(items: readonly T[], pick: Pick): T {
  return items[pick(items.length)] as T;
}

const TEXTS = ["", "plain", "ä\u{1f600}\u2028", '"\\\u0000', "__proto__", "$bytes", "constructor"];
const KEYS = ["a", "$", "$$bytes", "toString", "ä\u{1f600}", ""];
const NUMBERS = [0, -1, 0.1, 1e300, 2 ** 53, -(2 ** -1074), 4294967296];

function dataOf(pick: Pick, depth = 0): Data {
  const parts: (() => Data)[] = [
    () => null,
    () => pick(2) === 0,
    () => pickOf(NUMBERS, pick),
    () => pickOf(TEXTS, pick),
    () => Uint8Array.from({ length: pick(4) }, () => pick(256)),
    () => Array.from({ length: pick(3) }, () => dataOf(pick, depth + 1)),
    () => Object.fromEntries(Array.from({ length: pick(3) }, () => [pickOf(KEYS, pick), dataOf(pick, depth + 1)])),
  ];
  return pickOf(depth < 3 ? parts : parts.slice(0, 4), pick)();
}

/** Without bytes, which only some kinds hold. */
function jsonOf(pick: Pick): never {
  const strip = (data: Data): Data => {
    if (data instanceof Uint8Array) return data.length;
    if (Array.isArray(data)) return data.map(strip);
    if (typeof data !== "object" || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, part]) => [key, strip(part)]));
  };
  return strip(dataOf(pick)) as never;
}

/** Changes something of an object. */
export function alter(thing: Thing, pick: Pick): void {
  const objects = thing.tree.root.search();
  const target = (): SObject => pickOf(objects, pick);
  const changes: (() => void)[] = [
    () => thing.text.set(pickOf(TEXTS, pick)),
    () => thing.number.set(pickOf(NUMBERS, pick)),
    () => thing.int.set(pick(1000) - 500),
    () => thing.float.set(pickOf(NUMBERS, pick)),
    () => thing.flag.toggle(),
    () => thing.bytes.set(Uint8Array.from({ length: pick(5) }, () => pick(256))),
    () => thing.list.set([jsonOf(pick), jsonOf(pick)]),
    () => thing.list.push(jsonOf(pick)),
    () => thing.dict.put(pickOf(KEYS, pick), jsonOf(pick)),
    () => thing.set.add(pickOf([...TEXTS, ...NUMBERS, true, false], pick)),
    () => thing.value.set(dataOf(pick)),
    () => thing.one.set(target()),
    () => thing.many.push(target(), target()),
    () => thing.some.add(target()),
    () => thing.named.put(pickOf(KEYS, pick), target()),
    () => thing.progress.set(pick(100)),
    () => (pick(2) === 0 ? thing.addTag(pickOf(["red", "ä", "$"], pick)) : thing.removeTag("red")),
    () => {
      if (thing.hasAttribute("size")) thing.removeAttribute("size");
      else thing.size = thing.addAttribute("size", new NumberTopic(pick(9), { write: "everyone", latest: true }));
    },
    () => {
      if (thing.hasAttribute("log")) thing.removeAttribute("log");
      else thing.addAttribute("log", new ListTopic([jsonOf(pick)], OPEN));
    },
    () => {
      if (thing.hasAttribute("bell")) thing.removeAttribute("bell");
      else thing.addAttribute("bell", new EventTopic());
    },
  ];
  pickOf(changes, pick)();
}

/** Gives a tree some more objects, and changes what is there. */
export function grow(root: Thing, pick: Pick, steps: number): void {
  for (let step = 0; step < steps; step++) {
    const thing = pickOf(root.search({ type: Thing }), pick);
    const choice = pick(10);
    if (choice < 2) {
      const index = pick(thing.children.length + 1);
      const key = pick(4) === 0 ? `key ${root.tree.size}` : undefined;
      const type = pickOf([Thing, Shelf], pick);
      thing.newest = thing.add(type, undefined, key === undefined || root.tree.get(key) ? { index } : { index, key });
    } else if (choice === 2 && thing.parent && root.tree.size > 8) thing.destroy();
    else if (choice === 3 && thing.children.length > 1) thing.children.at(-1)?.moveTo(thing, { index: 0 });
    else alter(thing, pick);
  }
}

/** What somebody should see of an object and of all below it, or what they do see. */
export function stateOf(object: SObject, isOpen: (scope: number) => boolean): unknown {
  const slots = [
    ...objectInternals.shape(object).attributes.map((_, index) => index + 1),
    ...[...(objectInternals.added(object)?.all.keys() ?? [])].sort((a, b) => a - b),
  ];
  const values = slots.map((slot) => {
    const topic = object.tree.topicOf(object, slot) as AnyTopic;
    const wire = topic.kind.toWire(topicInternals.state(topic));
    const value = topic.kind.saved ? topic.kind.saved.fromWire(wire) : wire;
    // Members of a set have no order.
    return [slot, topic.kind.name, topic.value instanceof Set ? new Set(value as readonly Wire[]) : value];
  });
  return {
    id: object.id,
    type: object.type,
    key: object.key,
    orderKey: objectInternals.orderKey(object),
    values,
    children: object.isLazy && !isOpen(object.id) ? [] : object.children.map((child) => stateOf(child, isOpen)),
  };
}
