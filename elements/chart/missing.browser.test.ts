import { afterEach, expect, it, vi } from "vitest";
import { type JoinedPage, MirrorPage } from "../../test/mirror-page.ts";
import "../index.ts";
import "./index.ts";
import type { ChartElement } from "./index.ts";
import { Chart } from "./model.ts";

vi.mock("uplot", () => {
  throw new Error("not installed");
});

let page: JoinedPage | undefined;
afterEach(() => page?.close());

it("[CO-51] a chart says in its place that the library is missing, and how to get it", async () => {
  const server = new MirrorPage(Chart);
  const chart = server.frame(() => server.root.add(Chart, { title: "Load", series: [{ label: "a" }] }));
  page = server.join();
  const element = page.element<ChartElement>(chart);
  await expect
    .poll(() => element.shadowRoot?.querySelector("[role=alert]")?.textContent)
    .toContain("npm install uplot");
  expect(element.shadowRoot?.querySelector("figcaption")?.textContent).toBe("Load");
  expect(server.takeErrors()).toEqual([expect.stringContaining("uplot")]);
});
