import { readFileSync } from "node:fs";
import { chromium as playwright } from "playwright";
import { chromium } from "../../test/chromium.ts";

const found = await chromium();
if ("skip" in found) throw 1;
const browser = await playwright.launch(found);
const page = await browser.newPage({ viewport: { width: 1280, height: 844 } });
await page.goto(process.argv[2]!);
await page.locator("os-folder").first().waitFor();
await page.waitForTimeout(500);
await browser.startTracing(page, {
  path: "/tmp/trace.json",
  categories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8"],
});
console.log(
  await page.evaluate(async () => {
    const folder = [...document.querySelectorAll("os-folder")].find(
      (f: any) => f.object.name.value === "files10k",
    ) as any;
    const t = performance.now();
    folder.setOpen(true);
    while (folder.querySelectorAll("os-file").length < 10000) await new Promise((r) => setTimeout(r, 20));
    await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
    return performance.now() - t;
  }),
);
await browser.stopTracing();
const { traceEvents } = JSON.parse(readFileSync("/tmp/trace.json", "utf8"));
const sums = new Map<string, [number, number]>();
for (const e of traceEvents)
  if (e.ph === "X" && e.dur) {
    const s = sums.get(e.name) ?? [0, 0];
    s[0] += e.dur / 1000;
    s[1]++;
    sums.set(e.name, s);
  }
console.log(
  [...sums]
    .sort((a, b) => b[1][0] - a[1][0])
    .slice(0, 25)
    .map(([n, [d, c]]) => `${n} ${d.toFixed(0)} ms ×${c}`)
    .join("\n"),
);
await browser.close();
