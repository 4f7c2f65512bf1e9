// docs/figures.md: two parts, each written whole by a script of its own, which leaves the other one as it is.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** Which of the two: `npm run bench` writes the first one, `npm run bench:text` the last one. */
export type FiguresPart = "library" | "texts";

/** Where the last part begins. */
const TEXTS = "## Texts\n";

const file = new URL("../docs/figures.md", import.meta.url);

/** Writes a part in place of the one that is there. The title of the part on texts is not part of it. */
export function writeFigures(part: FiguresPart, text: string): void {
  writeFileSync(file, replaced(readFileSync(file, "utf8"), part, text));
}

/** A document with one of its parts replaced. */
export function replaced(document: string, part: FiguresPart, text: string): string {
  const start = document.indexOf(TEXTS);
  const [library, texts] = start < 0 ? [document, ""] : [document.slice(0, start), document.slice(start)];
  const parts = part === "library" ? [text, texts] : [library, `${TEXTS}\n${text}`];
  return `${parts
    .map((each) => each.trim())
    .join("\n\n")
    .trim()}\n`;
}

/** `Node v24.1.0, 2 × a processor, 2026-01-31.` */
export function machine(): string {
  const [cpu] = cpus();
  const day = new Date().toISOString().slice(0, 10);
  return `Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${day}.`;
}
