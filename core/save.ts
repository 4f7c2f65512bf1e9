import { TAGS } from "./added-attributes.ts";
import type { Wire } from "./codec.ts";
import { toJson } from "./json-wire.ts";
import type { AnyKind } from "./kind.ts";
import { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import type { SavedAttribute, SavedObject } from "./saved-tree.ts";
import type { Attribute } from "./shape.ts";
import { type AnyTopic, topicInternals } from "./topic.ts";
import { isPlainObject, type Json } from "./value.ts";

/** An object with all below it, as plain JSON. References to what is gone are left out: nothing comes back under its id. */
export function saveObject(object: SObject): SavedObject {
  const { id, type, key, children } = object;
  const saved: SavedObject = { id, type };
  if (key !== undefined) saved.key = key;
  const { attributes } = objectInternals.shape(object);
  if (attributes.length > 0) saved.values = saveValues(object, attributes);
  const fields = children.length > 0 ? childFields(object) : {};
  if (objectInternals.added(object)) saveAdded(object, saved, fields);
  for (const _ in fields) {
    saved.fields = fields;
    break;
  }
  if (children.length > 0) saved.children = children.map(saveObject);
  return saved;
}

function childFields(object: SObject): Record<string, number | string> {
  const fields: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value instanceof SObject && value.parent === object && !value.isDestroyed) fields[name] = value.id;
  }
  return fields;
}

function saveValues(object: SObject, attributes: readonly Attribute[]): Record<string, Json> {
  const values: Record<string, Json> = {};
  const topics = object as SObject & Record<string, AnyTopic>;
  for (const { name, kind } of attributes) {
    if (!kind.isEvent) values[name] = saveState(object, kind, topicInternals.state(topics[name] as AnyTopic));
  }
  return values;
}

/** Also of those that a field holds. */
function saveAdded(object: SObject, saved: SavedObject, fields: Record<string, number | string>): void {
  const added: Record<string, SavedAttribute> = {};
  for (const { attribute, topic } of objectInternals.added(object)?.all.values() ?? []) {
    const { name, kind, write, isLatest, isOptimistic } = attribute;
    if (name === TAGS) continue;
    const isRecorded = isLatest || topicInternals.isRecorded(topic as AnyTopic);
    added[name] = {
      kind: kind.name,
      ...(!kind.isEvent && { value: saveState(object, kind, topicInternals.state(topic as AnyTopic)) }),
      ...(write !== "nobody" && { write }),
      ...(isLatest && { latest: true }),
      ...(!isOptimistic && { optimistic: false }),
      ...(!isRecorded && { history: false }),
    };
    for (const [field, value] of Object.entries(object)) if (value === topic) fields[field] = name;
  }
  if (Object.keys(added).length > 0) saved.added = added;
  if (object.tagNames.length > 0) saved.tags = [...object.tagNames];
}

function saveState(object: SObject, kind: AnyKind, state: unknown): Json {
  let wire: Wire = kind.toWire(state);
  if (kind.references) wire = kind.references.map(wire, (id) => (object.tree.get(id) ? id : undefined));
  // Most values are no containers.
  if (typeof wire !== "object") return wire;
  return jsonOf(kind.saved ? kind.saved.fromWire(wire) : wire);
}

/** `toJson`, for what most records are: scalars, in which nothing has to be changed. Objects without a prototype are slow. */
function jsonOf(data: Wire): Json {
  if (!isPlainObject(data)) return toJson(data);
  const record = data as Readonly<Record<string, Wire>>;
  const json: Record<string, Json> = {};
  for (const key of Object.keys(record)) {
    const item = record[key] as Wire;
    if ((typeof item === "object" && item !== null) || key.startsWith("$") || key === "__proto__") return toJson(data);
    json[key] = item;
  }
  return json;
}
