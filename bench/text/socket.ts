// A session from one client through a server to a second one, over sockets on loopback, all in this process: so the
// processor time is that of the three of them together.

import { processorTime } from "./processor-time.ts";
import { type OpenRoom, trafficSince, until } from "./room.ts";
import type { Edit } from "./trace.ts";

/** What it took. */
export interface SocketCost {
  /** Processor time of an edit in microseconds. */
  readonly edit: number;
  /** Bytes of an edit from the writer. */
  readonly up: number;
  /** Bytes of an edit to the reader. */
  readonly down: number;
  /** Bytes of an edit that tell the writer what became of it. */
  readonly back: number;
  readonly refused: number;
}

/** How it is written. */
export interface Pace {
  /** Transactions in a turn of the event loop. */
  readonly perTurn: number;
  /** How many may wait for an answer. */
  readonly open: number;
}

/** Writes transactions in turn. Throws unless both clients and the server end with `end`. */
export async function measureSocket(
  openRoom: OpenRoom,
  { start, end, transactions }: { readonly start: string; readonly end: string; readonly transactions: Edit[][] },
  { perTurn, open }: Pace,
): Promise<SocketCost> {
  const room = await openRoom(start);
  const writer = await room.join(room.port);
  const reader = await room.join(room.port);
  const before = room.traffic();
  globalThis.gc?.();
  const startTime = processorTime();
  const waiting: Promise<boolean>[] = [];
  let refused = 0;
  const settle = async (most: number): Promise<void> => {
    while (waiting.length > most) if (await waiting.shift()) refused++;
  };
  for (const [index, edits] of transactions.entries()) {
    waiting.push(writer.write(edits));
    if ((index + 1) % perTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    await settle(open);
  }
  await settle(0);
  const texts = [writer, reader, room];
  await until(() => texts.every((each) => each.text().length === end.length), "the last edit");
  const time = processorTime() - startTime;
  if (texts.some((each) => each.text() !== end)) throw new Error("the texts differ at the end");
  const [atWriter, atReader] = trafficSince(room, before);
  writer.close();
  reader.close();
  await room.close();
  const edits = transactions.reduce((sum, { length }) => sum + length, 0);
  return {
    edit: time / edits,
    up: (atWriter?.up ?? 0) / edits,
    down: (atReader?.down ?? 0) / edits,
    back: (atWriter?.down ?? 0) / edits,
    refused,
  };
}
