// The JSON subprotocol: a connection that is told bytes, over a channel that carries text.
//
// A message is the JSON form of what the binary one holds (core/json-wire.ts), as UTF-8. What goes out is written once for
// all who are sent the same message. What comes in is made binary again, so that it is checked and limited in one place,
// the connection; only what the text itself costs is counted here.

import type { Channel, ChannelEvents } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { decode, encode } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { fromJson, toJson } from "../core/json-wire.ts";
import { bad } from "../core/parse.ts";
import { CloseCode } from "../core/wire.ts";
import { STEPS_PER_BYTE_READ } from "./connection.ts";
import type { Limits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true });

/** By message: so the same bytes go to all who are sent the same message. */
const texts = new WeakMap<Uint8Array, Uint8Array>();

/** Speaks JSON on `channel` for a connection that speaks binary. Returns who is to be told what arrives, as text. */
export function overJson(
  channel: Channel,
  accept: (channel: Channel) => ChannelEvents,
  { limits, clock }: { readonly limits: Limits; readonly clock: Clock },
): ChannelEvents {
  const steps = new TokenBucket(limits.maxStepsPerSecond, 4, clock);
  let isOpen = true;
  const close = (code: number, reason: string): void => {
    isOpen = false;
    channel.close(code, reason);
  };
  const events = accept({
    send: (message) => channel.send(textOf(message)),
    close,
    get bufferedBytes() {
      return channel.bufferedBytes;
    },
  });
  /** Ends it for what the text itself is, which the connection does not get to see. */
  const end = (code: number, reason: string): void => {
    close(code, reason);
    events.close(code, reason);
  };
  return {
    message(text) {
      if (!isOpen) return;
      if (text.length > limits.maxMessageBytes) return end(CloseCode.tooLarge, "the message is too large");
      if (!steps.take(text.length * STEPS_PER_BYTE_READ)) return end(CloseCode.tooMany, "too much work");
      let message: Uint8Array;
      try {
        message = encode(fromJson(parse(text)));
      } catch (error) {
        if (!(error instanceof ObjectSyncError)) throw error;
        return end(CloseCode.badMessage, error.message);
      }
      events.message(message);
    },
    close: (code, reason) => events.close(code, reason),
  };
}

function textOf(message: Uint8Array): Uint8Array {
  let text = texts.get(message);
  if (!text) {
    text = textEncoder.encode(JSON.stringify(toJson(decode(message))));
    texts.set(message, text);
  }
  return text;
}

function parse(text: Uint8Array): unknown {
  try {
    return JSON.parse(textDecoder.decode(text));
  } catch {
    throw bad("expected a message in JSON");
  }
}
