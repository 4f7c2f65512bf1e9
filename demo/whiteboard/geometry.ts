// What dragging comes to: places and sizes on the paper.

import type { Carried } from "./models.ts";
import { PAPER, SIDE } from "./paper.ts";

/** On the paper, in CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A part of the paper. */
export interface Area extends Point {
  readonly width: number;
  readonly height: number;
}

/** Something as it was when the pointer went down, with the room that it takes. */
export interface Taken {
  readonly carried: Carried;
  readonly room: Area;
}

/** Where things are after the pointer has gone `by` so far: none of them leaves the paper. */
export function moved(taken: readonly Taken[], by: Point): readonly Carried[] {
  const dx = within(by.x, ...span(taken, ({ x, width }) => [-x, PAPER.width - x - width]));
  const dy = within(by.y, ...span(taken, ({ y, height }) => [-y, PAPER.height - y - height]));
  return taken.map(({ carried }) => ({ ...carried, x: Math.round(carried.x + dx), y: Math.round(carried.y + dy) }));
}

/** The same for one thing that is drawn larger or smaller, by its lower right corner. */
export function resized({ carried, room }: Taken, by: Point): Carried {
  const width = within(carried.width + by.x, SIDE.min, Math.min(SIDE.max, PAPER.width - room.x));
  const height = within(carried.height + by.y, SIDE.min, Math.min(SIDE.max, PAPER.height - room.y));
  return { ...carried, width: Math.round(width), height: Math.round(height) };
}

/** The rectangle between two corners. */
export function between(a: Point, b: Point): Area {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

/** Whether two areas have anything in common. */
export function overlap(a: Area, b: Area): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The number between two others that is nearest to a value. Where the range is empty, its begin. */
export function within(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}

/** How far all of them can go: what is beyond the edge already can come back. */
function span(taken: readonly Taken[], limits: (room: Area) => [min: number, max: number]): [number, number] {
  const all = taken.map(({ room }) => limits(room));
  return [Math.min(0, Math.max(...all.map(([min]) => min))), Math.max(0, Math.min(...all.map(([, max]) => max)))];
}
