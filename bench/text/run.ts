// A real editing session on a text: where the text is, through a server to a second client, and several writers at once.
// Argument: the path of a trace (see trace.ts). Writes its tables to docs/figures.md (see ../figures.ts), unless something
// is missing: `--part=local`, `memory`, `socket` or `writers` runs one part alone, and without Yjs there are rows less.

import { machine, writeFigures } from "../figures.ts";
import { figure, inProcess, median } from "../measure.ts";
import { loadYjs, type Yjs } from "../peers/yjs.ts";
import { measureLocal } from "./local.ts";
import { APPENDED, type Kept, LEFT } from "./memory.ts";
import { openObjectSyncRoom } from "./objectsync-room.ts";
import { openStringRoom, openYjsRoom } from "./peer-rooms.ts";
import type { OpenRoom } from "./room.ts";
import { measureSocket, type Pace, type SocketCost } from "./socket.ts";
import { textKinds } from "./texts.ts";
import { type Edit, edited, grouped, readTrace, type Trace } from "./trace.ts";
import { measureWriters } from "./writers.ts";

const localRounds = 5;
const socketRounds = 3;
/** Edits at the end of the session that are timed by themselves, and typed one at a time. */
const [late, typed] = [10_000, 2_000];

const printed: string[] = [];

type Part = (trace: Trace, yjs: Yjs | undefined, path: string) => Promise<void>;

const parts: Record<string, Part> = {
  async local(trace, yjs) {
    heading(
      "In one process",
      `The session, ${trace.edits.length.toLocaleString("en")} edits, in processor time; medians of ${localRounds} rounds in turn. The last ` +
        `column: what an edit of the last ${late.toLocaleString("en")} costs, to what it costs on a text that begins there.`,
      ["a text", "µs per edit", "to a string", "late to fresh"],
    );
    const costs = await measureLocal(textKinds(yjs), trace, { rounds: localRounds, late });
    for (const [name, { edit, ratio, ageing }] of costs) row(name, figure(edit), ratio.toFixed(2), ageing.toFixed(2));
  },

  async memory({ end }, yjs, path) {
    const all = end.length.toLocaleString("en");
    heading(
      "Memory",
      "Bytes that a text keeps alive at rest beyond what an empty one does, in a process of its own. In brackets: for each " +
        `character. After the session (${all} characters), after all but ${LEFT} were deleted then, and after ` +
        `${APPENDED.toLocaleString("en")} were appended to nothing, one at a time, and not read.`,
      ["a text", "session", "deleted", "appended"],
    );
    for (const name of textKinds(yjs).keys()) {
      const { session, left, appended } = await inProcess<Kept>("text/memory-process.ts", name, path);
      const cell = (bytes: number, characters: number): string =>
        `${figure(bytes)} (${(bytes / characters).toPrecision(2)})`;
      row(name, cell(session, end.length), cell(left, Math.min(LEFT, end.length)), cell(appended, APPENDED));
    }
  },

  async socket({ start, end, edits }, yjs) {
    heading(
      "Through a server",
      `From one client through a server to a second one; the processor time of all three, medians of ${socketRounds} rounds in turn. ` +
        "Bytes per edit with WebSocket's own: up from the writer, down to the reader, back to the writer; a transaction's " +
        "number and a position take one byte each up to 127, and five beyond 65,535. " +
        `The last ${typed.toLocaleString("en")} edits one at a time, each answered before the next; the session with 20 ` +
        "transactions of an edit each turn; the session in transactions of 100 edits.",
      ["how", "text", "µs per edit", "to a string", "up", "down", "back", "refused"],
    );
    const last = { start: edited(start, edits.slice(0, -typed)), end, transactions: grouped(edits.slice(-typed), 1) };
    await compare("one at a time", rooms(yjs), last, { perTurn: 1, open: 0 });
    await compare(
      "20 a turn",
      rooms(yjs),
      { start, end, transactions: grouped(edits, 1) },
      { perTurn: 20, open: 1000 },
    );
    await compare("by 100", rooms(yjs), { start, end, transactions: grouped(edits, 100) }, { perTurn: 1, open: 10 });
  },

  async writers(_, yjs) {
    const writing = { edits: 100, everyMs: 20, delayMs: 100 };
    heading(
      "Several writers",
      `Random text, ${writing.edits} edits of each writer, one every ${writing.everyMs} ms, ${writing.delayMs} ms to the ` +
        "server and as many back. All see the same at the end, and who joins then. Bytes per edit, down to each client.",
      ["writers", "text", "same after the last edit, ms", "up", "down", "refused"],
    );
    const [, ...concurrent] = rooms(yjs);
    for (const writers of [2, 5]) {
      for (const [name, open] of concurrent) {
        const { converged, up, down, refused } = await measureWriters(open, { ...writing, writers });
        row(`${writers}`, name, figure(converged), figure(up), figure(down), `${refused}`);
      }
    }
  },
};

/** The first is what the others are measured by. */
function rooms(yjs: Yjs | undefined): [name: string, open: OpenRoom][] {
  const ours: [string, OpenRoom][] = [
    ["a string, JSON", openStringRoom],
    ["ObjectSync", openObjectSyncRoom],
  ];
  return yjs ? [...ours, ["Yjs", openYjsRoom(yjs)]] : ours;
}

async function compare(
  how: string,
  kinds: [string, OpenRoom][],
  session: { readonly start: string; readonly end: string; readonly transactions: Edit[][] },
  pace: Pace,
): Promise<void> {
  const samples = kinds.map(([name, open]) => ({ name, open, costs: [] as SocketCost[] }));
  for (let round = 0; round < socketRounds; round++) {
    for (const { open, costs } of samples) costs.push(await measureSocket(open, session, pace));
  }
  const base = samples[0]?.costs ?? [];
  for (const { name, costs: own } of samples) {
    const middle = (part: keyof SocketCost): string => figure(median(own.map((cost) => cost[part])));
    const ratio = median(own.map(({ edit }, round) => edit / (base[round] as SocketCost).edit));
    const refused = Math.max(...own.map((cost) => cost.refused));
    row(how, name, middle("edit"), ratio.toFixed(2), middle("up"), middle("down"), middle("back"), `${refused}`);
  }
}

function heading(title: string, method: string, columns: readonly string[]): void {
  print(`\n### ${title}\n\n${method}\n`);
  row(...columns);
  row(...columns.map((_, index) => (index === 0 ? "---" : "---:")));
}

function row(...cells: string[]): void {
  print(`| ${cells.join(" | ")} |`);
}

function print(line: string): void {
  printed.push(line);
  console.log(line);
}

/** What the session is. What its file is called means something on this machine only. */
function describe({ start, end, edits }: Trace): string {
  const [from, to] = [start, end].map(({ length }) => length.toLocaleString("en"));
  return `${edits.length.toLocaleString("en")} edits that somebody made and recorded, from ${from} characters to ${to}`;
}

const path = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
const only = process.argv.find((argument) => argument.startsWith("--part="))?.slice("--part=".length);
if (path === undefined || (only !== undefined && !(only in parts))) {
  console.error(`usage: npm run bench:text -- <path of a trace> [--part=${Object.keys(parts).join("|")}]`);
  process.exit(1);
}
const yjs = await loadYjs();
if (!yjs) console.log("Yjs is not installed and left out: `npm ci --prefix bench/peers` brings it.");
const trace = readTrace(path);
for (const [name, measure] of Object.entries(parts)) if (!only || only === name) await measure(trace, yjs, path);
// A table that lacks rows would take the place of a whole one.
if (yjs && !only) {
  const intro = `Written by \`npm run bench:text\`, from one run, on loopback. The session: ${describe(trace)}. ${machine()}`;
  writeFigures("texts", `${intro}\n${printed.join("\n")}`);
}
process.exit();
