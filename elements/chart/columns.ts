import type { ListTopic } from "../../core/list-topic.ts";
import type { ChartRow } from "./model.ts";

/** The values of x, then those of each series: as many everywhere, x ascending. */
export type Columns = [x: number[], ...y: (number | null)[][]];

/** What is beyond has no distance, no date, or no room for an axis around it. */
const MAX_MAGNITUDE = 1e100;
const MAX_TIME_MS = 8e15;

/**
 * The columns of a chart's rows. Rows may be anything that a list holds: one without an `x` is left out, what is no number
 * is a gap, and rows in another order are sorted, for the library counts on all of that.
 */
export function columnsOf(points: ListTopic<ChartRow>, seriesCount: number, isTime: boolean): Columns {
  const rows: ChartRow[] = [];
  let isAscending = true;
  for (let index = 0; index < points.length; index++) {
    const row = points.at(index);
    if (!Array.isArray(row) || !isWithin(row[0], isTime ? MAX_TIME_MS : MAX_MAGNITUDE)) continue;
    const previous = rows.at(-1);
    isAscending &&= previous === undefined || previous[0] <= row[0];
    rows.push(row as unknown as ChartRow);
  }
  if (!isAscending) rows.sort((a, b) => a[0] - b[0]);
  const columns: Columns = [rows.map((row) => row[0])];
  for (let series = 1; series <= seriesCount; series++) {
    columns.push(
      rows.map((row) => {
        const y: unknown = row[series];
        return isWithin(y, MAX_MAGNITUDE) ? y : null;
      }),
    );
  }
  return columns;
}

function isWithin(value: unknown, limit: number): value is number {
  return typeof value === "number" && Math.abs(value) <= limit;
}
