// Random values and ops of a kind, for laws about several ops.

import * as fc from "fast-check";
import { ObjectSyncError } from "../core/error.ts";
import { type AnyKind, type Op, SET, type UncheckedOp } from "../core/kind.ts";
import { ROWS, type Row } from "./kind-rows.ts";

/** Makes an op, given how large the value is. */
export type Maker = (size: number) => UncheckedOp;

/** A kind with its row. */
export interface KindUnderTest {
  readonly name: string;
  readonly kind: AnyKind;
  /** Values in their wire form. */
  readonly starts: fc.Arbitrary<unknown>;
  /** Makes ops, one in five a `set`. */
  readonly makers: fc.Arbitrary<Maker>;
  /** The op for a state; nothing where it is refused or changes nothing. */
  prepare(state: unknown, make: Maker): Op | undefined;
}

/** All kinds, with values and ops of which no sum is rounded or out of range. */
export const KINDS: readonly KindUnderTest[] = ROWS.map((row) => underTest(row, row.exact ?? row));

/** The kinds of numbers, with sums that are rounded. */
export const ROUNDING_KINDS: readonly KindUnderTest[] = ROWS.filter(({ exact }) => exact).map((row) =>
  underTest(row, row),
);

function underTest(row: Row, { values, ops }: Pick<Row, "values" | "ops">): KindUnderTest {
  const { kind } = new row.topicClass();
  const starts = values.map((value): unknown => (row.encode ? row.encode(value as never) : value));
  const sets = starts.map((value) => (): UncheckedOp => [SET, value]);
  return {
    name: kind.name,
    kind,
    starts,
    makers: fc.oneof({ weight: 4, arbitrary: ops }, { weight: 1, arbitrary: sets }),
    prepare: (state, make) => prepared(kind, state, make(row.size(state as never))),
  };
}

/** An op as it has to be carried out; nothing where it is refused or changes nothing. */
export function prepared(kind: AnyKind, state: unknown, unchecked: UncheckedOp): Op | undefined {
  try {
    return kind.prepare(state, unchecked);
  } catch (error) {
    if (error instanceof ObjectSyncError) return undefined;
    throw error;
  }
}

/** The ops that makers come to, one after the other, from a state on. */
export function prepareAll(
  { kind, prepare }: Pick<KindUnderTest, "kind" | "prepare">,
  start: unknown,
  makers: readonly Maker[],
): readonly Op[] {
  const ops: Op[] = [];
  let state = copyOf(kind, start);
  for (const make of makers) {
    const op = prepare(state, make);
    if (!op) continue;
    ops.push(op);
    state = kind.apply(state, op);
  }
  return ops;
}

/** The state that ops lead to; the given one stays as it is. */
export function play(kind: AnyKind, state: unknown, ops: readonly Op[]): unknown {
  return ops.reduce((played, op) => kind.apply(played, op), copyOf(kind, state));
}

/** Another state of the same value, which may be changed. */
export function copyOf(kind: AnyKind, state: unknown): unknown {
  return kind.fromWire(kind.toWire(state));
}
