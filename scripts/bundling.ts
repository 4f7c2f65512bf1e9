import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";

/** The folder of the package. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** How a page's script is bundled from the sources, for browsers of 2023: the one that is built, and those that are weighed. */
export const BUNDLING = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2023",
  conditions: ["objectsync-source", "production", "browser"],
  legalComments: "eof",
  metafile: true,
} as const satisfies BuildOptions;
