// Link: one connection between a client and whoever takes connections, from the attempt until both ends have closed.
//
// Nothing arrives before it is delivered, the opening and the closing neither. An end that has closed sends nothing and
// is told nothing more.

import type { DialEvents } from "../client/socket.ts";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import type { Direction } from "./direction.ts";

/** The code with which a connection ends that nobody closed. */
export const BROKEN = 1006;

/** Whatever takes connections, as a `Server` does. */
export interface Host {
  /** Returns who is to be told what arrives on the channel. `path`: as in the client's URL, with the query. */
  accept(channel: Channel, path: string): ChannelEvents;
}

/** One connection. */
export class Link {
  readonly toServer: Direction;
  readonly toClient: Direction;
  /** What the client sends on, and a test that speaks for the client. */
  readonly clientEnd: Channel;
  /** What the server sends on, and a test that speaks for the server, or for a proxy on the way. */
  readonly serverEnd: Channel;
  #client: DialEvents | undefined;
  #server: ChannelEvents | undefined;
  #isServerOpen = false;

  /**
   * `host` is asked when the connection arrives at the server.
   * @internal
   */
  constructor(
    client: DialEvents,
    host: () => Host | undefined,
    path: string,
    { toServer, toClient }: { readonly toServer: Direction; readonly toClient: Direction },
  ) {
    this.#client = client;
    this.toServer = toServer;
    this.toClient = toClient;
    this.clientEnd = channelOf(toServer, {
      isOpen: () => this.#client !== undefined,
      arrive: (message) => this.#isServerOpen && this.#server?.message(message),
      close: (code, reason) => {
        this.#client = undefined;
        toServer.put(0, () => this.#endServer(code, reason));
      },
    });
    this.serverEnd = channelOf(toClient, {
      isOpen: () => this.#isServerOpen,
      arrive: (message) => this.#client?.message(message),
      close: (code, reason) => {
        this.#isServerOpen = false;
        toClient.put(0, () => {
          this.#endClient(code, reason);
          toServer.put(0, () => this.#endServer(code, reason));
        });
      },
    });
    toServer.put(0, () => {
      const server = host();
      // Nobody takes it: refused, as by a machine that is there.
      if (!server) return toClient.put(0, () => this.#endClient(BROKEN, ""));
      this.#isServerOpen = true;
      this.#server = server.accept(this.serverEnd, path);
      toClient.put(0, () => this.#client?.open());
    });
  }

  /** Whether one of the ends takes it for open. */
  get isOpen(): boolean {
    return this.#client !== undefined || this.#isServerOpen;
  }

  /** Whether nothing will ever arrive on it any more. */
  get isOver(): boolean {
    return !this.isOpen && this.toServer.length === 0 && this.toClient.length === 0;
  }

  /**
   * The connection breaks: what was on its way is lost, and both ends learn it at once, with code 1006. If only one end
   * learns it, the other still takes it for open, as after a cable was pulled: what it sends piles up there. `drop` again
   * tells that one.
   */
  drop(noticedBy: "both" | "client" | "server" = "both"): void {
    for (const direction of [this.toServer, this.toClient]) {
      direction.clear();
      direction.isStalled = true;
    }
    if (noticedBy !== "client") this.#endServer(BROKEN, "");
    if (noticedBy !== "server") this.#endClient(BROKEN, "");
  }

  #endClient(code: number, reason: string): void {
    const client = this.#client;
    this.#client = undefined;
    client?.close(code, reason);
  }

  #endServer(code: number, reason: string): void {
    const server = this.#server;
    this.#isServerOpen = false;
    this.#server = undefined;
    server?.close(code, reason);
  }
}

/** The end of a connection from which messages go out in a direction. */
function channelOf(
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
