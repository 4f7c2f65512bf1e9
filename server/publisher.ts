// Publisher: sends a tree to those who see it.
//
// What is committed in one turn of the event loop goes out together at its end: one frame, encoded once, to all, then to
// each what it is owed besides. Whoever joins is given the state first, after what was committed before went out.

import type { AuthorityTree } from "../core/authority.ts";
import type { Clock } from "../core/clock.ts";
import type { Connection } from "./connection.ts";
import type { Limits } from "./limits.ts";
import { Quota } from "./quota.ts";
import { Recency } from "./recency.ts";
import { Scope } from "./scope.ts";

/** See the head of this file. */
export class Publisher {
  readonly tree: AuthorityTree;
  readonly scope: Scope;
  readonly recency = new Recency();
  readonly quota: Quota;
  readonly #defer: (task: () => void) => void;
  readonly #audience = new Set<Connection>();
  /** Those who are owed more than the frame. */
  readonly #owed = new Set<Connection>();
  #isFlushDue = false;

  /** `defer` runs a task at the end of the present turn. */
  constructor(tree: AuthorityTree, limits: Limits, clock: Clock, defer: (task: () => void) => void) {
    this.tree = tree;
    this.scope = new Scope(tree, limits.maxLogBytes);
    this.quota = new Quota(limits.maxValueBytes, clock);
    this.#defer = defer;
    tree.onCommit = (changes, author) => {
      this.scope.commit(changes, author);
      this.recency.note(changes, author, this.scope.version);
      this.quota.note(changes);
      if (this.scope.isWatched) this.#flushSoon();
    };
  }

  /** Sends what is due, now. */
  flush(): void {
    const frame = this.scope.takeFrame();
    if (frame) for (const connection of this.#audience) connection.sendFrame(frame);
    for (const connection of this.#owed) connection.sendOwed();
    this.#owed.clear();
  }

  /** Sends the state and, from now on, every frame. */
  join(connection: Connection): void {
    this.flush();
    connection.sendSnapshot(this.scope.snapshotFrame());
    this.#audience.add(connection);
    this.scope.isWatched = true;
  }

  leave(connection: Connection): void {
    this.#audience.delete(connection);
    this.#owed.delete(connection);
    this.scope.isWatched = this.#audience.size > 0;
  }

  /** Has `connection.sendOwed()` called after the next frame. */
  owe(connection: Connection): void {
    this.#owed.add(connection);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#defer(() => {
      this.#isFlushDue = false;
      this.flush();
    });
  }
}
