/** Every code an `ObjectSyncError` can carry, with what it means. The same codes travel to clients in rejections. */
export const ERROR_CODES = {
  already_listening: "the server listens already",
  async_transaction: "a transaction, a rule, a build or an init returned a promise; they are synchronous",
  bad_message: "a message that is not of the protocol's form",
  build_failed: "the page's script does not build",
  closed: "the client or server was closed",
  conflict: "what others did since is over it",
  cycle: "an object cannot be moved under itself or below itself",
  depends: "it needs what another transaction, which was refused, would have made or changed",
  destroyed: "the object is destroyed",
  duplicate_key: "another object of the tree has this key",
  duplicate_type: "a type of this name, or this class, is registered already",
  failed: "the server's own code failed while it carried the change out",
  forbidden: "the write is not open to whoever asked for it",
  immutable: "a value that a topic has handed out cannot be changed; the topic's ops change it",
  in_transaction: "this cannot be done inside of a transaction",
  invalid_name: "a name that cannot be used here",
  invalid_save: "saved data that cannot be restored; the message names the place in it",
  invalid_value: "a value that this topic cannot hold",
  missing_dependency: "an optional package that this needs is not installed, or an import that it needs is missing",
  mismatch: "the text to delete is not at that position",
  no_ids: "no ids are left for new objects: the server sends more when it has taken those that were used",
  not_attached: "the object belongs to no tree: objects are made by `add`, not by `new`",
  not_found: "no such object, attribute, child or item",
  observer_write: "an observer cannot write; a rule can",
  out_of_range: "a position or index outside the value",
  path_taken: "something else is at this path",
  port_taken: "another program listens at the port",
  recursion: "rules woke each other without end",
  rejected: "refused by a rule of the application",
  reset: "the client was reset before it was sent",
  root: "the root can be neither destroyed nor moved",
  stale: "somebody else changed this topic since the version the change was based on",
  too_deep: "a value nested too deeply",
  too_many: "more at a time than the server allows",
  too_large: "a value would grow over its size limit, or a transaction is too large, or too much work, for the server",
  type_in_use: "there are objects of the type",
  unconfirmed:
    "the server did not answer before the connection was lost or another tree was loaded; the change may or may not have happened",
  unknown_type: "no such type is registered",
  wrong_tree: "the objects do not belong to one tree",
  wrong_type: "a value of the wrong type",
} as const;

/** What an `ObjectSyncError` carries: a key of `ERROR_CODES`. */
export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The one error class of the library. `code` is for programs and stable; `message` says what was expected, what came
 * and what to do. A rule refuses a client's change by throwing `new ObjectSyncError("rejected", "…")`: code and message
 * reach that client; of any other error it learns only `failed`.
 */
export class ObjectSyncError extends Error {
  override readonly name = "ObjectSyncError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string = ERROR_CODES[code], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What came, in a few words, for an error message: never the whole of a large value. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return `a function`;
  const name: string = Object.getPrototypeOf(value)?.constructor?.name || "plain object";
  // A name with U mostly sounds as Uint8Array and User do.
  return `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`;
}

/** Whether a result is a promise, of whatever make. */
export function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as { then?: unknown } | null | undefined)?.then === "function";
}

/**
 * Throws `async_transaction` for the promise that a transaction, a rule, a `build` or an `init` returned. What becomes of
 * the promise itself is of no interest then. `what`: what is synchronous, as the message says it.
 */
export function assertSynchronous(result: unknown, what = "transactions, rules, build and init are"): void {
  if (!isPromise(result)) return;
  result.then(undefined, () => {});
  throw new ObjectSyncError("async_transaction", `${what} synchronous: await before, not inside`);
}
