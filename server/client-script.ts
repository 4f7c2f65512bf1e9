// The script of a standalone server's page: the one built with the package, or one of the application's own, bundled in
// memory and again whenever its sources change.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildContext, Plugin } from "esbuild";
import { ObjectSyncError } from "../core/error.ts";
import type { Logger } from "./logger.ts";

/** Gives the script as it is now. */
export interface ClientScript {
  /** Rejects while the sources do not build. */
  text(): Promise<string>;
  close(): Promise<void>;
}

/** Whether this very file runs as TypeScript: then so does what is bundled. */
const isSource = import.meta.url.endsWith(".ts");

/** The script for a client source file, or the one that shows a tree with the elements of the package. */
export async function clientScript(source: string | URL | undefined, logger: Logger): Promise<ClientScript> {
  if (source !== undefined) return bundle(typeof source === "string" ? resolve(source) : fileURLToPath(source), logger);
  if (isSource) return lazily(() => bundle(fileURLToPath(new URL("../elements/page.ts", import.meta.url)), logger));
  const built = readFile(new URL("../browser/client.js", import.meta.url), "utf8");
  return { text: () => built, close: async () => {} };
}

/** Makes a script when it is first asked for. */
function lazily(make: () => Promise<ClientScript>): ClientScript {
  let script: Promise<ClientScript> | undefined;
  return {
    async text() {
      script ??= make();
      return (await script).text();
    },
    async close() {
      await (await script)?.close();
    },
  };
}

async function bundle(entry: string, logger: Logger): Promise<ClientScript> {
  const { context } = await importBundler();
  let script = Promise.withResolvers<string>();
  let isSettled = false;
  const publish: Plugin = {
    name: "publish",
    setup(build) {
      build.onEnd(({ errors, outputFiles }) => {
        // Whoever asked before the first result waits for it; later each result takes the place of the last.
        if (isSettled) script = Promise.withResolvers<string>();
        isSettled = true;
        const text = outputFiles?.find((file) => file.path.endsWith(".js"))?.text;
        if (errors.length === 0 && text !== undefined) return script.resolve(text);
        script.promise.catch(() => {});
        script.reject(new Error(errors.map((error) => error.text).join("\n")));
        logger.error({ errors }, `the client ${entry} does not build`);
      });
    },
  };
  const builder: BuildContext = await context({
    entryPoints: [entry],
    outfile: "client.js",
    write: false,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    sourcemap: "inline",
    loader: { ".css": "text", ".svg": "text" },
    conditions: isSource ? ["objectsync-source", "browser"] : ["browser"],
    logLevel: "silent",
    plugins: [publish],
  });
  await builder.watch();
  return { text: () => script.promise, close: () => builder.dispose() };
}

async function importBundler(): Promise<typeof import("esbuild")> {
  try {
    return await import("esbuild");
  } catch (cause) {
    throw new ObjectSyncError(
      "missing_dependency",
      "`listen(…, { client })` bundles that file with esbuild: `npm install esbuild`",
      { cause },
    );
  }
}
