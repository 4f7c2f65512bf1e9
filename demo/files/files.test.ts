import { readdirSync } from "node:fs";
import { connect } from "objectsync/client";
import type { Locator, Page } from "playwright";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeInBrowser, openPage, until } from "../../test/browser.ts";
import { endPrograms, type RunningProgram, run } from "../../test/running-program.ts";
import type { Folder } from "./models.ts";
import { SampleFolder } from "./sample-folder.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let folder: SampleFolder;

beforeEach(() => {
  folder = new SampleFolder();
});

afterEach(() => {
  endPrograms();
  folder[Symbol.dispose]();
});

function spawnServer(...args: string[]): RunningProgram {
  return run("demo/files/server.ts", args);
}

async function startServer(...args: string[]) {
  const running = spawnServer(folder.path, "--port", "0", ...args);
  return { ...running, url: await running.url };
}

/** The names that a page shows, in order. */
function names(page: Page): Promise<string[]> {
  return page.locator(".row .name bdi").allTextContents();
}

function row(page: Page, name: string): Locator {
  return page.locator(".row", { has: page.getByText(name, { exact: true }) });
}

/** The name of the row that has the focus. */
function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.shadowRoot?.querySelector(".name")?.textContent?.trim());
}

describe("the program", () => {
  it("says where its folder is, and ends at once when it is interrupted", async () => {
    folder.write("a", "");
    const { server, ended, output, url } = await startServer();
    expect(output()).toBe(`${folder.path} is at ${url}\n`);
    expect((await fetch(url)).headers.get("content-security-policy")).toContain("script-src 'self'");
    server.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  });

  it("goes on when a client asks for a name that cannot be, and says so to that client alone", async () => {
    folder.write("a", "");
    const { server, output, url } = await startServer("--write");
    const said = output();
    const client = await connect(url);
    const root = client.root.find<Folder>("Folder");
    await client.open(root).ready;
    await until(() => root.children.length).toBe(1);
    const entry = root.children[0]?.id as number;
    const rename = (name: string) => client.transact(() => root.rename.emit({ entry, name }));
    expect(await rename("\ud800")).toMatchObject({ ok: false, message: expect.stringContaining("half a character") });
    expect(await rename("b".repeat(256))).toMatchObject({ ok: false, message: expect.stringContaining("255 bytes") });
    expect(await rename("b")).toEqual({ ok: true });
    expect([readdirSync(folder.path), server.exitCode, output()]).toEqual([["b"], null, said]);
    client.close();
  });

  it.each([
    [["none"], "ENOENT"],
    [["README.md"], "README.md is not a folder"],
    [["a", "b"], "one folder can be shown, not 2"],
    [["--port", "x"], '--port is a number from 0 to 65535, not "x"'],
    [["--wirte"], "Unknown option '--wirte'"],
  ])("refuses %j", async (args, message) => {
    const { ended, output } = spawnServer(...args);
    expect(await ended).toEqual([1, null]);
    expect(output()).toContain(message);
    expect(output().trim().split("\n")).toHaveLength(1);
  });

  it("takes the port that it was given, or none", async () => {
    const { url } = await startServer();
    const { port } = new URL(url);
    const { ended, output } = spawnServer(folder.path, "--port", port);
    expect(await ended).toEqual([1, null]);
    expect(output()).toMatch(new RegExp(`^port ${port} is taken: .*; or leave --port out\n$`));
  });
});

describeInBrowser("the page of a folder", () => {
  it("shows what is on the disk, live, and what is in a folder when that is opened", { timeout: 60_000 }, async () => {
    folder.write("b.txt", "x".repeat(2048));
    folder.write("sub/inner.txt", "inner");
    const { url } = await startServer();
    const { page, errors } = await openPage(url);
    const root = folder.path.split(/[/\\]/).at(-1) as string;
    await until(() => names(page)).toEqual([root, "sub", "b.txt"]);
    await until(() => row(page, "b.txt").innerText()).toMatch(/2 kB\s+just now/);
    expect(await page.title()).toBe(`${root} · Files`);
    await page.getByText("read only").waitFor();

    await row(page, "sub").click();
    await until(() => names(page)).toEqual([root, "sub", "inner.txt", "b.txt"]);
    await row(page, root).getByText("2 entries").waitFor();
    folder.write("sub/new.txt", "");
    folder.write("a.txt", "");
    folder.append("b.txt", "more");
    folder.remove("sub/inner.txt");
    await until(() => names(page)).toEqual([root, "sub", "new.txt", "a.txt", "b.txt"]);
    await row(page, root).getByText("3 entries").waitFor();
    await row(page, "sub").click();
    await until(() => names(page)).toEqual([root, "sub", "a.txt", "b.txt"]);
    folder.remove(".");
    await row(page, root).getByText("It is gone.").waitFor();
    expect(await names(page)).toEqual([root]);
    expect(errors).toEqual([]);
  });

  it("shows a row that has changed for a moment, and none that was merely opened", { timeout: 60_000 }, async () => {
    folder.write("a.txt", "a");
    folder.write("b.txt", "b");
    const { url } = await startServer();
    const { page } = await openPage(url);
    await row(page, "b.txt").waitFor();
    /** The names of the rows that were marked. */
    const flashed = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("os-file")]
          .filter((file) => file.shadowRoot?.querySelector(".row")?.getAnimations({ subtree: true }).length)
          .map((file) => file.shadowRoot?.querySelector("bdi")?.textContent),
      );
    expect(await flashed()).toEqual([]);
    folder.write("a.txt", "longer");
    folder.write("c.txt", "new");
    await until(flashed).toEqual(["a.txt", "c.txt"]);
    await until(flashed).toEqual([]);
  });

  it("shows what is in a file, to the page that opened it, as it changes", { timeout: 60_000 }, async () => {
    folder.write("a.txt", "first");
    folder.write("picture.txt", PNG);
    folder.write("z.bin", Buffer.from([0, 1]));
    const { url } = await startServer();
    const one = await openPage(url);
    const other = await openPage(url);
    const { page } = one;
    await row(page, "a.txt").click();
    const panel = page.getByRole("region", { name: "What is in" });
    await until(() => page.locator("os-preview pre").textContent()).toBe("first");
    expect(await panel.innerText()).toContain("5 bytes");
    folder.append("a.txt", " and last");
    await until(() => page.locator("os-preview pre").textContent()).toBe("first and last");
    await other.page.getByText("2 watching").waitFor();
    expect(await other.page.locator("os-preview").count()).toBe(0);

    await row(page, "picture.txt").click();
    await until(() => page.locator("os-image img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
    await row(page, "z.bin").click();
    await page.getByText("This is no text.").waitFor();
    expect(await page.locator("os-preview").count()).toBe(1);
    folder.remove("z.bin");
    await until(() => panel.count()).toBe(0);
    expect(await page.locator("os-explorer[showing]").count()).toBe(0);
    await row(page, "a.txt").click();
    await page.getByRole("button", { name: "Close" }).click();
    await until(() => page.locator("os-preview").count()).toBe(0);
    expect([one.errors, other.errors]).toEqual([[], []]);
  });

  it("lets names be changed by double click, in every window, where the server allows it", {
    timeout: 60_000,
  }, async () => {
    folder.write("a.txt", "a");
    folder.write("b.txt", "b");
    const { url } = await startServer("--write");
    const one = await openPage(url);
    const other = await openPage(url);
    const { page } = one;
    await row(other.page, "a.txt").waitFor();
    // Whatever its first click brings, the second is on the same name.
    await page.getByText("a.txt", { exact: true }).dblclick();
    const input = page.getByLabel("New name");
    expect(await input.evaluate((field: HTMLInputElement) => field.value.slice(0, field.selectionEnd ?? 0))).toBe("a");
    await page.keyboard.type("b");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("There is a b.txt already.").waitFor();
    await input.fill("../out.txt");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("A name cannot lead to another folder").waitFor();
    expect(readdirSync(folder.path)).toEqual(["a.txt", "b.txt"]);
    await input.fill("z.txt");
    await page.keyboard.press("Enter");
    await until(async () => (await names(other.page)).slice(1)).toEqual(["b.txt", "z.txt"]);
    await until(async () => (await names(page)).slice(1)).toEqual(["b.txt", "z.txt"]);
    expect(await input.count()).toBe(0);
    await until(() => focused(page)).toBe("z.txt");
    expect(readdirSync(folder.path)).toEqual(["b.txt", "z.txt"]);

    await page.keyboard.press("F2");
    await input.fill("not this");
    await page.keyboard.press("Escape");
    await until(() => input.count()).toBe(0);
    expect(await focused(page)).toBe("z.txt");
    expect(readdirSync(folder.path)).toEqual(["b.txt", "z.txt"]);
    expect([one.errors, other.errors]).toEqual([[], []]);
  });

  it("lets no name be changed otherwise", { timeout: 60_000 }, async () => {
    folder.write("a.txt", "a");
    const { url } = await startServer();
    const { page, errors } = await openPage(url);
    await page.getByText("a.txt", { exact: true }).dblclick();
    await page.keyboard.press("F2");
    await page.locator("os-preview pre").waitFor();
    expect(await page.getByLabel("New name").count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it("is used by keys alone", { timeout: 60_000 }, async () => {
    folder.write("sub/deep/x.txt", "x");
    folder.write("a.txt", "text of a");
    folder.write("b.txt", "b");
    const { url } = await startServer();
    const { page, errors } = await openPage(url);
    await row(page, "b.txt").waitFor();
    const root = folder.path.split(/[/\\]/).at(-1) as string;
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("Tab");
    expect(await focused(page)).toBe(root);
    await press("ArrowDown", "ArrowRight");
    await until(() => page.getByRole("treeitem", { name: "deep", exact: true }).count()).toBe(1);
    await press("ArrowRight", "ArrowRight");
    await row(page, "x.txt").waitFor();
    await press("ArrowDown");
    expect(await focused(page)).toBe("x.txt");
    await press("ArrowDown");
    expect(await focused(page)).toBe("a.txt");
    await press("ArrowUp", "ArrowLeft", "ArrowLeft");
    await until(() => row(page, "x.txt").count()).toBe(0);
    expect(await focused(page)).toBe("deep");
    await press("End");
    expect(await focused(page)).toBe("b.txt");
    await press("a");
    expect(await focused(page)).toBe("a.txt");
    await press("Enter");
    await page.getByText("text of a").waitFor();
    expect(await page.getByRole("treeitem", { selected: true }).count()).toBe(1);
    await press("Escape", "Home");
    await until(() => page.locator("os-preview").count()).toBe(0);
    expect(await focused(page)).toBe(root);
    await press("ArrowLeft");
    await until(() => page.locator("os-file").count()).toBe(0);
    expect(await page.getByRole("treeitem", { expanded: false }).count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it("shows thousands of files, and renders those that are seen", { timeout: 60_000 }, async () => {
    for (let index = 0; index < 3000; index++) folder.write(`file ${index}`, "");
    const { url } = await startServer();
    const { page, errors } = await openPage(url);
    await until(() => page.locator("os-file").count()).toBe(3000);
    await row(page, "file 0").waitFor();
    expect((await names(page)).length).toBeLessThan(200);
    await row(page, "file 0").click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("End");
    await row(page, "file 2999").waitFor();
    expect((await names(page)).length).toBeLessThan(400);
    expect(await focused(page)).toBe("file 2999");
    expect(errors).toEqual([]);
  });

  it("shows odd names as names, and links as links that are not followed", { timeout: 60_000 }, async () => {
    if (process.platform !== "win32")
      for (const name of ["line\nfeed", "<b>bold", "\u202Egpj.exe"]) folder.write(name, "");
    folder.link("link", "/etc/passwd");
    const { url } = await startServer();
    const { page, errors } = await openPage(url);
    await row(page, "link").click();
    await page.getByText("A link to /etc/passwd. It is not followed.").waitFor();
    expect(await row(page, "link").innerText()).toContain("→ /etc/passwd");
    if (process.platform !== "win32") {
      expect((await names(page)).slice(1)).toEqual(expect.arrayContaining(["line␊feed", "<b>bold", "\uFFFDgpj.exe"]));
    }
    expect(errors).toEqual([]);
  });

  it("goes on when the server is back", { timeout: 60_000 }, async () => {
    folder.write("a.txt", "a");
    const { url, server, ended } = await startServer();
    const { page } = await openPage(url);
    await row(page, "a.txt").waitFor();
    server.kill("SIGKILL");
    await ended;
    await page.getByText("Reconnecting…", { exact: true }).waitFor();
    expect((await names(page)).slice(1)).toEqual(["a.txt"]);
    folder.write("b.txt", "b");
    const again = spawnServer(folder.path, "--port", new URL(url).port);
    await until(again.output).toContain("is at");
    await page.getByText("Live", { exact: true }).waitFor();
    await until(async () => (await names(page)).slice(1)).toEqual(["a.txt", "b.txt"]);
  });
});
