// The script of a standalone server's page: the one built with the package, or one of the application's own, bundled in
// memory and again whenever its sources change.

import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildContext, Message, Plugin } from "esbuild";
import { ObjectSyncError } from "../core/error.ts";
import type { Logger } from "./logger.ts";

/** Gives the script as it is now. */
export interface ClientScript {
  /** While the sources do not build it is a script that shows why. */
  text(): Promise<string>;
  close(): Promise<void>;
}

/** How many errors a message tells. */
const MAX_ERRORS = 5;

/** Whether this very file runs as TypeScript: then so does what is bundled. */
const isSource = import.meta.url.endsWith(".ts");

/**
 * The script for a client source file, or the one that shows a tree with the elements of the package. Rejects with
 * `build_failed` if the file does not build, with `missing_dependency` if there is nothing to build it with.
 */
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
      if (!script) {
        script = make();
        // Another request may find the sources mended.
        script.catch(() => {
          script = undefined;
        });
      }
      return (await script).text();
    },
    async close() {
      const made = await script?.catch(() => undefined);
      await made?.close();
    },
  };
}

async function bundle(entry: string, logger: Logger): Promise<ClientScript> {
  const { context } = await importBundler();
  const first = Promise.withResolvers<void>();
  // It may reject before it is awaited.
  first.promise.catch(() => {});
  let hasBuilt = false;
  let script = "";
  const publish: Plugin = {
    name: "publish",
    setup(build) {
      build.onEnd(({ errors, outputFiles }) => {
        const text = outputFiles?.find((file) => file.path.endsWith(".js"))?.text;
        if (errors.length === 0 && text !== undefined) {
          script = text;
          hasBuilt = true;
          return first.resolve();
        }
        const message = `the client ${entry} does not build:\n${describeErrors(errors)}`;
        if (!hasBuilt) return first.reject(new ObjectSyncError("build_failed", message));
        script = notice(message);
        logger.error({}, message);
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
  try {
    await builder.watch();
    await first.promise;
  } catch (error) {
    await builder.dispose();
    throw error;
  }
  return { text: async () => script, close: () => builder.dispose() };
}

/** The first errors of a build, a line each, with what most likely is the matter. */
function describeErrors(errors: readonly Message[]): string {
  const lines = errors.slice(0, MAX_ERRORS).map(({ text, location }) => {
    // Lines count from 1 and columns from 0, where editors count both from 1.
    return location ? `${location.file}:${location.line}:${location.column + 1} ${text}` : text;
  });
  if (errors.length > MAX_ERRORS) lines.push(`and ${errors.length - MAX_ERRORS} more`);
  if (errors.some(({ text }) => isBuiltin(/^Could not resolve "(.+)"/.exec(text)?.[1] ?? ""))) {
    lines.push("a page's file imports the server's code: use `import type` for classes of the server");
  }
  return lines.join("\n");
}

/** A script that shows a message. Its text is never markup: the page's policy allows no other. */
function notice(message: string): string {
  return `const notice = document.createElement("pre");
notice.textContent = ${JSON.stringify(message)};
notice.style.whiteSpace = "pre-wrap";
document.body.append(notice);
`;
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
