// Connection: how a client stays connected: it dials, notices when the server is gone, and dials again.
//
// At most one channel counts; what one says that was given up is not heard. A connection is lost when its channel closes,
// when the server falls silent, or when it is given up; after a while it is tried again, unless it was ended for good.
//
// Pure and elsewhere: the states and the times between attempts (connection-state.ts). Not here: what is said (client.ts).

import type { Channel } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { type Encoded, encode } from "../core/codec.ts";
import { type Batch, type ClientMessage, CloseCode, FIRST_FINAL_CLOSE_CODE } from "../core/wire.ts";
import {
  type ConnectionEvent,
  type ConnectionState,
  INITIAL_STATE,
  type RetryOptions,
  retryDelay,
  transition,
} from "./connection-state.ts";
import type { Dial } from "./socket.ts";

/** A connection that has held for so long was a good one: after it the time between attempts is short again. */
const STABLE_MS = 10_000;

/** After so many heartbeats without a word from the server the connection counts as lost. */
const SILENT_HEARTBEATS = 2.5;

/** So many while the first state is on its way: it is one message, and may be a large one on a slow line. */
const SILENT_HEARTBEATS_AT_FIRST = 20;

/** How a connection is made. */
export interface ConnectionOptions extends RetryOptions {
  readonly dial: Dial;
  readonly clock: Clock;
  /** From 0 to 1, for the time between attempts. */
  readonly random: () => number;
}

/** Who speaks over a connection. */
export interface ConnectionHost {
  /** Messages can be sent. */
  open(): void;
  message(bytes: Uint8Array): void;
  /** Whether the state has come since: until then more patience is needed. */
  isCurrent(): boolean;
  /** It was lost, or closed for good. What is sent from now on is for the next one. */
  over(how: "lost" | "close"): void;
  /** The state is another one. */
  enter(state: ConnectionState): void;
}

/** See the head of this file. */
export class Connection {
  readonly #url: string;
  readonly #options: ConnectionOptions;
  readonly #host: ConnectionHost;
  #state: ConnectionState = INITIAL_STATE;
  #channel: Channel | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelListening: (() => void) | undefined;
  /** How often the connection, or an attempt at one, was lost in a row. */
  #losses = 0;
  #heardAt = 0;
  #liveSince = 0;

  /** Begins to connect. Calls nobody back before it returns. */
  constructor(url: string | URL, options: ConnectionOptions, host: ConnectionHost) {
    this.#url = webSocketUrl(url);
    this.#options = options;
    this.#host = host;
    this.#dial();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Sends a message, if there is a channel. */
  send(message: ClientMessage | Batch<Encoded>): void {
    this.#channel?.send(encode(message));
  }

  /** The state has come. */
  live(): void {
    this.#enter({ name: "live" });
  }

  /** Takes the connection for lost unless the server says something every so often. */
  listenFor(heartbeatMs: number): void {
    const { clock } = this.#options;
    const listen = (): void => {
      const patienceMs = heartbeatMs * (this.#host.isCurrent() ? SILENT_HEARTBEATS : SILENT_HEARTBEATS_AT_FIRST);
      const silentMs = clock.now() - this.#heardAt;
      if (silentMs >= patienceMs) this.giveUp(CloseCode.silent, "the server has fallen silent");
      // It may become less patient meanwhile.
      else this.#cancelListening = clock.after(Math.min(patienceMs - silentMs, heartbeatMs), listen);
    };
    listen();
  }

  /** Ends a connection that is of no use any more, to begin another. */
  giveUp(code: number, reason: string, retryInMs?: number): void {
    const channel = this.#channel;
    this.#lost(code, reason, retryInMs);
    channel?.close(code, "this client begins anew");
  }

  /** Ends it for good. May be called twice. */
  end(code: number, reason: string): void {
    const channel = this.#channel;
    this.#hangUp();
    channel?.close(code, reason);
    this.#cancelRetry?.();
    this.#host.over("close");
    this.#enter({ name: "close", code, reason });
  }

  #dial(): void {
    // A socket that was given up may still call back.
    const ifCurrent = (fn: () => void): void => {
      if (this.#channel === channel) fn();
    };
    const { dial, clock } = this.#options;
    const channel: Channel = dial(this.#url, {
      open: () => ifCurrent(() => this.#host.open()),
      message: (bytes) =>
        ifCurrent(() => {
          this.#heardAt = clock.now();
          this.#host.message(bytes);
        }),
      close: (code, reason) =>
        ifCurrent(() => {
          if (code >= FIRST_FINAL_CLOSE_CODE) this.end(code, reason);
          else this.#lost(code, reason);
        }),
    });
    this.#channel = channel;
  }

  #lost(code: number, reason: string, retryAtInMs?: number): void {
    this.#hangUp();
    const { clock, random } = this.#options;
    // A server that takes everybody in and sends them away again must not be asked faster for it.
    if (this.#state.name === "connected" && clock.now() - this.#liveSince >= STABLE_MS) this.#losses = 0;
    const retryInMs = retryAtInMs ?? retryDelay(this.#losses++, this.#options, random());
    this.#cancelRetry = clock.after(retryInMs, () => {
      this.#enter({ name: "retry" });
      this.#dial();
    });
    this.#host.over("lost");
    this.#enter({ name: "lost", code, reason, retryInMs });
  }

  /** From here on the present socket is a stranger's. */
  #hangUp(): void {
    this.#channel = undefined;
    this.#cancelListening?.();
    this.#cancelListening = undefined;
  }

  #enter(event: ConnectionEvent): void {
    const state = transition(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    if (state.name === "connected") this.#liveSince = this.#options.clock.now();
    this.#host.enter(state);
  }
}

function webSocketUrl(url: string | URL): string {
  const absolute = new URL(url, globalThis.location?.href);
  absolute.protocol = absolute.protocol.replace(/^http/, "ws");
  absolute.hash = "";
  return absolute.href;
}
