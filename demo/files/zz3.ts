import { chromium as playwright } from "playwright";
import { chromium } from "../../test/chromium.ts";

const found = await chromium();
if ("skip" in found) throw 1;
const browser = await playwright.launch(found);
const page = await browser.newPage({ viewport: { width: 1280, height: 844 } });
page.on("console", (m) => console.log("console", m.type(), m.text()));
page.on("pageerror", (e) => console.log("pageerror", e));
await page.goto(process.argv[2]!);
await page.locator("os-folder").first().waitFor();
for (let round = 0; round < 3; round++) {
  const cdp = await page.context().newCDPSession(page);
  const heap = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    return (await cdp.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  const h0 = await heap();
  await cdp.send("Profiler.enable");
  await cdp.send("Profiler.setSamplingInterval", { interval: 500 });
  await cdp.send("Profiler.start");
  const r = await page.evaluate(async () => {
    const folder = [...document.querySelectorAll("os-folder")].find(
      (f: any) => f.object.name.value === "files10k",
    ) as any;
    const frame = () => new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
    let long = 0;
    const o = new PerformanceObserver((l) => {
      for (const e of l.getEntries()) long = Math.max(long, e.duration);
    });
    o.observe({ entryTypes: ["longtask"] });
    const t = performance.now();
    folder.setOpen(true);
    while (folder.querySelectorAll("os-file").length === 0) await frame();
    await frame();
    const first = performance.now() - t;
    while (folder.querySelectorAll("os-file").length < 10000) await frame();
    await frame();
    const all = performance.now() - t;
    return { first, all, long };
  });

  const report = async (label: string) => {
    const { profile } = await cdp.send("Profiler.stop");
    const self = new Map<string, number>();
    const dt = profile.timeDeltas!;
    const byId = new Map(profile.nodes.map((n) => [n.id, n]));
    profile.samples!.forEach((id, i) => {
      const n = byId.get(id)!;
      const k = n.callFrame.functionName + ":" + n.callFrame.lineNumber;
      self.set(k, (self.get(k) ?? 0) + dt[i]! / 1000);
    });
    console.log(
      label,
      [...self]
        .sort((a, b) => b[1] - a[1])
        .slice(0, 22)
        .map(([k, v]) => `${k} ${v.toFixed(0)}`)
        .join("\n   "),
    );
  };
  await report("open");
  await cdp.send("Profiler.start");
  console.log(r, "heap MB", (await heap()) - h0);
  const c = await page.evaluate(async () => {
    const folder = [...document.querySelectorAll("os-folder")].find(
      (f: any) => f.object.name.value === "files10k",
    ) as any;
    const t = performance.now();
    folder.setOpen(false);
    const sync = performance.now() - t;
    await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
    return { sync, all: performance.now() - t };
  });
  await report("close");
  console.log("close", c, "heap MB", (await heap()) - h0);
}
await browser.close();
