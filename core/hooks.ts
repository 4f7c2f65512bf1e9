// Hooks: the methods of a class that its tree calls.
//
// `build` and `init` may throw; that ends what was begun. The others must not keep anything else from happening: what they
// throw is reported.

import { assertSynchronous } from "./error.ts";
import type { SObject } from "./object.ts";
import { report } from "./report.ts";
import { runObservers } from "./transaction.ts";

/** Objects that were destroyed in their own `build`. */
const neverStarted = new WeakSet<SObject>();

/** Starts an object that was added just now. Throws what its `build` and `init` throw. */
export function startNew(object: SObject, args: unknown): void {
  assertSynchronous(object.build(args));
  if (object.isDestroyed) neverStarted.add(object);
  else assertSynchronous(object.init({ isNew: true }));
}

/** Starts an object that came back. It cannot write: what it holds is what was saved. Throws what its `init` throws. */
export function startAgain(object: SObject): void {
  runObservers(() => assertSynchronous(object.init({ isNew: false })));
}

/** An object has another parent. */
export function runParentHook(object: SObject, from: SObject, to: SObject): void {
  runObservers(() => {
    runHook(object, "onParentChanged", () => object.onParentChanged(from, to));
  });
}

/** An object is gone for good, with all below it: children first. */
export function runDestroyHooks(object: SObject): void {
  for (const child of object.children) runDestroyHooks(child);
  runDestroyHook(object);
}

/** An object is gone for good. */
export function runDestroyHook(object: SObject): void {
  if (!neverStarted.has(object)) runHook(object, "onDestroy", () => object.onDestroy());
}

function runHook(object: SObject, name: string, hook: () => void): void {
  try {
    hook();
  } catch (error) {
    report(object.tree.onError, error, `${name} of ${object.type} ${object.id}`);
  }
}
