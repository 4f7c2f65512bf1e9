// Runs every benchmark in a process of its own and writes what they print to docs/figures.md (see figures.ts).

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { machine, writeFigures } from "./figures.ts";

const benchmarks: [file: string, title: string, method: string][] = [
  [
    "tree.ts",
    "Memory, making, joining",
    "Each object has a text, two numbers with two decimals and a dict of two keys. Heap is measured after a collection. " +
      "A join is the time from connecting to the last object in place, in a process of its own, three processes a side in " +
      "turn, six joins each: cold is the first of a process, warm the median of the others. Beside it, `ws` sends JSON that " +
      "was encoded before, and the client parses it and puts it into a Map.",
  ],
  [
    "fan-out.ts",
    "Fan-out",
    "Each frame moves ten of a thousand objects in one transaction. Beside it, `ws` sends as many bytes to as many " +
      "sockets. Five runs a side in turn, each in a process of its own; the clients only count bytes. The ratio is the " +
      "median of the ratios of each pair of runs.",
  ],
  [
    "scale.ts",
    "Small and large",
    "The same op, encoded as for a client, where there is little and where there is much. Medians of seven rounds in turn. " +
      "References are read from a thousand objects, to as many others as there are; what is read stays the same, the memory " +
      "that it lies in does not.",
  ],
  [
    "children.ts",
    "Children in any order",
    "10,000 children are inserted, each at a random place, below one parent or below a hundred; then they are moved to " +
      "random places, each move a change of its own. Every change is encoded, as for a client. Beside it, the same with " +
      "`splice` on an array of plain objects. Medians of seven rounds in turn.",
  ],
  [
    "drafts.ts",
    "Drafts",
    "`update` of one of 10,000 items, beside the op that does the same, and beside immer's `produce` on the same plain data. " +
      "Each is a change of its own and is encoded, as for a client. Medians of seven rounds in turn.",
  ],
  [
    "save.ts",
    "Saving and loading",
    "Each object has a text, a number, a dict of two keys, and a reference to the one before. Beside it, `JSON.stringify` of " +
      "the very data that is saved, and `JSON.parse` of its text. Medians of seven rounds in turn.",
  ],
  [
    "branch.ts",
    "Opening a branch",
    "A lazy object has 10,000 objects below it, as those of the first table. The time is from `open` to the last of them in " +
      "place, over a socket, in a process of its own, three processes a side in turn, eleven times each: cold is the first " +
      "of a process, warm the median of the others. Where nobody else has it open the server keeps nothing of it and " +
      "encodes it each time; so does `ws` beside it, with JSON. Where somebody has, both send what was encoded before.",
  ],
  [
    "latest.ts",
    "Only the newest value",
    "100 numbers, each set 20 times in a turn of the event loop, to 50 clients, for a second of 100 turns. Time is the " +
      "benchmark's own, clients are in memory and only count. Medians of five rounds in turn.",
  ],
];

const parts = benchmarks.map(([file, title, method]) => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const output = execFileSync(process.execPath, ["--expose-gc", "--conditions=objectsync-source", path], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(`${title}\n${output}\n`);
  return `## ${title}\n\n${method}\n\n${output.trim()}\n`;
});

writeFigures(
  "library",
  `# Figures

Written by \`npm run bench\`, from one run, on loopback. Ratios hold from machine to machine; absolute figures are for
orders of magnitude. ${machine()}

${parts.join("\n")}`,
);
