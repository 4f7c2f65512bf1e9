import { notUndone, type UndoResult } from "../core/undo-result.ts";
import { MessageCode, type Undo } from "../core/wire.ts";

/** Requests that are on their way at a time, at the most: a server closes the connection of who piles up more. */
const MAX_OPEN = 8;

/** An undo or redo that the server is asked for, after all that was written before. */
export interface UndoRequest {
  readonly message: Undo;
  readonly result: Promise<UndoResult>;
  settle(result: UndoResult): void;
}

/** What the server has been asked to undo and redo, and has not answered yet. */
export class UndoRequests {
  /** By number. */
  readonly #open = new Map<number, UndoRequest>();
  #nextNumber = 1;

  get size(): number {
    return this.#open.size;
  }

  /** A request that can be sent later. `object`: 0 for the client's own steps. */
  make(object: number, isRedo: boolean): UndoRequest {
    const { promise, resolve } = Promise.withResolvers<UndoResult>();
    return { message: [MessageCode.undo, this.#nextNumber++, object, isRedo], result: promise, settle: resolve };
  }

  /** What is to be sent for a request; nothing if it has to wait until others are answered. */
  send(request: UndoRequest): Undo | undefined {
    if (this.size >= MAX_OPEN) return undefined;
    this.#open.set(request.message[1], request);
    return request.message;
  }

  answer(number: number, result: UndoResult): void {
    this.#open.get(number)?.settle(result);
    this.#open.delete(number);
  }

  /** The connection was lost: whether they were carried out is not known. */
  lost(): void {
    for (const { settle } of this.#open.values()) settle(notUndone("unconfirmed"));
    this.#open.clear();
  }
}
