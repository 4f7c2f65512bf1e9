// Listeners: who is told of the events of one thing, over eventemitter3; docs/decisions/0007-listeners.md says why.
//
// Observers and rules of an event are two lists: `emit` calls the ones, `wake` the others. How many there are, how many
// rules, and how many listeners to anything but `change`, is counted as they come and go: so a change that nobody waits
// for costs no look. What removes a listener removes that one only, and once.
//
// Not here: in which order observers and rules run, and what an error takes back (topic.ts, transaction.ts).

import { EventEmitter } from "eventemitter3";
import { assertSynchronous, isPromise } from "./error.ts";
import { type Reporter, report } from "./report.ts";

/** Takes one event. What it returns is ignored. */
export type Listener<Event> = (event: Event) => unknown;

/** Calls code that only looks: what it throws, be it later, is reported and stops nothing. `name`: what it is. */
export function callObserver<Event>(observer: Listener<Event>, event: Event, reporter: Reporter, name: string): void {
  const failed = (error: unknown): void => {
    const { where, onError } = reporter.reporting();
    report(onError, error, `${name} of ${where}`);
  };
  try {
    const result = observer(event);
    if (isPromise(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * The listeners of one thing, made when the first one comes. Those present when an event begins get it, except those
 * removed meanwhile. An observer that throws does not keep the event from the others, and its error is reported; a rule
 * that throws ends the emission, and its error goes to the caller.
 */
export class Listeners {
  readonly #emitter = new EventEmitter();
  readonly #reporter: Reporter;
  #count = 0;
  #rules = 0;
  #finer = 0;

  /** `reporter`: what is listened to. */
  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** Adds an observer and returns what removes it. The same function may be added more than once. */
  on<Event>(name: string, listener: Listener<Event>): () => void {
    const own = `listener "${name}"`;
    return this.#add(name, (event: Event) => callObserver(listener, event, this.#reporter, own));
  }

  /** As `on`, for one event only. */
  once<Event>(name: string, listener: Listener<Event>): () => void {
    const remove = this.on<Event>(name, (event) => {
      remove();
      return listener(event);
    });
    return remove;
  }

  /** Adds a rule and returns what removes it. */
  rule<Event>(name: string, rule: Listener<Event>): () => void {
    return this.#add(ruleName(name), (event: Event) => assertSynchronous(rule(event)));
  }

  emit(name: string, event: unknown): void {
    this.#emitter.emit(name, event);
  }

  wake(name: string, event: unknown): void {
    this.#emitter.emit(ruleName(name), event);
  }

  /** Whether there are rules, for any event. */
  get hasRules(): boolean {
    return this.#rules > 0;
  }

  /** Whether there is anybody for another event than `change`. */
  get hasFiner(): boolean {
    return this.#finer > 0;
  }

  /** How many there are for all names together: what leak tests look at. */
  get count(): number {
    return this.#count;
  }

  #add<Event>(name: string, listener: (event: Event) => void): () => void {
    let isActive = true;
    const handler = (event: Event): void => {
      if (isActive) listener(event);
    };
    this.#emitter.on(name, handler);
    this.#tally(name, 1);
    return () => {
      if (!isActive) return;
      isActive = false;
      this.#emitter.off(name, handler);
      this.#tally(name, -1);
    };
  }

  #tally(name: string, difference: 1 | -1): void {
    this.#count += difference;
    if (name.startsWith(RULE)) this.#rules += difference;
    if (!name.endsWith("change")) this.#finer += difference;
  }
}

/** What tells the rules for an event from its observers. */
const RULE = "rule:";

function ruleName(name: string): string {
  return RULE + name;
}
