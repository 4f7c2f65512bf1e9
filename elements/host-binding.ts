import { DictTopic } from "../core/dict-topic.ts";
import type { SObject } from "../core/object.ts";
import { attributeNamed, bindAttributes } from "./attribute-binding.ts";
import { BoundDict, MAX_BOUND_KEYS } from "./bound-dict.ts";
import { bindClasses } from "./class-binding.ts";
import { propertyNamed } from "./css-property.ts";
import { hasAttribute, topicOf, writeAccess } from "./object-attributes.ts";
import type { SafetyPolicy } from "./safety.ts";
import { bindStyle } from "./style-binding.ts";
import type { Warnings } from "./warnings.ts";

/**
 * Binds the attributes `style`, `classes` and `attributes` of an object, where it has them, to its element: the same for
 * an element of a registered class, for a native one and for one whose class is still to come. What the allow-list
 * refuses is left out, with one warning; so is a whole dict of more than `MAX_BOUND_KEYS` keys, for as long as it has so
 * many. Returns what unbinds.
 */
export function bindHost(
  element: HTMLElement | SVGElement | MathMLElement,
  object: SObject,
  policy: SafetyPolicy,
  warnings: Warnings,
): () => void {
  const where = `<${element.localName}> of ${object.type}`;
  const refuse = (what: string) => (key: string) => warnings.warn("forbidden", where, `the ${what} ${key} is refused`);
  const dict = (name: string, nameOf: (key: string) => string): BoundDict | undefined => {
    const topic = topicOf(object, name, DictTopic);
    const tooLarge = `the attribute ${name} has more than ${MAX_BOUND_KEYS} keys, and is not bound`;
    if (topic) return new BoundDict(topic, nameOf, () => warnings.warn("too_large", where, tooLarge));
    if (!hasAttribute(object, name)) return undefined;
    warnings.warn("wrong_type", where, `the attribute ${name} is bound to the element, and must be a DictTopic`);
    return undefined;
  };
  const unbind: (() => void)[] = [];
  const style = dict("style", propertyNamed);
  const classes = dict("classes", (key) => key);
  const attributes = dict("attributes", attributeNamed(element));
  if (style) {
    const writer = writeAccess(object, "style") === "nobody" ? "server" : "client";
    unbind.push(bindStyle(element.style, style, writer, refuse("style")));
  }
  if (attributes) {
    const hasClasses = classes !== undefined;
    unbind.push(bindAttributes(element, attributes, { policy, hasClasses, refuse: refuse("attribute") }));
  }
  if (classes) unbind.push(bindClasses(element.classList, classes, refuse("class")));
  return () => {
    for (const end of unbind) end();
  };
}
