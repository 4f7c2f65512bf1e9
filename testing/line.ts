import type { Dial, DialEvents } from "../client/socket.ts";
import type { Direction } from "./direction.ts";
import type { Link } from "./link.ts";

/** The way of one client to the server: all its connections, one after the other, and what they have in common. */
export class Line {
  /**
   * How long a message takes on the world's clock, each way, by default no time. A change holds for what is sent from then
   * on, over connections to come too.
   */
  readonly delayMs = { toServer: 0, toClient: 0 };
  /** For `ClientOptions.dial`. */
  readonly dial: Dial;
  #link: Link | undefined;
  #isCut = false;

  /** @internal */
  constructor(begin: (line: Line, url: string, events: DialEvents) => Link) {
    this.dial = (url, events) => {
      this.#link = begin(this, url, events);
      return this.#link.clientEnd;
    };
  }

  /** The connection that was begun last. Throws before the first. */
  get link(): Link {
    if (!this.#link) throw new Error("nobody has dialled on this line yet");
    return this.#link;
  }

  /** Of that connection. */
  get toServer(): Direction {
    return this.link.toServer;
  }

  /** Of that connection. */
  get toClient(): Direction {
    return this.link.toClient;
  }

  /** Whether no connection can be made over it. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** The connection breaks, see `Link.drop`; the client may make another one. */
  drop(noticedBy?: "both" | "client" | "server"): void {
    this.link.drop(noticedBy);
  }

  /** The connection breaks, and each attempt at another one fails, until `mend`. */
  cut(): void {
    this.#isCut = true;
    this.#link?.drop();
  }

  /** Connections can be made again. The client's next attempt comes when its time has come. */
  mend(): void {
    this.#isCut = false;
  }
}
