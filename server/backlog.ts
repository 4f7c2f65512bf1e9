import type { Channel } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";

/** How often it is looked whether a slow client has read what waits, in milliseconds. */
const LOOK_INTERVAL_MS = 50;

/** What was sent to a client and has not been read: whether it keeps up with what it is sent. */
export class Backlog {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Bytes that were sent since the last snapshot: a large snapshot alone makes nobody slow. */
  #bytesSinceSnapshot = 0;

  /** `maxBytes`: so many may wait. */
  constructor(channel: Channel, clock: Clock, maxBytes: number) {
    this.#channel = channel;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** Sends a message; tells whether the client keeps up. */
  send(message: Uint8Array): boolean {
    this.#channel.send(message);
    this.#bytesSinceSnapshot += message.length;
    if (this.#bytesSinceSnapshot <= this.#maxBytes) return true;
    const { bufferedBytes } = this.#channel;
    if (bufferedBytes > this.#maxBytes) return false;
    this.#bytesSinceSnapshot = bufferedBytes;
    return true;
  }

  /** Sends a snapshot, unless too much waits already; tells whether it did. */
  sendSnapshot(message: Uint8Array): boolean {
    if (this.#channel.bufferedBytes > this.#maxBytes) return false;
    this.#bytesSinceSnapshot = 0;
    this.#channel.send(message);
    return true;
  }

  /** Calls back when the client has read everything, later in any case. Returns what ends the waiting. */
  whenRead(callback: () => void): () => void {
    const look = (): void => {
      if (this.#channel.bufferedBytes > 0) wait();
      else callback();
    };
    let cancel: () => void;
    const wait = (): void => {
      cancel = this.#clock.after(LOOK_INTERVAL_MS, look);
    };
    wait();
    return () => cancel();
  }
}
