/**
 * The public names of each room, for test/names.test.ts. `node scripts/names.ts --write` pins what the entries export
 * now in test/public-names.json; without the flag it only says what is not documented.
 *
 * It reads text, not types: an entry is a list of `export { … } from "…"` (HOUSE 4), which a few patterns can follow.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";

/** The entry file of each subpath. */
export const ENTRIES = {
  core: "core/index.ts",
  drafts: "core/drafts.ts",
  server: "server/index.ts",
  client: "client/index.ts",
  elements: "elements/index.ts",
  "elements/chart": "elements/chart/index.ts",
  models: "elements/models.ts",
  testing: "testing/index.ts",
} as const;

/** The text of a source file by its path from the repository's root, or `undefined` where there is none. */
export type Read = (path: string) => string | undefined;

/** Reads from the repository itself. */
export const readSource: Read = (path) => {
  const absolute = fileURLToPath(new URL(`../${path}`, import.meta.url));
  return existsSync(absolute) ? readFileSync(absolute, "utf8") : undefined;
};

interface Export {
  /** The name as users import it. */
  name: string;
  /** The name in the file that it comes from. */
  local: string;
  /** Where it comes from, as the entry writes it; `undefined` for the entry itself. */
  from: string | undefined;
}

const list = /^(export|import)(?:\s+type)?\s*\{([^}]*)\}(?:\s*from\s*"([^"]+)")?/gm;
const keyword = "(?:abstract\\s+)?(?:async\\s+)?(?:class|function\\*?|const|let|interface|type)";
const declaration = new RegExp(`^export\\s+(?:declare\\s+)?${keyword}\\s+([\\w$]+)`, "gm");

/** The named exports of a module, by name. Throws on `export *` and on a default export, which pin nothing. */
export function publicNames(text: string): string[] {
  if (/^export\s*(\*|default\b)/m.test(text)) throw new Error("an entry lists its names: no `export *`, no default");
  return [...new Set(exportsOf(text).map(({ name }) => name))].sort();
}

/** The exported names of `entry` whose definitions have no doc comment, each with the file that should hold it. */
export function undocumented(entry: string, read: Read): string[] {
  return exportsOf(read(entry) ?? "").flatMap(({ name, local, from }) => {
    const at = from === undefined ? entry : resolve(entry, from);
    return isDocumented(at, local, read) ? [] : [`${name} (${at ?? from})`];
  });
}

/** True where the definition of `name` follows a doc comment, through re-exports; also where a package defines it. */
function isDocumented(file: string | undefined, name: string, read: Read): boolean {
  if (file === undefined) return true;
  const text = read(file) ?? "";
  const escaped = name.replaceAll("$", "\\$");
  const defined = new RegExp(`^(?:export\\s+)?(?:declare\\s+)?${keyword}\\s+${escaped}(?![\\w$])`, "m").exec(text);
  if (defined) {
    // A note to the linter may stand in between.
    const before = text
      .slice(0, defined.index)
      .replace(/(?:^\/\/ biome-ignore .*\n)+$/m, "")
      .trimEnd();
    return before.endsWith("*/") && before.startsWith("/**", before.lastIndexOf("/*"));
  }
  const source = bindings(text).find((each) => each.name === name && each.from !== undefined);
  return source?.from !== undefined && isDocumented(resolve(file, source.from), source.local, read);
}

function exportsOf(text: string): Export[] {
  const declared = [...text.matchAll(declaration)].map(([, name = ""]) => ({ name, local: name, from: undefined }));
  return [...declared, ...bindings(text, "export")];
}

/** What the `{ … }` lists of a module bind or export. */
function bindings(text: string, kind?: "export"): Export[] {
  return [...text.matchAll(list)]
    .filter(([, keyword]) => kind === undefined || keyword === kind)
    .flatMap(([, , names = "", from]) =>
      names
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
        .split(",")
        .map((each) => each.trim().replace(/^type\s+/, ""))
        .filter((each) => each !== "")
        .map((each) => {
          const [local = "", name = local] = each.split(/\s+as\s+/);
          return { name, local, from };
        }),
    );
}

function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? normalize(join(dirname(from), specifier)) : undefined;
}

if (import.meta.main) {
  const pinned: Record<string, string[]> = {};
  for (const [room, entry] of Object.entries(ENTRIES)) {
    const text = readSource(entry);
    if (text === undefined) continue;
    pinned[room] = publicNames(text);
    for (const name of undocumented(entry, readSource)) console.error(`${room}: ${name} has no doc comment`);
  }
  if (process.argv.includes("--write")) {
    const file = fileURLToPath(new URL("../test/public-names.json", import.meta.url));
    writeFileSync(file, `${JSON.stringify(pinned, null, 2)}\n`);
  }
}
