import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** What each layer may import: folders and files by path, packages by name, and packages only by `import()` or for their types. */
const layers = [
  {
    // What a server loads of the elements: nothing that needs a page.
    files: /^elements\/((.*\/)?models?|safety|checked-text)\.ts$/,
    paths: /^core\/|^elements\/((.*\/)?models?|safety|checked-text)\.ts$/,
  },
  { files: /^core\//, paths: /^core\//, packages: /^(eventemitter3|immer|@standard-schema\/spec)$/ },
  { files: /^server\//, paths: /^(server|core)\//, packages: /^(node:.*|ws|immer)$/, lazy: /^esbuild$/ },
  { files: /^client\//, paths: /^(client|core)\//, packages: /^eventemitter3$/ },
  { files: /^elements\//, paths: /^(elements|client|core)\//, packages: /^(lit|lit\/.+|@lit\/.+)$/, lazy: /^uplot$/ },
  { files: /^testing\//, paths: /^(testing|server|client|core)\//, packages: /^node:timers$/ },
  // As anybody's program: of the library only what has a public name.
  { files: /^demo\//, paths: /^demo\//, packages: /./ },
];

const statement = /^\s*(?:import|export)(\s+type)?\s(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const lazily = /\bimport\(\s*"([^"]+)"/g;
const comment = /^\s*(?:\/\/|\/?\*).*$/gm;

/** Every forbidden import and every import cycle, one line each, of sources given as path → text. */
function violations(sources: Map<string, string>): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of sources) {
    const layer = layers.find(({ files }) => files.test(file));
    const text = source.replace(comment, "");
    const statements = [...text.matchAll(statement)].map(([, type, name = ""]) => ({ name, type, isLazy: false }));
    const calls = [...text.matchAll(lazily)].map(([, name = ""]) => ({ name, type: undefined, isLazy: true }));
    const imported = [...statements, ...calls].map((each) => ({
      ...each,
      path: each.name.startsWith(".") ? normalize(join(dirname(file), each.name)) : undefined,
    }));
    for (const { name, path, type, isLazy } of imported) {
      const isAllowed = path
        ? layer?.paths.test(path)
        : layer?.packages?.test(name) || ((isLazy || type) && layer?.lazy?.test(name));
      if (layer && !isAllowed) found.push(`${file} must not import ${path ?? name}`);
    }
    // A type or a later import() is not there when modules are loaded, so it closes no cycle.
    const loaded = imported.filter(({ type, isLazy }) => !type && !isLazy);
    graph.set(
      file,
      loaded.map(({ path }) => path).filter((path) => path !== undefined),
    );
  }
  const done = new Set<string>();
  const visit = (file: string, trail: string[]): void => {
    if (trail.includes(file)) found.push(`cycle: ${[...trail.slice(trail.indexOf(file)), file].join(" → ")}`);
    else if (!done.has(file)) for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

describe("layers", () => {
  it("point inward, without cycles", () => {
    const root = fileURLToPath(new URL("..", import.meta.url));
    const files = globSync("{core,server,client,elements,testing,demo}/**/*.ts", { cwd: root })
      .map((file) => file.replaceAll("\\", "/"))
      .filter((file) => !file.endsWith(".test.ts") && !file.includes("node_modules/"));
    expect(violations(new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")])))).toEqual([]);
  });

  it.each([
    ["core/tree.ts", 'import { Server } from "../server/index.ts";', "server/index.ts"],
    ["core/tree.ts", 'import type { Server } from "../server/index.ts";', "server/index.ts"],
    ["core/tree.ts", 'import {\n  readFile,\n} from "node:fs";', "node:fs"],
    ["core/tree.ts", 'import { html } from "lit";', "lit"],
    ["core/tree.ts", 'import { Topic } from "objectsync/core";', "objectsync/core"],
    ["server/server.ts", 'import { connect } from "../client/index.ts";', "client/index.ts"],
    ["server/server.ts", 'import { build } from "esbuild";', "esbuild"],
    ["client/client.ts", 'export { WebSocket } from "ws";', "ws"],
    ["client/client.ts", 'import "immer";', "immer"],
    ["client/client.ts", 'const fs = await import("node:fs");', "node:fs"],
    ["elements/text/model.ts", 'import { html } from "lit";', "lit"],
    ["elements/text/model.ts", 'import { TextElement } from "./view.ts";', "elements/text/view.ts"],
    ["elements/models.ts", 'export { connect } from "../client/index.ts";', "client/index.ts"],
    ["elements/safety.ts", 'import { Mount } from "./mount.ts";', "elements/mount.ts"],
    ["elements/text/view.ts", 'import { Server } from "../../server/index.ts";', "server/index.ts"],
    ["core/clock.ts", 'import { TestClock } from "../testing/index.ts";', "testing/index.ts"],
    ["server/server.ts", 'import type { Host } from "../testing/link.ts";', "testing/link.ts"],
    ["client/socket.ts", 'import { MemoryNetwork } from "../testing/index.ts";', "testing/index.ts"],
    ["elements/mount.ts", 'import { TestWorld } from "../testing/index.ts";', "testing/index.ts"],
    ["testing/link.ts", 'import { Mount } from "../elements/mount.ts";', "elements/mount.ts"],
    ["demo/files/server.ts", 'import { Server } from "../../server/index.ts";', "server/index.ts"],
    ["demo/board.ts", 'import type { Mount } from "../elements/mount.ts";', "elements/mount.ts"],
  ])("refuse %s with %j", (file, source, culprit) => {
    expect(violations(new Map([[file, source]]))).toEqual([`${file} must not import ${culprit}`]);
  });

  it.each([
    ["core/tree.ts", 'import { EventEmitter } from "eventemitter3";\n// import { html } from "lit";'],
    ["server/server.ts", 'import { createServer } from "node:http";\nconst { build } = await import("esbuild");'],
    ["client/client.ts", 'import { Tree } from "../core/index.ts";\nconst text = "import this from that";'],
    ["elements/text/model.ts", 'import { SObject } from "../../core/index.ts";'],
    ["elements/models.ts", 'export { Text } from "./text/model.ts";'],
    ["elements/text/view.ts", 'import { html } from "lit";\nimport type { Text } from "./model.ts";'],
    ["testing/test-world.ts", 'import { Server } from "../server/index.ts";\nimport "../client/client.ts";'],
    ["demo/board.ts", 'import { Server } from "objectsync/server";'],
  ])("allow %s with %j", (file, source) => {
    expect(violations(new Map([[file, source]]))).toEqual([]);
  });

  it("name a cycle by its files", () => {
    const sources = new Map([
      ["core/a.ts", 'import { b } from "./b.ts";'],
      ["core/b.ts", 'export { c } from "./c.ts";'],
      ["core/c.ts", 'import { a } from "./a.ts";'],
    ]);
    expect(violations(sources)).toEqual(["cycle: core/a.ts → core/b.ts → core/c.ts → core/a.ts"]);
    sources.set("core/c.ts", 'import type { A } from "./a.ts";\nconst a = await import("./a.ts");');
    expect(violations(sources)).toEqual([]);
  });
});
