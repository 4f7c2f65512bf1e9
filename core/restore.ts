// Restoring: making objects of saved data.
//
// First all of the data is looked into, and the states of all topics are made of it; then the objects. So a mistake
// anywhere in it leaves nothing behind, and the error names the place: `root.children[2].values.title: …`.
//
// Not here: putting what was made into a tree, and calling its hooks (authority.ts).

import { ATTRIBUTE_NAME, TAGS } from "./added-attributes.ts";
import type { Wire } from "./codec.ts";
import { assertSynchronous, describeValue, ObjectSyncError } from "./error.ts";
import { fromJson, isPlain } from "./json-wire.ts";
import { type AnyKind, SET } from "./kind.ts";
import { kindNamed, makeTopic } from "./kinds.ts";
import { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { type Migration, SAVED_FORMAT, type SavedTree } from "./saved-tree.ts";
import type { Attribute } from "./shape.ts";
import { type AnyTopic, type TopicOptions, topicInternals } from "./topic.ts";
import type { Tree } from "./tree.ts";
import { attachTopics, describeTopic, type ObjectType, type TypeRegistry } from "./types.ts";
import { checkKey } from "./value.ts";

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
interface Plan {
  readonly type: ObjectType;
  readonly id: number;
  readonly key: string | undefined;
  /** By slot less one; nothing for what is as in a new object. */
  readonly states: readonly (State | undefined)[];
  readonly added: readonly AddedPlan[];
  /** By saved id, or by name of an added attribute. */
  readonly fields: readonly (readonly [name: string, target: number | string])[];
  readonly children: readonly Plan[];
}

interface AddedPlan {
  readonly name: string;
  readonly kind: AnyKind;
  readonly options: TopicOptions;
  readonly state: State | undefined;
}

interface State {
  value: unknown;
}

/** A value with references, to be looked at when all ids are known. */
interface Referring {
  readonly place: string;
  readonly kind: AnyKind;
  readonly wire: Wire;
  readonly state: State;
}

/**
 * Makes the objects of saved data, without a place in the tree: each with its values, and fields that hold children. Throws
 * `invalid_save`; nothing has happened then.
 */
export function makeObjects(saved: unknown, tree: Tree, rules: RestoreRules): RestoredTree {
  const reader = new Reader(rules);
  const { plan, lastId } = reader.read(saved);
  return { top: build(plan, tree, reader.ids), lastId };
}

/** What was made of saved data. */
export interface RestoredTree {
  readonly top: RestoredObject;
  /** The largest id that had ever been given. */
  readonly lastId: number;
}

/** An object that was made, and those that go below it. */
export interface RestoredObject {
  readonly object: SObject;
  readonly children: readonly RestoredObject[];
}

/** What the place is called where the whole is meant. */
const ALL = "the saved tree";

/** Looks into saved data. The place where it is at is kept for the error. */
class Reader {
  readonly #rules: RestoreRules;
  /** The id that each saved id becomes. */
  readonly ids = new Map<number, number>();
  readonly #keys = new Set<string>();
  readonly #referring: Referring[] = [];
  readonly #path: string[] = [];

  constructor(rules: RestoreRules) {
    this.#rules = rules;
  }

  read(saved: unknown): { readonly plan: Plan; readonly lastId: number } {
    const migrated = this.#record(this.#migrate(saved));
    const lastId = this.#within("lastId", () => this.#natural(migrated.lastId));
    const plan = this.#within("root", () => this.#object(migrated.root, 1));
    for (const referring of this.#referring) this.#resolve(referring);
    return { plan, lastId };
  }

  #migrate(saved: unknown): unknown {
    if (typeof saved === "string") throw this.#invalid("expected an object, got a text: `JSON.parse` makes one of it");
    const { format, version } = this.#record(saved);
    if (format !== SAVED_FORMAT) {
      throw invalid("format", `expected ${SAVED_FORMAT}, got ${describeValue(format)}: is it from a newer version?`);
    }
    const { migrations } = this.#rules;
    const current = migrations.length + 1;
    if (!Number.isInteger(version) || (version as number) < 1 || (version as number) > current) {
      throw invalid(
        "version",
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
    if (room === 0) throw invalid(ALL, "too many arrays and objects inside one another");
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.#copyPart(`[${index}]`, item, room - 1));
    const copy: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(this.#record(value))) {
      if (name === "__proto__") throw this.#invalid("`__proto__` cannot be a name");
      if (item !== undefined) copy[name] = this.#copyPart(name, item, room - 1);
    }
    return copy;
  }

  /** As `#within`, with less on the stack: this goes deep. */
  #copyPart(step: string, part: unknown, room: number): unknown {
    this.#path.push(step);
    const copy = this.#copy(part, room);
    this.#path.pop();
    return copy;
  }

  #object(saved: unknown, depth: number): Plan {
    if (depth > this.#rules.maxDepth) throw this.#invalid("the tree has too many levels, or an object is below itself");
    const record = this.#record(saved, ["id", "type", "key", "values", "added", "tags", "fields", "children"]);
    const type = this.#within("type", () => this.#type(record.type));
    const id = this.#within("id", () => this.#id(record.id));
    const key = record.key === undefined ? undefined : this.#within("key", () => this.#key(record.key));
    const { attributes } = type.shape;
    const states: (State | undefined)[] = new Array(attributes.length).fill(undefined);
    if (record.values !== undefined) this.#within("values", () => this.#values(record.values, attributes, states));
    const added = record.added === undefined ? [] : this.#within("added", () => this.#added(record.added, attributes));
    const tags = record.tags === undefined ? [] : [this.#within("tags", () => this.#tags(record.tags))];
    const children =
      record.children === undefined ? [] : this.#within("children", () => this.#children(record.children, depth));
    const names = new Set<number | string>([
      ...children.map(({ savedId }) => savedId),
      ...added.map(({ name }) => name),
    ]);
    const fields =
      record.fields === undefined ? [] : this.#within("fields", () => this.#fields(record.fields, type, names));
    return { type, id, key, states, added: [...added, ...tags], fields, children: children.map(({ plan }) => plan) };
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

  #values(saved: unknown, attributes: readonly Attribute[], states: (State | undefined)[]): void {
    const record = this.#record(saved);
    for (const name of Object.keys(record)) {
      const index = attributes.findIndex((attribute) => attribute.name === name);
      this.#within(name, () => {
        const attribute = attributes[index];
        if (!attribute) throw this.#invalid("the type has no such attribute; a migration can rename or remove it");
        states[index] = this.#state(attribute.kind, record[name]);
      });
    }
  }

  #state(kind: AnyKind, saved: unknown): State | undefined {
    if (kind.isEvent) throw this.#invalid("an event has no value");
    const data = fromJson(saved);
    const wire = kind.saved ? kind.saved.toWire(data) : data;
    const state: State = { value: kind.fromWire(wire) };
    if (kind.references) this.#referring.push({ place: this.#place, kind, wire: kind.toWire(state.value), state });
    return state;
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
        } = this.#record(record[name], ["kind", "value", "write", "latest"]);
        const kind = typeof kindName === "string" ? kindNamed(kindName) : undefined;
        if (!kind) throw this.#invalid(`there is no kind ${describeValue(kindName)}`);
        if (write !== "nobody" && write !== "everyone") throw this.#invalid(`write is ${describeValue(write)}`);
        if (typeof latest !== "boolean") throw this.#invalid(`latest is ${describeValue(latest)}`);
        if (latest && kind.isEvent) throw this.#invalid("an event has no newest value");
        const state = value === undefined ? undefined : this.#within("value", () => this.#state(kind, value));
        return { name, kind, options: { write, latest }, state };
      }),
    );
  }

  #tags(saved: unknown): AddedPlan {
    const kind = kindNamed("set") as AnyKind;
    return { name: TAGS, kind, options: {}, state: { value: kind.fromWire(Array.from(this.#array(saved), checkKey)) } };
  }

  #fields(
    saved: unknown,
    { objectClass }: ObjectType,
    targets: ReadonlySet<number | string>,
  ): [string, number | string][] {
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

  #children(saved: unknown, depth: number): { readonly savedId: number; readonly plan: Plan }[] {
    // Not `map`: it would keep holes.
    return Array.from(this.#array(saved), (child, index) =>
      this.#within(`[${index}]`, () => {
        const plan = this.#object(child, depth + 1);
        return { savedId: (child as { id: number }).id, plan };
      }),
    );
  }

  #resolve({ place, kind, wire, state }: Referring): void {
    const { outside, dropsDangling } = this.#rules;
    const isDangling = (id: number): boolean => (this.ids.get(id) ?? outside(id)) === undefined;
    const missing = kind.references?.in([SET, wire]).find(isDangling);
    if (missing !== undefined && !dropsDangling)
      throw invalid(place, `a reference to object ${missing}, which is not there`);
    state.value = kind.fromWire(kind.references?.map(wire, (id) => this.ids.get(id) ?? outside(id)));
  }

  #record(value: unknown, members?: readonly string[]): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !isPlain(value)) {
      throw this.#invalid(`expected an object, got ${describeValue(value)}`);
    }
    const unknown = members && Object.keys(value).find((name) => !members.includes(name));
    if (unknown !== undefined) throw this.#invalid(`there is no member ${describeValue(unknown)}`);
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

  /** Runs a part; what is wrong in it is told with the place. */
  #within<T>(step: string, part: () => T): T {
    this.#path.push(step);
    try {
      const result = part();
      this.#path.pop();
      return result;
    } catch (error) {
      if (error instanceof PlacedError) throw error;
      if (error instanceof ObjectSyncError) throw this.#invalid(error.message, error);
      throw error;
    }
  }

  get #place(): string {
    return this.#path.join(".").replaceAll(".[", "[") || ALL;
  }

  #invalid(message: string, cause?: Error): ObjectSyncError {
    return invalid(this.#place, message, cause);
  }
}

function build(plan: Plan, tree: Tree, ids: ReadonlyMap<number, number>): RestoredObject {
  const { type, id, key, states, added, fields } = plan;
  const object = new type.objectClass();
  objectInternals.bind(object, tree, id, type.shape, key);
  attachTopics(object, type.shape);
  for (const [index, state] of states.entries()) {
    if (state) topicInternals.replaceState(tree.topicOf(object, index + 1) as AnyTopic, state.value);
  }
  const extra = added.length > 0 ? objectInternals.makeAdded(object) : undefined;
  const topics = new Map<string, AnyTopic>();
  for (const { name, kind, options, state } of added) {
    const topic = makeTopic(kind, options);
    if (state) topicInternals.replaceState(topic, state.value);
    const slot = extra?.nextSlot() ?? 0;
    topicInternals.attach(topic, object, slot);
    extra?.add(slot, { attribute: describeTopic(name, topic), topic });
    topics.set(name, topic);
  }
  const children = plan.children.map((child) => build(child, tree, ids));
  for (const [name, target] of fields) {
    const child = typeof target === "number" ? children.find((each) => each.object.id === ids.get(target)) : undefined;
    const holder = object as SObject & Record<string, unknown>;
    // What the constructor has put there stays.
    holder[name] ??= typeof target === "string" ? topics.get(target) : child?.object;
  }
  return { object, children };
}

/** Says where in the data it is. */
class PlacedError extends ObjectSyncError {}

function invalid(place: string, message: string, cause?: Error): ObjectSyncError {
  return new PlacedError("invalid_save", `${place}: ${message}`, cause && { cause });
}
