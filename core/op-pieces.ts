// The pieces of which an `OpHistory` (see there) keeps a row, and the spots at which they are in it.
//
// A piece is a run of units that have come and gone together so far. It has one spot in the row, or several where it is an
// item that was moved: one for each step that moved it, and the one where it was before. It shows at one of them at the
// most. What shows where follows from which steps are in effect: `spotOf` and `shownItem` tell it, also as it
// would be if one step were toggled, that is undone or redone.
//
// Not here: the order of the spots (piece-row.ts).

import type { Run } from "./splice.ts";
import type { Data } from "./value.ts";
import { weightOf } from "./weight.ts";

/** What one step of a history did to one text or list: its `OpHistory` knows what that was, and asks it this only. */
export interface OpStep {
  /** Whether it is taken back. */
  isUndone: boolean;
}

/** Units that came and went together so far. */
export interface Piece {
  length: number;
  insertedBy: OpStep | undefined;
  deletedBy: readonly OpStep[];
  /** What it holds, if it did not show once. */
  content: Run | undefined;
  /** What was put in its place, the oldest first, and before that what it held at first. Only of single items. */
  puts: readonly Put[];
  /** The oldest first. More than one only of single items. */
  spots: Spot[];
  /** The one of them where it shows, if it does: what follows from the steps that are in effect. */
  shownAt: Spot | undefined;
  /** About the bytes that it holds. */
  weight: number;
}

/** What was put in the place of an item. */
export interface Put {
  readonly by: OpStep | undefined;
  readonly item: Data;
  readonly weight: number;
}

/** Where a piece is in the row. */
export interface Spot {
  readonly piece: Piece;
  movedBy: OpStep | undefined;
}

export const NONE: readonly never[] = Object.freeze([]);

/** The one spot of a new piece, at which it shows. */
export function newSpot(length: number, insertedBy: OpStep | undefined): Spot {
  const held = { content: undefined, puts: NONE, weight: 0 };
  return soleSpot({ length, insertedBy, deletedBy: NONE, ...held, spots: [], shownAt: undefined });
}

/** The one spot of a piece, at which it shows. */
export function soleSpot(piece: Piece): Spot {
  const only = { piece, movedBy: undefined };
  piece.spots = [only];
  piece.shownAt = only;
  return only;
}

export function put(by: OpStep | undefined, item: Data): Put {
  return { by, item, weight: weightOf(item) };
}

/** Whether a step is in effect, or would be if `toggled` were toggled. What no step did is. */
function isInEffect(step: OpStep | undefined, toggled: OpStep | undefined): boolean {
  return step === undefined || step.isUndone === (step === toggled);
}

/** Where a piece shows, or would show if `toggled` were toggled; nothing where it does not. */
export function spotOf({ insertedBy, deletedBy, spots }: Piece, toggled?: OpStep): Spot | undefined {
  if (!isInEffect(insertedBy, toggled)) return undefined;
  for (const step of deletedBy) if (isInEffect(step, toggled)) return undefined;
  return spots.length === 1 ? spots[0] : spots.findLast(({ movedBy }) => isInEffect(movedBy, toggled));
}

export function isShown(spot: Spot): boolean {
  return spot.piece.shownAt === spot;
}

/** What an item is by what was put, or would be if `toggled` were toggled. */
export function shownItem({ puts }: Piece, toggled?: OpStep): Data {
  return (puts.findLast(({ by }) => isInEffect(by, toggled)) as Put).item;
}

export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

/** Whether any of some steps has brought something to a spot, or has done something to what is there. */
export function isTraced({ piece, movedBy }: Spot, isMeant: (step: OpStep) => boolean): boolean {
  const { insertedBy, deletedBy, puts } = piece;
  return (
    (insertedBy !== undefined && isMeant(insertedBy)) ||
    (movedBy !== undefined && isMeant(movedBy)) ||
    (deletedBy.length > 0 && deletedBy.some(isMeant)) ||
    (puts.length > 0 && puts.some(({ by }) => by && isMeant(by)))
  );
}

/** The steps that have brought something to one of these, or have done something to what is there. */
export function tracedSteps(spots: readonly Spot[]): ReadonlySet<OpStep> {
  const steps = new Set<OpStep | undefined>();
  for (const { piece, movedBy } of spots) {
    steps.add(movedBy).add(piece.insertedBy);
    for (const step of piece.deletedBy) steps.add(step);
    for (const { by } of piece.puts) steps.add(by);
  }
  return steps as ReadonlySet<OpStep>;
}

/** Whether two neighbours can be one piece. */
export function isAlike(a: Piece, b: Piece): boolean {
  return (
    a.insertedBy === b.insertedBy &&
    a.deletedBy.length === b.deletedBy.length &&
    a.deletedBy.every((step, index) => step === b.deletedBy[index]) &&
    isPlain(a) &&
    isPlain(b)
  );
}

function isPlain({ spots, puts }: Piece): boolean {
  return spots.length === 1 && puts.length === 0;
}
