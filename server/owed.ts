import { encode } from "../core/codec.ts";
import type { ErrorCode } from "../core/error.ts";
import { MessageCode, type Result, type ServerMessage } from "../core/wire.ts";

/** Answers that a client may let pile up before it reads them. A proper client has one batch in flight. */
const MAX_MESSAGES = 16;

/** So many times the scopes that a client may have open it may be refused before it reads that. */
const MAX_REFUSED = 2;

/** What one client alone is told after the next frame, and later while it is too slow: refused scopes, and answers. */
export class Owed {
  #messages: (() => ServerMessage)[] = [];
  /** Scopes that it has not been told yet that they are not open. */
  readonly #refused = new Map<number, ErrorCode>();
  readonly #maxOpenScopes: number;

  constructor(maxOpenScopes: number) {
    this.#maxOpenScopes = maxOpenScopes;
  }

  /** Whether no more answers may pile up. */
  get isFull(): boolean {
    return this.#messages.length >= MAX_MESSAGES;
  }

  /** `message` is called when it is told. */
  add(message: () => ServerMessage): void {
    this.#messages.push(message);
  }

  /** Tells whether the client may have so many scopes refused. */
  refuse(scope: number, code: ErrorCode): boolean {
    this.#refused.set(scope, code);
    return this.#refused.size <= MAX_REFUSED * this.#maxOpenScopes;
  }

  /** The next message: first all refused scopes in one, then the answers in order. */
  take(): Uint8Array | undefined {
    if (this.#refused.size > 0) {
      const sections = [...this.#refused];
      this.#refused.clear();
      return encode([MessageCode.frame, ...sections]);
    }
    const message = this.#messages.shift();
    return message && encode(message());
  }

  /** All results at once, for whoever is sent the state that they belong to. The rest stays owed. */
  takeResults(): readonly Result[] {
    const results: Result[] = [];
    this.#messages = this.#messages.filter((make) => {
      const message = make();
      if (message[0] !== MessageCode.result) return true;
      results.push(message);
      return false;
    });
    return results;
  }

  /** Nothing is owed any more. */
  clear(): void {
    this.#messages = [];
    this.#refused.clear();
  }
}
