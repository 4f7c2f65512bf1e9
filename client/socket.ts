import type { Channel, ChannelEvents } from "../core/channel.ts";
import { SUBPROTOCOL } from "../core/wire.ts";

/** What a client is told of its connection. */
export interface DialEvents extends ChannelEvents {
  /** Messages can be sent from now on. */
  open(): void;
}

/** Begins a connection to a server: how a client gets its channel. Must not call back before it returns. */
export type Dial = (url: string, events: DialEvents) => Channel;

/** Connects by the WebSocket that browsers and Node have. */
export const dialWebSocket: Dial = (url, events) => {
  const socket = new WebSocket(url, [SUBPROTOCOL]);
  socket.binaryType = "arraybuffer";
  let isOver = false;
  const end = (code: number, reason: string): void => {
    if (isOver) return;
    isOver = true;
    events.close(code, reason);
  };
  let hasOpened = false;
  socket.onopen = () => {
    hasOpened = true;
    events.open();
  };
  socket.onmessage = ({ data }) => {
    // A text is no message of this protocol: it is passed on as one that cannot be read.
    events.message(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array());
  };
  // An error is followed by a close, but for an attempt that fails in Node 22. Such a close never has a code of its own.
  socket.onerror = () => {
    if (!hasOpened) end(1006, "");
  };
  socket.onclose = ({ code, reason }) => end(code, reason);
  return {
    send: (message) => socket.send(message as Uint8Array<ArrayBuffer>),
    // Programs may close with 1000 and private codes only.
    close: (code, reason) => socket.close(code === 1000 || code >= 3000 ? code : 1000, reason),
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
  };
};
