// Reading saved data: all of it is looked into, and the states of all topics are made of it, before there is an object.
//
// An error names the place where the mistake is: `root.children[2].values.title: …`. The place is kept as a path, which
// whoever throws leaves as it is: nothing is caught on the way out. Trees are large, and most of what is in them is in order:
// so nothing is made for the error before there is one.
//
// Not here: making the objects (restore.ts).

import { ATTRIBUTE_NAME, TAGS, TAGS_OPTIONS } from "./added-attributes.ts";
import { DECODE_DEFAULTS, type Wire } from "./codec.ts";
import { assertSynchronous, describeValue, ObjectSyncError } from "./error.ts";
import { fromJson } from "./json-wire.ts";
import { type AnyKind, type References, SET } from "./kind.ts";
import { kindNamed } from "./kinds.ts";
import { SObject } from "./object.ts";
import { type Migration, SAVED_FORMAT, type SavedTree } from "./saved-tree.ts";
import type { Attribute } from "./shape.ts";
import type { TopicOptions } from "./topic.ts";
import type { ObjectType, TypeRegistry } from "./types.ts";
import { checkKey, isPlain, isPlainObject } from "./value.ts";

/** Larger ids than any tree will have: on the wire they stand as differences, times two. */
const MAX_ID = 2 ** 51;

/** How many arrays and objects may stand inside one another, of all that may be saved: two a level, and then a value. */
const MAX_NESTING = 1100;

/** What is to become of saved data. */
export interface RestoreRules {
  readonly types: TypeRegistry;
  readonly migrations: readonly Migration[];
  /** How many levels there may be. */
  readonly maxDepth: number;
  /** The id that an object is given; throws for one that cannot be had. */
  idFor(saved: number): number;
  /** The key that an object is given; throws for one that cannot be had. */
  keyFor(saved: string): string | undefined;
  /** What a reference to an object outside of the data becomes; nothing if it leads nowhere. */
  outside(id: number): number | undefined;
  /** Whether a reference that leads nowhere is left out; else it is a mistake. */
  readonly dropsDangling: boolean;
}

/** An object to be made. */
export interface Plan {
  readonly type: ObjectType;
  readonly savedId: number;
  readonly id: number;
  readonly key: string | undefined;
  /** By slot less one; nothing for what is as in a new object. */
  readonly states: readonly unknown[];
  readonly added: readonly AddedPlan[];
  /** By saved id, or by name of an added attribute. */
  readonly fields: readonly (readonly [name: string, target: number | string])[];
  readonly children: readonly Plan[];
}

/** An attribute beyond those of its type. */
export interface AddedPlan {
  readonly name: string;
  readonly kind: AnyKind;
  readonly options: TopicOptions;
  /** One, or nothing for that of a new topic. */
  readonly states: readonly unknown[];
}

/** A value with references, to be looked at when all ids are known. */
interface Referring {
  readonly path: Path;
  readonly kind: AnyKind;
  readonly references: References;
  readonly wire: Wire;
  /** Where the state is, by index. */
  readonly states: unknown[];
  readonly index: number;
}

/** Names of members, and indexes. */
type Path = readonly (string | number)[];

/** What most objects have of what an object may have. */
const NONE: readonly never[] = Object.freeze([]);

/** What the place is called where the whole is meant. */
const ALL = "the saved tree";

const OBJECT_MEMBERS = ["id", "type", "key", "values", "added", "tags", "fields", "children"];

const ATTRIBUTE_MEMBERS = ["kind", "value", "write", "latest", "optimistic", "history"];

/** See the head of this file. Reads one tree. */
export class SavedReader {
  readonly #rules: RestoreRules;
  /** The id that each saved id becomes. */
  readonly ids = new Map<number, number>();
  readonly #keys = new Set<string>();
  readonly #referring: Referring[] = [];
  readonly #path: (string | number)[] = [];

  constructor(rules: RestoreRules) {
    this.#rules = rules;
  }

  /** What is to be made. Throws `invalid_save`. */
  read(saved: unknown): { readonly plan: Plan; readonly lastId: number } {
    const migrated = this.#record(this.#migrate(saved));
    try {
      const lastId = this.#within("lastId", () => this.#natural(migrated.lastId));
      const plan = this.#within("root", () => this.#object(migrated.root, 1));
      for (const referring of this.#referring) this.#resolve(referring);
      return { plan, lastId };
    } catch (error) {
      if (error instanceof PlacedError || !(error instanceof ObjectSyncError)) throw error;
      throw this.#invalid(error.message, error);
    }
  }

  #migrate(saved: unknown): unknown {
    if (typeof saved === "string") throw this.#invalid("expected an object, got a text: `JSON.parse` makes one of it");
    const { format, version } = this.#record(saved);
    if (format !== SAVED_FORMAT) {
      throw invalid(["format"], `expected ${SAVED_FORMAT}, got ${describeValue(format)}: is it from a newer version?`);
    }
    const { migrations } = this.#rules;
    const current = migrations.length + 1;
    if (!Number.isInteger(version) || (version as number) < 1 || (version as number) > current) {
      throw invalid(
        ["version"],
        `expected 1 to ${current}, one more than there are migrations, got ${describeValue(version)}`,
      );
    }
    const due = migrations.slice((version as number) - 1);
    // A migration may change what it is given, and that is the caller's.
    let migrated = due.length > 0 ? this.#copy(saved, MAX_NESTING) : saved;
    for (const migrate of due) {
      const result: unknown = migrate(migrated as SavedTree);
      assertSynchronous(result);
      if (result !== undefined) migrated = result;
    }
    return migrated;
  }

  /** A copy of plain JSON. What is none, or is inside itself, is refused: a migration need not expect it. */
  #copy(value: unknown, room: number): unknown {
    if (["undefined", "function", "bigint", "symbol"].includes(typeof value)) {
      throw this.#invalid(`expected JSON data, got ${describeValue(value)}`);
    }
    if (typeof value !== "object" || value === null) return value;
    if (room === 0) throw invalid([], "too many arrays and objects inside one another");
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.#copyPart(index, item, room - 1));
    const copy: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(this.#record(value))) {
      if (name === "__proto__") throw this.#invalid("`__proto__` cannot be a name");
      if (item !== undefined) copy[name] = this.#copyPart(name, item, room - 1);
    }
    return copy;
  }

  /** As `#within`, with less on the stack: this goes deep. */
  #copyPart(step: string | number, part: unknown, room: number): unknown {
    this.#path.push(step);
    const copy = this.#copy(part, room);
    this.#path.pop();
    return copy;
  }

  #object(saved: unknown, depth: number): Plan {
    if (depth > this.#rules.maxDepth) throw this.#invalid("the tree has too many levels, or an object is below itself");
    const record = this.#record(saved, OBJECT_MEMBERS);
    const path = this.#path;
    const step = path.push("type") - 1;
    const type = this.#type(record.type);
    path[step] = "id";
    const savedId = record.id as number;
    const id = this.#id(savedId);
    path[step] = "key";
    const key = record.key === undefined ? undefined : this.#key(record.key);
    const { attributes } = type.shape;
    // As long as it will be from the beginning: one that grows takes three times the room.
    const states: unknown[] = attributes.map(() => undefined);
    path[step] = "values";
    if (record.values !== undefined) this.#values(record.values, attributes, states);
    path[step] = "added";
    const added = record.added === undefined ? NONE : this.#added(record.added, attributes);
    path[step] = "tags";
    const tags = record.tags === undefined ? NONE : [this.#tags(record.tags)];
    path[step] = "children";
    const children = record.children === undefined ? NONE : this.#children(record.children, depth);
    path[step] = "fields";
    const fields = record.fields === undefined ? NONE : this.#fields(record.fields, type, children, added);
    path.pop();
    const all = tags.length > 0 ? [...added, ...tags] : added;
    return { type, savedId, id, key, states, added: all, fields, children };
  }

  #type(name: unknown): ObjectType {
    if (typeof name !== "string") throw this.#invalid(`expected the name of a type, got ${describeValue(name)}`);
    return this.#rules.types.get(name);
  }

  #id(saved: unknown): number {
    const id = this.#natural(saved);
    if (id === 0) throw this.#invalid("expected a positive integer, got 0");
    if (this.ids.has(id)) throw this.#invalid(`the id ${id} occurs twice`);
    const given = this.#rules.idFor(id);
    this.ids.set(id, given);
    return given;
  }

  #key(saved: unknown): string | undefined {
    const key = checkKey(saved);
    if (this.#keys.has(key)) throw this.#invalid(`the key ${describeValue(key)} occurs twice`);
    this.#keys.add(key);
    return this.#rules.keyFor(key);
  }

  #values(saved: unknown, attributes: readonly Attribute[], states: unknown[]): void {
    const record = this.#record(saved);
    const step = this.#path.push("") - 1;
    let next = 0;
    for (const name of Object.keys(record)) {
      this.#path[step] = name;
      // They are saved in this order.
      const index =
        attributes[next]?.name === name ? next : attributes.findIndex((attribute) => attribute.name === name);
      const attribute = attributes[index];
      if (!attribute) throw this.#invalid("the type has no such attribute; a migration can rename or remove it");
      this.#state(attribute.kind, record[name], states, index);
      next = index + 1;
    }
    this.#path.pop();
  }

  #state(kind: AnyKind, saved: unknown, states: unknown[], index: number): void {
    if (kind.isEvent) throw this.#invalid("an event has no value");
    const data = standsForItself(saved, DECODE_DEFAULTS.maxDepth) ? saved : fromJson(saved);
    const state = kind.fromWire(kind.saved ? kind.saved.toWire(data) : data);
    states[index] = state;
    const { references } = kind;
    if (!references) return;
    const wire = kind.toWire(state);
    // Those that stay as they are, and lead to what has come before, need no second look.
    const isSettled = references.in([SET, wire]).every((id) => this.ids.get(id) === id);
    if (!isSettled) this.#referring.push({ path: this.#path.slice(), kind, references, wire, states, index });
  }

  #added(saved: unknown, attributes: readonly Attribute[]): AddedPlan[] {
    const record = this.#record(saved);
    return Object.keys(record).map((name) =>
      this.#within(name, () => {
        const isTaken = attributes.some((attribute) => attribute.name === name);
        if (isTaken || name in SObject.prototype) throw this.#invalid("the name is in use");
        if (!ATTRIBUTE_NAME.test(name)) throw this.#invalid("expected a name as a field has it");
        const {
          kind: kindName,
          value,
          write = "nobody",
          latest = false,
          optimistic = true,
          history = true,
        } = this.#record(record[name], ATTRIBUTE_MEMBERS);
        const kind = typeof kindName === "string" ? kindNamed(kindName) : undefined;
        if (!kind) throw this.#invalid(`there is no kind ${describeValue(kindName)}`);
        if (write !== "nobody" && write !== "everyone") throw this.#invalid(`write is ${describeValue(write)}`);
        const options = {
          write,
          latest: this.#flag("latest", latest),
          optimistic: this.#flag("optimistic", optimistic),
          history: this.#flag("history", history),
        } as const;
        if (latest && kind.isEvent) throw this.#invalid("an event has no newest value");
        const states: unknown[] = [undefined];
        if (value !== undefined) this.#within("value", () => this.#state(kind, value, states, 0));
        return { name, kind, options, states };
      }),
    );
  }

  #flag(name: string, value: unknown): boolean {
    if (typeof value === "boolean") return value;
    throw this.#invalid(`${name} is ${describeValue(value)}`);
  }

  #tags(saved: unknown): AddedPlan {
    const kind = kindNamed("set") as AnyKind;
    return { name: TAGS, kind, options: TAGS_OPTIONS, states: [kind.fromWire(this.#array(saved).map(checkKey))] };
  }

  #fields(
    saved: unknown,
    { objectClass }: ObjectType,
    children: readonly Plan[],
    added: readonly AddedPlan[],
  ): [string, number | string][] {
    const targets = new Set<number | string>([
      ...children.map(({ savedId }) => savedId),
      ...added.map(({ name }) => name),
    ]);
    return Object.entries(this.#record(saved)).map(([name, target]) =>
      this.#within(name, () => {
        if (name in objectClass.prototype) throw this.#invalid("a method or accessor of the class has this name");
        if ((typeof target !== "number" && typeof target !== "string") || !targets.has(target)) {
          throw this.#invalid(`expected a child's id or an added attribute, got ${describeValue(target)}`);
        }
        return [name, target];
      }),
    );
  }

  #children(saved: unknown, depth: number): Plan[] {
    const items = this.#array(saved);
    const plans: Plan[] = [];
    const step = this.#path.push(0) - 1;
    for (let index = 0; index < items.length; index++) {
      this.#path[step] = index;
      plans.push(this.#object(items[index], depth + 1));
    }
    this.#path.pop();
    return plans;
  }

  #resolve({ path, kind, references, wire, states, index }: Referring): void {
    const { outside, dropsDangling } = this.#rules;
    const idFor = (id: number): number | undefined => this.ids.get(id) ?? outside(id);
    const ids = references.in([SET, wire]);
    const missing = dropsDangling ? undefined : ids.find((id) => idFor(id) === undefined);
    if (missing !== undefined) throw invalid(path, `a reference to object ${missing}, which is not there`);
    if (ids.some((id) => idFor(id) !== id)) states[index] = kind.fromWire(references.map(wire, idFor));
  }

  #record(value: unknown, members?: readonly string[]): Record<string, unknown> {
    if (!isPlainObject(value)) {
      throw this.#invalid(`expected an object, got ${describeValue(value)}`);
    }
    if (members) {
      for (const name of Object.keys(value)) {
        if (!members.includes(name)) throw this.#invalid(`there is no member ${describeValue(name)}`);
      }
    }
    return value as Record<string, unknown>;
  }

  #natural(value: unknown): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < MAX_ID) return value;
    throw this.#invalid(`expected an integer from 0, got ${describeValue(value)}`);
  }

  #array(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw this.#invalid(`expected an array, got ${describeValue(value)}`);
  }

  /** Runs a part, at a place of its own. */
  #within<T>(step: string, part: () => T): T {
    this.#path.push(step);
    const result = part();
    this.#path.pop();
    return result;
  }

  #invalid(message: string, cause?: Error): ObjectSyncError {
    return invalid(this.#path, message, cause);
  }
}

/** Whether data is JSON in which no key has a `$` before it: then it is what `fromJson` would make of it. */
function standsForItself(json: unknown, depth: number): boolean {
  if (typeof json === "string" || typeof json === "boolean" || json === null) return true;
  if (typeof json === "number") return Number.isFinite(json);
  if (typeof json !== "object") return false;
  if (depth === 0 || !isPlain(json)) return false;
  if (Array.isArray(json)) return json.every((item) => standsForItself(item, depth - 1));
  for (const key of Object.keys(json)) {
    if (key.startsWith("$") || key === "__proto__") return false;
    if (!standsForItself((json as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}

/** Says where in the data it is. */
class PlacedError extends ObjectSyncError {}

function invalid(path: Path, message: string, cause?: Error): ObjectSyncError {
  let place = "";
  for (const step of path) place += typeof step === "number" ? `[${step}]` : `${place && "."}${step}`;
  return new PlacedError("invalid_save", `${place || ALL}: ${message}`, cause && { cause });
}
