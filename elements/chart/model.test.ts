import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../../core/authority.ts";
import { ListTopic } from "../../core/list-topic.ts";
import { SObject } from "../../core/object.ts";
import { TypeRegistry } from "../../core/types.ts";
import { columnsOf } from "./columns.ts";
import { Chart, type ChartRow } from "./model.ts";

function addChart(args: Parameters<Chart["build"]>[0]): Chart {
  const types = new TypeRegistry();
  for (const each of [SObject, Chart]) types.register(each);
  return new AuthorityTree(types, SObject).root.add(Chart, args);
}

const xs = (chart: Chart): number[] => chart.points.value.map(([x]) => x);

describe("a chart", () => {
  it("[CO-51] keeps the newest points, as many as it may have", () => {
    const rows = [0, 1, 2, 3].map((x): ChartRow => [x, x]);
    const chart = addChart({ series: [{ label: "a" }], points: rows, maxPoints: 3 });
    expect(xs(chart)).toEqual([1, 2, 3]);
    chart.points.push([4, 4], [5, null]);
    expect(xs(chart)).toEqual([3, 4, 5]);
    chart.maxPoints.set(1);
    expect(xs(chart)).toEqual([5]);
    chart.maxPoints.set(-1);
    expect(xs(chart)).toEqual([]);
  });

  it("has room for a thousand points if nobody says otherwise", () => {
    const chart = addChart({});
    for (let x = 0; x < 1010; x++) chart.points.push([x, 0]);
    expect([chart.points.length, chart.points.at(0)]).toEqual([1000, [10, 0]]);
  });
});

describe("the columns of a chart", () => {
  const columns = (rows: unknown, seriesCount = 2, isTime = false) =>
    columnsOf(new ListTopic(rows as ChartRow[]), seriesCount, isTime);

  it("are the values of x and those of each series", () => {
    const rows = [
      [0, 1, 2],
      [1, 3, 4],
    ];
    expect(columns(rows)).toEqual([
      [0, 1],
      [1, 3],
      [2, 4],
    ]);
    expect(columns(rows, 1)).toEqual([
      [0, 1],
      [1, 3],
    ]);
    expect(columns([])).toEqual([[], [], []]);
  });

  it("[CO-51] leave out what is no row, have a gap for what is no number, and ascend", () => {
    const rows = [[5, 1, "2"], null, "row", [], [null, 1], ["1", 1], [2, null], [1e300, 1, 1], [3, 1e300, -1e300]];
    expect(columns(rows)).toEqual([
      [2, 3, 5],
      [null, null, 1],
      [null, null, null],
    ]);
  });

  it("leave out times that no calendar has", () => {
    expect(
      columns(
        [
          [1e16, 1],
          [Date.UTC(2026, 0), 1],
          [-1e16, 1],
        ],
        1,
        true,
      )[0],
    ).toEqual([Date.UTC(2026, 0)]);
    expect(columns([[1e16, 1]], 1, false)[0]).toEqual([1e16]);
  });
});
