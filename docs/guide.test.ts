// The guide's examples: all compile as they stand, and those that Node can run print what the guide says.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snippets } from "../scripts/snippets.ts";

const LONGEST_RUN_MS = 20_000;
const CONDITION = "--conditions=objectsync-source";
const SERVER = "server.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const blocks = snippets(readFileSync(join(root, "docs/guide.md"), "utf8"));
const sources = blocks.filter(({ language }) => language === "ts" || language === "js");
const programs = blocks.filter(({ language }) => language === "text");
const folder = mkdtempSync(join(tmpdir(), "objectsync-guide-"));
const port = await freePort();
let end = (): void => {};

beforeAll(async () => {
  // As if the package had been installed; its sources are outside of node_modules, where Node strips types.
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/objectsync"), "dir");
  // What an application would have installed beside it.
  for (const name of ["@types", "zod"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "dir");
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const { file = "", code } of sources) writeFileSync(join(folder, file), code.replaceAll("8765", String(port)));
  const server = spawn(process.execPath, [CONDITION, SERVER], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  end = () => server.kill();
  const [line] = await once(server.stdout, "data");
  expect(String(line)).toBe(`Open http://localhost:${port}\n`);
});

afterAll(() => {
  end();
  rmSync(folder, { recursive: true, force: true });
});

describe("the guide's examples", () => {
  it("have a file each, of its own", () => {
    const files = sources.map(({ file }) => file);
    expect(files).not.toContain(undefined);
    expect(new Set(files).size).toBe(files.length);
  });

  it("[DX-02] compile with the options of the repository", async () => {
    const config = { extends: join(root, "tsconfig.json"), include: ["*.ts"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const failure = await run(process.execPath, [compiler, "-p", folder]).catch(({ stdout }) => stdout);
    expect(failure).toEqual({ stdout: "", stderr: "" });
  }, 60_000);

  it("say what they print, where Node can run them", () => {
    const runs = programs.map(({ file }) => file);
    const others = ["board.ts", SERVER];
    for (const { file = "", code } of sources) {
      const isForPages = /from "objectsync\/elements"/.test(code);
      expect([file, runs.includes(file) || others.includes(file)]).toEqual([file, !isForPages]);
    }
  });

  it.each(programs.map(({ file = "", code }) => ({ file, code })))(
    "print what the guide says: $file",
    async ({ file, code }) => {
      const options = {
        cwd: folder,
        timeout: LONGEST_RUN_MS,
        env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
      };
      const { stdout, stderr } = await run(process.execPath, [CONDITION, file], options);
      expect(stdout).toBe(code);
      expect(stderr).toBe("");
    },
  );
});

describe("the library", () => {
  it("[DX-08] writes to no console", () => {
    const files = globSync("{core,server,client,elements,testing}/**/*.ts", { cwd: root, exclude: ["**/*.test.ts"] });
    expect(files.length).toBeGreaterThan(50);
    // Examples in comments may.
    const code = (file: string) => readFileSync(join(root, file), "utf8").replace(/^\s*(?:\*|\/\/).*$/gm, "");
    expect(files.filter((file) => /\bconsole\./.test(code(file)))).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address() as { readonly port: number };
  probe.close();
  return address.port;
}
