import { decode, encode, type Wire } from "../core/codec.ts";
import type { Link } from "../testing/link.ts";
import type { MemoryNetwork } from "../testing/memory-network.ts";

/** A client that says whatever the test wants. */
export class RawClient {
  readonly received: Wire[] = [];
  readonly link: Link;
  closed: { readonly code: number; readonly reason: string } | undefined;

  /** Begins to connect. */
  constructor(network: MemoryNetwork, path = "/") {
    const line = network.addLine();
    line.dial(`ws://memory${path}`, {
      open: () => {},
      message: (message) => this.received.push(decode(message)),
      close: (code, reason) => {
        this.closed = { code, reason };
      },
    });
    this.link = line.link;
  }

  /** Sends bytes as they are, and anything else encoded. */
  send(message: Wire): void {
    this.link.clientEnd.send(message instanceof Uint8Array ? message : encode(message));
  }

  close(): void {
    this.link.clientEnd.close(1000, "");
  }
}
