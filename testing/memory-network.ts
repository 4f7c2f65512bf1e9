// MemoryNetwork: clients and whoever takes their connections in one process, without sockets, timers and chance.
//
// Nothing happens by itself. What is sent waits until its delay has passed on the clock and it is delivered: `step` does one
// thing that can happen now, `settle` all of them with what follows, `advance` lets time pass with all that happens in it.
// A thing is a message that arrives, or the end of the server's turn, at which it sends what was committed.
//
// Messages of one direction of a connection never overtake one another. Across them whatever was to arrive first, or was
// sent first, comes first; with `random` any of them may.

// Not the global one, which a program may have replaced to fake its timers.
import { setImmediate } from "node:timers";
import type { DialEvents } from "../client/socket.ts";
import type { OnError } from "../core/report.ts";
import { Direction } from "./direction.ts";
import { Line } from "./line.ts";
import { type Host, Link } from "./link.ts";
import { TestClock } from "./test-clock.ts";

/** How a network behaves. */
export interface MemoryNetworkOptions {
  /** Picks what happens next, by numbers from 0 to below 1. Default: nothing is left to chance. */
  readonly random?: () => number;
  /** Most things that may happen before all is quiet; more count as endless. Default: 100,000. */
  readonly maxSteps?: number;
}

const DEFAULT_MAX_STEPS = 100_000;

/** See the head of this file. */
export class MemoryNetwork {
  readonly clock = new TestClock();
  /** All connections there have been. */
  readonly links: Link[] = [];
  /** Who takes connections; nobody while it is down. */
  host: Host | undefined;
  readonly #random: (() => number) | undefined;
  readonly #maxSteps: number;
  readonly #deferred: (() => void)[] = [];
  readonly #errors: unknown[] = [];
  /** Those on which something may still arrive. */
  readonly #live = new Set<Link>();
  #lastOrder = 0;

  constructor({ random, maxSteps = DEFAULT_MAX_STEPS }: MemoryNetworkOptions = {}) {
    this.#random = random;
    this.#maxSteps = maxSteps;
  }

  /** For `ServerOptions.defer`. */
  readonly defer = (task: () => void): void => {
    this.#deferred.push(task);
  };

  /** For `onError` of servers and clients: the next `step`, `settle` or `advance` throws what it is told. */
  readonly onError: OnError = ({ error }) => {
    this.#errors.push(error);
  };

  /** Makes the way of a client that is not a world's: it takes `line.dial`, and `network.clock`. */
  addLine(): Line {
    return new Line((line, url, events) => this.#connect(line, url, events));
  }

  /** The connection that was begun last. Throws before the first. */
  get lastLink(): Link {
    const link = this.links.at(-1);
    if (!link) throw new Error("nobody has connected yet");
    return link;
  }

  /** The directions in which something can arrive now: on its way for long enough, and not stalled. */
  get busy(): Direction[] {
    const now = this.clock.now();
    return this.#directions().filter(({ next }) => next && next.arrivesAt <= now);
  }

  /** Ends the server's turn of the event loop: what was put off to its end runs. False where nothing was. */
  endTurn(): boolean {
    const tasks = this.#deferred.splice(0);
    for (const task of tasks) task();
    return tasks.length > 0;
  }

  /** Does one of the things that can happen now. False where nothing can. */
  async step(): Promise<boolean> {
    await this.#quiet();
    const hasHappened = this.#act();
    if (hasHappened) await this.#quiet();
    return hasHappened;
  }

  /**
   * Has everything happen that can happen now, with what follows from it. Throws an `Error` where that does not end, and
   * what `onError` was told.
   */
  async settle(): Promise<void> {
    let steps = 0;
    for (await this.#quiet(); this.#act(); await this.#quiet()) {
      if (++steps > this.#maxSteps) throw new Error(`not quiet after ${this.#maxSteps} steps: one leads to another`);
    }
  }

  /** Lets so many milliseconds pass, with all that happens in them, each thing at its moment. Throws as `settle` does. */
  async advance(ms: number): Promise<void> {
    const { clock } = this;
    const end = clock.now() + ms;
    let stops = 0;
    await this.settle();
    for (let next = this.#nextAt(); next <= end; next = this.#nextAt()) {
      stops = next === clock.now() ? stops + 1 : 0;
      if (stops > this.#maxSteps) throw new Error(`not quiet after ${stops} tasks at ${next}: one leads to another`);
      clock.advanceTo(next);
      await this.settle();
    }
    clock.advanceTo(end);
  }

  /** The machine at the other end is gone: clients learn it at once, the host learns nothing, nor of whom it had. */
  killHost(): void {
    this.host = undefined;
    for (const link of this.#live) link.drop("client");
    this.#live.clear();
    this.#deferred.length = 0;
  }

  #connect(line: Line, url: string, events: DialEvents): Link {
    const { pathname, search } = new URL(url);
    const direction = (name: "toServer" | "toClient"): Direction =>
      new Direction({
        now: () => this.clock.now(),
        delayMs: () => line.delayMs[name],
        nextOrder: () => ++this.#lastOrder,
      });
    const directions = { toServer: direction("toServer"), toClient: direction("toClient") };
    const link = new Link(events, () => (line.isCut ? undefined : this.host), pathname + search, directions);
    this.links.push(link);
    this.#live.add(link);
    return link;
  }

  #directions(): Direction[] {
    const found: Direction[] = [];
    for (const link of this.#live) {
      if (link.isOver) this.#live.delete(link);
      else found.push(link.toServer, link.toClient);
    }
    return found;
  }

  #act(): boolean {
    const { busy } = this;
    if (this.#random) {
      // The end of the turn comes after the directions, if it is due.
      const count = busy.length + (this.#deferred.length > 0 ? 1 : 0);
      return busy[Math.min(Math.floor(this.#random() * count), count - 1)]?.deliver() ?? this.endTurn();
    }
    // A turn takes all that has arrived.
    const [first, ...others] = busy;
    return first ? others.reduce(earlier, first).deliver() : this.endTurn();
  }

  /** Resolves when all has happened that promises lead to. Clients send at the end of a microtask, and programs wait for them. */
  async #quiet(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const errors = this.#errors.splice(0);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} errors were reported`);
  }

  /** When something happens next that does not happen now; infinite where nothing does. */
  #nextAt(): number {
    const arrivals = this.#directions().flatMap(({ next }) => (next ? [next.arrivesAt] : []));
    return Math.min(this.clock.nextAt, ...arrivals);
  }
}

/** In which of two directions something comes first. */
function earlier(one: Direction, other: Direction): Direction {
  const [a, b] = [one.next, other.next];
  if (!a || !b) return a ? one : other;
  return b.arrivesAt < a.arrivesAt || (b.arrivesAt === a.arrivesAt && b.order < a.order) ? other : one;
}
