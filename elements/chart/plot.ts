import type uPlot from "uplot";
import type { Columns } from "./columns.ts";
import type { Plotter } from "./library.ts";

/** What a plot asks of whoever shows it. Colours are asked for at each drawing, so that they follow the page's. */
export interface PlotLook {
  readonly seriesCount: number;
  readonly isTime: boolean;
  /** Of a series, from 0. */
  color(series: number): string;
  ink(): string;
  faintInk(): string;
  /** Somebody points at a row, by its index, or no longer at any. */
  onPoint(index: number | undefined): void;
}

const FONT = "12px system-ui, sans-serif";
/** Of a digit in this font, in pixels, and of what stands between a value and the plot. */
const DIGIT_WIDTH = 7;
const VALUE_GAP = 18;
const X_AXIS_HEIGHT = 32;
/** With a line for the day below that of the time. */
const TIME_AXIS_HEIGHT = 46;

/** A plot that fills an element, as large as it is now. Give it data by `setData`. */
export function createPlot(library: Plotter, place: HTMLElement, look: PlotLook): uPlot {
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: () => look.ink(),
    grid: { stroke: () => look.faintInk(), width: 1 },
    ticks: { stroke: () => look.faintInk(), width: 1, size: 5 },
  };
  const series = Array.from({ length: look.seriesCount }, (_, index): uPlot.Series => {
    const color = () => look.color(index);
    return { stroke: color, width: 2, points: { stroke: color, fill: color } };
  });
  const options: uPlot.Options = {
    ...sizeOf(place),
    ms: 1,
    legend: { show: false },
    // Nothing is to be zoomed into what goes on moving.
    cursor: { y: false, drag: { x: false, y: false, setScale: false } },
    scales: { x: { time: look.isTime } },
    axes: [
      { ...axis, size: look.isTime ? TIME_AXIS_HEIGHT : X_AXIS_HEIGHT },
      {
        ...axis,
        size: (_, values) => VALUE_GAP + DIGIT_WIDTH * Math.max(0, ...(values ?? []).map(({ length }) => length)),
      },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [(plot) => look.onPoint(plot.cursor.idx ?? undefined)] },
  };
  return new library(options, [[], ...series.map(() => [])], place);
}

/** Makes a plot as large as its element is now. One that is not seen stays as it is. */
export function fitPlot(plot: uPlot, place: HTMLElement): void {
  const { width, height } = sizeOf(place);
  if (width > 0 && height > 0 && (plot.width !== width || plot.height !== height)) plot.setSize({ width, height });
}

/** Draws the data, at the latest by the end of this turn. */
export function drawPlot(plot: uPlot, columns: Columns): void {
  plot.setData(columns);
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): { width: number; height: number } {
  return { width: clientWidth, height: clientHeight };
}
