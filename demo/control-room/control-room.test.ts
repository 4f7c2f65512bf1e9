import type { SObject } from "objectsync/server";
import type { Page } from "playwright";
import { afterEach, describe, expect, it } from "vitest";
import { describeInBrowser, openPage, until } from "../../test/browser.ts";
import { endPrograms, type RunningProgram, run } from "../../test/running-program.ts";
import type { Trend } from "./models.ts";

afterEach(endPrograms);

function spawnServer(port: string | number): RunningProgram {
  return run("demo/control-room/server.ts", [], { PORT: `${port}` });
}

async function startServer(port = 0) {
  const running = spawnServer(port);
  return { ...running, url: await running.url };
}

/** The numbers of the processes that a page lists, in order. */
function pids(page: Page): Promise<string[]> {
  return page.locator("os-process .pid").allTextContents();
}

function live(page: Page): Promise<void> {
  return page.locator("os-dashboard[state=live]").waitFor();
}

describe("the control room", () => {
  it("ends at once and cleanly when it is interrupted", async () => {
    const { server, ended, output } = await startServer();
    server.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(output()).toMatch(/^The control room is at http:\/\/localhost:\d+\n$/);
  });

  it("says what to do when its port is taken", async () => {
    const { url } = await startServer();
    const { port } = new URL(url);
    const { ended, output } = spawnServer(port);
    expect(await ended).toEqual([1, null]);
    expect(output()).toBe(`Port ${port} is taken. Another one: PORT=${Number(port) + 1} npm start\n`);
  });

  it("refuses what is no port", async () => {
    const { ended, output } = spawnServer("http");
    expect(await ended).toEqual([1, null]);
    expect(output()).toBe('PORT is a number from 0 to 65535, not "http"\n');
  });
});

describeInBrowser("two windows of the control room", () => {
  it("show one live picture that everybody can change, without an error", { timeout: 120_000 }, async () => {
    const { server, url, ended, output } = await startServer();
    const one = await openPage(url);
    const other = await openPage(url);
    await Promise.all([live(one.page), live(other.page)]);

    // Figures: they are there, and they go on.
    await until(() => one.page.locator("os-core").count()).toBeGreaterThan(0);
    await until(() => curveColors(one.page)).toEqual([expect.stringMatching(/^\d/), expect.stringMatching(/^\d/)]);
    const before = await pointCounts(one.page);
    await until(() => pointCounts(one.page)).not.toEqual(before);
    const summary = one.page.locator("os-processes .summary");
    await until(() => summary.textContent()).toMatch(/^\d+ of \d+$/);
    const figures = await one.page.locator("os-process .figure").allTextContents();
    await until(() => one.page.locator("os-process .figure").allTextContents()).not.toEqual(figures);

    // The filter: typed here, it filters there.
    const own = `${server.pid}`;
    await one.page.getByPlaceholder("Filter").fill(own);
    await until(() => pids(other.page)).toContain(own);
    await until(async () => (await pids(other.page)).length).toBeLessThan(figures.length);
    expect(await other.page.getByPlaceholder("Filter").inputValue()).toBe(own);
    await one.page.getByPlaceholder("Filter").fill("no process is called that");
    await other.page.getByText("No process matches.").waitFor();
    await one.page.getByPlaceholder("Filter").fill(own);

    // A pin: first in both, also when all are there again.
    // By its number: a text that contains it, as another number or a command, may be of a process that is about to end.
    const isOwn = other.page.locator(".pid", { hasText: new RegExp(`^${own}$`) });
    await other.page.locator("os-process", { has: isOwn }).getByRole("button").click();
    await one.page.locator("os-process.pinned").waitFor();
    await one.page.getByPlaceholder("Filter").fill("");
    for (const { page } of [one, other]) {
      await until(async () => (await pids(page)).length).toBeGreaterThan(2);
      expect((await pids(page))[0]).toBe(own);
      expect(await page.locator("os-process").first().getAttribute("class")).toContain("pinned");
    }

    // Notes: both may write, and see who does.
    await one.page.getByLabel("Notes").pressSequentially("from one");
    await until(() => other.page.getByLabel("Notes").inputValue()).toBe("from one");
    await one.page.getByLabel("Notes").blur();
    await other.page.getByLabel("Notes").pressSequentially("!");
    await one.page.getByText(/is typing…$/).waitFor();
    await until(() => one.page.getByLabel("Notes").inputValue()).toContain("!");
    await until(() => one.page.getByText(/is typing…$/).count()).toBe(0);

    // Who watches: each knows which one is itself.
    await until(() => one.page.locator("os-viewer").count()).toBe(2);
    for (const { page } of [one, other]) expect(await page.getByTitle("(you)").count()).toBe(1);
    await other.page.close();
    await until(() => one.page.locator("os-viewer").count()).toBe(1);
    await one.page.getByText("1 watching").waitFor();

    expect([one.errors, other.errors]).toEqual([[], []]);
    server.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(output().trim().split("\n")).toHaveLength(1);
  });

  it("say so while the server is gone, and go on when it is back", { timeout: 60_000 }, async () => {
    const { server, url, ended } = await startServer();
    const { page } = await openPage(url);
    await live(page);
    await until(() => curveColors(page)).not.toContain(undefined);
    server.kill("SIGKILL");
    await page.locator("os-dashboard[state=reconnecting]").waitFor();
    await page.getByText("Reconnecting…", { exact: true }).waitFor();
    // What was last known stays, and is still drawn as the colour scheme wants it.
    expect(await pids(page)).not.toEqual([]);
    const [light] = await curveColors(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await until(async () => (await curveColors(page))[0]).not.toBe(light);
    await ended;
    await startServer(Number(new URL(url).port));
    await live(page);
    await page.getByText("Live", { exact: true }).waitFor();
  });
});

/** How many points the trends have. */
function pointCounts(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const trends = [...document.querySelectorAll("os-trend")] as unknown as { object: Trend & SObject }[];
    return trends.map(({ object }) => object.points.length);
  });
}

/** The colour of the first full pixel on the canvas of each trend; undefined where nothing is drawn. */
function curveColors(page: Page): Promise<(string | undefined)[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("os-trend")].map((trend) => {
      const canvas = trend.shadowRoot?.querySelector("canvas");
      const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] === 255) return pixels.slice(at, at + 3).join();
      return undefined;
    }),
  );
}
