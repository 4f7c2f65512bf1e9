// OpHistory: a text or list, with all that a history may have to bring back into it.
//
// The value is a row of pieces. A piece knows which step inserted it and which have deleted it: it shows while the one is
// in effect and none of the others is. To undo a step is to say that it is not in effect, and to carry out what then shows
// otherwise than before. So what shows follows from which steps are in effect, in whatever order they were undone and redone,
// and whatever others have done meanwhile.
//
// - An item of a list that was moved has several places in the row, and shows at the one to which the last move in effect
//   brought it. One that was put holds all that was put, and shows what the last put in effect says.
// - What no step did leaves no trace: what it inserts was always there, what it deletes is gone for good. So does what
//   nobody can undo any more.
// - What is inserted goes in front of what lies at its place and does not show.
// - The row ends with a piece without an end: what nobody has touched.
//
// Pieces that stay when they are deleted are known as tombstones; here they go with the steps that need them.

import type { AnyKind, Op } from "./kind.ts";
import { MOVE, PUT } from "./list-transform.ts";
import { type Run, SPLICE } from "./splice.ts";
import { type Data, equals } from "./value.ts";
import { weightOf } from "./weight.ts";

/** What one step did to one text or list, as far as its history asks. */
export interface OpStep {
  /** Whether it is taken back. */
  isUndone: boolean;
}

/** Carries an op out; returns what takes it back, nothing where it changes nothing. */
export type CarryOut = (op: Op) => Op | undefined;

/** Units that came and went together so far. */
interface Piece {
  length: number;
  insertedBy: OpStep | undefined;
  deletedBy: readonly OpStep[];
  /** What it holds, if it did not show once. */
  content: Run | undefined;
  /** What was put in its place, the oldest first, and before that what it held at first. Only of single items. */
  puts: readonly Put[];
  /** Where it was in the row, the oldest first. More than one only of single items. */
  places: Place[];
  /** About the bytes that it holds. */
  weight: number;
}

interface Put {
  readonly by: OpStep | undefined;
  readonly item: Data;
}

interface Place {
  readonly piece: Piece;
  movedBy: OpStep | undefined;
}

/** A row of more places than these forgets its oldest steps: each op goes along it. */
const MAX_PLACES = 2_000;

/** About what a place takes in memory with its piece, in bytes. */
const PLACE_BYTES = 200;

const NONE: readonly never[] = Object.freeze([]);

/** See the head of this file. */
export class OpHistory {
  readonly #kind: AnyKind;
  readonly #onResize: (bytes: number) => void;
  /** Those that can be undone, or redone, the oldest first. */
  readonly #steps = new Set<OpStep>();
  #row: Place[] = [place(piece(Number.POSITIVE_INFINITY, undefined))];
  #empty: Run = NONE;
  #bytes = 0;

  /** `onResize` is told by how many bytes of memory it has grown. */
  constructor(kind: AnyKind, onResize: (bytes: number) => void) {
    this.#kind = kind;
    this.#onResize = onResize;
  }

  /** Whether there is nothing to undo or redo. */
  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  /** Takes what has just been done, by a step if one can undo it, and what takes it back. */
  note(op: Op, inverse: Op, step?: OpStep): void {
    if (step) this.#steps.add(step);
    const [code, position] = op as readonly [code: number, position: number];
    if (code === SPLICE) this.#splice(position, inverse[3] as Run, op[3] as Run, step);
    else if (code === PUT) this.#put(position, inverse[2] as Data, op[2] as Data, step);
    else if (code === MOVE) this.#move(position, op[2] as number, step);
    for (const oldest of this.#steps) {
      if (this.#row.length <= MAX_PLACES) break;
      this.#settle(oldest);
      this.#tidy();
    }
    this.#resize();
  }

  /** Whether there is anything that a step has done and has not itself undone. */
  isTraced(step: OpStep): boolean {
    return this.#row.some(
      ({ piece, movedBy }) =>
        piece.insertedBy === step ||
        movedBy === step ||
        piece.deletedBy.includes(step) ||
        piece.puts.some(({ by }) => by === step),
    );
  }

  /**
   * Takes a step back, or puts it back: carries out what shows otherwise then. Tells whether that is anything. If `carryOut`
   * throws, the step is as it was, and what was carried out is the caller's to take back.
   */
  turn(step: OpStep, carryOut: CarryOut): boolean {
    if (!this.#steps.has(step)) return false;
    let isChanged = false;
    const perform: CarryOut = (op) => {
      const inverse = carryOut(op);
      isChanged ||= inverse !== undefined;
      return inverse;
    };
    const moved = this.#turnMoves(step, perform);
    let position = 0;
    // Neighbours that come and go do so by one op.
    let going: Piece[] = [];
    let coming: Piece[] = [];
    for (const each of this.#row) {
      const { piece } = each;
      const shows = placeOf(piece, step) === each;
      const showed = moved.has(piece) ? shows : isShown(each);
      if (showed && !shows) going.push(piece);
      if (shows && !showed) coming.push(piece);
      if (!shows || !showed) continue;
      position += this.#replace(position, going, coming, step, perform);
      [going, coming] = [[], []];
      if (piece.puts.length > 0 && !equals(itemOf(piece), itemOf(piece, step))) {
        perform([PUT, position, itemOf(piece, step)]);
      }
      position += piece.length;
    }
    step.isUndone = !step.isUndone;
    this.#resize();
    return isChanged;
  }

  /** A step will be neither undone nor redone any more. */
  release(step: OpStep): void {
    if (!this.#steps.has(step)) return;
    this.#settle(step);
    this.#tidy();
    this.#resize();
  }

  /** All steps are of no use any more, as the value has become another one beside them. */
  end(): void {
    this.#steps.clear();
    this.#row = [place(piece(Number.POSITIVE_INFINITY, undefined))];
    this.#resize();
  }

  #splice(start: number, deleted: Run, inserted: Run, step: OpStep | undefined): void {
    this.#empty = inserted.slice(0, 0);
    const from = this.#cut(start);
    let index = from;
    let isHere = true;
    for (let offset = 0; offset < deleted.length; index++) {
      const each = this.#row[index] as Place;
      if (!isShown(each)) continue;
      const { piece } = each;
      if (piece.length > deleted.length - offset) this.#split(index, deleted.length - offset);
      hold(piece, deleted.slice(offset, offset + piece.length));
      offset += piece.length;
      // What came and went by one step, or went for good, never shows again.
      if (step && piece.insertedBy !== step) piece.deletedBy = [...piece.deletedBy, step];
      else {
        isHere &&= piece.places.length === 1;
        piece.places = [];
      }
    }
    if (inserted.length > 0) this.#row.splice(from, 0, place(piece(inserted.length, step)));
    if (isHere) this.#tidy(from - 1, index + 2);
    else this.#tidy();
  }

  #put(position: number, old: Data, item: Data, step: OpStep | undefined): void {
    const { piece } = this.#single(position);
    if (step) {
      const puts = piece.puts.length > 0 ? piece.puts : [{ by: undefined, item: old }];
      piece.puts = [...puts.filter(({ by }) => by !== step), { by: step, item }];
    } else piece.puts = NONE;
    hold(piece, undefined);
    this.#tidy();
  }

  #move(from: number, to: number, step: OpStep | undefined): void {
    const { piece } = this.#single(from);
    const target = { piece, movedBy: step };
    // It shows nowhere while the place is looked for.
    piece.places = [...(step ? piece.places.filter(({ movedBy }) => movedBy !== step) : NONE), target];
    const index = this.#cut(to);
    this.#row.splice(index, 0, target);
    this.#tidy();
  }

  /** Has pieces come in the place of others; returns how many units came. */
  #replace(
    position: number,
    going: readonly Piece[],
    coming: readonly Piece[],
    step: OpStep,
    carryOut: CarryOut,
  ): number {
    if (going.length === 0 && coming.length === 0) return 0;
    let inserted = this.#empty;
    for (const piece of coming) {
      const run = piece.puts.length > 0 ? [itemOf(piece, step)] : (piece.content as Run);
      inserted = inserted.length > 0 ? this.#joined(inserted, run) : run;
    }
    const inverse = carryOut(splice(position, lengthOf(going), inserted));
    // What changes nothing takes the same away that it brings.
    const deleted = inverse ? (inverse[3] as Run) : inserted;
    let offset = 0;
    for (const piece of going) {
      hold(piece, deleted.slice(offset, offset + piece.length));
      offset += piece.length;
    }
    return lengthOf(coming);
  }

  /** Carries out the moves that a step takes back, or puts back; returns what has moved. */
  #turnMoves(step: OpStep, carryOut: CarryOut): ReadonlySet<Piece> {
    const moved = new Set<Piece>();
    for (const { piece } of this.#row.filter(({ movedBy }) => movedBy === step)) {
      const [old, next] = [placeOf(piece), placeOf(piece, step)];
      if (!old || !next || old === next) continue;
      const lengthBefore = (end: Place): number => {
        let length = 0;
        for (const each of this.#row) {
          if (each === end) return length;
          const isThere = placeOf(each.piece, moved.has(each.piece) ? step : undefined) === each;
          if (each.piece !== piece && isThere) length += each.piece.length;
        }
        return length;
      };
      const [from, to] = [lengthBefore(old), lengthBefore(next)];
      moved.add(piece);
      if (from !== to) carryOut([MOVE, from, to]);
    }
    return moved;
  }

  /** The index in the row just behind so many units that show. Cuts the piece in which that is. */
  #cut(position: number): number {
    if (position === 0) return 0;
    for (let index = 0, rest = position; ; index++) {
      const each = this.#row[index] as Place;
      if (!isShown(each)) continue;
      const { length } = each.piece;
      if (length > rest) this.#split(index, rest);
      if (length >= rest) return index + 1;
      rest -= length;
    }
  }

  /** The place of the one unit at a position. */
  #single(position: number): Place {
    let index = this.#cut(position);
    while (!isShown(this.#row[index] as Place)) index++;
    const each = this.#row[index] as Place;
    if (each.piece.length > 1) this.#split(index, 1);
    return each;
  }

  #split(index: number, length: number): void {
    const { piece: first } = this.#row[index] as Place;
    const rest: Piece = { ...first, length: first.length - length };
    first.length = length;
    // It shows: when it goes, what it holds is known again.
    hold(first, undefined);
    hold(rest, undefined);
    this.#row.splice(index + 1, 0, place(rest));
  }

  /** Makes of what a step did what was always so. */
  #settle(step: OpStep): void {
    this.#steps.delete(step);
    for (const { piece } of this.#row) {
      const isGone = step.isUndone ? piece.insertedBy === step : piece.deletedBy.includes(step);
      if (piece.insertedBy === step) piece.insertedBy = undefined;
      if (piece.deletedBy.includes(step)) piece.deletedBy = piece.deletedBy.filter((each) => each !== step);
      piece.places = isGone ? [] : settled(piece.places, ({ movedBy }) => movedBy === step, step.isUndone);
      const [first] = piece.places;
      if (first) first.movedBy = undefined;
      const [old, ...puts] = settled(piece.puts, ({ by }) => by === step, step.isUndone);
      piece.puts = old && puts.length > 0 ? [{ by: undefined, item: old.item }, ...puts] : NONE;
      // What is there for good will not have to be brought back.
      if (!piece.insertedBy && piece.deletedBy.length === 0) hold(piece, undefined);
      else hold(piece, old && puts.length === 0 ? [old.item] : piece.content);
    }
  }

  /** Takes out of a part of the row what is of no use any more, and makes one of neighbours that came and went together. */
  #tidy(from = 0, to = this.#row.length): void {
    const [start, end] = [Math.max(0, from), Math.min(to, this.#row.length)];
    let last = start;
    for (let index = start; index < end; index++) {
      const each = this.#row[index] as Place;
      const { piece } = each;
      if (!piece.places.includes(each)) continue;
      const before = last > start ? (this.#row[last - 1] as Place).piece : undefined;
      if (before && isAlike(before, piece)) {
        const content = isShown(each) ? undefined : this.#joined(before.content as Run, piece.content as Run);
        hold(before, content);
        before.length += piece.length;
      } else this.#row[last++] = each;
    }
    if (last < end) this.#row.splice(last, end - last);
  }

  #joined(a: Run, b: Run): Run {
    return (this.#kind.merge(splice(0, 0, a), splice(a.length, 0, b)) as Op)[3] as Run;
  }

  #resize(): void {
    let bytes = 0;
    for (const { piece } of this.isEmpty ? NONE : this.#row) {
      bytes += PLACE_BYTES + piece.weight;
    }
    this.#onResize(bytes - this.#bytes);
    this.#bytes = bytes;
  }
}

function piece(length: number, insertedBy: OpStep | undefined): Piece {
  return { length, insertedBy, deletedBy: NONE, content: undefined, puts: NONE, places: [], weight: 0 };
}

/** Gives a piece what it holds. */
function hold(of: Piece, content: Run | undefined): void {
  of.content = content;
  of.weight = content ? weightOf(content as Data) : 0;
  for (const { item } of of.puts) of.weight += weightOf(item);
}

/** The one place of a piece. */
function place(of: Piece): Place {
  const only = { piece: of, movedBy: undefined };
  of.places = [only];
  return only;
}

/** Whether a step is in effect, or would be if `turned` were turned. What no step did is. */
function isInEffect(step: OpStep | undefined, turned: OpStep | undefined): boolean {
  return step === undefined || step.isUndone === (step === turned);
}

/** Where a piece shows, or would show if `turned` were turned; nothing where it does not. */
function placeOf({ insertedBy, deletedBy, places }: Piece, turned?: OpStep): Place | undefined {
  if (!isInEffect(insertedBy, turned)) return undefined;
  for (const step of deletedBy) if (isInEffect(step, turned)) return undefined;
  return places.length === 1 ? places[0] : places.findLast(({ movedBy }) => isInEffect(movedBy, turned));
}

function isShown(each: Place): boolean {
  return placeOf(each.piece) === each;
}

/** What an item is by what was put. */
function itemOf({ puts }: Piece, turned?: OpStep): Data {
  return (puts.findLast(({ by }) => isInEffect(by, turned)) as Put).item;
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

/** Whether two neighbours can be one piece. */
function isAlike(a: Piece, b: Piece): boolean {
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

/** Of a list in which the last one in effect counts, what is left when one of a step's is there, or not, for good. */
function settled<Each>(list: Each[], isStep: (each: Each) => boolean, isUndone: boolean): Each[];
function settled<Each>(list: readonly Each[], isStep: (each: Each) => boolean, isUndone: boolean): readonly Each[];
function settled<Each>(list: readonly Each[], isStep: (each: Each) => boolean, isUndone: boolean): readonly Each[] {
  const index = list.findIndex(isStep);
  if (index < 0) return list;
  return isUndone ? list.toSpliced(index, 1) : list.slice(index);
}

function splice(position: number, deleteCount: number, inserted: Run): Op {
  return [SPLICE, position, deleteCount, inserted] as unknown as Op;
}
