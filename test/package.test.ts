// The package as it is published, in a folder outside of the repository: what is in the tarball, what a newcomer is
// promised by the README, and whether it runs on the oldest Node that it names.
//
// The tarball is made once. It is unpacked and its dependencies are linked, as `npm install` would put them but without
// a network: nothing else is in the folder, so an import of what the package does not name fails.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snippets } from "../scripts/snippets.ts";
import { describeInBrowser, openPage } from "./browser.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "objectsync-"));
const installed = join(folder, "node_modules/objectsync");
const running = new Set<() => void>();
const port = await freePort();
const oldest = join(root, "node_modules/node-oldest/bin/node");

/** The parts of the published package.json that are looked at here. */
interface Manifest {
  exports: Record<string, string | Record<string, string>>;
  engines: { node: string };
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
  sideEffects: string[];
}

let tarball: string;
let manifest: Manifest;

beforeAll(() => {
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" }),
  );
  tarball = join(folder, filename);
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const builder = ["esbuild", "@types/node", "undici-types"];
  for (const name of [...Object.keys(manifest.dependencies), ...builder]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const { language, file, code } of snippets(readme)) {
    if (language !== "ts") continue;
    // The client is to find the board, and whatever else runs here is to be left alone.
    const text = code.replace("listen(8765)", "listen(0)").replaceAll("8766", String(port));
    writeFileSync(join(folder, file as string), text);
  }
}, 120_000);

afterAll(() => {
  for (const end of running) end();
  rmSync(folder, { recursive: true, force: true });
});

interface Program {
  end(): void;
  /** Rejects, as `ended` does, with all that the program wrote if it ends before. */
  readonly firstLine: Promise<string>;
  /** Resolves when it has ended well, or was killed. */
  readonly ended: Promise<void>;
  output(): string;
}

/** Runs a file of the folder. */
function run(file: string, node = process.execPath): Program {
  // Of 22.18: that it takes types away is called experimental there, and works.
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", file], { cwd: folder });
  const end = (): void => void child.kill();
  running.add(end);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const ended = once(child, "close").then(([code]) => {
    if (code) throw new Error(`${file} ended with ${code}:\n${output}`);
  });
  const printed = once(child.stdout, "data").then(([text]) => String(text).split("\n")[0] as string);
  const silent = ended.then(() => Promise.reject(new Error(`${file} printed nothing`)));
  const firstLine = Promise.race([printed, silent]);
  for (const promise of [ended, printed, silent, firstLine]) promise.catch(() => {});
  return { firstLine, ended, end, output: () => output };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address() as { readonly port: number };
  probe.close();
  return address.port;
}

/** The public subpaths: `objectsync/core` and so on. */
function subpaths(): string[] {
  return Object.keys(manifest.exports).flatMap((path) =>
    path.endsWith(".json") ? [] : [path.replace(".", "objectsync")],
  );
}

/** What the compiler says of files of the folder. What other packages' declarations lack is not ours. */
function typeErrors(files: string[], ...options: string[]): string[] {
  const strict = ["--strict", "--noUncheckedIndexedAccess", "--skipLibCheck", "false", "--noEmit"];
  const target = ["--target", "es2023", "--lib", "es2024,dom,dom.iterable"];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, ...strict, ...target, ...options, ...files], {
      cwd: folder,
      encoding: "utf8",
    });
    return [];
  } catch (error) {
    const lines = (error as { stdout: string }).stdout.split("\n");
    return lines.filter((line) => /^(error|node_modules\/objectsync\/|[\w-]+\.ts)/.test(line));
  }
}

/** The packages that the published files import, by the pattern of a statement. */
function imported(files: string, statement: RegExp): Set<string> {
  const found = new Set<string>();
  for (const file of globSync(files, { cwd: installed, exclude: ["dist/browser/**"] })) {
    const text = readFileSync(join(installed, file), "utf8").replace(/^\s*(\/\/|\/?\*).*$/gm, "");
    for (const [, name = ""] of text.matchAll(statement)) {
      const [scope = "", rest = ""] = name.split("/");
      if (!name.startsWith(".") && !isBuiltin(name)) found.add(scope.startsWith("@") ? `${scope}/${rest}` : scope);
    }
  }
  return found;
}

/** The URLs of all modules that importing these loads in a Node. */
function loadedBy(node: string, paths: string[]): string[] {
  const code = `import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    for (const path of ${JSON.stringify(paths)}) await import(path);
    console.log(JSON.stringify(urls));`;
  return JSON.parse(execFileSync(node, ["--input-type=module", "-e", code], { cwd: folder, encoding: "utf8" }));
}

/** The published files that something is left of when a page's script of this text is bundled. */
async function bundled(code: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: folder, sourcefile: "script" },
    absWorkingDir: folder,
    write: false,
    metafile: true,
    bundle: true,
    format: "esm",
    logLevel: "silent",
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs.flatMap(([input, { bytesInOutput }]) => {
    return bytesInOutput > 0 && input !== "script" ? [input.replace("node_modules/objectsync/", "")] : [];
  });
}

describe("the tarball", () => {
  it("holds the built files, the licence and the README, and nothing else", () => {
    const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    const expected =
      /^package\/(package\.json|README\.md|LICENSE|dist\/browser\/(client\.js|LICENSES\.txt)|dist\/(core|server|client|elements|testing)\/.+\.(js|d\.ts))$/;
    expect(files.filter((file) => !expected.test(file) || /\/test\/|\.test\./.test(file))).toEqual([]);
    for (const file of globSync("dist/**/*.{js,ts}", { cwd: installed })) {
      expect(readFileSync(join(installed, file), "utf8"), file).not.toContain("sourceMappingURL");
    }
  });

  it("[DX-21] is what publint expects of an ES module", async () => {
    const { messages } = await publint({ pkgDir: installed, pack: false });
    expect(messages).toEqual([]);
  });

  it("[DX-21] has types that are right for whoever imports it, as attw sees it", () => {
    const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    // It ends with an error where it finds a problem.
    execFileSync(process.execPath, [attw, tarball, "--profile", "esm-only"], { encoding: "utf8" });
  });

  it("[DX-19] imports its few dependencies, and what is optional only when it is used", () => {
    const allowed = ["@standard-schema/spec", "eventemitter3", "immer", "lit", "ws"];
    const dependencies = Object.keys(manifest.dependencies).sort();
    expect(dependencies.filter((name) => !allowed.includes(name))).toEqual([]);
    const statements = imported("dist/**/*.{js,d.ts}", /^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
    const optional = Object.keys(manifest.peerDependencies);
    expect([...statements].filter((name) => !optional.includes(name)).sort()).toEqual(dependencies);
    expect(optional.filter((name) => !manifest.peerDependenciesMeta[name]?.optional)).toEqual([]);
    const loaded = imported("dist/**/*.js", /^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
    expect([...loaded].filter((name) => optional.includes(name))).toEqual([]);
    const later = imported("dist/**/*.js", /\bimport\(\s*"([^"]+)"/g);
    expect([...later].filter((name) => !optional.includes(name))).toEqual([]);
  });

  it("[DX-21] names the files whose import does something, and they are there", async () => {
    const effective = manifest.sideEffects.filter((path) => path.startsWith("./dist/"));
    expect(effective.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
    expect(await bundled('import "objectsync/client"; import "objectsync/core"; import "objectsync/models";')).toEqual(
      [],
    );
    expect(await bundled('import "objectsync/drafts";')).toContain("dist/core/drafts.js");
    const page = await bundled('import "objectsync/elements";');
    expect(page.filter((file) => /^dist\/elements\/(index|text\/view)\.js$/.test(file))).toHaveLength(2);
  });
});

describe("the package, installed in an empty folder", () => {
  it("[DX-02] type-checks the README's examples, its own declarations included", () => {
    const files = snippets(readme).flatMap(({ file }) => (file?.endsWith(".ts") ? [file] : []));
    const options = ["--module", "nodenext", "--types", "node", "--allowImportingTsExtensions"];
    expect(typeErrors(files, ...options)).toEqual([]);
  });

  it.each([
    ["nodenext", ["--module", "nodenext"]],
    ["bundler", ["--module", "esnext", "--moduleResolution", "bundler"]],
  ])(
    "[DX-21] has declarations that type-check with module resolution %s, for pages without Node's types",
    (_, options) => {
      const importing = (paths: string[]) =>
        paths.map((path, index) => `export * as room${index} from "${path}";\n`).join("");
      writeFileSync(join(folder, "rooms.ts"), importing(subpaths()));
      const forNode = ["objectsync/server", "objectsync/testing"];
      writeFileSync(join(folder, "pages.ts"), importing(subpaths().filter((path) => !forNode.includes(path))));
      expect(typeErrors(["rooms.ts"], ...options, "--types", "node", "--exactOptionalPropertyTypes")).toEqual([]);
      expect(typeErrors(["pages.ts"], ...options)).toEqual([]);
    },
  );

  describe.each([
    ["this Node", process.execPath],
    ["the oldest Node", oldest],
  ])("on %s", (_, node) => {
    const reason = existsSync(node) ? undefined : `${node} is missing: its install script has not run`;
    if (reason && process.env.CI) throw new Error(reason);

    it("[DX-20] loads everything but the elements without Lit or a DOM, and what is not for servers without Node's modules", ({
      skip,
    }) => {
      if (reason) skip(reason);
      const paths = subpaths().filter((path) => !path.startsWith("objectsync/elements"));
      expect(loadedBy(node, paths).filter((url) => /\/(lit|@lit)\b/.test(url))).toEqual([]);
      const others = ["objectsync/server", "objectsync/drafts", "objectsync/testing"];
      const pure = paths.filter((path) => !others.includes(path));
      expect(loadedBy(node, pure).filter((url) => /^node:|\/node_modules\/(ws|immer)\b/.test(url))).toEqual([]);
    });

    it("[DX-20] runs the README's board and its client", async ({ skip }) => {
      if (reason) skip(reason);
      const board = run("board.ts", node);
      const client = run("client.ts", node);
      await Promise.race([client.ended, board.ended]);
      expect(client.output()).toContain("{ ok: true }");
      expect(client.output()).toContain("Hello from a client");
      const said = `The board is at http://localhost:${port}\nThe title is now: Hello from a client\n`;
      await expect.poll(() => board.output()).toBe(said);
      board.end();
    });
  });

  it("[DX-20] the oldest Node is the one that the package names", ({ skip }) => {
    if (!existsSync(oldest)) skip(`${oldest} is missing: its install script has not run`);
    const version = execFileSync(oldest, ["--version"], { encoding: "utf8" });
    expect(`>=${version.trim().slice(1)}`).toBe(`${manifest.engines.node}.0`);
  });

  describeInBrowser("in a browser", () => {
    it("[DX-01] shows the README's first example, as it is written", async () => {
      const server = run("server.ts");
      const url = /http:\S+/.exec(await server.firstLine)?.[0] as string;
      const { page, errors } = await openPage(url);
      const hello = page.locator("os-text");
      await expect
        .poll(() => hello.evaluate((element) => element.shadowRoot?.textContent?.trim()))
        .toBe("Hello ObjectSync!");
      expect(await hello.evaluate((element) => getComputedStyle(element).fontSize)).toBe("30px");
      expect(errors).toEqual([]);
    });

    it("shows the README's own element, bundled from its source", async () => {
      const source = readFileSync(join(folder, "board.ts"), "utf8");
      writeFileSync(join(folder, "own.ts"), source.replace(/listen\(\d+\)/, 'listen(0, { client: "./page.ts" })'));
      const server = run("own.ts");
      const url = /http:\S+/.exec(await server.firstLine)?.[0] as string;
      const { page, errors } = await openPage(url);
      await page.locator("os-card").getByText("Ada").waitFor();
      expect(errors).toEqual([]);
    });
  });
});
