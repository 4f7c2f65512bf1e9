import type { BoundDict } from "./bound-dict.ts";

/**
 * Keeps classes of an element as a dict says: a class is on where its item is neither `false` nor `null`. A dict, because
 * two people who switch two classes do not get into each other's way, and no class can be there twice. One op is one call
 * of `classList`. `refuse` is told of a key that can be no class. Returns what unbinds.
 */
export function bindClasses(classList: DOMTokenList, dict: BoundDict, refuse: (key: string) => void): () => void {
  const update = (name: string): void => {
    const item = dict.find(name)?.item;
    const isOn = item !== undefined && item !== false && item !== null;
    if (name === "" || /\s/.test(name)) refuse(name);
    else if (isOn) classList.add(name);
    else classList.remove(name);
  };

  dict.names().forEach(update);
  return dict.follow(update, (names) => names.forEach(update));
}
