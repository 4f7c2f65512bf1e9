// Branches: which lazy objects the program has opened.
//
// Several parts of a program may have the same object open; what is below it stays until the last of them closes it. What
// is open is asked for again on each new connection. Not here: what is below, which is the mirror's.

import { type ErrorCode, ObjectSyncError } from "../core/error.ts";
import type { SObject } from "../core/object.ts";
import { type Close, MessageCode, type Open } from "../core/wire.ts";

/** What is below a lazy object, as long as somebody wants it. */
export interface Branch {
  /**
   * Resolves when what is below is in the mirror. Rejects with `not_found` or `too_many` if the server refuses, `destroyed`
   * if the object goes before, `closed` if the branch or the client is closed before.
   */
  readonly ready: Promise<void>;
  /** Whether it is wanted still, and can be had: not after `close`, a refusal, or the end of the object. */
  readonly isOpen: boolean;
  /** Resolves when it is open no longer, with the reason: the codes of `ready`. */
  readonly ended: Promise<ErrorCode>;
  /** Gives it up. When nobody has it open any more, what is below goes from the mirror. May be called twice. */
  close(): void;
}

interface Entry {
  readonly host: SObject;
  users: number;
  /** Whether this connection's server knows of it. */
  isAsked: boolean;
  readonly ready: PromiseWithResolvers<void>;
  readonly ended: PromiseWithResolvers<ErrorCode>;
}

/** See the head of this file. */
export class Branches {
  readonly #entries = new Map<number, Entry>();
  readonly #send: (message: Open | Close) => void;
  readonly #onClosed: (scope: number) => void;
  #isConnected = false;
  #isClosed = false;

  /** `send` is called while connected only, `onClosed` when nobody wants a scope any more. */
  constructor(send: (message: Open | Close) => void, onClosed: (scope: number) => void) {
    this.#send = send;
    this.#onClosed = onClosed;
  }

  open(host: SObject): Branch {
    const { id: scope } = host;
    let entry = this.#entries.get(scope);
    if (!entry) {
      entry = {
        host,
        users: 0,
        isAsked: false,
        ready: Promise.withResolvers<void>(),
        ended: Promise.withResolvers<ErrorCode>(),
      };
      // Whoever does not await it sees by the children that they are there.
      entry.ready.promise.catch(() => {});
      this.#entries.set(scope, entry);
      if (this.#isClosed) this.end(scope, "closed");
      else this.#ask(scope, entry);
    }
    const mine = entry;
    mine.users++;
    let isWanted = true;
    const given = Promise.withResolvers<ErrorCode>();
    mine.ended.promise.then(given.resolve);
    const isThere = (): boolean => this.#entries.get(scope) === mine;
    return {
      ready: mine.ready.promise,
      ended: given.promise,
      get isOpen() {
        return isWanted && isThere();
      },
      close: () => {
        if (!isWanted) return;
        isWanted = false;
        given.resolve("closed");
        mine.users--;
        if (mine.users === 0 && isThere()) this.#close(scope, mine);
      },
    };
  }

  has(scope: number): boolean {
    return this.#entries.has(scope);
  }

  /** A connection begins: what to ask for with the hello. */
  hello(): readonly number[] {
    for (const entry of this.#entries.values()) entry.isAsked = true;
    return [...this.#entries.keys()];
  }

  /** The first state has come over this connection, with these scopes. What was asked for by then and is not there is gone. */
  connected(scopes: ReadonlySet<number>): void {
    this.#isConnected = true;
    for (const [scope, entry] of [...this.#entries]) {
      if (!entry.isAsked) this.#ask(scope, entry);
      else if (!scopes.has(scope)) this.end(scope, "not_found");
    }
  }

  /** The connection is gone. */
  lost(): void {
    this.#isConnected = false;
    for (const entry of this.#entries.values()) entry.isAsked = false;
  }

  /** There will be no connection any more. */
  close(): void {
    this.lost();
    this.#isClosed = true;
    for (const scope of [...this.#entries.keys()]) this.end(scope, "closed");
  }

  /** What is below has come. */
  arrived(scope: number): void {
    this.#entries.get(scope)?.ready.resolve();
  }

  /** The scope is no longer open, whoever wants it. */
  end(scope: number, code: ErrorCode): void {
    const entry = this.#entries.get(scope);
    this.#entries.delete(scope);
    entry?.ready.reject(new ObjectSyncError(code));
    entry?.ended.resolve(code);
  }

  /** Ends those whose objects are gone, even where others have come under the same ids. */
  prune(isGone: (host: SObject) => boolean): void {
    for (const [scope, { host }] of [...this.#entries]) if (isGone(host)) this.end(scope, "destroyed");
  }

  #ask(scope: number, entry: Entry): void {
    if (!this.#isConnected) return;
    entry.isAsked = true;
    this.#send([MessageCode.open, scope]);
  }

  #close(scope: number, entry: Entry): void {
    this.end(scope, "closed");
    if (entry.isAsked && this.#isConnected) this.#send([MessageCode.close, scope]);
    this.#onClosed(scope);
  }
}
