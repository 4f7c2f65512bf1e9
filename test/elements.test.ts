// The package's elements on a page as a server serves it: under its Content-Security-Policy, with Trusted Types on.
import { crc32, deflateSync } from "node:zlib";
import { Box, Button, Chart, type ChartRow, Image, List, Svg, SvgShape, Text } from "objectsync/models";
import { Server } from "objectsync/server";
import { afterEach, expect, it } from "vitest";
import { describeInBrowser, openPage } from "./browser.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A PNG of a glowing sky. */
function sky(width: number, height: number): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) => {
    const pixel = [60 + (195 * y) / height, 90 + (70 * y) / height, 160 - (90 * y) / height];
    return [0, ...Array.from({ length: width }, () => pixel).flat()];
  });
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Uint8Array.from(rows.flat()));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

async function serve(): Promise<{ server: Server; url: string }> {
  const server = new Server({ models: [Box, Button, Chart, Image, List, Svg, SvgShape, Text] });
  cleanUps.push(() => server.close());
  const { url } = await server.listen(0);
  return { server, url };
}

describeInBrowser("the package's elements", () => {
  it("[DE-08][CO-10][CO-38][CO-50][CO-51] work on a page under the server's own policy", async () => {
    const { server, url } = await serve();
    const board = server.root.add(Box, { style: { gap: "1.25rem", maxWidth: "40rem", fontFamily: "system-ui" } });
    const top = board.add(Box, { style: { flexDirection: "row", gap: "1.5rem", alignItems: "center" } });
    top.add(Image, { bytes: sky(160, 100), alternative: "The sky" });
    top.add(Image, { source: "javascript:alert(1)", alternative: "What cannot be shown" });
    const drawing = top.add(Svg, { viewBox: "0 0 100 100", label: "A target", style: { width: "100px" } });
    const glow = drawing.add(SvgShape, { tag: "radialGradient", attributes: { id: "glow" } });
    glow.add(SvgShape, { tag: "stop", attributes: { offset: 0, "stop-color": "gold" } });
    glow.add(SvgShape, { tag: "stop", attributes: { offset: 1, "stop-color": "crimson" } });
    const circle = drawing.add(SvgShape, { tag: "circle", attributes: { cx: 50, cy: 50, r: 30, fill: "url(#glow)" } });
    const list = board.add(List, { ordered: true, style: { gap: "0.5rem" } });
    for (const text of ["Look", "Aim", "Press"]) list.add(Text, { text });
    const chart = board.add(Chart, {
      title: "Hits and misses",
      series: [{ label: "hits" }, { label: "misses" }],
      points: Array.from({ length: 60 }, (_, x): ChartRow => [x, 40 + 30 * Math.sin(x / 6), 20 + x / 3]),
    });
    const row = board.add(Box, { style: { flexDirection: "row", gap: "1rem" } });
    const button = row.add(Button, { label: "Press" });
    row.add(Button, { label: "Not now", disabled: true });
    button.press.rule("emit", () => {
      circle.attributes.put("r", 48);
      list.add(Text, { text: "Pressed" });
      chart.points.push([chart.points.length, 100, 50]);
    });

    const { page, errors } = await openPage(url);
    await page.locator("os-chart canvas").waitFor();
    await expect.poll(() => page.locator("os-image[state=shown] img").evaluate((img) => img.clientWidth)).toBe(160);
    await page.getByText("What cannot be shown").waitFor();
    const pressable = page.getByRole("button", { name: "Press" });
    await pressable.click();
    const items = page.locator("os-list").getByRole("listitem");
    await expect.poll(() => items.count()).toBe(4);
    const target = page.getByRole("img", { name: "A target" });
    await expect.poll(() => target.locator("circle").getAttribute("r")).toBe("48");
    await expect.poll(() => page.locator("os-chart [part=legend]").innerText()).toContain("hits 100");
    button.disabled.set(true);
    await expect.poll(() => pressable.isDisabled()).toBe(true);
    await page.screenshot({ path: ".screenshots/elements-light.png" });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: ".screenshots/elements-dark.png" });
    expect(errors).toEqual([expect.stringContaining("the scheme of its source, is refused")]);
  });
});
