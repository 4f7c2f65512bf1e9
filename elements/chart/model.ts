import { DictTopic } from "../../core/dict-topic.ts";
import { describeValue, ObjectSyncError } from "../../core/error.ts";
import { ListTopic } from "../../core/list-topic.ts";
import { SObject } from "../../core/object.ts";
import { BooleanTopic, IntTopic } from "../../core/scalar-topics.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";

/** A curve of a chart. `color` is one of CSS, `var(--accent)` and `light-dark(…)` too; default: one of a palette. */
export interface ChartSeries {
  readonly label: string;
  readonly color?: string;
}

/** A point of each curve, in the order of the series, at one `x`. `null`: this curve has none there. */
export type ChartRow = readonly [x: number, ...y: (number | null)[]];

const DEFAULT_MAX_POINTS = 1000;

/**
 * Curves over a common axis: `chart.points.push([Date.now(), 0.7])`. The page draws it with the package `uplot`. A subclass
 * with an `init` of its own calls `super.init()`.
 */
export class Chart extends SObject {
  static override readonly frontendType: string | null = "chart";
  readonly title = new StringTopic();
  readonly series = new ListTopic<ChartSeries>();
  /** Throws `wrong_type` for a point that is not made of numbers. */
  readonly points = new ListTopic<ChartRow>();
  /** How many points are kept: beyond it, those in front go. */
  readonly maxPoints = new IntTopic(DEFAULT_MAX_POINTS);
  /** Whether `x` is a time in milliseconds, as of `Date.now()`. */
  readonly time = new BooleanTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** By the names of the attributes. */
  override build({
    title = "",
    series = [],
    points = [],
    maxPoints = DEFAULT_MAX_POINTS,
    time = false,
    style = {},
  }: {
    title?: string;
    series?: readonly ChartSeries[];
    points?: readonly ChartRow[];
    maxPoints?: number;
    time?: boolean;
    style?: Readonly<Record<string, string>>;
  } = {}): void {
    this.title.set(title);
    this.series.set(series);
    this.points.set(points);
    this.maxPoints.set(maxPoints);
    this.time.set(time);
    this.style.set(style);
    assertRows(points);
    this.#trim();
  }

  override init(): void {
    this.points.rule("change", (change) => {
      if (change.type === "put") assertRows([change.item]);
      else if (change.type === "splice") assertRows(change.inserted);
      this.#trim();
    });
    this.maxPoints.rule("change", () => this.#trim());
  }

  #trim(): void {
    const excess = this.points.length - Math.max(0, this.maxPoints.value);
    if (excess > 0) this.points.splice(0, excess);
  }
}

/** Rows may be anything that somebody who does not type-check has made, or a client that may write them. */
function assertRows(rows: readonly unknown[]): void {
  for (const row of rows) {
    if (!Array.isArray(row)) throw wrong("a point as [x, y, …]", row, "push([x, y]) adds one");
    const values: readonly unknown[] = row;
    if (typeof values[0] !== "number") throw wrong("a number for x", values[0], "of a time, Date.parse makes one");
    for (let index = 1; index < values.length; index++) {
      const y = values[index];
      if (typeof y !== "number" && y !== null) throw wrong("a number for y", y, "null is a gap");
    }
  }
}

function wrong(expected: string, value: unknown, remedy: string): ObjectSyncError {
  return new ObjectSyncError("wrong_type", `expected ${expected}, got ${describeValue(value)}: ${remedy}`);
}
