// Gestures: what pointers do on the paper. A pointer that goes down on an item moves it, with all that is selected; on the
// corner of a shape it makes that larger or smaller; on the paper it selects what it surrounds. A second finger selects
// one thing more.
//
// Moves are looked at once in a frame. What comes of them is the board's to show and to write.

import { type Area, between, moved, type Point, resized, type Taken } from "../geometry.ts";
import type { Carried } from "../models.ts";
import { PAPER } from "../paper.ts";
import { ItemElement } from "./item.ts";

/** Where gestures are made. */
export interface GestureBoard {
  /** What pointers are on. */
  readonly paper: HTMLElement;
  /** The ids of what is selected. */
  readonly selection: readonly number[];
  select(ids: readonly number[]): void;
  /** The ids of what lies in an area. */
  idsIn(area: Area): readonly number[];
  /** Shows the frame that selects. */
  frame(area: Area | undefined): void;
  /** Shows where the pointer is, and what it drags. */
  point(at: Point | undefined, carries?: readonly Carried[]): void;
  /** Leaves things where they were dragged to, or as large as they were drawn. */
  drop(places: readonly Dropped[]): void;
}

/** What a drag has changed of a thing, and nothing else: the rest may be somebody else's meanwhile. */
export type Dropped = Pick<Carried, "id" | "x" | "y"> | Pick<Carried, "id" | "width" | "height">;

/** So far a pointer may go before it is a drag, and no click. */
const SLACK = 4;

interface Press {
  readonly type: "item" | "corner" | "paper";
  readonly pointer: number;
  readonly from: Point;
  /** What was selected before. */
  readonly before: readonly number[];
  /** The item that it is on. */
  readonly item: ItemElement | undefined;
  /** What it drags, since it is a drag. */
  taken: readonly Taken[] | undefined;
}

/** See the head of this file. */
export class Gestures {
  readonly #board: GestureBoard;
  #press: Press | undefined;
  #last: PointerEvent | undefined;
  #frame = 0;

  constructor(board: GestureBoard) {
    this.#board = board;
  }

  down(event: PointerEvent): void {
    const path = event.composedPath();
    const isInText = path[0] instanceof HTMLTextAreaElement;
    if (event.button !== 0 || isInText) return;
    const item = outermost(path);
    const { selection } = this.#board;
    const id = item?.object.id;
    const isOneMore = event.shiftKey || !event.isPrimary;
    if (id !== undefined && isOneMore) this.#board.select(toggled(selection, id));
    else if (id !== undefined && !selection.includes(id)) this.#board.select([id]);
    if (this.#press) return;
    const isCorner = path.some((node) => node instanceof Element && node.matches(".corner"));
    this.#press = {
      type: isCorner ? "corner" : item ? "item" : "paper",
      pointer: event.pointerId,
      from: this.#at(event),
      before: isOneMore || item ? selection : [],
      item,
      taken: undefined,
    };
  }

  move(event: PointerEvent): void {
    if (this.#press && this.#press.pointer !== event.pointerId) return;
    this.#last = event;
    this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  up(event: PointerEvent): void {
    const press = this.#press;
    if (press?.pointer !== event.pointerId) return;
    this.#last = event;
    const carries = this.#show();
    this.#end();
    if (carries) return this.#board.drop(carries.map((each) => dropped(press.type, each)));
    if (press.taken) return;
    if (press.type === "paper") this.#board.select(press.before);
    // The second click on something is for its text.
    const [only, ...others] = press.before;
    if (press.item && only === press.item.object.id && others.length === 0) shapeAt(event)?.edit();
  }

  leave(): void {
    if (!this.#press) this.#stop();
    if (!this.#press) this.#board.point(undefined);
  }

  /** Nothing comes of it. Returns whether there was anything. */
  cancel(): boolean {
    if (!this.#press) return false;
    const { type, before } = this.#press;
    if (type === "paper") this.#board.select(before);
    this.#end();
    if (this.#last) this.#board.point(this.#at(this.#last));
    return true;
  }

  /** Shows what the last move comes to. Returns where things are dragged to. */
  #show(): readonly Carried[] | undefined {
    this.#stop();
    const [press, event] = [this.#press, this.#last];
    if (!event) return undefined;
    const at = this.#at(event);
    const carries = press && this.#carry(press, event, { x: at.x - press.from.x, y: at.y - press.from.y });
    this.#board.point(at, carries);
    if (press?.type !== "paper" || !press.taken) return carries;
    const area = between(press.from, at);
    this.#board.frame(area);
    this.#board.select([...new Set([...press.before, ...this.#board.idsIn(area)])]);
    return undefined;
  }

  #carry(press: Press, event: PointerEvent, by: Point): readonly Carried[] | undefined {
    if (!press.taken) {
      // A finger on the paper moves that.
      const isScroll = press.type === "paper" && event.pointerType === "touch";
      if (isScroll || Math.hypot(by.x, by.y) < SLACK) return undefined;
      // From here on it is ours, wherever it goes.
      this.#board.paper.setPointerCapture(event.pointerId);
      press.taken = press.type === "paper" ? [] : this.#take(press);
    }
    const [first] = press.taken;
    if (press.type === "item") return moved(press.taken, by);
    return first && [resized(first, by)];
  }

  #take({ type, item }: Press): readonly Taken[] {
    if (type === "corner") return item ? [item.take()] : [];
    return ItemElement.takeAll(this.#board.selection);
  }

  #end(): void {
    this.#press = undefined;
    this.#stop();
    this.#board.frame(undefined);
  }

  #stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #at(event: PointerEvent): Point {
    return pointOn(this.#board.paper, event);
  }
}

/** Where an event is on the paper, however large that is shown. */
export function pointOn(paper: HTMLElement, { clientX, clientY }: Pick<MouseEvent, "clientX" | "clientY">): Point {
  const { left, top, width } = paper.getBoundingClientRect();
  const scale = width / PAPER.width;
  return { x: (clientX - left) / scale, y: (clientY - top) / scale };
}

function dropped(type: Press["type"], { id, x, y, width, height }: Carried): Dropped {
  return type === "corner" ? { id, width, height } : { id, x, y };
}

/** Of the items that an event happened in, the one that lies on the board. */
function outermost(path: readonly EventTarget[]): ItemElement | undefined {
  return path.find((node): node is ItemElement => node instanceof ItemElement && node.isOuter);
}

/** The innermost item that an event happened in. */
function shapeAt(event: Event): ItemElement | undefined {
  return event.composedPath().find((node): node is ItemElement => node instanceof ItemElement);
}

function toggled(ids: readonly number[], id: number): readonly number[] {
  return ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id];
}
