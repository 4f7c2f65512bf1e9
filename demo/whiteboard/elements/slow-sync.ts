import { Client } from "objectsync/client";
import { ObjectSyncElement } from "objectsync/elements";
import { dialWebSocket } from "../../../client/socket.ts";
import { SlowLine } from "../slow-line.ts";

/** `<object-sync>` over a line that can be made slow. */
export class SlowSyncElement extends ObjectSyncElement {
  readonly line = new SlowLine(dialWebSocket);

  protected override createClient(url: string): Client {
    return new Client(url, { dial: this.line.dial, onError: ({ error }) => reportError(error) });
  }
}
