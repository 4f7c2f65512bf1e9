// A kind: the algebra of one sort of topic, as pure functions over its state.
//
// Server, mirror, history, storage and the wire all use these functions and none of them knows a kind by name. A new kind
// is an object of this interface, a Topic class around it, a row in `kinds.ts` and a row in the contract suite.
//
// The state is what a topic keeps inside. `apply` owns the state it is given: it may change a container in place, and
// returns the state from then on, so one op costs what it changes and not what there is. Everything else leaves the
// state alone.

import type { Wire } from "./codec.ts";

/**
 * One change, as plain data: the op's code in its kind, then its arguments, as many as the kind says. Code 0 is `set` in
 * every kind and takes the whole value in its wire form.
 */
export type Op = readonly [code: number, ...args: Wire[]];

/** An op whose arguments nobody has looked at yet. */
export type UncheckedOp = readonly [code: number, ...args: unknown[]];

/** The code of `set`, in every kind. */
export const SET = 0;

/** How many codes a kind may have: the wire keeps three bits for them. */
export const MAX_OP_CODES = 8;

/** Which of two ops that were made for the same state comes first, in the order that the server gives them. */
export type Side = "earlier" | "later";

/** The name of an op and how many arguments follow its code. */
export interface OpForm {
  readonly name: string;
  readonly arity: number;
}

/** See the head of this file. `State` is what the topic keeps; it may be mutable and is never handed out. */
export interface Kind<State = unknown> {
  /** The kind's name in shapes and docs. */
  readonly name: string;
  /** By code. */
  readonly ops: readonly OpForm[];
  /** Whether ops name positions, so that they only make sense against the value they were made for. */
  readonly isPositional: boolean;
  /** Whether the state is immutable and its own wire form. */
  readonly isScalar: boolean;
  /**
   * The op in the form in which it is applied, recorded and sent, or `undefined` where it would change nothing. Checks
   * everything: the arguments may come from anybody. Throws `ObjectSyncError`.
   */
  prepare(state: State, op: UncheckedOp): Op | undefined;
  /**
   * About how many steps an op takes beyond a small constant, with a state this large: a step is what moving one item
   * takes, a few nanoseconds. Not checked: the arguments may be anything.
   */
  effort(state: State, op: UncheckedOp): number;
  /** The state after a prepared op. Takes the state over: the caller uses only what is returned. */
  apply(state: State, op: Op): State;
  /** What takes a prepared op back, seen from the state before it. */
  invert(state: State, op: Op): Op;
  /**
   * Of positional kinds only: the op with each argument of the form that it must have, whatever the state: so that it can
   * be transformed before anybody knows the state that it will meet. Throws `ObjectSyncError`; a `set` has no such form.
   */
  check?(op: UncheckedOp): Op;
  /**
   * The ops that do what `op` was meant to do where `over` has happened, which was made for the same state; none where
   * nothing is left to do. `side` is the place of `op` in the order of the two. Where both cannot be had, the later one wins;
   * two insertions at one place both stay, the later one in front.
   *
   * It makes no difference which one is carried out first (TP1): with `a` earlier and `b` later, `a` and then
   * `transform(b, a, "later")` lead to the same value as `b` and then `transform(a, b, "earlier")`. For floats, save for
   * rounding. Both ops are prepared ones, or checked ones, and so is the result.
   *
   * Where ops name no positions, the later one stays the very op, or is nothing where `prepare` would refuse it or find
   * nothing to change: whoever has `prepare` need not ask. Costs what the ops hold, and nothing for what the state holds.
   */
  transform(op: Op, over: Op, side: Side): readonly Op[];
  /**
   * One op that does what two do, one right after the other; nothing if there is none that says no more than the two. What
   * it comes to may be no change at all, as of an op and what takes it back: `prepare` finds that.
   */
  merge(first: Op, second: Op): Op | undefined;
  /**
   * Only of kinds of which some ops add up: what takes such an op back whatever came since, nothing for the others. What
   * `invert` gives leads to the very value from before, and so may say nothing of what was added since.
   */
  negate?(op: Op): Op | undefined;
  /**
   * Only of kinds some ops of which name what goes: what of a prepared op is in the value afterwards. By how much it weighs
   * more than that of the inverse, the value has grown. Default: all of the op.
   */
  kept?(op: Op): Wire;
  /** The state as plain data, for `set`, snapshots and files. Never `null`: that means the shape's. */
  toWire(state: State): Wire;
  /** The state that `toWire` gave, checked: the data may come from anybody. Throws `ObjectSyncError`. */
  fromWire(data: unknown): State;
  /** Whether two states mean the same value. */
  equals(a: State, b: State): boolean;
  /** Whether there is nothing to keep: ops are told and then forgotten, and saved data leaves them out. Default: no. */
  readonly isEvent?: boolean;
  /** Only of kinds that hold references to objects. */
  readonly references?: References;
  /** How the wire form looks in saved data, for people to read and migrations to change. Default: as on the wire. */
  readonly saved?: SavedForm;
}

/** What is known of the ids in a kind that holds references. */
export interface References {
  /** The ids that a prepared op brings in. */
  in(op: Op): readonly number[];
  /** A state's wire form with other ids; a reference for which `idOf` knows none is left out, or `0` where it is the only one. */
  map(wire: Wire, idOf: (id: number) => number | undefined): Wire;
}

/** See `Kind.saved`. */
export interface SavedForm {
  fromWire(wire: Wire): Wire;
  /** Throws `ObjectSyncError`: the data may come from anybody. */
  toWire(data: unknown): Wire;
}

/** A kind whose state type does not matter to whoever holds it. */
// biome-ignore lint/suspicious/noExplicitAny: a state goes only back to the kind that it came from
export type AnyKind = Kind<any>;

/** Where a change came from, as its listeners are told. */
export type Origin = "local" | "remote" | "undo" | "redo" | "rollback" | "restore";
