// What a page shows of a tree that is loaded, and of objects that are restored or copied: their elements.
import { Box, Input, Text } from "objectsync/models";
import { Server } from "objectsync/server";
import { afterEach, expect, it } from "vitest";
import { describeInBrowser, openPage } from "./browser.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describeInBrowser("a page", () => {
  it("[OM-40][OM-36][OM-37] shows a tree that is loaded, and what is restored and cloned, without being loaded anew", async () => {
    const server = new Server({ models: [Box, Input, Text] });
    cleanUps.push(() => server.close());
    const tree = server.tree();
    const box = tree.root.add(Box, undefined, { key: "box" });
    for (const text of ["one", "two"]) box.add(Text, { text });
    const saved = JSON.parse(JSON.stringify(tree.save()));
    const { url } = await server.listen(0);
    const { page, errors } = await openPage(url);
    await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    const texts = (): Promise<unknown[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll("os-box os-text")].map((each) => each.shadowRoot?.textContent?.trim()),
      );
    await expect.poll(texts).toEqual(["one", "two"]);

    tree.clone(box.children[0] as Text, box).text.set("one again");
    await expect.poll(texts).toEqual(["one", "two", "one again"]);

    const two = tree.save(box.children[1]);
    box.children[1]?.destroy();
    tree.restore<Text>(two, box, { index: 0 }).text.set("two is back");
    await expect.poll(texts).toEqual(["two is back", "one", "one again"]);

    tree.load(saved);
    await expect.poll(texts).toEqual(["one", "two"]);
    tree.get("box")?.add(Input);
    const input = page.locator("os-input input");
    await input.fill("from the page");
    await expect.poll(() => tree.root.find(Input).value.value).toBe("from the page");
    expect(await page.evaluate(() => (window as { isSamePage?: boolean }).isSamePage)).toBe(true);
    expect(errors).toEqual([]);
  });
});
