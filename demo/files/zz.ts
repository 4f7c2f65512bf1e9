import { chromium as playwright } from "playwright";
import { chromium } from "../../test/chromium.ts";

const found = await chromium();
if ("skip" in found) throw 1;
const browser = await playwright.launch(found);
const page = await browser.newPage({
  viewport: { width: 1280, height: 844 },
  colorScheme: (process.argv[4] as any) ?? "light",
});
page.on("console", (m) => console.log("console", m.type(), m.text()));
page.on("pageerror", (e) => console.log("pageerror", e));
const t = Date.now();
await page.goto(process.argv[2]!);
await page.locator("os-file").first().waitFor();
console.log("first file after", Date.now() - t);
await page.waitForTimeout(1500);
for (const name of (process.argv[5] ?? "").split(",").filter(Boolean)) {
  await page.getByText(name, { exact: true }).click();
  await page.waitForTimeout(400);
}
await page.screenshot({ path: process.argv[3]! });
console.log(await page.locator("os-file").count());
await browser.close();
