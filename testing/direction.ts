/** What is on its way: a message, or the opening or closing of the connection. */
interface Item {
  readonly bytes: number;
  readonly arrivesAt: number;
  readonly order: number;
  readonly arrive: () => void;
}

/** What a direction needs of the network. */
export interface DirectionHost {
  now(): number;
  /** Milliseconds that what is sent now takes. */
  delayMs(): number;
  /** Counts all that is sent on the network. */
  nextOrder(): number;
}

/** One of the two directions of a connection. What is sent on it arrives whole and in order, or is lost with the connection. */
export class Direction {
  /** While it is stalled, only `deliver` of this direction brings anything, and what is sent piles up at the sender. */
  isStalled = false;
  readonly #host: DirectionHost;
  readonly #items: Item[] = [];
  #bufferedBytes = 0;
  #sent = { messages: 0, bytes: 0 };

  /** @internal */
  constructor(host: DirectionHost) {
    this.#host = host;
  }

  /** How many messages are on their way. The opening and the closing of the connection count as messages here. */
  get length(): number {
    return this.#items.length;
  }

  /** How many bytes were sent and have not arrived: what the sender is told as `bufferedBytes`. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** What has been sent altogether. */
  get sent(): { readonly messages: number; readonly bytes: number } {
    return this.#sent;
  }

  /** When its next message arrives, and the place of that among all that were sent; `undefined` where none will. */
  get next(): { readonly arrivesAt: number; readonly order: number } | undefined {
    return this.isStalled ? undefined : this.#items[0];
  }

  /** Brings the oldest message, now, whatever its delay and also while the direction is stalled. False where there is none. */
  deliver(): boolean {
    const item = this.#items.shift();
    if (!item) return false;
    this.#bufferedBytes -= item.bytes;
    item.arrive();
    return true;
  }

  /** @internal */
  put(bytes: number, arrive: () => void): void {
    const { now, delayMs, nextOrder } = this.#host;
    // Where the delay has become shorter, it still waits for those before it.
    this.#items.push({ bytes, arrivesAt: now() + delayMs(), order: nextOrder(), arrive });
    this.#bufferedBytes += bytes;
    if (bytes > 0) this.#sent = { messages: this.#sent.messages + 1, bytes: this.#sent.bytes + bytes };
  }

  /** @internal */
  clear(): void {
    this.#items.length = 0;
    this.#bufferedBytes = 0;
  }
}
