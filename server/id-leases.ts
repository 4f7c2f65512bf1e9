import type { AuthorityTree } from "../core/authority.ts";
import type { Clock } from "../core/clock.ts";
import type { IdBlock } from "../core/object-ids.ts";
import type { TokenBucket } from "./token-bucket.ts";

interface Lease {
  next: number;
  readonly end: number;
}

/** So many blocks that a client has passed over are kept for what it has made and not sent yet. */
const MAX_PASSED = 16;

/** So many blocks a client has for what it makes from now on: of each more it has passed over the oldest. */
const MAX_LEASES = 4;

/** The ids that one client may give to new objects. It uses each once, in ascending order within a block. */
export class IdLeases {
  /** Whoever knows it comes back to these ids on another connection. */
  readonly key: string = crypto.randomUUID();
  /** The public id of the client when it first came: what it did then is still its own when it has come back. */
  readonly owner: number;
  readonly #tree: AuthorityTree;
  /** Of what it makes from now on. */
  readonly #leases: Lease[] = [];
  /** How many of these it has used up for what nobody has read. */
  #lost = 0;
  /** Of what it may have made before, the oldest first. */
  readonly #passed: Lease[] = [];

  constructor(tree: AuthorityTree, owner: number) {
    this.#tree = tree;
    this.owner = owner;
  }

  /** How many are left for what it makes from now on. */
  get left(): number {
    return Math.max(0, sizeOf(this.#leases) - this.#lost);
  }

  /** Sets at most so many aside on a new connection. How many it has used up of those before it alone knows. */
  renew(count: number): IdBlock {
    this.#pass(this.#leases.length);
    return this.add(count);
  }

  /** Sets at most so many more aside. */
  add(count: number): IdBlock {
    const block = this.#tree.lease(count);
    this.#leases.push({ next: block.first, end: block.first + block.count });
    this.#pass(Math.max(0, this.#leases.length - MAX_LEASES));
    return block;
  }

  /** The client has used so many at the most, and which is not known. It can still use each. */
  lose(count: number): void {
    this.#lost += count;
  }

  /** Takes one, and with it those before it in its block; tells whether it was to be had. */
  take(id: number): boolean {
    for (const leases of [this.#leases, this.#passed]) {
      const index = leases.findIndex(({ next, end }) => next <= id && id < end);
      const lease = leases[index];
      if (!lease) continue;
      lease.next = id + 1;
      if (lease.next === lease.end) leases.splice(index, 1);
      if (leases === this.#leases) {
        this.#pass(index);
        // They came before this one.
        this.#lost = 0;
      }
      return true;
    }
    return false;
  }

  /** Gives back what is left. The client is gone. */
  release(): void {
    for (const leases of [this.#passed, this.#leases]) {
      for (const { next, end } of leases.splice(0)) this.#tree.release({ first: next, count: end - next });
    }
  }

  /** Nothing more is made with so many of the oldest blocks. */
  #pass(count: number): void {
    const passed = this.#leases.splice(0, count);
    this.#lost = Math.max(0, this.#lost - sizeOf(passed));
    this.#passed.push(...passed);
    // Not given back: the client may still have made objects with them, which others must not get in the way of.
    this.#passed.splice(0, Math.max(0, this.#passed.length - MAX_PASSED));
  }
}

function sizeOf(leases: readonly Lease[]): number {
  return leases.reduce((sum, { next, end }) => sum + end - next, 0);
}

/** For so long the ids of a client that is gone are kept, in milliseconds. */
const KEPT_MS = 600_000;

/** For so many clients that are gone they are kept at the most. */
const MAX_KEPT = 1_000;

interface Entry {
  readonly leases: IdLeases;
  /** How many connections use them: two while the older of a client's is gone, and the server has not noticed. */
  users: number;
  /** When the last of them ended. */
  since: number;
  /** What the client may have the server do: the work of all its connections. */
  steps?: TokenBucket;
}

/**
 * The ids of all clients of a tree, also of those who are gone: what they have made without a connection has ids from their
 * blocks, and they may come back.
 */
export class LeaseRegistry {
  readonly #tree: AuthorityTree;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** The keys of those who are gone, the longest gone first. */
  readonly #gone = new Set<string>();

  constructor(tree: AuthorityTree, clock: Clock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  /** The ids of a client that comes, or comes back with a key. `client` is the public id of its connection. */
  claim(key: string | undefined, client: number): IdLeases {
    const known = key === undefined ? undefined : this.#entries.get(key);
    if (known) {
      known.users++;
      this.#gone.delete(known.leases.key);
      return known.leases;
    }
    const leases = new IdLeases(this.#tree, client);
    this.#entries.set(leases.key, { leases, users: 1, since: 0 });
    return leases;
  }

  /** The steps of a client, as its last connection has left them; of one that is new they are the given ones. */
  stepsOf({ key }: IdLeases, fresh: TokenBucket): TokenBucket {
    const entry = this.#entries.get(key);
    if (!entry) return fresh;
    entry.steps ??= fresh;
    return entry.steps;
  }

  /** A connection of a client has ended. */
  leave({ key }: IdLeases): void {
    const entry = this.#entries.get(key);
    if (!entry || --entry.users > 0) return;
    const now = this.#clock.now();
    entry.since = now;
    this.#gone.add(key);
    for (const oldest of this.#gone) {
      const { leases, since } = this.#entries.get(oldest) as Entry;
      if (this.#gone.size <= MAX_KEPT && now - since < KEPT_MS) break;
      this.#gone.delete(oldest);
      this.#entries.delete(oldest);
      leases.release();
    }
  }

  /** The tree is another one: what was leased for the old means nothing. */
  clear(): void {
    this.#entries.clear();
    this.#gone.clear();
  }
}
