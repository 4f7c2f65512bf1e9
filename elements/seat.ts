// How an element gets its object: a constructor takes no arguments, and one that upgrades later is made by the browser.

import type { Client } from "../client/client.ts";
import type { SObject } from "../core/object.ts";

/** What an element has from whoever spawned it. */
export interface Seat {
  readonly client: Client;
  readonly object: SObject;
  /** Called by an element that was connected, again on each connection. */
  connected(): void;
}

const seats = new WeakMap<Element, Seat>();
let offered: Seat | undefined;

/** Makes an element of a tag for the seat's object. Its constructor, which runs now or at its upgrade, finds the seat. */
export function spawn(tag: string, seat: Seat): HTMLElement {
  offered = seat;
  try {
    const element = document.createElement(tag);
    seats.set(element, seat);
    return element;
  } finally {
    offered = undefined;
  }
}

/** The seat of an element under construction; `undefined` for one that nobody spawned. */
export function takeSeat(element: Element): Seat | undefined {
  const seat = seats.get(element) ?? offered;
  offered = undefined;
  return seat;
}
