import type { Wire } from "../core/codec.ts";
import { isPromise, ObjectSyncError } from "../core/error.ts";
import type { ObjectClass } from "../core/object.ts";

/**
 * What `build` is given for what a client sent: nothing, or what the class's schema makes of it. Throws `forbidden` where
 * the class takes arguments and has no schema, `invalid_value` with the schema's words, and what the schema throws.
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
  throw new ObjectSyncError("invalid_value", `${name}: ${result.issues.map(({ message }) => message).join("; ")}`);
}
