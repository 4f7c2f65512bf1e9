/**
 * What a page loads: bundles of the package's parts, minified by esbuild and gzipped, and what they may weigh.
 * `node scripts/size.ts` prints them with their largest modules, `--all` with all modules.
 *
 * Bundles are made of the sources, which weigh as much as what is published: the compiler takes the types away and
 * leaves the rest. A module's bytes are minified ones; what it costs gzipped depends on what else is there.
 */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { BUNDLING, root } from "./bundling.ts";

/** A part of the package that pages load, and its limit. */
export interface Part {
  name: string;
  /** What a page's script imports. */
  code: string;
  /** Packages that are left out. */
  without: string[];
  /** Most bytes, gzipped. */
  maxBytes: number;
}

const connect = 'export { connect } from "objectsync/client";';

/** The parts that have a limit. */
export const PARTS: Part[] = [
  { name: "client", code: connect, without: [], maxBytes: 36 * 1024 },
  {
    name: "client and elements, without Lit and uplot",
    code: `${connect} export * from "objectsync/elements";`,
    without: ["lit", "lit/*", "uplot", "uplot/*"],
    maxBytes: 50 * 1024,
  },
];

/** A script as a page would load it. */
export interface Bundle {
  gzipBytes: number;
  minifiedBytes: number;
  /** Each module that something of is left in the bundle, by path or package name, with its minified bytes. */
  modules: Map<string, number>;
}

/** Bundles a script as the ready page's is built. */
export async function bundle(code: string, without: string[] = []): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...BUNDLING,
    stdin: { contents: code, resolveDir: root, sourcefile: "script" },
    write: false,
    external: without,
    logLevel: "error",
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (!file || !output) throw new Error("esbuild made no script");
  const modules = new Map<string, number>();
  for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
    const module = moduleName(input);
    if (bytesInOutput > 0) modules.set(module, (modules.get(module) ?? 0) + bytesInOutput);
  }
  return { gzipBytes: gzipSync(file.contents).length, minifiedBytes: file.contents.length, modules };
}

/** A package's files count as one. */
function moduleName(input: string): string {
  return /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? input;
}

/** How many modules are shown. */
const SHOWN = 12;

function table({ name, maxBytes }: Part, { gzipBytes, minifiedBytes, modules }: Bundle, shown: number): string {
  const percent = Math.round((gzipBytes / maxBytes) * 100);
  const head = `${name}: ${gzipBytes} of ${maxBytes} bytes gzipped (${percent} %), ${minifiedBytes} minified`;
  const sorted = [...modules].sort(([, a], [, b]) => b - a);
  const rest = sorted.slice(shown).reduce((sum, [, bytes]) => sum + bytes, 0);
  const rows = sorted.slice(0, shown);
  if (rest > 0) rows.push([`${sorted.length - shown} more`, rest]);
  return [head, ...rows.map(([module, bytes]) => `${String(bytes).padStart(8)}  ${module}`)].join("\n");
}

if (import.meta.main) {
  const shown = process.argv.includes("--all") ? Number.POSITIVE_INFINITY : SHOWN;
  for (const part of PARTS) {
    const made = await bundle(part.code, part.without);
    console.log(`${table(part, made, shown)}\n`);
    if (made.gzipBytes > part.maxBytes) process.exitCode = 1;
  }
}
