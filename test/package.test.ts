// The package as it is published, in a folder outside of the repository: what the README promises a newcomer.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snippets } from "../scripts/snippets.ts";
import { describeInBrowser, openPage } from "./browser.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "objectsync-"));
const installed = join(folder, "node_modules/objectsync");
const running = new Set<() => void>();
const port = await freePort();

beforeAll(() => {
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" }),
  );
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, filename), "-C", installed, "--strip-components=1"]);
  // As `npm install` would, but from what is here: tests need no network.
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const builder = ["esbuild", "@types/node", "undici-types"];
  mkdirSync(join(folder, "node_modules/@types"));
  for (const name of [...Object.keys(dependencies), ...builder]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
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
  /** Rejects, as `ended` does, with all that the program wrote if it ends before. */
  readonly firstLine: Promise<string>;
  /** Resolves when it has ended well, or was killed. */
  readonly ended: Promise<void>;
  output(): string;
}

/** Runs a file of the folder. */
function run(file: string): Program {
  const child = spawn(process.execPath, [file], { cwd: folder });
  running.add(() => child.kill());
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
  return { firstLine, ended, output: () => output };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address() as { readonly port: number };
  probe.close();
  return address.port;
}

describe("the package, installed in an empty folder", () => {
  it("[DX-02] type-checks the README's examples, its own declarations included", () => {
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--lib", "es2024,dom"];
    const more = [
      "--types",
      "node",
      "--allowImportingTsExtensions",
      "--noUncheckedIndexedAccess",
      "--skipLibCheck",
      "false",
    ];
    const files = snippets(readme).flatMap(({ file }) => (file?.endsWith(".ts") ? [file] : []));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    let output = "";
    try {
      execFileSync(process.execPath, [tsc, ...options, ...more, ...files], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    // What other packages' declarations lack is not ours.
    expect(output.split("\n").filter((line) => line.includes("objectsync") || /^\w+\.ts/.test(line))).toEqual([]);
  });

  it("[DX-20] loads the client and the models in plain Node, without Lit or a DOM", () => {
    const code =
      'await import("objectsync/client"); await import("objectsync/models"); await import("objectsync/core");';
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: folder });
  });

  it("runs the README's board and its client", async () => {
    const board = run("board.ts");
    const client = run("client.ts");
    await Promise.race([client.ended, board.ended]);
    expect(client.output()).toContain("{ ok: true }");
    expect(client.output()).toContain("Hello from a client");
    expect(board.output()).toBe("");
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
      const listen = 'console.log((await server.listen(0, { client: "./page.ts" })).url)';
      writeFileSync(join(folder, "own.ts"), source.replace(/await server\.listen\(\d+\)/, listen));
      const server = run("own.ts");
      const { page, errors } = await openPage(await server.firstLine);
      await page.locator("os-card").getByText("Ada").waitFor();
      expect(errors).toEqual([]);
    });
  });
});
