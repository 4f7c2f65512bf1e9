// A shadow: what somebody knows of a mirror who looks at each object once, when it is told of, and from then on only
// listens. As long as listeners are told all there is, and nothing twice, it is the same as the mirror.
//
// Each change is held against what the shadow has: one that takes away what is not there, or leads from another value, is
// an error at once.

import { attributeOf, type SObject } from "../../core/object.ts";
import { objectInternals } from "../../core/object-internals.ts";
import type { AnyTopic } from "../../core/topic.ts";
import type { Tree } from "../../core/tree.ts";
import { assert } from "./checks.ts";
import { nameOf, slotsOf } from "./edits.ts";
import { canonical, type Facts, plain } from "./facts.ts";

/** What stands for an object that was told of as `null`: which one it is nobody has said. */
const SOME_OBJECT = -1;

interface ShadowObject {
  parent: SObject | null;
  orderKey: number;
  readonly values: Map<string, ShadowValue>;
}

interface ShadowValue {
  value: unknown;
  readonly stop: () => void;
}

interface Change {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** See the head of this file. */
export class Shadow {
  readonly #tree: Tree;
  readonly #objects = new Map<SObject, ShadowObject>();
  readonly #stops: (() => void)[];
  /** How often each event has been told, by what was told with it: a number that no other event has. */
  readonly #heard = new Map<unknown, { readonly object: SObject; count: number }>();
  /** What was told that cannot be, the first first. */
  readonly errors: string[] = [];
  /** How many changes it has been told. */
  changes = 0;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#stops = [
      tree.on("add", ({ object, parent }) => this.#try(() => this.#add(object, parent))),
      tree.on("remove", ({ object, parent }) => this.#try(() => this.#remove(object, parent))),
      tree.on("move", ({ object, from, to }) => this.#try(() => this.#move(object, from, to))),
      tree.on("attribute", ({ object, name, isAddition }) =>
        this.#try(() => this.#attribute(object, name, isAddition)),
      ),
      tree.on("reset", () => this.#begin()),
    ];
    this.#begin();
  }

  /** What it knows. */
  get facts(): Facts {
    const facts: Facts = new Map();
    for (const [object, { parent, orderKey, values }] of this.#objects) {
      facts.set(`${object.id}`, `${nameOf(object)} below ${parent?.id} at ${orderKey}`);
      for (const [name, { value }] of values) {
        if (value !== undefined) facts.set(`${object.id}.${name}`, canonical(value));
      }
    }
    return facts;
  }

  /** Listens no more. */
  stop(): void {
    for (const stop of this.#stops) stop();
    for (const object of [...this.#objects.keys()]) this.#forget(object);
  }

  #begin(): void {
    for (const object of [...this.#objects.keys()]) this.#forget(object);
    const visit = (object: SObject): void => {
      this.#know(object);
      object.children.forEach(visit);
    };
    // Before the first state there is none.
    if (this.#tree.size > 0) visit(this.#tree.root);
  }

  #know(object: SObject): void {
    const { parent } = object;
    const known: ShadowObject = { parent, orderKey: objectInternals.orderKey(object), values: new Map() };
    this.#objects.set(object, known);
    for (const slot of slotsOf(object)) this.#listen(object, known, slot);
  }

  #listen(object: SObject, { values }: ShadowObject, slot: number): void {
    const { name } = attributeOf(object, slot) as { readonly name: string };
    const topic = this.#tree.topicOf(object, slot) as AnyTopic;
    const listen = (take: (change: Change) => void): (() => void) =>
      topic.on("change", (change) => {
        this.changes++;
        this.#try(() => take(change as unknown as Change), `${nameOf(object)}.${name}`);
      });
    values.get(name)?.stop();
    const replay = REPLAYS[topic.kind.name];
    const known: ShadowValue = {
      value: topic.kind.isEvent ? undefined : plain(topic),
      stop: replay
        ? listen((change) => {
            known.value = replay(known.value, change);
          })
        : listen((change) => this.#hear(object, change)),
    };
    values.set(name, known);
  }

  /** An event is told, or taken back. */
  #hear(object: SObject, { type, args }: Change): void {
    const heard = this.#heard.get(args) ?? { object, count: 0 };
    this.#heard.set(args, heard);
    heard.count += type === "emit" ? 1 : -1;
    assert(
      heard.count === 0 || heard.count === 1 || Number.isNaN(heard.count),
      `what was emitted with ${args} is told ${heard.count} times`,
    );
  }

  #forget(object: SObject): void {
    for (const { stop } of this.#objects.get(object)?.values.values() ?? []) stop();
    this.#objects.delete(object);
    // Of what is not to be seen nothing is told, also not that it was taken back.
    for (const heard of this.#heard.values()) if (heard.object === object) heard.count = Number.NaN;
  }

  #add(object: SObject, parent: SObject): void {
    assert(!this.#objects.has(object), `${nameOf(object)} comes, and is there`);
    assert(this.#objects.has(parent), `${nameOf(object)} comes below ${nameOf(parent)}, which is not there`);
    assert(object.parent === parent, `${nameOf(object)} is said to come below another parent`);
    this.#know(object);
  }

  #remove(object: SObject, parent: SObject): void {
    assert(this.#objects.get(object)?.parent === parent, `${nameOf(object)} goes, and is not there`);
    const gone = new Set([object]);
    for (let size = 0; size !== gone.size; ) {
      size = gone.size;
      for (const [each, known] of this.#objects) if (known.parent && gone.has(known.parent)) gone.add(each);
    }
    for (const each of gone) {
      assert(each.isDestroyed, `${nameOf(each)} goes with ${nameOf(object)}, and is still there`);
      this.#forget(each);
    }
  }

  #move(object: SObject, from: SObject, to: SObject): void {
    const known = this.#objects.get(object);
    assert(known?.parent === from, `${nameOf(object)} moves, and is not there`);
    assert(this.#objects.has(to), `${nameOf(object)} moves below ${nameOf(to)}, which is not there`);
    known.parent = to;
    known.orderKey = objectInternals.orderKey(object);
  }

  #attribute(object: SObject, name: string, isAddition: boolean): void {
    const known = this.#objects.get(object);
    // Told with an object that goes.
    if (!known) return;
    known.values.get(name)?.stop();
    known.values.delete(name);
    const slot = objectInternals.added(object)?.slotOf(name);
    if (isAddition && slot !== undefined) this.#listen(object, known, slot);
  }

  #try(take: () => void, where = "the tree"): void {
    try {
      take();
    } catch (error) {
      this.errors.push(`${where}: ${(error as Error).message}`);
    }
  }
}

type Replay = (value: unknown, change: Change) => unknown;

/** The value after a change, by the kind's name: events have none. Throws where the change does not lead on from the value. */
const REPLAYS: { readonly [kind: string]: Replay } = {
  string: (value, change) => spliced(value as string, change, (parts) => parts.join("")),
  binary: (value, change) => spliced(value as readonly number[], change, (parts) => parts.flat()),
  number: scalar,
  int: scalar,
  float: scalar,
  boolean: scalar,
  list: (value, change) => listed(value as readonly unknown[], change, (item) => item),
  dict: (value, change) => keyed(value as ReadonlyMap<string, unknown>, change, (item) => item),
  set(value, change) {
    const { added = [], deleted = [] } = change as unknown as Record<"added" | "deleted", unknown[]>;
    const [come, gone] = change.type === "set" ? [added, deleted] : partsOf(change, change.item);
    return withMembers(value as ReadonlySet<unknown>, come, gone);
  },
  value(value, change) {
    if (change.type === "set") {
      assertSame(change.old, value, "the value before");
      return structuredClone(change.value);
    }
    const [name, ...path] = (change.path as readonly string[]).toReversed();
    const whole = structuredClone(value) as Record<string, unknown>;
    const inner = path.reduceRight((object, key) => ownOf(object, key) as Record<string, unknown>, whole);
    assertSame(ownOf(inner, name as string), change.old, `what is at ${change.path}`);
    if (change.type === "delete") delete inner[name as string];
    else {
      const item = { value: change.item, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(inner, name as string, item);
    }
    return whole;
  },
  ref(value, { oldId, id }) {
    assertSame(oldId, value, "the id before");
    return id;
  },
  refList: (value, change) => listed(value as readonly unknown[], change, idOf),
  refSet(value, change) {
    const { addedIds = [], deletedIds = [] } = change as unknown as Record<"addedIds" | "deletedIds", unknown[]>;
    const [come, gone] = change.type === "set" ? [addedIds, deletedIds] : partsOf(change, change.id);
    return withMembers(value as ReadonlySet<unknown>, come, gone);
  },
  refDict: (value, change) => keyed(value as ReadonlyMap<string, unknown>, change, idOf),
};

function scalar(value: unknown, change: Change): unknown {
  assertSame(change.old, value, "the value before");
  return change.value;
}

function spliced<Run extends string | readonly unknown[]>(
  value: Run,
  { position, index = position, deleted, inserted, ...change }: Change,
  join: (parts: Run[]) => unknown,
): unknown {
  const [start, gone] = [index as number, plainRun(deleted) as Run];
  const end = start + gone.length;
  assertSame(value.slice(start, end), gone, `what goes at ${start}`);
  const result = join([value.slice(0, start) as Run, plainRun(inserted) as Run, value.slice(end) as Run]);
  if ("old" in change) assertSame(change.old, value, "the text before");
  if ("value" in change) assertSame(change.value, result, "the text after");
  return result;
}

function listed(value: readonly unknown[], change: Change, convert: (item: unknown) => unknown): unknown {
  const { type, index, from, to } = change as unknown as Record<"type" | "index" | "from" | "to", number>;
  switch (change.type) {
    case "splice": {
      const [deleted, inserted] = [change.deleted, change.inserted] as [unknown[], unknown[]];
      const parts = { type, index, deleted: deleted.map(convert), inserted: inserted.map(convert) };
      return spliced(value, parts as unknown as Change, (runs) => runs.flat(1));
    }
    case "put":
      assertSame(value[index], convert(change.old), `the item at ${index}`);
      return value.with(index, convert(change.item));
    default:
      assert(from < value.length && to < value.length, `a move from ${from} to ${to} of ${value.length}`);
      assertSame(value[from], convert(change.item), `the item at ${from}`);
      return value.toSpliced(from, 1).toSpliced(to, 0, value[from]);
  }
}

function keyed(
  value: ReadonlyMap<string, unknown>,
  change: Change,
  convert: (item: unknown) => unknown,
): ReadonlyMap<string, unknown> {
  const next = new Map(value);
  const all = (record: unknown): Map<string, unknown> =>
    new Map(Object.entries(record as object).map(([key, item]) => [key, convert(item)]));
  if (change.type === "set") {
    const old = all(change.old);
    assert(old.size === value.size, "other keys were there before");
    for (const [key, item] of old) assertSame(value.get(key), item, `the item of ${key}`);
    return all(change.value);
  }
  const { key } = change as unknown as { readonly key: string };
  assert(value.has(key) === (change.old !== undefined), `whether ${key} is there`);
  if (change.old !== undefined) assertSame(value.get(key), convert(change.old), `the item of ${key}`);
  if (change.type === "delete") next.delete(key);
  else next.set(key, convert(change.item));
  return next;
}

function withMembers(value: ReadonlySet<unknown>, come: readonly unknown[], gone: readonly unknown[]): unknown {
  const next = new Set(value);
  for (const item of gone) assert(next.delete(item), `${item} goes, and is not there`);
  for (const item of come) assert(!next.has(item) && next.add(item), `${item} comes, and is there`);
  return next;
}

function partsOf({ type }: Change, item: unknown): readonly [come: readonly unknown[], gone: readonly unknown[]] {
  return type === "add" ? [[item], []] : [[], [item]];
}

function idOf(object: unknown): number {
  return (object as SObject | null)?.id ?? SOME_OBJECT;
}

function plainRun(run: unknown): unknown {
  return run instanceof Uint8Array ? [...run] : run;
}

function ownOf(object: unknown, key: string): unknown {
  return new Map(Object.entries(object as object)).get(key);
}

function assertSame(a: unknown, b: unknown, what: string): void {
  const isUnknown = a === SOME_OBJECT || b === SOME_OBJECT;
  const isSame = isUnknown || canonical(a) === canonical(b);
  if (!isSame && !isSameRun(a, b)) throw new Error(`${what}: ${canonical(a)} is not ${canonical(b)}`);
}

/** With objects in it that nobody has named. */
function isSameRun(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, index) => item === SOME_OBJECT || b[index] === SOME_OBJECT || item === b[index]);
}
