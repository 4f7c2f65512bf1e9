import type { AnyKind, Op } from "./kind.ts";
import { isAlike, isShown, NONE, newPlace, type OpStep, type Piece, type Place, placeAlone } from "./op-pieces.ts";
import { type Run, splice } from "./splice.ts";
import type { Data } from "./value.ts";
import { weightOf } from "./weight.ts";

/** Neighbours that hold more units than these stay apart: to make one of them copies what they hold. */
const MAX_JOINED = 256;

/** About what a place takes in memory with its piece, in bytes. */
const PLACE_BYTES = 200;

/** The row of the places at which pieces show, or may show again. It ends with a piece without an end. */
export class PieceRow {
  readonly #kind: AnyKind;
  readonly #places: Place[] = [newPlace(Number.POSITIVE_INFINITY, undefined)];
  #empty: Run = NONE;
  /** Of the pieces, together. */
  #weight = 0;

  constructor(kind: AnyKind) {
    this.#kind = kind;
  }

  get places(): readonly Place[] {
    return this.#places;
  }

  /** About the bytes that it holds. */
  get bytes(): number {
    return this.#places.length * PLACE_BYTES + this.#weight;
  }

  /** The index of the place just behind so many units that show. Cuts the piece in which that is. */
  cut(position: number): number {
    if (position === 0) return 0;
    for (let index = 0, rest = position; ; index++) {
      const place = this.#places[index] as Place;
      if (!isShown(place)) continue;
      const { length } = place.piece;
      if (length > rest) this.split(index, rest);
      if (length >= rest) return index + 1;
      rest -= length;
    }
  }

  /** The place of the one unit at a position. */
  single(position: number): Place {
    let index = this.cut(position);
    while (!isShown(this.#places[index] as Place)) index++;
    const place = this.#places[index] as Place;
    if (place.piece.length > 1) this.split(index, 1);
    return place;
  }

  split(index: number, length: number): void {
    const { piece: first } = this.#places[index] as Place;
    const rest: Piece = { ...first, length: first.length - length, weight: 0 };
    first.length = length;
    // It shows: when it goes, what it holds is known again.
    this.hold(first, undefined);
    this.hold(rest, undefined);
    this.#places.splice(index + 1, 0, placeAlone(rest));
  }

  insert(index: number, place: Place): void {
    this.#places.splice(index, 0, place);
  }

  /** Inserts a new piece. `content`: what it shows. */
  insertNew(index: number, content: Run, step: OpStep | undefined): void {
    this.#empty = content.slice(0, 0);
    if (content.length > 0) this.insert(index, newPlace(content.length, step));
  }

  /** Gives a piece what it holds. To be called, too, when its puts are others. */
  hold(piece: Piece, content: Run | undefined): void {
    piece.content = content;
    this.#weigh(piece, content ? weightOf(content as Data) : 0);
  }

  /** Takes out of a part of the row what is of no use any more, and makes one of neighbours that came and went together. */
  tidy(from = 0, to = this.#places.length): void {
    const [start, end] = [Math.max(0, from), Math.min(to, this.#places.length)];
    let last = start;
    for (let index = start; index < end; index++) {
      const place = this.#places[index] as Place;
      const { piece } = place;
      if (!piece.places.includes(place)) {
        if (piece.places.length === 0) this.#forget(piece);
        continue;
      }
      const before = last > start ? (this.#places[last - 1] as Place).piece : undefined;
      const isSmall = before && (isShown(place) || before.length + piece.length <= MAX_JOINED);
      if (before && isSmall && isAlike(before, piece)) {
        this.hold(before, isShown(place) ? undefined : this.joined([before.content as Run, piece.content as Run]));
        before.length += piece.length;
        this.#forget(piece);
      } else this.#places[last++] = place;
    }
    if (last < end) this.#places.splice(last, end - last);
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
