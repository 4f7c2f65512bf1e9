// The states of a client's connection, and what leads from one to the other. Pure: sockets and timers are the client's.

/** What a page can show of the connection. */
export type ConnectionState =
  /** On the way to the server. `attempt` counts from 1 since it was last connected. */
  | { readonly name: "connecting"; readonly attempt: number }
  /** The mirror is live. */
  | { readonly name: "connected" }
  /** Waiting to try again: the mirror shows what was last known. `code` and `reason` tell why the connection closed. */
  | {
      readonly name: "offline";
      readonly attempt: number;
      readonly retryInMs: number;
      readonly code: number;
      readonly reason: string;
    }
  /** It was closed, or refused for good. It does not try again. */
  | { readonly name: "closed"; readonly code: number; readonly reason: string };

/** What can happen to a connection. */
export type ConnectionEvent =
  /** The first state has been applied. */
  | { readonly name: "live" }
  /** The socket closed, or never opened. */
  | { readonly name: "lost"; readonly code: number; readonly reason: string; readonly retryInMs: number }
  /** The time to wait is over. */
  | { readonly name: "retry" }
  /** The program closed it, or the server refused it for good. */
  | { readonly name: "close"; readonly code: number; readonly reason: string };

/** How every client begins. */
export const INITIAL_STATE: ConnectionState = { name: "connecting", attempt: 1 };

/** The state after an event. Events that mean nothing in a state leave it as it is. */
export function transition(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  if (state.name === "closed") return state;
  switch (event.name) {
    case "live":
      return state.name === "connecting" ? { name: "connected" } : state;
    case "lost": {
      if (state.name === "offline") return state;
      const { code, reason, retryInMs } = event;
      return { name: "offline", attempt: attemptsOf(state), retryInMs, code, reason };
    }
    case "retry":
      return state.name === "offline" ? { name: "connecting", attempt: state.attempt + 1 } : state;
    case "close":
      return { name: "closed", code: event.code, reason: event.reason };
  }
}

/** How often it was tried in vain since it was last connected. */
function attemptsOf(state: ConnectionState): number {
  return "attempt" in state ? state.attempt : 0;
}

/** The bounds of the time between attempts. */
export interface RetryOptions {
  /** Milliseconds before the first retry. Default: 250. */
  readonly minRetryMs: number;
  /** Most milliseconds between two attempts. Default: 10,000. */
  readonly maxRetryMs: number;
}

/**
 * Milliseconds to wait, having waited so many times before in a row: doubling, of which a random half is left out, so
 * that the clients of a server that comes back do not all come at once. `random` is from 0 to 1.
 */
export function retryDelay(waits: number, { minRetryMs, maxRetryMs }: RetryOptions, random: number): number {
  const most = Math.min(maxRetryMs, minRetryMs * 2 ** Math.min(waits, 30));
  return most * (0.5 + random / 2);
}
