import type { Dial, DialEvents } from "objectsync/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SlowLine } from "./slow-line.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A line whose other end is the test, with what was heard at this one. */
function makeLine() {
  const sent: string[] = [];
  const heard: string[] = [];
  const ends: DialEvents[] = [];
  const dial: Dial = (_url, events) => {
    ends.push(events);
    return {
      send: (bytes) => sent.push(new TextDecoder().decode(bytes)),
      close: (code) => sent.push(`close ${code}`),
      bufferedBytes: 7,
    };
  };
  const line = new SlowLine(dial);
  const begin = () =>
    line.dial("ws://there", {
      open: () => heard.push("open"),
      message: (bytes) => heard.push(new TextDecoder().decode(bytes)),
      close: (code) => heard.push(`close ${code}`),
    });
  return { line, begin, sent, heard, ends };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a slow line", () => {
  it("delivers at once, in both directions, unless it is told to be slow", async () => {
    const { begin, sent, heard, ends } = makeLine();
    const channel = begin();
    ends[0]?.open();
    ends[0]?.message(bytes("hello"));
    channel.send(bytes("hi"));
    await pass(0);
    expect([sent, heard, channel.bufferedBytes]).toEqual([["hi"], ["open", "hello"], 7]);
  });

  it("has every message take its time, each way", async () => {
    const { line, begin, sent, heard, ends } = makeLine();
    line.delayMs = 600;
    const channel = begin();
    ends[0]?.message(bytes("hello"));
    channel.send(bytes("hi"));
    await pass(599);
    expect([sent, heard]).toEqual([[], []]);
    await pass(1);
    expect([sent, heard]).toEqual([["hi"], ["hello"]]);
  });

  it("keeps messages in order when it becomes faster", async () => {
    const { line, begin, heard, ends } = makeLine();
    line.delayMs = 600;
    begin();
    ends[0]?.message(bytes("first"));
    line.delayMs = 0;
    ends[0]?.message(bytes("second"));
    await pass(599);
    expect(heard).toEqual([]);
    await pass(1);
    expect(heard).toEqual(["first", "second"]);
  });

  it("breaks when it is cut: nothing that is on its way arrives, and this end hears it at once", async () => {
    const { line, begin, sent, heard, ends } = makeLine();
    line.delayMs = 100;
    const channel = begin();
    ends[0]?.message(bytes("hello"));
    channel.send(bytes("hi"));
    line.cut();
    ends[0]?.close(1006, "");
    await pass(1_000);
    expect([sent, heard]).toEqual([["close 1000"], ["close 1006"]]);
  });

  it("has attempts wait while it is cut, and makes those that are still wanted when it is mended", async () => {
    const { line, begin, heard, ends } = makeLine();
    line.cut();
    begin().close(1000, "not wanted any more");
    begin();
    await pass(1_000);
    expect(ends).toHaveLength(0);
    line.mend();
    expect(ends).toHaveLength(1);
    ends[0]?.open();
    await pass(0);
    expect(heard).toEqual(["open"]);
  });

  it("passes on that the other end closes, after what came before", async () => {
    const { line, begin, heard, ends } = makeLine();
    line.delayMs = 100;
    begin();
    ends[0]?.message(bytes("bye"));
    ends[0]?.close(4404, "");
    await pass(100);
    expect(heard).toEqual(["bye", "close 4404"]);
  });
});
