import type { DictTopic } from "../core/dict-topic.ts";
import type { Json } from "../core/value.ts";
import { isAllowedAttribute, type SafetyPolicy } from "./safety.ts";

/** What a binding of attributes asks and tells. */
export interface AttributeRules {
  readonly policy: SafetyPolicy;
  /** Whether the `class` attribute belongs to another binding. */
  readonly hasClasses: boolean;
  /** Is told of a key that is not bound. */
  refuse(key: string): void;
}

/**
 * Keeps attributes of an element as a dict says. `true` is an empty attribute; `null` and `false` are none. One op is one
 * `setAttribute` or `removeAttribute`; beside a `target` there is always `rel="noopener"`. Returns what unbinds.
 */
export function bindAttributes(element: Element, topic: DictTopic, rules: AttributeRules): () => void {
  const isHtml = element.namespaceURI === "http://www.w3.org/1999/xhtml";
  const nameOf = (key: string): string => (isHtml ? key.toLowerCase() : key);

  const wanted = (name: string): string | undefined => {
    // Of two spellings of one name the one in lower case counts.
    const key = topic.has(name)
      ? name
      : topic
          .keys()
          .filter((other) => nameOf(other) === name)
          .sort()[0];
    const value = key === undefined ? undefined : textOf(topic.get(key));
    if (key === undefined || value === undefined) return undefined;
    const isRefused = value === null || (rules.hasClasses && name === "class");
    if (!isRefused && isAllowedAttribute(element.localName, name, value, rules.policy)) return value;
    rules.refuse(key);
    return undefined;
  };

  const write = (name: string, value: string | undefined): void => {
    if (value !== undefined) element.setAttribute(name, value);
    else if (element.hasAttribute(name)) element.removeAttribute(name);
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

  const updateAll = (keys: Iterable<string>): void => new Set([...keys].map(nameOf)).forEach(update);

  updateAll(topic.keys());
  return topic.on("change", (change) => {
    if (change.type === "set") updateAll([...Object.keys(change.old), ...topic.keys()]);
    else update(nameOf(change.key));
  });
}

/** `undefined` for no attribute, `null` for what cannot be one. */
function textOf(item: Json | undefined): string | undefined | null {
  if (item === undefined || item === null || item === false) return undefined;
  if (item === true) return "";
  return typeof item === "object" ? null : String(item);
}
