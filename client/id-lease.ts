import { ObjectSyncError } from "../core/error.ts";

/** The ids that a client may give to new objects: the server has set them aside for it. */
export class IdLease {
  #lastPretended = 0;
  #blocks: { next: number; end: number }[] = [];

  /** Names the ids to the server on the next connection. */
  key = "";

  /** A connection, or another tree, begins. Under another key ids of before are somebody else's. Tells whether they are kept. */
  begin(first: number, count: number, key: string): boolean {
    const isKept = key === this.key;
    if (!isKept) this.#blocks = [];
    this.key = key;
    this.add(first, count);
    return isKept;
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
