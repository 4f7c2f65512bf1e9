import { ObjectSyncError } from "../core/error.ts";
import type { SObject } from "../core/object.ts";
import { isNativeType } from "./native-element.ts";
import type { SObjectElement } from "./sobject-element.ts";

/** A class of elements, as `register` takes it. */
export type ElementClass<
  // biome-ignore lint/suspicious/noExplicitAny: a view of a certain class of objects is one of any
  T extends SObject = any,
> = new () => SObjectElement<T>;

/**
 * Makes a class the element of a frontend type: defines `<os-…>`. It may come later than the objects: their elements are
 * there already and become instances now. The same class again is no change. Throws `duplicate_type` when the type has
 * another class, or the class another type, and `invalid_name`.
 */
export function register(frontendType: string, elementClass: ElementClass): void {
  if (!/^[a-z][a-z0-9-]*$/.test(frontendType) || isNativeType(frontendType)) {
    throw new ObjectSyncError("invalid_name", `a frontend type is lower case, digits and hyphens, not ${frontendType}`);
  }
  const tag = tagOf(frontendType);
  const known = customElements.get(tag);
  if (known === elementClass) return;
  if (known) throw new ObjectSyncError("duplicate_type", `<${tag}> has another class already: ${known.name}`);
  const other = customElements.getName(elementClass);
  if (other) {
    const remedy = `register("${frontendType}", class extends ${elementClass.name} {})`;
    throw new ObjectSyncError("duplicate_type", `${elementClass.name} is <${other}> already: ${remedy}`);
  }
  customElements.define(tag, elementClass);
}

/** The tag of a frontend type's elements. */
export function tagOf(frontendType: string): string {
  return `os-${frontendType}`;
}
