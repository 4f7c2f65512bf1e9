import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dialWebSocket } from "./socket.ts";

/** What a client was told, in order. */
let told: unknown[];
let socket: Partial<Record<"onopen" | "onerror", () => void>> & { onclose?: (event: object) => void };

beforeEach(() => {
  told = [];
  vi.stubGlobal(
    "WebSocket",
    class {
      constructor() {
        socket = this;
      }
    },
  );
  dialWebSocket("ws://nowhere", {
    open: () => told.push("open"),
    message: () => told.push("message"),
    close: (...args) => told.push(args),
  });
});

afterEach(() => vi.unstubAllGlobals());

describe("an attempt to connect that fails", () => {
  it("[SE-06] is over at the error, as there may be no close after it", () => {
    socket.onerror?.();
    expect(told).toEqual([[1006, ""]]);
  });

  it("[SE-06] is over once where a close follows", () => {
    socket.onerror?.();
    socket.onclose?.({ code: 1006, reason: "" });
    expect(told).toEqual([[1006, ""]]);
  });
});

it("a connection that breaks ends with the code of its close", () => {
  socket.onopen?.();
  socket.onerror?.();
  socket.onclose?.({ code: 1009, reason: "too large" });
  expect(told).toEqual(["open", [1009, "too large"]]);
});
