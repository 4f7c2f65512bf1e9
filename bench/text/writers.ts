// Several writers of random text at once, on a line that is slow: whether they end alike, and how soon.

import { relayTo } from "../../test/relay.ts";
import { makeRandom } from "../measure.ts";
import { type Member, type OpenRoom, type Traffic, trafficSince, until } from "./room.ts";
import type { Edit } from "./trace.ts";

/** How much is written. */
export interface Writing {
  readonly writers: number;
  /** Of each. */
  readonly edits: number;
  readonly everyMs: number;
  /** On the way to the server, and as much on the way back. */
  readonly delayMs: number;
}

/** What came of it. */
export interface WritersCost {
  /** Milliseconds from the last edit until all see the same. */
  readonly converged: number;
  /** Bytes of an edit from its writer. */
  readonly up: number;
  /** Bytes of an edit to each of all clients, its writer too. */
  readonly down: number;
  readonly refused: number;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz ";

/** Throws unless all writers, the server, and who joins at the end see the same. */
export async function measureWriters(
  openRoom: OpenRoom,
  { writers, edits, everyMs, delayMs }: Writing,
): Promise<WritersCost> {
  const room = await openRoom("Several people write here at the same time. ".repeat(20));
  const line = await relayTo(room.port, { delayMs });
  const members = await Promise.all(Array.from({ length: writers }, () => room.join(line.port)));
  const before = room.traffic();
  const random = makeRandom();
  const answers: Promise<boolean>[] = [];
  let lastMs = 0;
  for (let count = 0; count < edits; count++) {
    if (count > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
    for (const member of members) answers.push(member.write([randomEdit(member, random)]));
    lastMs = performance.now();
  }
  const isEqual = (): boolean => members.every((member) => member.text() === room.text());
  let open = answers.length;
  for (const answer of answers) answer.then(() => open--);
  await until(() => open === 0 && isEqual(), "the writers to see the same", { everyMs: 1 });
  const converged = performance.now() - lastMs;
  const traffic = trafficSince(room, before);
  const all = edits * writers;
  const perEdit = (way: keyof Traffic): number => traffic.reduce((sum, each) => sum + each[way], 0) / all;
  const late = await room.join(room.port);
  if (late.text() !== room.text()) throw new Error("who joins at the end sees another text");
  for (const member of [...members, late]) member.close();
  line.close();
  await room.close();
  const refused = (await Promise.all(answers)).filter((isRefused) => isRefused).length;
  return { converged, up: perEdit("up"), down: perEdit("down") / writers, refused };
}

/** A few letters somewhere, or a few units less, three to one. */
function randomEdit(member: Member, random: (limit: number) => number): Edit {
  const { length } = member.text();
  const position = random(length + 1);
  if (random(4) === 0) return [position, Math.min(random(6) + 1, length - position), ""];
  const text = Array.from({ length: random(6) + 1 }, () => LETTERS[random(LETTERS.length)]).join("");
  return [position, 0, text];
}
