import { describe, expect, it } from "vitest";
import {
  type ConnectionEvent,
  type ConnectionState,
  INITIAL_STATE,
  retryDelay,
  transition,
} from "./connection-state.ts";

type StateName = ConnectionState["name"];
type EventName = ConnectionEvent["name"];

const lost: ConnectionEvent = { name: "lost", code: 1006, reason: "cut", retryInMs: 400 };
const events: { readonly [Name in EventName]: Extract<ConnectionEvent, { name: Name }> } = {
  live: { name: "live" },
  lost,
  retry: { name: "retry" },
  close: { name: "close", code: 4403, reason: "go away" },
};
const states: { readonly [Name in StateName]: Extract<ConnectionState, { name: Name }> } = {
  connecting: { name: "connecting", attempt: 3 },
  connected: { name: "connected" },
  offline: { name: "offline", attempt: 3, retryInMs: 900, code: 1001, reason: "the server has ended" },
  closed: { name: "closed", code: 1001, reason: "closed by the program" },
};
const refused: ConnectionState = { name: "closed", code: 4403, reason: "go away" };

/** What comes of each event in each state; "same" is the very same object. */
const table: Record<StateName, Record<EventName, ConnectionState | "same">> = {
  connecting: {
    live: { name: "connected" },
    lost: { name: "offline", attempt: 3, retryInMs: 400, code: 1006, reason: "cut" },
    retry: "same",
    close: refused,
  },
  connected: {
    live: "same",
    lost: { name: "offline", attempt: 0, retryInMs: 400, code: 1006, reason: "cut" },
    retry: "same",
    close: refused,
  },
  offline: { live: "same", lost: "same", retry: { name: "connecting", attempt: 4 }, close: refused },
  closed: { live: "same", lost: "same", retry: "same", close: "same" },
};

describe("the state of a connection", () => {
  const cases = Object.values(states).flatMap((state) => Object.values(events).map((event) => ({ state, event })));

  it.each(cases)("in $state.name, $event.name leads where the table says", ({ state, event }) => {
    const expected = table[state.name][event.name];
    const next = transition(state, event);
    if (expected === "same") expect(next).toBe(state);
    else expect(next).toEqual(expected);
  });

  it("begins with the first attempt", () => {
    expect(INITIAL_STATE).toEqual({ name: "connecting", attempt: 1 });
  });

  it("counts the attempts from one, anew after each connection", () => {
    const attempts: number[] = [];
    let state: ConnectionState = INITIAL_STATE;
    for (const event of [lost, events.retry, lost, events.retry, events.live, lost, events.retry]) {
      state = transition(state, event);
      attempts.push("attempt" in state ? state.attempt : 0);
    }
    expect(attempts).toEqual([1, 2, 2, 3, 0, 0, 1]);
  });
});

describe("[SE-06] the time between attempts", () => {
  const options = { minRetryMs: 250, maxRetryMs: 10_000 };

  it("doubles from the least to the most, and stays there for ever", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 100, 5000].map((attempts) => retryDelay(attempts, options, 1));
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]);
  });

  it.each([0, 1, 5, 6, 1e9])("leaves out a random part, half at the most, after %d attempts", (attempts) => {
    const [least, middle, most] = [0, 0.5, 1].map((random) => retryDelay(attempts, options, random)) as [
      number,
      number,
      number,
    ];
    expect(least).toBe(most / 2);
    expect(middle).toBe(most * 0.75);
  });

  it("never exceeds the most, even where that is less than the least", () => {
    expect(retryDelay(0, { minRetryMs: 500, maxRetryMs: 100 }, 1)).toBe(100);
  });
});
