import type { Wire } from "../core/codec.ts";
import { isPromise, ObjectSyncError } from "../core/error.ts";
import type { ObjectClass } from "../core/object.ts";

/** So many UTF-16 units a schema's words may have: one issue for each item of a list that a client sends is too much. */
const MAX_MESSAGE_LENGTH = 1_000;

/** What a schema finds wrong. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * What `build` is given for what a client sent: nothing, or what the class's schema makes of it. Throws `forbidden` where
 * the class takes arguments and has no schema, `invalid_value` with the schema's words and where in the arguments they
 * apply, and what the schema throws.
 */
export function buildArguments(objectClass: ObjectClass, sent: readonly Wire[]): unknown {
  const { args: schema, name } = objectClass;
  if (!schema) {
    if (sent.length === 0 && objectClass.prototype.build.length === 0) return undefined;
    throw new ObjectSyncError("forbidden", `clients can give ${name} no arguments: it has no schema \`static args\``);
  }
  const result = schema["~standard"].validate(sent[0]);
  if (isPromise(result)) {
    // What becomes of it is of no interest.
    result.then(undefined, () => {});
    throw new ObjectSyncError(
      "forbidden",
      `the schema of ${name} is asynchronous, or has failed: clients cannot add it`,
    );
  }
  if (!result.issues) return result.value;
  throw new ObjectSyncError("invalid_value", messageOf(name, result.issues));
}

/** What is wrong with the arguments of a class, as one line: `Card: title: too long; size: not a number`. */
function messageOf(name: string, issues: readonly Issue[]): string {
  let text = name;
  for (const [index, { path, message }] of issues.entries()) {
    if (text.length > MAX_MESSAGE_LENGTH) break;
    const keys = path?.map((each) => String(typeof each === "object" ? each.key : each)) ?? [];
    text += `${index === 0 ? ":" : ";"} ${keys.length > 0 ? `${keys.join(".")}: ` : ""}${message}`;
  }
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…`.toWellFormed() : text;
}
