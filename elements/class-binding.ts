import type { DictTopic } from "../core/dict-topic.ts";

/**
 * Keeps classes of an element as a dict says: a class is on where its item is neither `false` nor `null`. A dict, because
 * two people who switch two classes do not get into each other's way, and no class can be there twice. One op is one call
 * of `classList`. `refuse` is told of a key that can be no class. Returns what unbinds.
 */
export function bindClasses(classList: DOMTokenList, topic: DictTopic, refuse: (key: string) => void): () => void {
  const update = (key: string): void => {
    const item = topic.get(key);
    const isOn = item !== undefined && item !== false && item !== null;
    if (key === "" || /\s/.test(key)) refuse(key);
    else if (isOn) classList.add(key);
    else classList.remove(key);
  };

  topic.keys().forEach(update);
  return topic.on("change", (change) => {
    if (change.type === "set") new Set([...Object.keys(change.old), ...topic.keys()]).forEach(update);
    else update(change.key);
  });
}
