/**
 * Pictures of the demos in `.screenshots/`: light and dark, wide and narrow, and one of a page whose server has gone.
 * `node scripts/screenshots.ts [seconds]`: how long the charts fill before; default 5.
 */
import type { ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Browser, chromium as playwright } from "playwright";
import { chromium } from "../test/chromium.ts";
import { run } from "../test/running-program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}.screenshots`;
const seconds = Number(process.argv[2] ?? 5);

const common = { deviceScaleFactor: 1.5 };

const found = await chromium();
if ("skip" in found) throw new Error(found.skip);
await mkdir(folder, { recursive: true });
const controlRoom = run("demo/control-room/server.ts", [], { PORT: "0" });
// Names are about to be changed: in a copy.
const room = await mkdtemp(join(tmpdir(), "screenshots-"));
const copy = join(room, "objectsync");
for (const name of ["demo", "docs", "README.md", "LICENSE"])
  await cp(root + name, join(copy, name), { recursive: true });
const files = run("demo/files/server.ts", [copy, "--write", "--port", "0"]);
const whiteboard = run("demo/whiteboard/server.ts", [], { PORT: "0" });
const browser = await playwright.launch(found);
try {
  await takeWhiteboard(browser, await whiteboard.url);
  await takeFiles(browser, await files.url);
  await takeAll(browser, await controlRoom.url, controlRoom.server);
} finally {
  await browser.close();
  for (const { server } of [controlRoom, files, whiteboard]) server.kill("SIGINT");
  await rm(room, { recursive: true });
}

/** Somebody drags a note, somebody else points at something, and a third one has marked another note. */
async function takeWhiteboard(browser: Browser, url: string): Promise<void> {
  const [dragging, pointing] = [await browser.newPage(common), await browser.newPage(common)];
  for (const page of [dragging, pointing]) {
    await page.goto(url);
    await page.locator("os-shape").first().waitFor();
  }
  await dragging.mouse.move(150, 160);
  await dragging.mouse.down();
  for (const step of [1, 2, 3]) await dragging.mouse.move(150 + 8 * step, 160 + 12 * step);
  for (const [index, colorScheme] of (["light", "dark"] as const).entries()) {
    for (const width of [1280, 390]) {
      const page = await browser.newPage({ ...common, colorScheme, viewport: { width, height: 800 } });
      await page.goto(url);
      await page.getByLabel("Your name").fill("Hedy");
      await page.getByLabel("Your name").press("Enter");
      await page.locator('os-shape[aria-label*="Hold Shift"]').click({ position: { x: 12, y: 60 } });
      // Away from the tools, which say what they are when somebody points at them.
      await page.mouse.move(width - 60, 640);
      await pointing.mouse.move(880 + 4 * index, 262 + width / 100);
      await setTimeout(1000);
      await page.screenshot({ path: `${folder}/whiteboard-${colorScheme}-${width}.png` });
      await page.close();
    }
  }
}

/** Folders, a text, and a name that is refused. */
async function takeFiles(browser: Browser, url: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      const page = await browser.newPage({ ...common, colorScheme, viewport: { width, height: 844 } });
      await page.goto(url);
      for (const name of ["demo", "hello", "server.ts"]) await page.getByText(name, { exact: true }).click();
      await page.locator("os-preview pre").waitFor();
      await page.getByText("first-steps", { exact: true }).dblclick();
      await page.keyboard.insertText("control-room");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").waitFor();
      await page.screenshot({ path: `${folder}/files-${colorScheme}-${width}.png` });
      await page.close();
    }
  }
}

async function takeAll(browser: Browser, url: string, server: ChildProcess): Promise<void> {
  const guest = await browser.newPage(common);
  await guest.goto(url);
  const notes = guest.getByLabel("Notes");
  await notes.fill(
    "- The backup runs until about 04:00: please no restarts before\n- The swap graph can go, nobody reads it",
  );
  await notes.press("Control+End");
  // Those that stay: this script and the server.
  for (const row of await guest.locator("os-process", { hasText: "node" }).all()) {
    if (/control-room|screenshots/.test(await row.innerText())) await row.getByRole("button").click();
  }
  // What else runs on the machine is nobody's business.
  await guest.getByPlaceholder("Filter").fill("node");
  const another = await browser.newPage(common);
  await another.goto(url);
  await setTimeout(seconds * 1000);

  const pages = [];
  const typed = ["\n- Disk 2 gets", " replaced", " at", " noon"];
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      const context = await browser.newContext({ ...common, colorScheme, viewport: { width, height: 844 } });
      const page = await context.newPage();
      await page.goto(url);
      await page.locator("os-process").first().waitFor();
      await notes.pressSequentially(typed[pages.length] ?? "");
      await setTimeout(1000);
      const path = `${folder}/control-room-${colorScheme}-${width}.png`;
      await page.screenshot({ path, fullPage: true });
      pages.push(page);
    }
  }
  server.kill("SIGKILL");
  const [page] = pages;
  await page?.locator("os-dashboard[state=reconnecting]").waitFor();
  await setTimeout(600);
  await page?.screenshot({ path: `${folder}/control-room-reconnecting.png`, fullPage: true });
}
