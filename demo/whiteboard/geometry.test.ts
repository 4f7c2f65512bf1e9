import { describe, expect, it } from "vitest";
import { between, moved, overlap, resized, type Taken } from "./geometry.ts";
import { PAPER, SIDE } from "./paper.ts";

function taken(id: number, x: number, y: number, width = 100, height = 100): Taken {
  return { carried: { id, x, y, width, height }, room: { x, y, width, height } };
}

describe("a drag", () => {
  it("takes all things as far as the pointer goes, in whole pixels", () => {
    const carries = moved([taken(1, 10, 20), taken(2, 200, 300)], { x: 5.4, y: -3.6 });
    expect(carries.map(({ id, x, y }) => [id, x, y])).toEqual([
      [1, 15, 16],
      [2, 205, 296],
    ]);
  });

  it("stops all things where the first of them reaches an edge", () => {
    const far = moved([taken(1, 10, 20), taken(2, 200, 300)], { x: -50, y: 9999 });
    expect(far.map(({ x, y }) => [x, y])).toEqual([
      [0, PAPER.height - 380],
      [190, PAPER.height - 100],
    ]);
  });

  it("brings back what lies beyond an edge, and takes it no further", () => {
    const beyond = [taken(1, -40, 0)];
    expect(moved(beyond, { x: -10, y: 0 })[0]?.x).toBe(-40);
    expect(moved(beyond, { x: 30, y: 0 })[0]?.x).toBe(-10);
  });
});

describe("a corner", () => {
  it("makes a thing larger and smaller, within its limits and the paper", () => {
    const thing = taken(1, PAPER.width - 300, 0);
    expect(resized(thing, { x: 20.4, y: -10 })).toMatchObject({ width: 120, height: 90 });
    expect(resized(thing, { x: 5_000, y: -5_000 })).toMatchObject({ width: 300, height: SIDE.min });
    expect(resized(taken(1, 0, 0), { x: 5_000, y: 5_000 })).toMatchObject({ width: SIDE.max, height: SIDE.max });
  });
});

describe("a frame", () => {
  it("is between two corners, whichever comes first", () => {
    expect(between({ x: 30, y: 5 }, { x: 10, y: 25 })).toEqual({ x: 10, y: 5, width: 20, height: 20 });
  });

  it("takes what it touches", () => {
    const area = { x: 10, y: 10, width: 10, height: 10 };
    expect(overlap(area, { x: 19, y: 19, width: 5, height: 5 })).toBe(true);
    expect(overlap(area, { x: 20, y: 10, width: 5, height: 5 })).toBe(false);
    expect(overlap(area, { x: 10, y: 0, width: 5, height: 10 })).toBe(false);
  });
});
