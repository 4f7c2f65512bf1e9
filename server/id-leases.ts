import type { AuthorityTree, IdBlock } from "../core/authority.ts";
import type { Clock } from "../core/clock.ts";

interface Lease {
  next: number;
  readonly end: number;
}

/** The ids that one client may give to new objects. It uses each once, in ascending order within a block. */
export class IdLeases {
  /** Whoever knows it comes back to these ids on another connection. */
  readonly key: string = crypto.randomUUID();
  readonly #tree: AuthorityTree;
  readonly #leases: Lease[] = [];

  constructor(tree: AuthorityTree) {
    this.#tree = tree;
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

/** For so long ids are kept for a client that is gone, in milliseconds, */
const KEPT_MS = 600_000;

/** and for so many clients at the most. */
const MAX_KEPT = 1_000;

/**
 * The ids of all clients of a tree, also of those who are gone: what they have made without a connection has ids from their
 * blocks, and they may come back.
 */
export class LeaseRegistry {
  readonly #tree: AuthorityTree;
  readonly #clock: Clock;
  /** By key, the longest gone first. */
  readonly #gone = new Map<string, { readonly leases: IdLeases; readonly since: number }>();

  constructor(tree: AuthorityTree, clock: Clock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  /** The ids of a client that comes, or comes back with a key. */
  claim(key: string | undefined): IdLeases {
    const known = key === undefined ? undefined : this.#gone.get(key);
    if (!known) return new IdLeases(this.#tree);
    this.#gone.delete(known.leases.key);
    return known.leases;
  }

  /** A client is gone. */
  leave(leases: IdLeases): void {
    const now = this.#clock.now();
    this.#gone.set(leases.key, { leases, since: now });
    for (const [key, { leases: oldest, since }] of this.#gone) {
      if (this.#gone.size <= MAX_KEPT && now - since < KEPT_MS) break;
      this.#gone.delete(key);
      oldest.release();
    }
  }

  /** The tree is another one: what was leased for the old means nothing. */
  clear(): void {
    this.#gone.clear();
  }
}
