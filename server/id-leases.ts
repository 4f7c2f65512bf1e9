import type { AuthorityTree, IdBlock } from "../core/authority.ts";

interface Lease {
  next: number;
  readonly end: number;
}

/** The ids that one client may give to new objects. It uses each once, in ascending order within a block. */
export class IdLeases {
  readonly #tree: AuthorityTree;
  readonly #leases: Lease[] = [];

  constructor(tree: AuthorityTree) {
    this.#tree = tree;
  }

  /** The tree is another one: what was leased for the old means nothing. */
  begin(): void {
    this.#leases.length = 0;
  }

  /** How many are left. */
  get left(): number {
    return this.#leases.reduce((sum, { next, end }) => sum + end - next, 0);
  }

  /** Sets at most so many more aside. */
  add(count: number): IdBlock {
    const block = this.#tree.lease(count);
    this.#leases.push({ next: block.first, end: block.first + block.count });
    return block;
  }

  /** Takes one, and with it those before it in its block; tells whether it was to be had. */
  take(id: number): boolean {
    const index = this.#leases.findIndex(({ next, end }) => next <= id && id < end);
    const lease = this.#leases[index];
    if (!lease) return false;
    lease.next = id + 1;
    if (lease.next === lease.end) this.#leases.splice(index, 1);
    return true;
  }

  /** Gives back what is left. The client is gone. */
  release(): void {
    for (const { next, end } of this.#leases.splice(0)) this.#tree.release({ first: next, count: end - next });
  }
}
