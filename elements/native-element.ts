import type { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { topicOf } from "./object-attributes.ts";
import { isAllowedSvgTag, isAllowedTag, type SafetyPolicy } from "./safety.ts";
import type { Warnings } from "./warnings.ts";

/**
 * The frontend types of objects that are a native element each, named by their attribute `tag`, and what those are that
 * name none. Those of `svg` are in the SVG namespace wherever they hang.
 */
const DEFAULT_TAGS: ReadonlyMap<string | null, string> = new Map([
  ["html", "div"],
  ["svg", "svg"],
]);

/** An element that has a style: any that a page can show. */
export type StyledElement = HTMLElement | SVGElement | MathMLElement;

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

const placeholders = new WeakSet<Element>();

/** Whether objects of this frontend type are native elements. */
export function isNativeType(frontendType: string | null): boolean {
  return DEFAULT_TAGS.has(frontendType);
}

/** The namespace of an object's element below `host`: for those of type `html`, as the HTML parser would have it. */
export function namespaceOf(object: SObject, host: Element): string {
  const tag = nativeTag(object);
  if (tag === "svg" || isSvg(object)) return SVG;
  if (tag === "math") return MATHML;
  const isInside = host.namespaceURI === SVG ? host.localName !== "foreignObject" : host.namespaceURI === MATHML;
  return isInside ? (host.namespaceURI as string) : HTML;
}

function nativeTag(object: SObject): string {
  return topicOf(object, "tag", StringTopic)?.value || (DEFAULT_TAGS.get(object.frontendType) as string);
}

function isSvg(object: SObject): boolean {
  return object.frontendType === "svg";
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
  if (isSvg(object) ? isAllowedSvgTag(tag, policy) : isAllowedTag(tag, policy, isDefined)) {
    const namespace = namespaceOf(object, host);
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
