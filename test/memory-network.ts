// A network in memory: clients and servers without sockets, and a time that stands still until it is told to go on.
//
// Nothing arrives by itself. `deliver` brings one message, `settle` all there are, with what follows from them. What one
// end has sent and the other has not been given counts as buffered at the sender, so a direction that is stalled fills up
// as that of a slow reader does.

import type { Dial, DialEvents } from "../client/socket.ts";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { decode, encode, type Wire } from "../core/codec.ts";

/** The code with which a connection ends that nobody closed. */
export const BROKEN = 1006;

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that only `advance` moves. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #tasks = new Set<Task>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const task = { at: this.#now + ms, run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** How many tasks wait. */
  get waiting(): number {
    return this.#tasks.size;
  }

  /** Milliseconds until each of the waiting tasks, ascending. */
  get due(): number[] {
    return [...this.#tasks].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Lets so many milliseconds pass: runs what is due, in order, also what that plans. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: Task | undefined;
      for (const task of this.#tasks) if (task.at <= end && (!next || task.at < next.at)) next = task;
      if (!next) break;
      this.#tasks.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}

/** Whatever takes connections. */
export interface Host {
  accept(channel: Channel): ChannelEvents;
}

/** One of the two ways of a link. */
export class Direction {
  readonly #queue: { readonly bytes: number; readonly arrive: () => void }[] = [];
  /** While it is stalled, only `deliver` of this direction brings anything. */
  isStalled = false;
  bufferedBytes = 0;
  /** How many messages have been put in altogether, and how many bytes. */
  sent = { messages: 0, bytes: 0 };

  get length(): number {
    return this.#queue.length;
  }

  put(bytes: number, arrive: () => void): void {
    this.#queue.push({ bytes, arrive });
    this.bufferedBytes += bytes;
    if (bytes > 0) this.sent = { messages: this.sent.messages + 1, bytes: this.sent.bytes + bytes };
  }

  /** Brings the oldest, if there is one. */
  deliver(): boolean {
    const next = this.#queue.shift();
    if (!next) return false;
    this.bufferedBytes -= next.bytes;
    next.arrive();
    return true;
  }

  clear(): void {
    this.#queue.length = 0;
    this.bufferedBytes = 0;
  }
}

/** One connection. */
export class Link {
  readonly toServer = new Direction();
  readonly toClient = new Direction();
  readonly #client: DialEvents;
  #server: ChannelEvents | undefined;
  #isClientOpen = true;
  #isServerOpen = false;

  /** `host` is who is there when the connection arrives; nobody refuses it. */
  constructor(client: DialEvents, host: () => Host | undefined) {
    this.#client = client;
    this.toServer.put(0, () => {
      const server = host();
      // Nobody takes it: refused, as by a machine that is there.
      if (!server) return this.toClient.put(0, () => this.#endClient(BROKEN, ""));
      this.#isServerOpen = true;
      this.#server = server.accept(this.#serverEnd);
      this.toClient.put(0, () => this.#isClientOpen && client.open());
    });
  }

  get isOpen(): boolean {
    return this.#isClientOpen || this.#isServerOpen;
  }

  /** The client's end. */
  readonly clientEnd: Channel = this.#end(this.toServer, {
    isOpen: () => this.#isClientOpen,
    arrive: (message) => this.#isServerOpen && this.#server?.message(message),
    close: (code, reason) => {
      this.#isClientOpen = false;
      this.toServer.put(0, () => this.#endServer(code, reason));
    },
  });

  readonly #serverEnd: Channel = this.#end(this.toClient, {
    isOpen: () => this.#isServerOpen,
    arrive: (message) => this.#isClientOpen && this.#client.message(message),
    close: (code, reason) => {
      this.#isServerOpen = false;
      this.toClient.put(0, () => {
        this.#endClient(code, reason);
        this.toServer.put(0, () => this.#endServer(code, reason));
      });
    },
  });

  /** Puts bytes of the test's own in the way to the client. */
  inject(message: Uint8Array): void {
    this.#serverEnd.send(message);
  }

  /** Closes as if the server had. */
  closeByServer(code: number, reason: string): void {
    this.#serverEnd.close(code, reason);
  }

  /** The connection breaks: both ends learn it at once, and what was on its way is lost. */
  drop(): void {
    this.toServer.clear();
    this.toClient.clear();
    this.#endServer(BROKEN, "");
    this.#endClient(BROKEN, "");
  }

  #end(
    out: Direction,
    {
      isOpen,
      arrive,
      close,
    }: {
      isOpen: () => boolean;
      arrive: (message: Uint8Array) => void;
      close: (code: number, reason: string) => void;
    },
  ): Channel {
    return {
      send(message) {
        // A copy: nobody may change what is on its way.
        const bytes = message.slice();
        if (isOpen()) out.put(bytes.length, () => arrive(bytes));
      },
      close(code, reason) {
        if (isOpen()) close(code, reason);
      },
      get bufferedBytes() {
        return out.bufferedBytes;
      },
    };
  }

  #endClient(code: number, reason: string): void {
    if (!this.#isClientOpen) return;
    this.#isClientOpen = false;
    this.#client.close(code, reason);
  }

  #endServer(code: number, reason: string): void {
    const server = this.#server;
    this.#isServerOpen = false;
    this.#server = undefined;
    server?.close(code, reason);
  }
}

/** See the head of this file. */
export class MemoryNetwork {
  readonly clock = new ManualClock();
  /** All connections there have been. */
  readonly links: Link[] = [];
  /** Who answers; nobody while the server is down. */
  host: Host | undefined;
  readonly #deferred: (() => void)[] = [];

  /** For `ClientOptions.dial`. */
  readonly dial: Dial = (_url, events) => {
    const link = new Link(events, () => this.host);
    this.links.push(link);
    return link.clientEnd;
  };

  /** For `ServerOptions.defer`. */
  readonly defer = (task: () => void): void => {
    this.#deferred.push(task);
  };

  /** The connection that was made last. */
  get lastLink(): Link {
    return this.links.at(-1) as Link;
  }

  /** Ends the server's turn of the event loop: what was put off to its end runs. */
  endTurn(): boolean {
    const tasks = this.#deferred.splice(0);
    for (const task of tasks) task();
    return tasks.length > 0;
  }

  /** The directions in which something waits that is not held up. */
  get busy(): Direction[] {
    return this.links
      .flatMap(({ toServer, toClient }) => [toServer, toClient])
      .filter((direction) => direction.length > 0 && !direction.isStalled);
  }

  /** Brings all that waits, with what follows from it, until everything is quiet. */
  async settle(): Promise<void> {
    for (;;) {
      // Clients put off their sending to the end of a microtask; promises need some more.
      for (let round = 0; round < 5; round++) await null;
      const busy = this.busy;
      for (const direction of busy) direction.deliver();
      if (!this.endTurn() && busy.length === 0) return;
    }
  }
}

/** A client that says whatever the test wants. */
export class RawClient {
  readonly received: Wire[] = [];
  readonly link: Link;
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #channel: Channel;

  constructor(network: MemoryNetwork) {
    this.#channel = network.dial("", {
      open: () => {},
      message: (message) => this.received.push(decode(message)),
      close: (code, reason) => {
        this.closed = { code, reason };
      },
    });
    this.link = network.lastLink;
  }

  /** Sends bytes as they are, and anything else encoded. */
  send(message: Wire): void {
    this.#channel.send(message instanceof Uint8Array ? message : encode(message));
  }

  close(): void {
    this.#channel.close(1000, "");
  }
}
