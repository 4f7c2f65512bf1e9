import { afterEach, describe, expect, it, vi } from "vitest";
import { cdp, userEvent } from "vitest/browser";
import { type JoinedPage, MirrorPage } from "../../test/mirror-page.ts";
import "../index.ts";
import "./index.ts";
import type { ChartElement } from "./index.ts";
import { Chart, type ChartRow } from "./model.ts";

/** As of a server that checks no points. */
class AnyChart extends Chart {
  override init(): void {}
}

const pages: JoinedPage[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  vi.restoreAllMocks();
});

const red = { label: "red", color: "rgb(255, 0, 0)" };
const blue = { label: "blue", color: "var(--ocean, rgb(0, 0, 255))" };

const nextPicture = (): Promise<unknown> => new Promise(requestAnimationFrame);

function open(args = {}, chartClass = Chart) {
  const server = new MirrorPage(chartClass);
  const chart = server.frame(() =>
    server.root.add(chartClass, {
      title: "Load",
      series: [red, blue],
      style: { width: "400px", height: "200px" },
      ...args,
    }),
  );
  const page = server.join();
  pages.push(page);
  const element = page.element<ChartElement>(chart);
  const canvas = (): HTMLCanvasElement | null => element.shadowRoot?.querySelector("canvas") ?? null;
  /** How many of the pixels are clearly of a colour. */
  const count = (isColor: (r: number, g: number, b: number) => boolean): number => {
    const { width = 0, height = 0 } = canvas() ?? {};
    const pixels = canvas()?.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    let found = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      const [r = 0, g = 0, b = 0, alpha = 0] = pixels.slice(at, at + 4);
      if (alpha > 128 && isColor(r, g, b)) found++;
    }
    return found;
  };
  const reds = (): number => count((r, g, b) => r > 180 && g < 80 && b < 80);
  const blues = (): number => count((r, g, b) => b > 180 && r < 80 && g < 80);
  const legend = (): string[] =>
    [...(element.shadowRoot?.querySelectorAll("li") ?? [])].map((each) => each.textContent?.trim() ?? "");
  return { server, page, chart, element, canvas, reds, blues, legend };
}

describe("a chart", () => {
  it("[CO-51] draws a curve for each series, in its colour, and says the last values", async () => {
    const { element, reds, blues, legend } = open({
      points: [
        [0, 1, 3],
        [1, 2, 2],
        [2, 1234.5678, null],
      ],
    });
    await expect.poll(reds).toBeGreaterThan(100);
    expect(blues()).toBeGreaterThan(100);
    await element.updateComplete;
    expect(legend()).toEqual(["red 1,234.57", "blue"]);
    const shown = element.shadowRoot;
    expect(shown?.querySelector("figcaption")?.textContent).toBe("Load");
    expect(shown?.querySelector("[role=img]")?.getAttribute("aria-label")).toBe("Load");
  });

  it("[CO-51] draws what was pushed once for each picture of the screen, on the canvas that it has", async () => {
    const { server, chart, canvas, element, legend } = open({ points: [[0, 1, 2]] });
    await expect.poll(canvas).not.toBeNull();
    await nextPicture();
    await nextPicture();
    const first = canvas();
    const clear = vi.spyOn(CanvasRenderingContext2D.prototype, "clearRect");
    for (let x = 1; x <= 20; x++) {
      server.frame(() => chart.points.push([x, x, 2]));
      // Whatever is put off to the end of the turn has come by then, and no picture.
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
    await nextPicture();
    await nextPicture();
    await element.updateComplete;
    expect(clear).toHaveBeenCalledTimes(1);
    expect(canvas()).toBe(first);
    expect(legend()).toEqual(["red 20", "blue 2"]);
    await nextPicture();
    await nextPicture();
    expect(clear).toHaveBeenCalledTimes(1);
  });

  it("[CO-51] has other curves when its series are others", async () => {
    const { server, chart, reds, blues, legend, element } = open({
      points: [
        [0, 1, 3],
        [1, 2, 2],
      ],
    });
    await expect.poll(blues).toBeGreaterThan(100);
    server.frame(() => chart.series.set([red]));
    await expect.poll(blues).toBe(0);
    expect(reds()).toBeGreaterThan(100);
    await element.updateComplete;
    expect(legend()).toEqual(["red 2"]);
    server.frame(() => chart.series.put(0, { label: "sea", color: "rgb(0, 0, 255)" }));
    await expect.poll(reds).toBe(0);
    expect(blues()).toBeGreaterThan(100);
    expect(element.shadowRoot?.querySelectorAll("canvas")).toHaveLength(1);
  });

  it("[CO-51][OP-13] takes a colour of the palette for one that is none, or fetches something", async () => {
    const { element } = open({
      series: [{ label: "a" }, { label: "b", color: "red; background: url(//x)" }, { label: "c", color: "url(//x)" }],
    });
    await element.updateComplete;
    const marks = [...(element.shadowRoot?.querySelectorAll<HTMLElement>(".mark") ?? [])];
    expect(marks.map(({ style }) => style.color)).toEqual(Array(3).fill(expect.stringContaining("light-dark(")));
    expect(new Set(marks.map((mark) => getComputedStyle(mark).color)).size).toBe(3);
  });

  it("[CO-51] is as large as its box, and comes up when it gets one", async () => {
    const { server, chart, canvas } = open({ style: { display: "none" }, points: [[0, 1, 2]] });
    await nextPicture();
    await nextPicture();
    expect(canvas()).toBeNull();
    server.frame(() => chart.style.set({ width: "300px", height: "150px" }));
    await expect.poll(() => canvas()?.clientWidth).toBe(300);
    server.frame(() => chart.style.put("width", "500px"));
    await expect.poll(() => canvas()?.clientWidth).toBe(500);
    expect(canvas()?.clientHeight).toBeLessThan(150);
  });

  it("[CO-51] follows the page's colours", async () => {
    const scheme = (value: "dark" | "light"): Promise<unknown> =>
      cdp().send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
    await scheme("light");
    const { page, reds, blues } = open({
      points: [
        [0, 1],
        [1, 2],
      ],
      series: [{ label: "a", color: "light-dark(rgb(255, 0, 0), rgb(0, 0, 255))" }],
    });
    page.target.style.colorScheme = "light dark";
    try {
      await expect.poll(reds).toBeGreaterThan(100);
      await scheme("dark");
      await expect.poll(blues).toBeGreaterThan(100);
      expect(reds()).toBe(0);
    } finally {
      await cdp().send("Emulation.setEmulatedMedia", { features: [] });
    }
  });

  it("[CO-51] says in the legend what somebody points at", async () => {
    const { element, canvas, legend } = open({
      points: [
        [0, 1, 3],
        [1, 2, 4],
      ],
    });
    await expect.poll(canvas).not.toBeNull();
    await expect.poll(legend).toEqual(["red 2", "blue 4"]);
    const over = element.shadowRoot?.querySelector(".u-over") as HTMLElement;
    await userEvent.hover(over, { position: { x: 5, y: 5 } });
    await expect.poll(legend).toEqual(["red 1", "blue 3"]);
    await userEvent.unhover(over);
    await expect.poll(legend).toEqual(["red 2", "blue 4"]);
  });

  it("[CO-51] goes on with rows that are no rows, and with values that no axis could hold", async () => {
    const { server, chart, reds } = open({}, AnyChart);
    const rows: unknown = [
      [3, 1, 2],
      [1, 2, 2],
      null,
      "text",
      [],
      ["0", 1],
      [1e308, 1, 1],
      [-1e308, 1, 1],
      [2, 1e308, "2"],
      [2, -1e308, { a: 1 }],
      [4, 1, 2],
    ];
    server.frame(() => chart.points.set(rows as ChartRow[]));
    await expect.poll(reds).toBeGreaterThan(100);
    server.frame(() => chart.time.set(true));
    server.frame(() => chart.points.push([8e15, 1, 1], [-8e15, 2, 2]));
    await nextPicture();
    await nextPicture();
    server.frame(() => chart.time.set(false));
    server.frame(() => chart.points.push([1e100, 1e100, 1e-300], [-1e100, -1e100, 2e-300]));
    await nextPicture();
    await nextPicture();
    expect(server.takeErrors()).toEqual([]);
  });

  it("ends with its object", async () => {
    const { server, chart, canvas, element } = open({ points: [[0, 1, 2]] });
    await expect.poll(canvas).not.toBeNull();
    server.frame(() => chart.points.push([1, 1, 1]));
    server.frame(() => chart.destroy());
    expect(canvas()).toBeNull();
    expect(element.isConnected).toBe(false);
    await nextPicture();
    expect(server.takeErrors()).toEqual([]);
  });
});
