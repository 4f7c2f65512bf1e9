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
const BINARY = { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: true };

/** By message; a frame lives as long as somebody holds its message. */
const frames = new WeakMap<Uint8Array, Uint8Array>();

/**
 * The WebSocket frame of a message, built once for all sockets that it goes to: with many clients that
 * halves what sending costs this process. `undefined` where the package does not let us.
 */
function frameOf(message: Uint8Array): Uint8Array | undefined {
  let frame = frames.get(message);
  if (!frame) {
    const parts = sender?.frame?.(message, BINARY);
    if (!parts) return undefined;
    frame = Buffer.concat(parts);
    frames.set(message, frame);
  }
  return frame;
}

/**
 * Connects a WebSocket to its owner. `accept` is given the channel and returns who is to be told. `socket` is what the
 * WebSocket runs on, without compression. Looks every `pingIntervalMs` whether the other end is there.
 */
export function bindWebSocket(
  webSocket: ws.WebSocket,
  socket: Duplex,
  accept: (channel: Channel) => ChannelEvents,
  { clock, pingIntervalMs }: { readonly clock: Clock; readonly pingIntervalMs: number },
): void {
  const events = accept({
    send(message) {
      if (webSocket.readyState !== webSocket.OPEN) return;
      const frame = frameOf(message);
      if (frame) socket.write(frame);
      else webSocket.send(message);
    },
    close: (code, reason) => webSocket.close(code, reason),
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
  });
  let isAlive = true;
  let cancelPing = clock.after(pingIntervalMs, ping);
  function ping(): void {
    if (!isAlive) return webSocket.terminate();
    isAlive = false;
    webSocket.ping();
    cancelPing = clock.after(pingIntervalMs, ping);
  }
  webSocket.on("pong", () => {
    isAlive = true;
  });
  webSocket.on("message", (data, isBinary) => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    isAlive = true;
    if (isBinary) events.message(data as Buffer);
    else webSocket.close(CloseCode.badMessage, "expected a binary message");
  });
  webSocket.on("close", (code, reason) => {
    cancelPing();
    events.close(code, reason.toString());
  });
}
