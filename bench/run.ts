// Runs every benchmark in a process of its own and writes what they print to docs/figures.md.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

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
    "The same op, encoded as for a client, where there is little and where there is much. Medians of seven rounds in turn.",
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

const [cpu] = cpus();
const machine = `Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${new Date().toISOString().slice(0, 10)}.`;
writeFileSync(
  new URL("../docs/figures.md", import.meta.url),
  `# Figures

Written by \`npm run bench\`, from one run, on loopback. Ratios hold from machine to machine; absolute figures are for
orders of magnitude. ${machine}

${parts.join("\n")}`,
);
