import type { BoundDict } from "./bound-dict.ts";
import { entangledWith, inWritingOrder } from "./css-property.ts";
import { isAllowedStyle, type StyleWriter } from "./safety.ts";

/**
 * Keeps the inline style of an element as a dict says: a function of the dict, whatever order its keys came in. One op is
 * one `setProperty` or `removeProperty`, unless a shorthand and its longhands are there together: then these are written
 * again, the shorthand first. What is refused, or no CSS, is not there. `refuse` is told of the key. Returns what unbinds.
 */
export function bindStyle(
  style: CSSStyleDeclaration,
  dict: BoundDict,
  writer: StyleWriter,
  refuse: (key: string) => void,
): () => void {
  const declared = new Map<string, string>();

  const declare = (property: string): boolean => {
    const value = wantedValue(dict, property, writer, refuse);
    if (declared.get(property) === value) return false;
    if (value === undefined) declared.delete(property);
    else declared.set(property, value);
    return true;
  };

  const write = (properties: readonly string[]): void => {
    for (const property of properties.toSorted(inWritingOrder)) {
      const value = declared.get(property);
      if (value !== undefined) style.setProperty(property, value);
    }
  };

  const update = (property: string): void => {
    if (!declare(property)) return;
    const entangled = entangledWith(property, declared.keys());
    if (entangled.length > 0 || !declared.has(property)) style.removeProperty(property);
    // `setProperty` may leave a declaration where it was, and the order is what matters here.
    for (const other of entangled) style.removeProperty(other);
    write([property, ...entangled]);
  };

  const replace = (): void => {
    for (const property of declared.keys()) style.removeProperty(property);
    declared.clear();
    for (const property of dict.names()) declare(property);
    write([...declared.keys()]);
  };

  replace();
  return dict.follow(update, replace);
}

/** What the dict says of a property; `undefined` for nothing. */
function wantedValue(
  dict: BoundDict,
  property: string,
  writer: StyleWriter,
  refuse: (key: string) => void,
): string | undefined {
  const { key, item } = dict.find(property) ?? { key: property, item: null };
  if (item === null || item === false || item === "") return undefined;
  const value = String(item);
  if (typeof item === "object" || !isAllowedStyle(property, value, writer)) {
    refuse(key);
    return undefined;
  }
  // Of a value that is no CSS `setProperty` would leave the one before, which a late joiner has never seen.
  return CSS.supports(property, value) ? value : undefined;
}
