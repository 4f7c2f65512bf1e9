import type { ErrorCode } from "../core/error.ts";
import { ObjectSyncError } from "../core/error.ts";
import { type Reporter, report } from "../core/report.ts";

/** Names come from the wire: whoever sends ever new ones must not fill the page's log. */
const MAX_WARNINGS = 100;

/** Tells `onError` of what a page leaves out: each thing once, and not without end. */
export class Warnings {
  readonly #told = new Set<string>();
  readonly #reporter: Reporter;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** `where` and `message` together are the thing. */
  warn(code: ErrorCode, where: string, message: string): void {
    const thing = `${where}: ${message}`;
    if (this.#told.has(thing) || this.#told.size >= MAX_WARNINGS) return;
    this.#told.add(thing);
    report(this.#reporter.reporting().onError, new ObjectSyncError(code, message), where);
  }
}
