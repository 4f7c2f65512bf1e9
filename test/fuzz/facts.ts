// What is the case in a tree, as lines of text by what they are of: to compare trees, and to tell a difference in words.

import { attributeOf, type SObject } from "../../core/object.ts";
import { objectInternals } from "../../core/object-internals.ts";
import type { Attribute } from "../../core/shape.ts";
import type { AnyTopic } from "../../core/topic.ts";
import type { Tree } from "../../core/tree.ts";
import { nameOf, slotsOf } from "./edits.ts";

/** By an object's id, where it is; by id and name, what an attribute holds. */
export type Facts = Map<string, string>;

/** What somebody should see of a tree, or does: of a lazy object that is not open nothing below. */
export function factsOf(tree: Tree, isOpen: (scope: number) => boolean = () => true): Facts {
  const facts: Facts = new Map();
  const visit = (object: SObject, parent: SObject | null): void => {
    facts.set(`${object.id}`, `${nameOf(object)} below ${parent?.id} at ${objectInternals.orderKey(object)}`);
    if (object.key !== undefined) facts.set(`${object.id} has the key`, object.key);
    for (const slot of slotsOf(object)) {
      const { name, kind } = attributeOf(object, slot) as Attribute;
      if (!kind.isEvent) facts.set(`${object.id}.${name}`, canonical(plain(tree.topicOf(object, slot) as AnyTopic)));
    }
    const children = object.isLazy && !isOpen(object.id) ? [] : object.children;
    facts.set(`${object.id} has the children`, children.map(({ id }) => id).join(" "));
    for (const child of children) visit(child, object);
  };
  visit(tree.root, null);
  return facts;
}

/** How two differ, in words; nothing where they do not. `isKnown`: whether what is missing in the first counts. */
export function difference(facts: Facts, expected: Facts, isMissed: (of: string) => boolean = () => true): string {
  const lines: string[] = [];
  for (const of of new Set([...expected.keys(), ...facts.keys()])) {
    const [is, shouldBe] = [facts.get(of), expected.get(of)];
    if (is === shouldBe || (is === undefined && !isMissed(of))) continue;
    if (is !== undefined && shouldBe !== undefined && isSameButUnknown(is, shouldBe)) continue;
    lines.push(`${of}: ${is}, but should be ${shouldBe}`);
  }
  return lines.slice(0, 5).join("\n");
}

/** The value of a topic as plain data: of references the ids, of a set a Set, of a dict a Map. */
export function plain(topic: AnyTopic): unknown {
  const { value, ids, id } = topic as AnyTopic & { readonly ids: unknown; readonly id: number };
  switch (topic.kind.name) {
    case "binary":
      return [...(value as Uint8Array)];
    case "dict":
      return new Map(Object.entries(value));
    case "ref":
      return id;
    case "refSet":
      return new Set(ids as readonly number[]);
    case "refDict":
      return new Map(Object.entries(ids as object));
    case "refList":
      return ids;
    default:
      return value;
  }
}

/** The same text for equal values, whatever the order of keys and members is. */
export function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `<${[...value].join(" ")}>`;
  if (value instanceof Set) return `set(${[...value].map(canonical).sort().join(", ")})`;
  if (value instanceof Map) return `map(${entries(value)})`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{${entries(Object.entries(value))}}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function entries(pairs: Iterable<readonly [string, unknown]>): string {
  return Array.from(pairs, ([key, item]) => `${JSON.stringify(key)}: ${canonical(item)}`)
    .sort()
    .join(", ");
}

/** Whether all that differs are ids that nobody has told. */
function isSameButUnknown(is: string, shouldBe: string): boolean {
  if (!is.includes("-1")) return false;
  const [some, all] = [is.split(/([,[\]() :]+)/), shouldBe.split(/([,[\]() :]+)/)];
  return some.length === all.length && some.every((part, index) => part === "-1" || part === all[index]);
}
