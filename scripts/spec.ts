/**
 * Holds the rule book and the tests against each other: which rule has no test, which test cites no rule.
 *
 * A rule is one line of docs/spec.md, `- **TO-02** one sentence.` A citation is a test title that begins with ids in
 * brackets, `[TO-02] …`, `[TO-02][TO-05] …` or `[TO-02, TO-05] …`. Any string of a test file that begins so counts, in
 * whatever call or table it stands, except behind `.skip(` and `.todo(`: what does not run proves nothing.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where something stands, for messages: `file:line`. */
export interface Place {
  id: string;
  at: string;
}

const ruleLine = /^- \*\*([A-Z]+-\d+)\*\* \S/;
const citation = /(\.(?:skip|todo)\(\s*)?["'`]((?:\[[A-Z]+-\d+(?:, ?[A-Z]+-\d+)*\] ?)+)/g;

/** The rules of a rule book, in order. Throws where an id stands twice. */
export function rules(markdown: string, file = "docs/spec.md"): Place[] {
  const found = new Map<string, Place>();
  for (const [index, line] of markdown.split("\n").entries()) {
    const id = ruleLine.exec(line)?.[1];
    if (!id) continue;
    const first = found.get(id);
    if (first) throw new Error(`${file}:${index + 1}: ${id} is a rule already, at ${first.at}`);
    found.set(id, { id, at: `${file}:${index + 1}` });
  }
  return [...found.values()];
}

/** The ids that the titles of a test file cite, in order, each citation once per title. */
export function citations(source: string, file: string): Place[] {
  return [...source.matchAll(citation)].flatMap(({ index, 1: idle, 2: ids = "" }) => {
    const at = `${file}:${source.slice(0, index).split("\n").length}`;
    return idle ? [] : (ids.match(/[A-Z]+-\d+/g) ?? []).map((id) => ({ id, at }));
  });
}

/** One line for each rule that no title cites and for each cited id that is no rule; empty where all is well. */
export function mismatches(rules: Place[], citations: Place[]): string[] {
  const known = new Set(rules.map(({ id }) => id));
  const cited = new Set(citations.map(({ id }) => id));
  return [
    ...rules.filter(({ id }) => !cited.has(id)).map(({ id, at }) => `${at}: no test cites ${id}`),
    ...citations.filter(({ id }) => !known.has(id)).map(({ id, at }) => `${at}: ${id} is no rule`),
  ];
}

/** Reads docs/spec.md and all test files below `root`. */
export function readSpec(root: string): { rules: Place[]; citations: Place[] } {
  const exclude = (path: string) => /(^|[\\/])(node_modules|dist|\.[^.\\/][^\\/]*)$/.test(path);
  const files = globSync("**/*.test.ts", { cwd: root, exclude }).sort();
  return {
    rules: rules(readFileSync(join(root, "docs/spec.md"), "utf8")),
    citations: files.flatMap((file) => citations(readFileSync(join(root, file), "utf8"), file)),
  };
}

if (import.meta.main) {
  const spec = readSpec(fileURLToPath(new URL("..", import.meta.url)));
  const found = mismatches(spec.rules, spec.citations);
  for (const line of found) console.error(line);
  console.log(`${spec.rules.length} rules, ${spec.citations.length} citations, ${found.length} mismatches`);
  if (found.length > 0) process.exitCode = 1;
}
