// The channel over a WebSocket of the package `ws`.

import type { Duplex } from "node:stream";
import * as ws from "ws";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { CloseCode } from "../core/wire.ts";

/** How the package builds the frame around a message. It exports this and does not document it: so it may be missing. */
interface FrameBuilder {
  frame?(data: Uint8Array, options: object): Uint8Array[];
}

const sender: FrameBuilder | undefined = (ws as unknown as { Sender?: FrameBuilder }).Sender;
const TEXT = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true };
const BINARY = { ...TEXT, opcode: 2 };

/** Up to here header and message are put together, for one write. Beyond, that would be a second copy of much. */
const MERGED_BYTES = 16 * 1024;

/** By message, which is either text or not; the frame lives as long as somebody holds its message. */
const frames = new WeakMap<Uint8Array, readonly Uint8Array[]>();

/**
 * The WebSocket frame of a message, in parts, built once for all sockets that it goes to: with many clients that saves a
 * third of what sending costs this process. `undefined` where the package does not let us.
 */
function frameOf(message: Uint8Array, isText: boolean): readonly Uint8Array[] | undefined {
  let frame = frames.get(message);
  if (!frame) {
    frame = sender?.frame?.(message, isText ? TEXT : BINARY);
    if (!frame) return undefined;
    if (message.length <= MERGED_BYTES) frame = [Buffer.concat(frame)];
    frames.set(message, frame);
  }
  return frame;
}

/**
 * Connects a WebSocket to its owner. `accept` is given the channel and returns who is to be told. `socket` is what the
 * WebSocket runs on, without compression. Looks every `pingIntervalMs` whether the other end is there. `isText`: messages
 * are text, as UTF-8.
 */
export function bindWebSocket(
  webSocket: ws.WebSocket,
  socket: Duplex,
  accept: (channel: Channel) => ChannelEvents,
  {
    isText,
    clock,
    pingIntervalMs,
  }: { readonly isText: boolean; readonly clock: Clock; readonly pingIntervalMs: number },
): void {
  const events = accept({
    send(message) {
      if (webSocket.readyState !== webSocket.OPEN) return;
      const frame = frameOf(message, isText);
      if (!frame) return webSocket.send(message, { binary: !isText });
      const [first, second] = frame;
      // Putting on the cork costs as much as the write.
      if (second) socket.cork();
      socket.write(first as Uint8Array);
      if (second) {
        socket.write(second);
        socket.uncork();
      }
    },
    close: (code, reason) => webSocket.close(code, reason),
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
  });
  let isAlive = true;
  let unread = 0;
  let cancelPing = clock.after(pingIntervalMs, ping);
  function ping(): void {
    // A slow client gets the ping after all that was sent before, so what counts is that it reads. One that does not read
    // is as good as gone, whatever it says.
    const isReading = webSocket.bufferedAmount < unread;
    if (unread > 0 ? !isReading : !isAlive) return webSocket.terminate();
    isAlive = false;
    unread = webSocket.bufferedAmount;
    webSocket.ping();
    cancelPing = clock.after(pingIntervalMs, ping);
  }
  webSocket.on("pong", () => {
    isAlive = true;
  });
  webSocket.on("message", (data, isBinary) => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    isAlive = true;
    if (isBinary !== isText) events.message(data as Buffer);
    else webSocket.close(CloseCode.badMessage, `expected a ${isText ? "text" : "binary"} message`);
  });
  webSocket.on("close", (code, reason) => {
    cancelPing();
    events.close(code, reason.toString());
  });
}
