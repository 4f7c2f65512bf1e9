// The element of a `Chart`: title and legend are HTML, the curves are drawn by a library on a canvas.
//
// Lit renders for each frame of changes, as everywhere; the canvas, which costs more, is drawn once for each picture of
// the screen, and never while nobody sees it. Points are only given to the plot that is there. It is made anew when the
// number of curves or the kind of axis is another one. A canvas knows no CSS, so colours are read from elements that
// have them: a mark of the legend for each curve.
//
// Not here: which rows can be drawn (columns.ts), how it looks inside (plot.ts), where the library is from (library.ts).

import { type CSSResultGroup, css, html, nothing } from "lit";
import { ListTopic } from "../../core/list-topic.ts";
import { report } from "../../core/report.ts";
import { BooleanTopic } from "../../core/scalar-topics.ts";
import { StringTopic } from "../../core/string-topic.ts";
import { topicOf } from "../object-attributes.ts";
import { isAllowedStyle } from "../safety.ts";
import { SObjectElement } from "../sobject-element.ts";
import { type Columns, columnsOf } from "./columns.ts";
import { loadPlotter, type Plotter } from "./library.ts";
import type { Chart, ChartRow, ChartSeries } from "./model.ts";
import { createPlot, drawPlot, fitPlot } from "./plot.ts";

const PALETTE = [
  "light-dark(#2563eb, #7aa5ff)",
  "light-dark(#c2410c, #fb9a5b)",
  "light-dark(#0f766e, #4fd1bd)",
  "light-dark(#a21caf, #e58af0)",
  "light-dark(#4d7c0f, #a3d65c)",
  "light-dark(#be123c, #ff8fa3)",
];

const VALUE_FORMAT: Intl.NumberFormatOptions & { readonly roundingPriority: "morePrecision" } = {
  maximumFractionDigits: 2,
  maximumSignificantDigits: 3,
  roundingPriority: "morePrecision",
};

/**
 * Draws the attribute `points` of an object as one curve for each of its `series`. It fills its box, and follows it and
 * the page's colours. The legend says the last values, or those that somebody points at. Where the library is missing, it
 * says so in place of the curves.
 */
export class ChartElement extends SObjectElement<Chart> {
  static override styles: CSSResultGroup = css`
    :host {
      display: block;
      height: 16rem;
      min-width: 0;
    }
    :host([hidden]) {
      display: none;
    }
    figure {
      display: flex;
      flex-direction: column;
      gap: 0.5rem;
      height: 100%;
      margin: 0;
    }
    [part="title"] {
      font-weight: 600;
    }
    [part="plot"] {
      position: relative;
      flex: 1;
      min-height: 0;
      /* What the lines behind the curves are drawn in. */
      outline-color: color-mix(in srgb, currentcolor 18%, transparent);
    }
    .place {
      position: absolute;
      inset: 0;
      overflow: hidden;
    }
    [part="problem"] {
      margin: 0;
      padding: 0.75rem;
      border: 1px dashed;
    }
    [part="problem"]::first-letter {
      text-transform: uppercase;
    }
    [part="legend"] {
      display: flex;
      flex-wrap: wrap;
      gap: 0.25rem 1rem;
      margin: 0;
      padding: 0;
      list-style: none;
      font-size: 0.875em;
    }
    [part="legend"] b {
      font-variant-numeric: tabular-nums;
    }
    .mark {
      display: inline-block;
      width: 0.75em;
      height: 0.75em;
      margin-inline-end: 0.4em;
      border-radius: 50%;
      background: currentcolor;
    }
    /* What the library makes. */
    .uplot,
    .u-wrap {
      position: relative;
    }
    .uplot canvas {
      display: block;
      width: 100%;
      height: 100%;
    }
    .u-under,
    .u-over,
    .u-axis,
    .u-select,
    .u-cursor-x,
    .u-cursor-pt {
      position: absolute;
    }
    .u-cursor-x,
    .u-cursor-pt,
    .u-select {
      pointer-events: none;
    }
    .u-cursor-x {
      inset-block: 0;
      left: 0;
      border-right: 1px dashed color-mix(in srgb, currentcolor 50%, transparent);
    }
    .u-cursor-pt {
      top: 0;
      left: 0;
      box-sizing: border-box;
      border: 0 solid;
      border-radius: 50%;
    }
    .u-off {
      display: none;
    }
  `;

  #library: Plotter | undefined;
  #problem = "";
  #plot: InstanceType<Plotter> | undefined;
  /** What was decided when the plot was made. */
  #form = "";
  /** What the plot shows. */
  #columns: Columns = [[]];
  #pointed: number | undefined;
  /** The drawing that was asked for. */
  #request = 0;
  #isOver = false;

  override onStart(): void {
    for (const topic of [this.#list("points"), this.#list("series"), topicOf(this.object, "time", BooleanTopic)]) {
      if (topic) this.link(topic, "change", () => this.#schedule());
    }
    this.listen(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.#plot?.redraw());
    void this.#load();
  }

  override onDestroy(): void {
    this.#isOver = true;
    cancelAnimationFrame(this.#request);
    this.#plot?.destroy();
  }

  override render(): unknown {
    const title = topicOf(this.object, "title", StringTopic)?.value ?? "";
    return html`<figure>
      ${title ? html`<figcaption part="title">${title}</figcaption>` : nothing}
      <div part="plot">
        <div class="place" role="img" aria-label=${title || "Chart"}></div>
        ${this.#problem ? html`<p part="problem" role="alert">${this.#problem}</p>` : nothing}
      </div>
      <ul part="legend" role="list">${this.#series.map(({ label }, index) => {
        return html`<li><span class="mark"></span>${label} <b>${this.#valueOf(index)}</b></li>`;
      })}</ul>
      <slot></slot>
    </figure>`;
  }

  protected override firstUpdated(): void {
    const observer = new ResizeObserver(() => {
      if (this.#plot) fitPlot(this.#plot, this.#place as HTMLElement);
      else this.#schedule();
    });
    observer.observe(this.#place as HTMLElement);
    this.untilDestroyed(() => observer.disconnect());
  }

  protected override updated(): void {
    for (const [index, mark] of this.#marks.entries()) mark.style.color = colorOf(this.#series[index], index);
  }

  /** `null` before the first render, which waits for a place in the document. */
  get #place(): HTMLElement | null {
    return this.renderRoot?.querySelector<HTMLElement>(".place");
  }

  get #marks(): NodeListOf<HTMLElement> {
    return this.renderRoot.querySelectorAll<HTMLElement>(".mark");
  }

  get #series(): readonly ChartSeries[] {
    return this.#list<ChartSeries>("series")?.value ?? [];
  }

  #list<T>(name: string): ListTopic<T> | undefined {
    return topicOf<ListTopic<T>>(this.object, name, ListTopic);
  }

  async #load(): Promise<void> {
    try {
      this.#library = await loadPlotter();
      this.#schedule();
    } catch (error) {
      const { type, id, tree } = this.object;
      this.#problem = (error as Error).message;
      this.requestUpdate();
      report(tree.onError, error, `<${this.localName}> for ${type} ${id}`);
    }
  }

  #schedule(): void {
    if (this.#isOver) return;
    this.#request ||= requestAnimationFrame(() => {
      this.#request = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const points = this.#list<ChartRow>("points");
    const place = this.#place;
    // Without a size there is nothing to see, and an observer that tells when there is.
    if (!this.#library || !points || !place?.clientWidth || !place.clientHeight) return;
    const seriesCount = this.#series.length;
    const isTime = topicOf(this.object, "time", BooleanTopic)?.value ?? false;
    const form = `${seriesCount} ${isTime}`;
    if (form !== this.#form) {
      this.#plot?.destroy();
      this.#form = form;
      this.#pointed = undefined;
      this.#plot = createPlot(this.#library, place, {
        seriesCount,
        isTime,
        color: (index) => getComputedStyle(this.#marks[index] ?? place).color,
        ink: () => getComputedStyle(place).color,
        faintInk: () => getComputedStyle(place.parentElement as Element).outlineColor,
        onPoint: (index) => this.#point(index),
      });
    }
    this.#columns = columnsOf(points, seriesCount, isTime);
    if (this.#plot) drawPlot(this.#plot, this.#columns);
    this.requestUpdate();
  }

  #point(index: number | undefined): void {
    if (index === this.#pointed) return;
    this.#pointed = index;
    this.requestUpdate();
  }

  #valueOf(series: number): string {
    const [xs, ...curves] = this.#columns;
    return curves[series]?.[this.#pointed ?? xs.length - 1]?.toLocaleString(undefined, VALUE_FORMAT) ?? "";
  }
}

/** Of what is no colour, or is not let in, the palette's. */
function colorOf(series: ChartSeries | undefined, index: number): string {
  const color = series?.color;
  const isColor = typeof color === "string" && isAllowedStyle("color", color, "client") && CSS.supports("color", color);
  return isColor ? color : (PALETTE[index % PALETTE.length] as string);
}
