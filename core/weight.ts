import type { Wire } from "./codec.ts";
import type { Op } from "./kind.ts";
import { type AnyTopic, topicInternals } from "./topic.ts";

/** What a container counts beyond what is in it: in memory it is large, though it is small on the wire. */
const CONTAINER_BYTES = 64;

/** About the bytes of a value, or of an op. */
export function weightOf(value: Wire): number {
  if (typeof value === "string") return value.length + 1;
  if (typeof value !== "object" || value === null) return 8;
  if (value instanceof Uint8Array) return value.length + CONTAINER_BYTES;
  let bytes = CONTAINER_BYTES;
  if (Array.isArray(value)) for (const item of value) bytes += weightOf(item);
  else for (const [key, item] of Object.entries(value)) bytes += key.length + weightOf(item);
  return bytes;
}

/** About the bytes of a topic's value. */
export function weightOfState(topic: AnyTopic): number {
  return weightOf(topic.kind.toWire(topicInternals.state(topic)));
}

/** What an op takes in memory beside its data, in bytes. */
const OP_BYTES = 100;

/** About the bytes that an op takes in memory. */
export function weightOfOp(op: Op): number {
  return OP_BYTES + weightOf(op);
}
