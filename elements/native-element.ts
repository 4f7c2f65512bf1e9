import type { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { topicOf } from "./object-attributes.ts";
import { isAllowedTag, type SafetyPolicy } from "./safety.ts";
import type { Warnings } from "./warnings.ts";

/** The frontend type of objects that are a native element each, named by their attribute `tag`. */
export const NATIVE_TYPE = "html";

/** An element that has a style: any that a page can show. */
export type StyledElement = HTMLElement | SVGElement | MathMLElement;

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

const placeholders = new WeakSet<Element>();

/** The namespace of an element of this tag below `host`, as the HTML parser would have it. */
export function namespaceOf(tag: string, host: Element): string {
  if (tag === "svg") return SVG;
  if (tag === "math") return MATHML;
  const isInside = host.namespaceURI === SVG ? host.localName !== "foreignObject" : host.namespaceURI === MATHML;
  return isInside ? (host.namespaceURI as string) : HTML;
}

/** The tag that an object asks for. */
export function nativeTag(object: SObject): string {
  return topicOf(object, "tag", StringTopic)?.value || "div";
}

/**
 * Makes the element that an object asks for, to be put below `host`; `undefined`, with a warning, where the allow-list
 * refuses it. A custom element is allowed if the page has defined it, except for those that show objects.
 */
export function createNative(
  object: SObject,
  host: Element,
  policy: SafetyPolicy,
  warnings: Warnings,
): StyledElement | undefined {
  const tag = nativeTag(object);
  const isDefined = (name: string): boolean =>
    !/^os-|^object-sync$/.test(name) && customElements.get(name) !== undefined;
  if (isAllowedTag(tag, policy, isDefined)) {
    const namespace = namespaceOf(tag, host);
    if (namespace === HTML) return document.createElement(tag);
    return document.createElementNS(namespace, tag) as StyledElement;
  }
  warnings.warn("forbidden", object.type, `the tag ${tag} is refused`);
  return undefined;
}

/** What stands for a refused element: nothing to see, and nothing is bound to it. */
export function createPlaceholder(): HTMLElement {
  const placeholder = document.createElement("div");
  placeholder.hidden = true;
  placeholders.add(placeholder);
  return placeholder;
}

/** Whether an element stands for a refused one. */
export function isPlaceholder(element: Element): boolean {
  return placeholders.has(element);
}
