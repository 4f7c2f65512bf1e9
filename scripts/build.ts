/** Builds `dist/`: the rooms by plain `tsc`, then the ready page's client as one file for a server without a bundler. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { BUNDLING, root } from "./bundling.ts";

const dist = join(root, "dist");
const tsc = join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin/tsc");

rmSync(dist, { recursive: true, force: true });
try {
  // What it finds goes to the errors: `npm pack --json` has the output for itself.
  execFileSync(process.execPath, [tsc, "--project", "tsconfig.build.json"], { cwd: root, stdio: ["ignore", 2, 2] });
} catch {
  process.exit(1); // tsc has said why
}

const { metafile } = await build({
  ...BUNDLING,
  entryPoints: ["elements/page.ts"],
  outfile: "dist/browser/client.js",
  logLevel: "info",
});
writeFileSync(join(dist, "browser/LICENSES.txt"), licences(Object.keys(metafile.inputs)));

/** The licence texts of the packages that the inputs come from: not every package repeats its own in a comment. */
function licences(inputs: string[]): string {
  const packages = new Set(inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]));
  return [...packages]
    .filter((folder) => folder !== undefined)
    .sort()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
      if (!file) throw new Error(`${name} is bundled and carries no licence file`);
      return `${name} ${version}\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
