// Real pages of a real server, in a real browser: what a person would see.
import { Box, Html, Input, Text } from "objectsync/models";
import { Server, StringTopic } from "objectsync/server";
import type { Page } from "playwright";
import { afterEach, expect, it } from "vitest";
import { describeInBrowser, openPage } from "./browser.ts";
import { Badge, OpenBox } from "./fixtures/models.ts";
import { relayTo } from "./relay.ts";
import { endPrograms, run } from "./running-program.ts";

/** As of a server that checks no tags. */
class AnyTag extends Html {
  override readonly tag = new StringTopic();
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(client?: URL): Promise<{ server: Server; url: string; port: number }> {
  const server = new Server();
  server.register(Text, Box, Html, AnyTag, Input, Badge, OpenBox);
  cleanUps.push(() => server.close());
  const { url, port } = await server.listen(0, client ? { client } : {});
  return { server, url, port };
}

/** The texts of the elements below the tree, in document order. */
const texts = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("object-sync os-text")].map((each) => each.shadowRoot?.textContent?.trim() ?? ""),
  );

describeInBrowser("a page in a browser", () => {
  it("[DX-01] shows what the hello demo's server says, and follows it", async () => {
    const demo = run("demo/hello/server.ts", [], { PORT: "0" });
    cleanUps.push(endPrograms);
    const { page, errors } = await openPage(await demo.url);
    const hello = page.locator("os-text");
    await expect.poll(() => texts(page)).toEqual(["Hello ObjectSync!"]);
    const style = (): Promise<string[]> =>
      hello.evaluate((element) => {
        const { fontSize, borderTopWidth, borderTopStyle, borderTopColor, color } = getComputedStyle(element);
        return [fontSize, `${borderTopWidth} ${borderTopStyle} ${borderTopColor}`, color];
      });
    const [fontSize, border, color] = await style();
    expect([fontSize, border]).toEqual(["30px", "5px solid rgb(0, 0, 0)"]);
    await expect.poll(async () => (await style())[2]).not.toBe(color);
    await page.screenshot({ path: ".screenshots/hello.png" });
    expect(errors).toEqual([]);
  });

  it("[CM-01] has one element per object, in tree order, and moves only the one that moved", async () => {
    const { server, url } = await serve();
    const items = ["a", "b", "c", "d"].map((text) => server.root.add(Text, { text }));
    const { page, errors } = await openPage(url);
    await expect.poll(() => texts(page)).toEqual(["a", "b", "c", "d"]);
    await page.evaluate(() => {
      const seen: Node[] = [];
      Object.assign(globalThis, { seen });
      new MutationObserver((records) => {
        for (const { addedNodes } of records) seen.push(...addedNodes);
      }).observe(document.querySelector("object-sync") as Element, { childList: true });
    });
    items[3]?.moveTo(server.root, { index: 1 });
    await expect.poll(() => texts(page)).toEqual(["a", "d", "b", "c"]);
    items[0]?.destroy();
    server.root.add(Text, { text: "e" }, { index: 0 });
    await expect.poll(() => texts(page)).toEqual(["e", "d", "b", "c"]);
    const moved = await page.evaluate(() =>
      (globalThis as unknown as { seen: Element[] }).seen.map((each) => each.shadowRoot?.textContent?.trim()),
    );
    expect(moved).toEqual(["d", "e"]);
    expect(errors).toEqual([]);
  });

  it("[CM-25] shows in one browser what is typed in the other, and the server has it", async () => {
    const { server, url } = await serve();
    const field = server.root.add(Input, { label: "Notes" });
    const [one, two] = [await openPage(url), await openPage(url)];
    await one.page.getByLabel("Notes").pressSequentially("Hello from one");
    await expect.poll(() => two.page.getByLabel("Notes").inputValue()).toBe("Hello from one");
    await two.page.getByLabel("Notes").fill("and two");
    await one.page.getByLabel("Notes").blur();
    await expect.poll(() => one.page.getByLabel("Notes").inputValue()).toBe("and two");
    expect(field.value.value).toBe("and two");
    expect([...one.errors, ...two.errors]).toEqual([]);
  });

  it("[CM-02] upgrades in place the elements of a type that is registered late", async () => {
    const { server, url } = await serve(new URL("fixtures/late-page.ts", import.meta.url));
    const badge = server.root.add(Badge);
    badge.add(Text, { text: "inside" });
    const { page } = await openPage(url);
    await expect.poll(() => texts(page)).toEqual(["inside"]);
    const shown = (): Promise<string | undefined> =>
      page.evaluate(() => document.querySelector("os-badge")?.shadowRoot?.querySelector("b")?.textContent ?? undefined);
    expect(await shown()).toBeUndefined();
    await page.evaluate(() => {
      Object.assign(globalThis, { placeholder: document.querySelector("os-badge") });
      (globalThis as unknown as { registerBadge(): void }).registerBadge();
    });
    await expect.poll(shown).toBe("new");
    badge.label.set("changed");
    await expect.poll(shown).toBe("changed");
    const isSame = await page.evaluate(
      () => (globalThis as unknown as { placeholder: Element }).placeholder === document.querySelector("os-badge"),
    );
    expect(isSame).toBe(true);
  });

  it("says that the connection is lost, comes back by itself, and keeps the elements that are still right", async () => {
    const { server, port } = await serve();
    const kept = server.root.add(Text, { text: "kept" });
    const gone = server.root.add(Text, { text: "gone" });
    const relay = await relayTo(port);
    cleanUps.push(() => relay.close());
    const { page } = await openPage(`http://localhost:${relay.port}`);
    await expect.poll(() => texts(page)).toEqual(["kept", "gone"]);
    await page.evaluate(() => Object.assign(globalThis, { element: document.querySelector("os-text") }));
    const state = (): Promise<string | null> => page.locator("object-sync").getAttribute("state");
    relay.isDown = true;
    relay.cut();
    await expect.poll(state).toBe("offline");
    await page.getByRole("status").getByText("Connection lost").waitFor();
    kept.text.set("kept and changed");
    gone.destroy();
    server.root.add(Text, { text: "new" });
    relay.isDown = false;
    await expect.poll(() => texts(page), { timeout: 20_000 }).toEqual(["kept and changed", "new"]);
    expect(await state()).toBe("connected");
    const isSame = await page.evaluate(
      () => (globalThis as unknown as { element: Element }).element === document.querySelector("os-text"),
    );
    expect(isSame).toBe(true);
  });

  it("[OP-13] lets hostile attributes, tags and styles have no effect", async () => {
    const { server, url } = await serve();
    const box = server.root.add(OpenBox);
    const link = server.root.add(Html, { tag: "a" });
    link.text.set("a link");
    link.attributes.set({ href: "java\nscript:alert(1)", onclick: "alert(2)", title: "harmless" });
    const script = server.root.add(AnyTag, { tag: "script" });
    script.text.set("globalThis.isHacked = true");
    server.root.add(AnyTag, { tag: "iframe" }).attributes.set({ srcdoc: "<script>parent.isHacked = true</script>" });
    server.root.add(Text).text.set("<img src=x onerror='globalThis.isHacked = true'>");
    const { page } = await openPage(url);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    // Straight from the wire, as a hostile client would: what the server does not forbid reaches the page.
    box.style.set({ background: "u\\72l(https://example.invalid/x)", position: "fixed", color: "rgb(1, 2, 3)" });
    box.attributes.set({ onpointerdown: "globalThis.isHacked = true", "data-kept": "yes" });
    const boxElement = page.locator("os-box");
    await expect.poll(() => boxElement.getAttribute("data-kept")).toBe("yes");
    const seen = await boxElement.evaluate((element) => {
      const { color, position, backgroundImage } = getComputedStyle(element);
      return { color, position, backgroundImage, names: element.getAttributeNames() };
    });
    expect(seen).toMatchObject({ color: "rgb(1, 2, 3)", backgroundImage: "none" });
    expect(seen.position).not.toBe("fixed");
    expect(seen.names).not.toContain("onpointerdown");
    expect(await page.locator("a").evaluate((element) => element.getAttributeNames().sort())).toEqual(["title"]);
    await page.locator("a").click();
    await boxElement.dispatchEvent("pointerdown");
    expect(await page.evaluate(() => document.querySelectorAll("object-sync :is(script, iframe, img)").length)).toBe(0);
    expect(await page.evaluate(() => "isHacked" in globalThis)).toBe(false);
    expect(requests.filter((address) => !address.startsWith("http://localhost"))).toEqual([]);
  });
});
