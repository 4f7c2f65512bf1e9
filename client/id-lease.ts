import { ObjectSyncError } from "../core/error.ts";

/** The ids that a client may give to new objects: the server has set them aside for it. */
export class IdLease {
  #lastPretended = 0;
  #blocks: { next: number; end: number }[] = [];

  /** A connection, or another tree, begins: ids of before are nobody's. */
  begin(first: number, count: number): void {
    this.#blocks = [];
    this.add(first, count);
  }

  add(first: number, count: number): void {
    if (count > 0) this.#blocks.push({ next: first, end: first + count });
  }

  /** An id for an object that no server will know. */
  pretend(): number {
    return --this.#lastPretended;
  }

  /** Throws `no_ids`. */
  take(): number {
    const [block] = this.#blocks;
    if (!block) throw new ObjectSyncError("no_ids");
    const id = block.next++;
    if (block.next === block.end) this.#blocks.shift();
    return id;
  }
}
