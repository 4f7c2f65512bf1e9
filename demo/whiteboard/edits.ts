// What the tools of the page do to the tree. Each is to be called within a `client.transact`: so it is one step, in every
// window and for undo.

import type { Mirrored } from "objectsync/client";
import type { Area, Point } from "./geometry.ts";
import type { Board, Group, Item, Shape } from "./models.ts";
import type { Color, Form } from "./paper.ts";

type AnyItem = Mirrored<Item>;

/** Adds a shape. What `build` makes of an object comes from the server; what is set here is there at once. */
export function create(board: Mirrored<Board>, form: Form, color: Color, area: Area): Mirrored<Shape> {
  const shape = board.add<Shape>("Shape");
  shape.form.set(form);
  shape.color.set(color);
  put(shape, area);
  return shape;
}

/** Puts an item where it was dragged to, or makes it as large. A note or a group then lies on top. */
export function drop(item: AnyItem, place: Partial<Area>): void {
  put(item, place);
  const isNote = !isShape(item) || item.form.value === "note";
  if (isNote && item.parent) item.moveTo(item.parent);
}

/** Puts items into a new group. Its corner is that of the area which they take. */
export function group(board: Mirrored<Board>, items: readonly AnyItem[], corner: Point): Mirrored<Group> {
  const made = board.add<Group>("Group");
  put(made, corner);
  for (const item of items) {
    put(item, { x: item.x.value - corner.x, y: item.y.value - corner.y });
    item.moveTo(made);
  }
  return made;
}

/** Takes a group apart. Returns what was in it. */
export function ungroup(board: Mirrored<Board>, group: Mirrored<Group>): readonly AnyItem[] {
  const items = group.children as readonly AnyItem[];
  for (const item of items) {
    put(item, { x: item.x.value + group.x.value, y: item.y.value + group.y.value });
    item.moveTo(board);
  }
  group.destroy();
  return items;
}

/** Gives a colour to an item, or to all that is in it. */
export function paint(item: AnyItem, color: Color): void {
  for (const shape of item.search<Shape>({ type: "Shape" })) shape.color.set(color);
}

/** Lays items in front of all others, or behind them, as they lie on each other. */
export function stack(items: readonly AnyItem[], isInFront: boolean): void {
  for (const item of isInFront ? items : items.toReversed()) {
    if (item.parent) item.moveTo(item.parent, isInFront ? {} : { index: 0 });
  }
}

/** Whether it is a shape, and no group. */
export function isShape(item: AnyItem): item is Mirrored<Shape> {
  return item.type === "Shape";
}

/** Gives an item a place and a size, as far as they are told: what is not stays as others have it. */
export function put(item: AnyItem, { x, y, width, height }: Partial<Area>): void {
  if (x !== undefined) item.x.set(x);
  if (y !== undefined) item.y.set(y);
  if (!isShape(item)) return;
  if (width !== undefined) item.width.set(width);
  if (height !== undefined) item.height.set(height);
}
