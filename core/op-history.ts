// OpHistory: a text or list, with all that a history may have to bring back into it.
//
// The value is a row of pieces. A piece knows which step inserted it and which have deleted it: it shows while the one is
// in effect and none of the others is. To undo a step is to say that it is not in effect, and to carry out what then shows
// otherwise than before. So what shows follows from which steps are in effect, in whatever order they were undone and redone,
// and whatever others have done meanwhile.
//
// - An item of a list that was moved has several spots in the row, and shows at the one to which the last move in effect
//   brought it. One that was put holds all that was put, and shows what the last put in effect says.
// - What no step did leaves no trace: what it inserts was always there, what it deletes is gone for good. So does what
//   nobody can undo any more.
// - What is inserted goes in front of what lies there and does not show.
// - The row ends with a piece without an end: what nobody has touched.
//
// Pieces that stay when they are deleted are known as tombstones; here they go with the steps that need them.

import type { AnyKind, Op } from "./kind.ts";
import { MOVE, PUT } from "./list-transform.ts";
import {
  isShown,
  isTraced,
  lengthOf,
  NONE,
  type OpStep,
  type Piece,
  type Put,
  put,
  type Spot,
  shownItem,
  spotOf,
  tracedSteps,
} from "./op-pieces.ts";
import { PieceRow } from "./piece-row.ts";
import { PrefixSums } from "./prefix-sums.ts";
import { type Run, SPLICE, splice } from "./splice.ts";
import { type Data, equals } from "./value.ts";

export type { OpStep };

/** Carries an op out; returns what takes it back, nothing where it changes nothing. */
export type CarryOut = (op: Op) => Op | undefined;

/** A row of more spots than these forgets its oldest steps: each op goes along it. */
const MAX_SPOTS = 2_000;

/** Steps are forgotten together, one of so many at the most: to do so goes along the row. */
const FORGOTTEN_SHARE = 32;

/** What more steps than these have moved, put or deleted forgets the oldest of them. */
const MAX_STEPS_EACH = 50;

/** See the head of this file. */
export class OpHistory {
  readonly #kind: AnyKind;
  readonly #onResize: (bytes: number) => void;
  /** Those that can be undone, or redone; the one that was added to last is the last. */
  readonly #steps = new Set<OpStep>();
  #row: PieceRow;
  /** Those that nobody will undo or redo, and that still have traces. */
  readonly #released = new Set<OpStep>();
  /** Steps of which something has more than it may. */
  readonly #crowding = new Set<OpStep>();
  /** A step that certainly has done something that it has not itself undone: the last one that inserted anything. */
  #inserter: OpStep | undefined;
  /** All that have, if somebody has asked since the last change. */
  #tracedSteps: ReadonlySet<OpStep> | undefined;
  #bytes = 0;
  #isEnded = false;

  /** `onResize` is told by how many bytes of memory it has grown. */
  constructor(kind: AnyKind, onResize: (bytes: number) => void) {
    this.#kind = kind;
    this.#onResize = onResize;
    this.#row = new PieceRow(kind);
  }

  /** How many spots it goes along for whatever it is asked. */
  get length(): number {
    return this.#row.spots.length;
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
    this.#inserter = undefined;
    this.#tracedSteps = undefined;
    const [code, position] = op as readonly [code: number, position: number];
    if (code === SPLICE) this.#splice(position, inverse[3] as Run, op[3] as Run, step);
    else if (code === PUT) this.#put(position, inverse[2] as Data, op[2] as Data, step);
    else if (code === MOVE) this.#move(position, op[2] as number, step);
    this.#limit();
    this.#resize();
  }

  /** Whether there is anything that a step has done and has not itself undone. */
  isTraced(step: OpStep): boolean {
    if (step === this.#inserter) return true;
    this.#tracedSteps ??= tracedSteps(this.#row.spots);
    return this.#tracedSteps.has(step);
  }

  /**
   * Takes a step back, or puts it back: carries out what shows otherwise then. Tells whether that is anything. If `carryOut`
   * throws, the step is as it was, and what was carried out is the caller's to take back.
   */
  toggle(step: OpStep, carryOut: CarryOut): boolean {
    if (!this.#steps.has(step)) return false;
    let isChanged = false;
    const perform: CarryOut = (op) => {
      const inverse = carryOut(op);
      isChanged ||= inverse !== undefined;
      return inverse;
    };
    const next = new Map<Piece, Spot | undefined>();
    for (const { piece } of this.#row.spots) if (!next.has(piece)) next.set(piece, spotOf(piece, step));
    const moved = this.#toggleMoves(step, next, perform);
    this.#toggleRest(step, next, moved, perform);
    step.isUndone = !step.isUndone;
    for (const [piece, shownAt] of next) piece.shownAt = shownAt;
    this.#resize();
    return isChanged;
  }

  /** Says whether a step is undone: the caller has taken back, or put back, all that toggling it carried out. */
  correct(step: OpStep, isUndone: boolean): void {
    if (step.isUndone === isUndone) return;
    step.isUndone = isUndone;
    for (const each of this.#row.spots) if (each === each.piece.spots[0]) each.piece.shownAt = spotOf(each.piece);
  }

  /** A step will be neither undone nor redone any more. */
  release(step: OpStep): void {
    if (!this.#steps.delete(step)) return;
    this.#released.add(step);
    if (this.#steps.size === 0 || this.#released.size * FORGOTTEN_SHARE >= this.length) this.#settle([]);
    this.#resize();
  }

  /** All steps are of no use any more, as the value has become another one beside them. */
  end(): void {
    this.#isEnded = true;
    this.#steps.clear();
    this.#released.clear();
    this.#row = new PieceRow(this.#kind);
    this.#resize();
  }

  #splice(start: number, deleted: Run, inserted: Run, step: OpStep | undefined): void {
    const row = this.#row;
    const from = row.cut(start);
    let index = from;
    // Whether all spots that go are here: else the whole row has to be looked through.
    let isLocal = true;
    for (let offset = 0; offset < deleted.length; index++) {
      const each = row.spots[index] as Spot;
      if (!isShown(each)) continue;
      const { piece } = each;
      if (piece.length > deleted.length - offset) row.split(index, deleted.length - offset);
      row.hold(piece, deleted.slice(offset, offset + piece.length));
      offset += piece.length;
      // What came and went by one step, or went for good, never shows again.
      if (step && piece.insertedBy !== step) {
        piece.deletedBy = [...piece.deletedBy, step];
        this.#crowd(piece.deletedBy);
      } else {
        isLocal &&= piece.spots.length === 1;
        piece.spots = [];
      }
      piece.shownAt = undefined;
    }
    row.insertNew(from, inserted, step);
    if (inserted.length > 0) this.#inserter = step;
    if (isLocal) row.tidy(from - 1, index + 2);
    else row.tidy();
  }

  #put(position: number, old: Data, item: Data, step: OpStep | undefined): void {
    const { piece } = this.#row.single(position);
    if (step) {
      const puts = piece.puts.length > 0 ? piece.puts : [put(undefined, old)];
      piece.puts = [...puts.filter(({ by }) => by !== step), put(step, item)];
      this.#crowd(piece.puts.map(({ by }) => by));
    } else piece.puts = NONE;
    this.#row.hold(piece, undefined);
    this.#row.tidy();
  }

  #move(from: number, to: number, step: OpStep | undefined): void {
    const { piece } = this.#row.single(from);
    const target = { piece, movedBy: step };
    // It shows nowhere while the spot is looked for.
    piece.spots = [...(step ? piece.spots.filter(({ movedBy }) => movedBy !== step) : NONE), target];
    piece.shownAt = target;
    this.#crowd(piece.spots.map(({ movedBy }) => movedBy));
    this.#row.insert(this.#row.cut(to), target);
    this.#row.tidy();
  }

  /** Carries out the moves that a step takes back, or puts back; returns what has moved. `next`: where each shows then. */
  #toggleMoves(step: OpStep, next: ReadonlyMap<Piece, Spot | undefined>, carryOut: CarryOut): ReadonlySet<Piece> {
    const moved = new Set<Piece>();
    const { spots } = this.#row;
    const concerned = spots.filter(({ movedBy }) => movedBy === step);
    if (concerned.length === 0) return moved;
    const indexes = new Map(spots.map((each, index) => [each, index]));
    const lengths = new PrefixSums(spots.map((each) => (isShown(each) ? each.piece.length : 0)));
    for (const { piece } of concerned) {
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

  /** Goes along the row and carries out what else shows otherwise then: what comes, goes, or is another item. */
  #toggleRest(
    step: OpStep,
    next: ReadonlyMap<Piece, Spot | undefined>,
    moved: ReadonlySet<Piece>,
    carryOut: CarryOut,
  ): void {
    let position = 0;
    // Neighbours that come and go do so by one op.
    let going: Piece[] = [];
    let coming: Piece[] = [];
    for (const each of this.#row.spots) {
      const { piece } = each;
      const shows = next.get(piece) === each;
      const showed = moved.has(piece) ? shows : isShown(each);
      if (showed && !shows) going.push(piece);
      if (shows && !showed) coming.push(piece);
      if (!shows || !showed) continue;
      position += this.#replace(position, going, coming, step, carryOut);
      [going, coming] = [[], []];
      if (piece.puts.length > 0) {
        const [old, item] = [shownItem(piece), shownItem(piece, step)];
        if (old !== item && !equals(old, item)) carryOut([PUT, position, item]);
      }
      position += piece.length;
    }
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
    const runs = coming.map((piece) => (piece.puts.length > 0 ? [shownItem(piece, step)] : (piece.content as Run)));
    const inserted = this.#row.joined(runs.filter(({ length }) => length > 0));
    const inverse = carryOut(splice(position, lengthOf(going), inserted));
    // What changes nothing takes the same away that it brings.
    const deleted = inverse ? (inverse[3] as Run) : inserted;
    let offset = 0;
    for (const piece of going) {
      this.#row.hold(piece, deleted.slice(offset, offset + piece.length));
      offset += piece.length;
    }
    return lengthOf(coming);
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
    if (this.#crowding.size > 0) this.#settle(this.#crowding);
    this.#crowding.clear();
    while (this.length > MAX_SPOTS && this.#steps.size > 0) {
      const count = Math.ceil(this.#steps.size / FORGOTTEN_SHARE);
      this.#settle([...this.#steps].slice(0, count));
    }
  }

  /** Makes of what steps did what was always so; likewise of what those did that were released. */
  #settle(steps: Iterable<OpStep>): void {
    const forgotten = this.#released;
    for (const step of steps) {
      this.#steps.delete(step);
      forgotten.add(step);
    }
    const isForgotten = (step: OpStep | undefined): step is OpStep => step !== undefined && forgotten.has(step);
    for (const each of this.#row.spots) if (isTraced(each, isForgotten)) this.#settlePiece(each.piece, isForgotten);
    forgotten.clear();
    this.#tracedSteps = undefined;
    this.#row.tidy();
  }

  #settlePiece(piece: Piece, isForgotten: (step: OpStep | undefined) => step is OpStep): void {
    const { insertedBy, deletedBy } = piece;
    const isGone =
      (isForgotten(insertedBy) && insertedBy.isUndone) || deletedBy.some((step) => isForgotten(step) && !step.isUndone);
    if (isForgotten(insertedBy)) piece.insertedBy = undefined;
    if (deletedBy.some(isForgotten)) piece.deletedBy = deletedBy.filter((step) => !isForgotten(step));
    if (isGone) {
      piece.shownAt = undefined;
      piece.spots = [];
      return;
    }
    piece.spots = settled(piece.spots, ({ movedBy }) => (isForgotten(movedBy) ? movedBy : undefined));
    const [first] = piece.spots;
    if (first) first.movedBy = undefined;
    const isPut = piece.puts.some(({ by }) => isForgotten(by));
    if (isPut) {
      const [oldest, ...puts] = settled(piece.puts, ({ by }) => (isForgotten(by) ? by : undefined)) as [Put, ...Put[]];
      piece.puts = puts.length > 0 ? [{ ...oldest, by: undefined }, ...puts] : NONE;
      this.#row.hold(piece, puts.length > 0 ? piece.content : [oldest.item]);
    }
    // What is there for good will not have to be brought back.
    const isForGood = !piece.insertedBy && piece.deletedBy.length === 0;
    if (isForGood && (isPut || piece.content)) this.#row.hold(piece, undefined);
  }

  #resize(): void {
    const bytes = this.#steps.size > 0 ? this.#row.bytes : 0;
    this.#onResize(bytes - this.#bytes);
    this.#bytes = bytes;
  }
}

/**
 * Of a list in which the last one in effect counts, the oldest first, what is left when some are there for good, or are not.
 * `stepOf`: whose one is, if it is one of these.
 */
function settled<Each>(list: readonly Each[], stepOf: (each: Each) => OpStep | undefined): Each[] {
  let left = [...list];
  for (const each of list) {
    const step = stepOf(each);
    if (!step) continue;
    const index = left.indexOf(each);
    left = step.isUndone ? left.toSpliced(index, 1) : left.slice(index);
  }
  return left;
}
