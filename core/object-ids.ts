import { ROOT_ID } from "./tree.ts";

/** Ids that follow each other. */
export interface IdBlock {
  readonly first: number;
  readonly count: number;
}

/** The ids that a tree gives: each once, and in blocks to those who make objects elsewhere. */
export class ObjectIds {
  #last = ROOT_ID;
  /** Ids that were leased and not used. */
  readonly #leftovers: IdBlock[] = [];

  /** The largest that was given. */
  get last(): number {
    return this.#last;
  }

  /** One that nobody has had. */
  next(): number {
    return ++this.#last;
  }

  /** Sets ids aside: nobody else gets them. At most so many, and at least half. */
  lease(count: number): IdBlock {
    for (let rest = this.#leftovers.pop(); rest; rest = this.#leftovers.pop()) {
      // There are enough numbers: what is left of a block with less in it is nobody's.
      if (rest.count < count / 2) continue;
      this.release({ first: rest.first + count, count: rest.count - count });
      return { first: rest.first, count: Math.min(rest.count, count) };
    }
    const first = this.#last + 1;
    this.#last += count;
    return { first, count };
  }

  /** Takes ids back that nobody has used. */
  release(block: IdBlock): void {
    if (block.count > 0) this.#leftovers.push(block);
  }

  /** An object came with its own id: none up to it is given any more. */
  note(id: number): void {
    this.#last = Math.max(this.#last, id);
  }

  /** Begins anew behind `last`. What was leased is nobody's. */
  restart(last: number): void {
    this.#last = last;
    this.#leftovers.length = 0;
  }
}
