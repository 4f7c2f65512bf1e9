import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Collects what nobody holds. What a `WeakRef` was made of, or asked for, is held until the turn has ended. */
export const collectGarbage = runInNewContext("gc") as NodeJS.GCFunction;
