/**
 * Real pages for tests that run in Node. One browser per test file, launched by the first page and closed after the
 * last test; a context of its own per page, so that nothing stored in one test is seen in another.
 *
 * Tests that run *inside* a page are `*.browser.test.ts` and need none of this.
 */
import { type Browser, type BrowserContext, type Page, chromium as playwright } from "playwright";
import { afterAll, describe, expect, it } from "vitest";
import { chromium } from "./chromium.ts";

/** A page and what went wrong in it. */
export interface OpenedPage {
  page: Page;
  /** Uncaught errors and `console.error` texts since the page opened, in order. Assert that it equals `[]`. */
  errors: string[];
}

const found = await chromium();
let launched: Promise<Browser> | undefined;

afterAll(async () => {
  await (await launched)?.close();
  launched = undefined;
});

/**
 * Opens `url` and resolves when the page has loaded. A new context each time; give the `context` of another page
 * (`page.context()`) for a second tab of the same user.
 */
export async function openPage(url: string, options: { context?: BrowserContext } = {}): Promise<OpenedPage> {
  const context = options.context ?? (await (await browser()).newContext());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

/**
 * `describe` for suites that use {@link openPage}. Without a browser the suite is reported as skipped, with the reason
 * in its title; where `CI` is set it fails instead, so that a green run has skipped nothing.
 */
export function describeInBrowser(title: string, fn: () => void): void {
  if (!("skip" in found)) describe(title, fn);
  else if (!process.env.CI) describe.skip(`${title} (skipped: ${found.skip})`, fn);
  else {
    const reason = found.skip;
    describe(title, () => {
      it("has a browser to run in", () => {
        throw new Error(reason);
      });
    });
  }
}

/** Expects something of a value, in the end: of what a busy machine may take a while for. */
export function until<T>(value: () => T) {
  return expect.poll(value, { timeout: 20_000 });
}

function browser(): Promise<Browser> {
  if ("skip" in found) throw new Error(found.skip);
  launched ??= playwright.launch({ ...found, headless: true });
  return launched;
}
