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
  /** The one of them where it shows, if it does: what follows from the steps that are in effect. */
  shownAt: Place | undefined;
  /** About the bytes that it holds. */
  weight: number;
}

interface Put {
  readonly by: OpStep | undefined;
  readonly item: Data;
  readonly weight: number;
}

interface Place {
  readonly piece: Piece;
  movedBy: OpStep | undefined;
}

/** A row of more places than these forgets its oldest steps: each op goes along it. */
const MAX_PLACES = 2_000;

/** What more steps than these have moved, put or deleted forgets the oldest of them. */
const MAX_STEPS_EACH = 50;

/** Neighbours that hold more units than these stay apart: to make one of them copies what they hold. */
const MAX_JOINED = 256;

/** About what a place takes in memory with its piece, in bytes. */
const PLACE_BYTES = 200;

const NONE: readonly never[] = Object.freeze([]);

/** See the head of this file. */
export class OpHistory {
  readonly #kind: AnyKind;
  readonly #onResize: (bytes: number) => void;
  /** Those that can be undone, or redone; the one that was added to last is the last. */
  readonly #steps = new Set<OpStep>();
  #row: Place[] = [place(piece(Number.POSITIVE_INFINITY, undefined))];
  /** Steps of which something has more than it may. */
  readonly #crowding = new Set<OpStep>();
  #empty: Run = NONE;
  #bytes = 0;
  #isEnded = false;

  /** `onResize` is told by how many bytes of memory it has grown. */
  constructor(kind: AnyKind, onResize: (bytes: number) => void) {
    this.#kind = kind;
    this.#onResize = onResize;
  }

  /** Whether there is nothing to undo or redo. */
  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  /** How many places it goes along for whatever it is asked. */
  get length(): number {
    return this.#row.length;
  }

  /** Whether the value has become another one beside all steps. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether a step that was noted can be neither undone nor redone any more, as it was one too many, or was released. */
  isSettled(step: OpStep): boolean {
    return !this.#steps.has(step);
  }

  /** Takes what has just been done, by a step if one can undo it, and what takes it back. */
  note(op: Op, inverse: Op, step?: OpStep): void {
    if (step) {
      this.#steps.delete(step);
      this.#steps.add(step);
    }
    const [code, position] = op as readonly [code: number, position: number];
    if (code === SPLICE) this.#splice(position, inverse[3] as Run, op[3] as Run, step);
    else if (code === PUT) this.#put(position, inverse[2] as Data, op[2] as Data, step);
    else if (code === MOVE) this.#move(position, op[2] as number, step);
    this.#limit();
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
    const next = new Map<Piece, Place | undefined>();
    for (const { piece } of this.#row) if (!next.has(piece)) next.set(piece, placeOf(piece, step));
    const moved = this.#turnMoves(step, next, perform);
    let position = 0;
    // Neighbours that come and go do so by one op.
    let going: Piece[] = [];
    let coming: Piece[] = [];
    for (const each of this.#row) {
      const { piece } = each;
      const shows = next.get(piece) === each;
      const showed = moved.has(piece) ? shows : isShown(each);
      if (showed && !shows) going.push(piece);
      if (shows && !showed) coming.push(piece);
      if (!shows || !showed) continue;
      position += this.#replace(position, going, coming, step, perform);
      [going, coming] = [[], []];
      if (piece.puts.length > 0) {
        const [old, item] = [itemOf(piece), itemOf(piece, step)];
        if (old !== item && !equals(old, item)) perform([PUT, position, item]);
      }
      position += piece.length;
    }
    step.isUndone = !step.isUndone;
    for (const [piece, shownAt] of next) piece.shownAt = shownAt;
    this.#resize();
    return isChanged;
  }

  /** Takes a turn as not done, or as done: what it carried out was taken back, or put back. */
  set(step: OpStep, isUndone: boolean): void {
    if (step.isUndone === isUndone) return;
    step.isUndone = isUndone;
    for (const each of this.#row) if (each === each.piece.places[0]) each.piece.shownAt = placeOf(each.piece);
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
    this.#isEnded = true;
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
      if (step && piece.insertedBy !== step) {
        piece.deletedBy = [...piece.deletedBy, step];
        this.#crowd(piece.deletedBy);
      } else {
        isHere &&= piece.places.length === 1;
        piece.places = [];
      }
      piece.shownAt = undefined;
    }
    if (inserted.length > 0) this.#row.splice(from, 0, place(piece(inserted.length, step)));
    if (isHere) this.#tidy(from - 1, index + 2);
    else this.#tidy();
  }

  #put(position: number, old: Data, item: Data, step: OpStep | undefined): void {
    const { piece } = this.#single(position);
    if (step) {
      const puts = piece.puts.length > 0 ? piece.puts : [put(undefined, old)];
      piece.puts = [...puts.filter(({ by }) => by !== step), put(step, item)];
      this.#crowd(piece.puts.map(({ by }) => by));
    } else piece.puts = NONE;
    hold(piece, undefined);
    this.#tidy();
  }

  #move(from: number, to: number, step: OpStep | undefined): void {
    const { piece } = this.#single(from);
    const target = { piece, movedBy: step };
    // It shows nowhere while the place is looked for.
    piece.places = [...(step ? piece.places.filter(({ movedBy }) => movedBy !== step) : NONE), target];
    piece.shownAt = target;
    this.#crowd(piece.places.map(({ movedBy }) => movedBy));
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
    const runs = coming.map((piece) => (piece.puts.length > 0 ? [itemOf(piece, step)] : (piece.content as Run)));
    const inserted = this.#joined(runs.filter(({ length }) => length > 0));
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

  /** Carries out the moves that a step takes back, or puts back; returns what has moved. `next`: where each shows then. */
  #turnMoves(step: OpStep, next: ReadonlyMap<Piece, Place | undefined>, carryOut: CarryOut): ReadonlySet<Piece> {
    const moved = new Set<Piece>();
    const turned = this.#row.filter(({ movedBy }) => movedBy === step);
    if (turned.length === 0) return moved;
    const indexes = new Map(this.#row.map((each, index) => [each, index]));
    const lengths = new Lengths(this.#row.map((each) => (isShown(each) ? each.piece.length : 0)));
    for (const { piece } of turned) {
      const [old, target] = [piece.shownAt, next.get(piece)];
      if (!old || !target || old === target) continue;
      const [oldIndex, nextIndex] = [indexes.get(old) as number, indexes.get(target) as number];
      const from = lengths.before(oldIndex);
      lengths.add(oldIndex, -piece.length);
      const to = lengths.before(nextIndex);
      lengths.add(nextIndex, piece.length);
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

  /** Takes the steps that did something to one piece, the oldest first, where they are too many. */
  #crowd(steps: readonly (OpStep | undefined)[]): void {
    for (let index = 0; index < steps.length - MAX_STEPS_EACH; index++) {
      const step = steps[index];
      if (step) this.#crowding.add(step);
    }
  }

  /** Forgets what is too much: the oldest steps first, the one that is running last. */
  #limit(): void {
    for (const step of this.#crowding) this.#settle(step);
    if (this.#crowding.size > 0) this.#tidy();
    this.#crowding.clear();
    for (const oldest of this.#steps) {
      if (this.#row.length <= MAX_PLACES) break;
      this.#settle(oldest);
      this.#tidy();
    }
  }

  /** Makes of what a step did what was always so. */
  #settle(step: OpStep): void {
    this.#steps.delete(step);
    for (const { piece } of this.#row) {
      const isGone = step.isUndone ? piece.insertedBy === step : piece.deletedBy.includes(step);
      if (piece.insertedBy === step) piece.insertedBy = undefined;
      if (piece.deletedBy.includes(step)) piece.deletedBy = piece.deletedBy.filter((each) => each !== step);
      if (isGone) piece.shownAt = undefined;
      piece.places = isGone ? [] : settled(piece.places, ({ movedBy }) => movedBy === step, step.isUndone);
      const [first] = piece.places;
      if (first) first.movedBy = undefined;
      const isPut = piece.puts.some(({ by }) => by === step);
      if (isPut) {
        const [first, ...puts] = settled(piece.puts, ({ by }) => by === step, step.isUndone) as [Put, ...Put[]];
        piece.puts = puts.length > 0 ? [{ ...first, by: undefined }, ...puts] : NONE;
        hold(piece, puts.length > 0 ? piece.content : [first.item]);
      }
      // What is there for good will not have to be brought back.
      const isForGood = !piece.insertedBy && piece.deletedBy.length === 0;
      if (isForGood && (isPut || piece.content)) hold(piece, undefined);
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
      const isSmall = before && (isShown(each) || before.length + piece.length <= MAX_JOINED);
      if (before && isSmall && isAlike(before, piece)) {
        hold(before, isShown(each) ? undefined : this.#joined([before.content as Run, piece.content as Run]));
        before.length += piece.length;
      } else this.#row[last++] = each;
    }
    if (last < end) this.#row.splice(last, end - last);
  }

  /** Halves are joined, and halves of these: so little is copied often. */
  #joined(runs: readonly Run[]): Run {
    if (runs.length < 2) return runs[0] ?? this.#empty;
    const half = runs.length >> 1;
    const [a, b] = [this.#joined(runs.slice(0, half)), this.#joined(runs.slice(half))];
    return (this.#kind.merge(splice(0, 0, a), splice(a.length, 0, b)) as Op)[3] as Run;
  }

  #resize(): void {
    let bytes = 0;
    if (!this.isEmpty) for (const { piece } of this.#row) bytes += PLACE_BYTES + piece.weight;
    this.#onResize(bytes - this.#bytes);
    this.#bytes = bytes;
  }
}

/** Lengths of the places of a row, of which each can change, and the sum of any first ones be asked, in few steps. */
class Lengths {
  // A tree in an array, known as Fenwick's: each node has the sum of as many as its lowest bit says.
  readonly #sums: number[];

  constructor(lengths: readonly number[]) {
    this.#sums = [0, ...lengths];
    for (let node = 1; node < this.#sums.length; node++) {
      const above = node + (node & -node);
      if (above < this.#sums.length) (this.#sums[above] as number) += this.#sums[node] as number;
    }
  }

  before(index: number): number {
    let sum = 0;
    for (let node = index; node > 0; node -= node & -node) sum += this.#sums[node] as number;
    return sum;
  }

  add(index: number, length: number): void {
    for (let node = index + 1; node < this.#sums.length; node += node & -node) (this.#sums[node] as number) += length;
  }
}

/** A piece without a place. */
function piece(length: number, insertedBy: OpStep | undefined): Piece {
  const held = { content: undefined, puts: NONE, weight: 0 };
  return { length, insertedBy, deletedBy: NONE, ...held, places: [], shownAt: undefined };
}

function put(by: OpStep | undefined, item: Data): Put {
  return { by, item, weight: weightOf(item) };
}

/** Gives a piece what it holds. */
function hold(of: Piece, content: Run | undefined): void {
  of.content = content;
  of.weight = content ? weightOf(content as Data) : 0;
  for (const { weight } of of.puts) of.weight += weight;
}

/** The one place of a piece, at which it shows. */
function place(of: Piece): Place {
  const only = { piece: of, movedBy: undefined };
  of.places = [only];
  of.shownAt = only;
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
  return each.piece.shownAt === each;
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
