// The pieces of the row that an `OpHistory` keeps: see there.

import type { Run } from "./splice.ts";
import type { Data } from "./value.ts";
import { weightOf } from "./weight.ts";

/** What one step did to one text or list, as far as its history asks. */
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
  /** Where it was in the row, the oldest first. More than one only of single items. */
  places: Place[];
  /** The one of them where it shows, if it does: what follows from the steps that are in effect. */
  shownAt: Place | undefined;
  /** About the bytes that it holds. */
  weight: number;
}

/** What was put in the place of an item. */
export interface Put {
  readonly by: OpStep | undefined;
  readonly item: Data;
  readonly weight: number;
}

/** A place in the row. */
export interface Place {
  readonly piece: Piece;
  movedBy: OpStep | undefined;
}

export const NONE: readonly never[] = Object.freeze([]);

/** The one place of a new piece, at which it shows. */
export function newPlace(length: number, insertedBy: OpStep | undefined): Place {
  const held = { content: undefined, puts: NONE, weight: 0 };
  return placeAlone({ length, insertedBy, deletedBy: NONE, ...held, places: [], shownAt: undefined });
}

/** The one place of a piece, at which it shows. */
export function placeAlone(piece: Piece): Place {
  const only = { piece, movedBy: undefined };
  piece.places = [only];
  piece.shownAt = only;
  return only;
}

export function put(by: OpStep | undefined, item: Data): Put {
  return { by, item, weight: weightOf(item) };
}

/** Whether a step is in effect, or would be if `turned` were turned. What no step did is. */
function isInEffect(step: OpStep | undefined, turned: OpStep | undefined): boolean {
  return step === undefined || step.isUndone === (step === turned);
}

/** Where a piece shows, or would show if `turned` were turned; nothing where it does not. */
export function placeOf({ insertedBy, deletedBy, places }: Piece, turned?: OpStep): Place | undefined {
  if (!isInEffect(insertedBy, turned)) return undefined;
  for (const step of deletedBy) if (isInEffect(step, turned)) return undefined;
  return places.length === 1 ? places[0] : places.findLast(({ movedBy }) => isInEffect(movedBy, turned));
}

export function isShown(place: Place): boolean {
  return place.piece.shownAt === place;
}

/** What an item is by what was put, or would be if `turned` were turned. */
export function itemOf({ puts }: Piece, turned?: OpStep): Data {
  return (puts.findLast(({ by }) => isInEffect(by, turned)) as Put).item;
}

export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

/** Whether any of some steps has brought something to a place, or has done something to what is there. */
export function isTraced({ piece, movedBy }: Place, isMeant: (step: OpStep) => boolean): boolean {
  const { insertedBy, deletedBy, puts } = piece;
  return (
    (insertedBy !== undefined && isMeant(insertedBy)) ||
    (movedBy !== undefined && isMeant(movedBy)) ||
    (deletedBy.length > 0 && deletedBy.some(isMeant)) ||
    (puts.length > 0 && puts.some(({ by }) => by && isMeant(by)))
  );
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

function isPlain({ places, puts }: Piece): boolean {
  return places.length === 1 && puts.length === 0;
}
