import { ObjectSyncError } from "../core/error.ts";

/** The ids that a client may give to new objects: the server has set them aside for it. */
export class IdLease {
  #lastPretended = 0;
  #blocks: { next: number; end: number }[] = [];

  /** Names the ids to the server on the next connection. */
  key = "";

  /**
   * A connection, or another tree, begins: from now on these are given. Tells whether what was given before is still the
   * client's own; under another key it is somebody else's.
   */
  begin(first: number, count: number, key: string): boolean {
    const isKept = key === this.key;
    this.#blocks = [];
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

  /** The id that was taken last, of those that are not given back, is to be had again. */
  giveBack(id: number): void {
    const [block] = this.#blocks;
    if (block?.next === id + 1) block.next = id;
    else this.#blocks.unshift({ next: id, end: id + 1 });
  }
}
