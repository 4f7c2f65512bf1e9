import type { Json } from "../core/value.ts";
import type { BoundDict } from "./bound-dict.ts";
import { isAllowedAttribute, type SafetyPolicy } from "./safety.ts";

/** What a binding of attributes asks and tells. */
export interface AttributeRules {
  readonly policy: SafetyPolicy;
  /** Whether the `class` attribute belongs to another binding. */
  readonly hasClasses: boolean;
  /** Is told of a key that is not bound. */
  refuse(key: string): void;
}

/** Which attribute of an element a key means. */
export function attributeNamed(element: Element): (key: string) => string {
  return element.namespaceURI === "http://www.w3.org/1999/xhtml" ? (key) => key.toLowerCase() : (key) => key;
}

/**
 * Keeps attributes of an element as a dict says. `true` is an empty attribute; `null` and `false` are none. One op is one
 * `setAttribute` or `removeAttribute`; beside a `target` there is always `rel="noopener"`. Returns what unbinds.
 */
export function bindAttributes(element: Element, dict: BoundDict, rules: AttributeRules): () => void {
  // A key of such a name must not take away what another binding wrote.
  const isForeign = (name: string): boolean => name === "style" || (rules.hasClasses && name === "class");

  const wanted = (name: string): string | undefined => {
    const entry = dict.find(name);
    const value = entry && textOf(entry.item);
    if (value === undefined) return undefined;
    if (value !== null && !isForeign(name) && isAllowedAttribute(element.localName, name, value, rules.policy))
      return value;
    if (entry) rules.refuse(entry.key);
    return undefined;
  };

  const write = (name: string, value: string | undefined): void => {
    if (value !== undefined) element.setAttribute(name, value);
    else if (!isForeign(name) && element.hasAttribute(name)) element.removeAttribute(name);
  };

  const update = (name: string): void => {
    if (name !== "rel" && name !== "target") {
      write(name, wanted(name));
      return;
    }
    const target = wanted("target");
    const rel = wanted("rel");
    const isCovered = target === undefined || /(?:^|\s)noopener(?:\s|$)/i.test(rel ?? "");
    // In this order, so that there is no moment with a target alone.
    write("rel", isCovered ? rel : `${rel ?? ""} noopener`.trim());
    if (name === "target") write("target", target);
  };

  dict.names().forEach(update);
  return dict.follow(update, (names) => names.forEach(update));
}

/** `undefined` for no attribute, `null` for what cannot be one. */
function textOf(item: Json): string | undefined | null {
  if (item === null || item === false) return undefined;
  if (item === true) return "";
  return typeof item === "object" ? null : String(item);
}
