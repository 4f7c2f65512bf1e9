// PieceRow: the pieces of an `OpHistory`, in order.
//
// It is a row of spots, each of a piece that shows there or may show there again; it ends with a piece without an end. What
// shows, in order, is the value. Positions count units that show, indexes count spots.
//
// - A piece that shows need not hold its content: that is in the value. One that does not show holds it.
// - Neighbours that came and went together become one piece again: `tidy` sees to that, and takes out the spots that their
//   pieces have given up.
// - Whoever changes what a piece holds, or what was put in its place, says so by `hold`: so the weight is known.
//
// Not here: which steps there are, and what they do to pieces (op-history.ts).

import type { AnyKind, Op } from "./kind.ts";
import { isAlike, isShown, NONE, newSpot, type OpStep, type Piece, type Spot, soleSpot } from "./op-pieces.ts";
import { type Run, splice } from "./splice.ts";
import type { Data } from "./value.ts";
import { weightOf } from "./weight.ts";

/** Neighbours that hold more units than these stay apart: to make one of them copies what they hold. */
const MAX_JOINED = 256;

/** About what a spot takes in memory with its piece, in bytes. */
const SPOT_BYTES = 200;

/** See the head of this file. */
export class PieceRow {
  readonly #kind: AnyKind;
  readonly #spots: Spot[] = [newSpot(Number.POSITIVE_INFINITY, undefined)];
  #empty: Run = NONE;
  /** Of the pieces, together. */
  #weight = 0;

  constructor(kind: AnyKind) {
    this.#kind = kind;
  }

  get spots(): readonly Spot[] {
    return this.#spots;
  }

  /** About the bytes that it holds. */
  get bytes(): number {
    return this.#spots.length * SPOT_BYTES + this.#weight;
  }

  /** The index of the spot just behind so many units that show. Cuts the piece in which that is. */
  cut(position: number): number {
    if (position === 0) return 0;
    for (let index = 0, rest = position; ; index++) {
      const spot = this.#spots[index] as Spot;
      if (!isShown(spot)) continue;
      const { length } = spot.piece;
      if (length > rest) this.split(index, rest);
      if (length >= rest) return index + 1;
      rest -= length;
    }
  }

  /** The spot of the one unit at a position. */
  single(position: number): Spot {
    let index = this.cut(position);
    while (!isShown(this.#spots[index] as Spot)) index++;
    const spot = this.#spots[index] as Spot;
    if (spot.piece.length > 1) this.split(index, 1);
    return spot;
  }

  split(index: number, length: number): void {
    const { piece: first } = this.#spots[index] as Spot;
    const rest: Piece = { ...first, length: first.length - length, weight: 0 };
    first.length = length;
    // It shows: when it goes, what it holds is known again.
    this.hold(first, undefined);
    this.hold(rest, undefined);
    this.#spots.splice(index + 1, 0, soleSpot(rest));
  }

  insert(index: number, spot: Spot): void {
    this.#spots.splice(index, 0, spot);
  }

  /** Inserts a new piece. `content`: what it shows. */
  insertNew(index: number, content: Run, step: OpStep | undefined): void {
    this.#empty = content.slice(0, 0);
    if (content.length > 0) this.insert(index, newSpot(content.length, step));
  }

  /** Gives a piece what it holds. To be called, too, when its puts are others. */
  hold(piece: Piece, content: Run | undefined): void {
    piece.content = content;
    this.#weigh(piece, content ? weightOf(content as Data) : 0);
  }

  /** Takes out of a part of the row what is of no use any more, and makes one of neighbours that came and went together. */
  tidy(from = 0, to = this.#spots.length): void {
    const [start, end] = [Math.max(0, from), Math.min(to, this.#spots.length)];
    let last = start;
    for (let index = start; index < end; index++) {
      const spot = this.#spots[index] as Spot;
      const { piece } = spot;
      if (!piece.spots.includes(spot)) {
        if (piece.spots.length === 0) this.#forget(piece);
        continue;
      }
      const before = last > start ? (this.#spots[last - 1] as Spot).piece : undefined;
      const isSmall = before && (isShown(spot) || before.length + piece.length <= MAX_JOINED);
      if (before && isSmall && isAlike(before, piece)) {
        this.hold(before, isShown(spot) ? undefined : this.joined([before.content as Run, piece.content as Run]));
        before.length += piece.length;
        this.#forget(piece);
      } else this.#spots[last++] = spot;
    }
    if (last < end) this.#spots.splice(last, end - last);
  }

  /** One run of several. Halves are joined, and halves of these: so little is copied often. */
  joined(runs: readonly Run[]): Run {
    if (runs.length < 2) return runs[0] ?? this.#empty;
    const half = runs.length >> 1;
    const [a, b] = [this.joined(runs.slice(0, half)), this.joined(runs.slice(half))];
    return (this.#kind.merge(splice(0, 0, a), splice(a.length, 0, b)) as Op)[3] as Run;
  }

  #weigh(piece: Piece, content: number): void {
    let weight = content;
    for (const put of piece.puts) weight += put.weight;
    this.#weight += weight - piece.weight;
    piece.weight = weight;
  }

  /** A piece is in the row no more. */
  #forget(piece: Piece): void {
    this.#weight -= piece.weight;
    piece.weight = 0;
  }
}
