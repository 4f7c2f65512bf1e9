import { describeValue, ObjectSyncError } from "./error.ts";

/**
 * The number, if it is an integer from `min` to `max`. Throws `wrong_type` or `out_of_range`, naming it as `what`. A `max`
 * below `min` is that of a list without items.
 */
export function integerIn(min: number, max: number, value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new ObjectSyncError("wrong_type", `expected an integer as ${what}, got ${describeValue(value)}`);
  }
  if (max < min) throw new ObjectSyncError("out_of_range", `expected ${what}, got ${value}: the list is empty`);
  if (value < min || value > max) {
    throw new ObjectSyncError("out_of_range", `expected ${what} from ${min} to ${max}, got ${value}`);
  }
  return value === 0 ? 0 : value;
}
