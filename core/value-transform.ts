// Concurrent ops of values: each path is a register, and paths lie within each other.
//
// A `set` is a put at the empty path. The later op wins at its path and below. Where the earlier one put something further
// out, the later one holds within that; where there is no place for it, it is nothing, as `prepare` would find.

import { type Op, SET, type Side } from "./kind.ts";
import { type Data, type DataRecord, isRecord, seal } from "./value.ts";
import { partAt, type ValuePath } from "./value-parts.ts";

/** The codes of `put(path, data)` and `delete(path)`. */
export const PUT = 1;
export const DELETE = 2;

/** `Kind.transform` of values. */
export function transformValueOp(op: Op, over: Op, side: Side): readonly Op[] {
  const [path, overPath] = [pathOf(op), pathOf(over)];
  if (!isSameStart(path, overPath)) return [op];
  if (side === "later") return overPath.length > path.length || hasPlace(over, op) ? [op] : [];
  if (overPath.length <= path.length) return [];
  if (!hasPlace(op, over)) return [op];
  const item = withItem(itemOf(op) as DataRecord, overPath.slice(path.length), itemOf(over));
  return [op[0] === SET ? [SET, [item]] : [PUT, path, item]];
}

/** Whether what `outer` leaves at its path lets `inner`, at that path or below, do anything. */
function hasPlace(outer: Op, inner: Op): boolean {
  const rest = pathOf(inner).slice(pathOf(outer).length);
  const data = itemOf(outer);
  if (data === undefined) return rest.length === 0 && itemOf(inner) !== undefined;
  if (itemOf(inner) === undefined) return partAt(data, rest) !== undefined;
  const around = partAt(data, rest.slice(0, -1));
  return rest.length === 0 || (around !== undefined && isRecord(around as Data));
}

/** Data with something else, or nothing, at a path that has a place in it. */
function withItem(data: DataRecord, [key, ...rest]: ValuePath, item: Data | undefined): Data {
  const copy: Record<string, Data> = Object.assign(Object.create(null), data);
  const name = key as string;
  if (rest.length > 0) copy[name] = withItem(data[name] as DataRecord, rest, item);
  else if (item === undefined) delete copy[name];
  else copy[name] = item;
  return seal(copy);
}

/** Whether one path is the other, or leads to it. */
function isSameStart(a: ValuePath, b: ValuePath): boolean {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) if (a[index] !== b[index]) return false;
  return true;
}

function pathOf([code, path]: Op): ValuePath {
  return code === SET ? [] : (path as ValuePath);
}

/** What an op puts; `undefined` if it deletes. */
function itemOf([code, first, data]: Op): Data | undefined {
  return code === SET ? (first as readonly [Data])[0] : (data as Data | undefined);
}
