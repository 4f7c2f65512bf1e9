// SlowLine: a connection as from far away. What goes over it takes its time, both ways and in order, or it is cut.
//
// It is a `dial` around another one, so neither the client nor the server knows of it.

import type { Channel, Dial } from "objectsync/client";

type Task = () => void;

/** See the head of this file. */
export class SlowLine {
  /** Milliseconds that a message takes, each way, beside those that it takes anyway. */
  delayMs = 0;
  readonly #dial: Dial;
  readonly #connections = new Set<Task>();
  /** Attempts that were made while it is cut. */
  #waiting: Task[] = [];
  #isCut = false;

  /** `dial` makes the connections. */
  constructor(dial: Dial) {
    this.#dial = dial;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Breaks the connection. From now on each attempt at another one waits for `mend`. */
  cut(): void {
    this.#isCut = true;
    for (const breakOff of this.#connections) breakOff();
  }

  /** Lets connections be made again. */
  mend(): void {
    this.#isCut = false;
    for (const begin of this.#waiting.splice(0)) begin();
  }

  /** For `ClientOptions.dial`. */
  readonly dial: Dial = (url, events) => {
    const [inward, outward] = [this.#queue(), this.#queue()];
    let channel: Channel | undefined;
    let isOver = false;
    const unlessOver = (task: Task): Task => {
      return () => isOver || task();
    };
    const close = (code: number, reason: string): void => {
      isOver = true;
      this.#connections.delete(breakOff);
      events.close(code, reason);
    };
    const breakOff = (): void => {
      close(1006, "the line is cut");
      channel?.close(1000, "");
    };
    const begin = unlessOver(() => {
      this.#connections.add(breakOff);
      channel = this.#dial(url, {
        open: () => inward(unlessOver(() => events.open())),
        message: (bytes) => inward(unlessOver(() => events.message(bytes))),
        close: (code, reason) => inward(unlessOver(() => close(code, reason))),
      });
    });
    if (this.#isCut) this.#waiting.push(begin);
    else begin();
    return {
      send: (message) => outward(unlessOver(() => channel?.send(message))),
      close: (code, reason) => {
        if (channel) outward(unlessOver(() => channel?.close(code, reason)));
        else isOver = true;
      },
      get bufferedBytes() {
        return channel?.bufferedBytes ?? 0;
      },
    };
  };

  /** Makes what runs tasks later, in the order in which they came. */
  #queue(): (task: Task) => void {
    let last = Promise.resolve();
    return (task) => {
      const due = this.delayMs > 0 && new Promise((resolve) => setTimeout(resolve, this.delayMs));
      last = last.then(() => due).then(task);
    };
  }
}
