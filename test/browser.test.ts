import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeInBrowser, openPage } from "./browser.ts";
import { find } from "./chromium.ts";

const html = (body: string) => `<!doctype html><link rel="icon" href="data:,"><title>page</title>${body}`;
const pages: Record<string, string> = {
  "/quiet": html("<h1>Hello</h1>"),
  "/throws": html("<script>console.error('one'); throw new Error('two')</script>"),
  "/stores": html("<script>document.title = localStorage.seen ?? 'first'; localStorage.seen = 'again'</script>"),
};

describeInBrowser("a page opened by a node test", () => {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html").end(pages[request.url ?? ""] ?? "");
  });
  let origin = "";

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("has loaded when openPage resolves", async () => {
    const { page, errors } = await openPage(`${origin}/quiet`);
    expect(await page.textContent("h1")).toBe("Hello");
    expect(errors).toEqual([]);
  });

  it("collects console errors and uncaught errors", async () => {
    const { errors } = await openPage(`${origin}/throws`);
    expect(errors).toEqual(["one", "two"]);
  });

  it("shares storage with another page only where the context is given", async () => {
    const { page } = await openPage(`${origin}/stores`);
    const other = await openPage(`${origin}/stores`);
    const tab = await openPage(`${origin}/stores`, { context: page.context() });
    expect(await other.page.title()).toBe("first");
    expect(await tab.page.title()).toBe("again");
  });

  it("refuses to read another origin, as a user's browser does", async () => {
    const { page } = await openPage(`${origin}/quiet`);
    const read = page.evaluate(
      (url) => fetch(url).then((response) => response.text()),
      origin.replace("127.0.0.1", "localhost"),
    );
    await expect(read).rejects.toThrow("Failed to fetch");
  });
});

describe("the search for a browser", () => {
  it("takes the one that OBJECTSYNC_CHROMIUM names", async () => {
    const found = await find({ OBJECTSYNC_CHROMIUM: process.execPath }, "linux-x64");
    expect(found).toEqual({ executablePath: process.execPath, args: [] });
  });

  it("throws where that one cannot be executed", async () => {
    await expect(find({ OBJECTSYNC_CHROMIUM: "/no/such/file" }, "linux-x64")).rejects.toThrow("cannot be executed");
  });

  it("gives a reason where there is none", async () => {
    const found = await find({ PATH: "" }, "plan9-arm64");
    // A developer's machine may have one in a usual place; then that is the right answer.
    if ("skip" in found) expect(found.skip).toContain("OBJECTSYNC_CHROMIUM");
    else expect(found.args).toEqual([]);
  });
});
