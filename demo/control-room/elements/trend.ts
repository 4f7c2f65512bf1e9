import "./locale.ts";
import { css, html, SObjectElement, unsafeCSS } from "objectsync/elements";
import uPlot from "uplot";
import uplotStyles from "uplot/dist/uPlot.min.css";
import type { Trend } from "../models.ts";
import { card } from "./theme.ts";

/** Room around the curve in pixels, so that its line and its end are not cut off. */
const MARGIN = 6;

/** Half of so many minutes, as people say it. */
const HALVES = new Map([
  [1, "30 s"],
  [2, "1 min"],
  [5, "2½ min"],
]);

/** A figure and its last minutes. The curve is drawn by uPlot; the rest of the chart is CSS. */
export class TrendElement extends SObjectElement<Trend> {
  static override styles = [
    unsafeCSS(uplotStyles),
    card,
    css`
      :host { display: flex; flex-direction: column; padding: 16px 18px 14px; }
      .head { display: flex; align-items: baseline; gap: 10px; }
      .note { color: var(--ink-3); font-size: 13px; }
      .value { margin-left: auto; font-size: 30px; line-height: 1.1; font-weight: 660; letter-spacing: -0.03em; }
      .unit { margin-left: 4px; color: var(--ink-2); font-size: 15px; font-weight: 550; letter-spacing: 0; }
      .plot {
        position: relative; height: 150px; margin: 14px 56px 0 0; color: var(--series);
        background: linear-gradient(var(--line) 1px, #0000 1px) 0 0 / 100% 50%;
        border-bottom: 1px solid var(--line);
      }
      .curve { position: absolute; inset: ${-MARGIN}px; }
      .scale {
        position: absolute; left: calc(100% + 11px); transform: translateY(-50%); white-space: nowrap;
        color: var(--ink-3); font-size: 12px; line-height: 1;
      }
      .scale:nth-of-type(2) { top: 50%; }
      .scale:nth-of-type(3) { top: 100%; }
      .times { display: flex; justify-content: space-between; margin: 9px 56px 0 0; color: var(--ink-3); font-size: 12px; }
      @media (max-width: 640px) {
        :host { padding: 14px 16px 12px; }
        .plot { height: 112px; }
      }
    `,
  ];

  #plot: uPlot | undefined;
  #observer: ResizeObserver | undefined;

  override onStart(): void {
    this.slot = "charts";
    this.link(this.object.points, "change", () => this.requestUpdate());
    // What is on a canvas keeps its colours.
    this.listen(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.#plot?.redraw());
  }

  override onDestroy(): void {
    this.#observer?.disconnect();
    this.#plot?.destroy();
  }

  override render(): unknown {
    const { title, note, value, unit, top, middle, span } = this.object;
    const minutes = span.value / 60;
    const caption = `${title.value}: ${value.value} ${unit.value}, ${note.value}; the last ${minutes} min`;
    return html`
      <div class="head">
        <h2>${title.value}</h2><span class="note">${note.value}</span>
        <span class="value">${value.value}<span class="unit">${unit.value}</span></span>
      </div>
      <div class="plot" role="img" aria-label=${caption}>
        <div class="curve"></div>
        <span class="scale">${top.value}</span><span class="scale">${middle.value}</span><span class="scale">0</span>
      </div>
      <div class="times" aria-hidden="true">
        <span>${minutes} min ago</span><span>${HALVES.get(minutes)}</span><span>now</span>
      </div>
    `;
  }

  protected override updated(): void {
    this.#plot ??= this.#createPlot(this.renderRoot.querySelector(".curve") as HTMLElement);
    const { points, span } = this.object;
    const ages = points.value.map((_, index) => index + 1 - points.length);
    this.#plot.setData([ages, [...points.value]], false);
    this.#plot.setScale("x", { min: 1 - span.value, max: 0 });
  }

  #createPlot(curve: HTMLElement): uPlot {
    const sizeOf = () => ({ width: curve.clientWidth, height: curve.clientHeight });
    const color = () => getComputedStyle(curve).color;
    const plot = new uPlot(
      {
        ...sizeOf(),
        padding: [MARGIN, MARGIN, MARGIN, MARGIN],
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: false, auto: false }, y: { auto: false, range: [0, 100] } },
        series: [
          {},
          {
            width: 2,
            stroke: color,
            fill: ({ ctx, bbox }) => {
              const gradient = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
              gradient.addColorStop(0, withAlpha(color(), 0.26));
              gradient.addColorStop(1, withAlpha(color(), 0.02));
              return gradient;
            },
            points: { show: true, size: 9, width: 0, fill: color, filter: ({ data }) => [data[0].length - 1] },
          },
        ],
      },
      [[], []],
      curve,
    );
    this.#observer = new ResizeObserver(() => plot.setSize(sizeOf()));
    this.#observer.observe(curve);
    return plot;
  }
}

/** A colour as `getComputedStyle` gives it, let through. */
function withAlpha(color: string, alpha: number): string {
  return color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
