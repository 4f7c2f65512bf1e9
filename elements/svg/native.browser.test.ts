import { afterEach, describe, expect, it, vi } from "vitest";
import { StringTopic } from "../../core/string-topic.ts";
import { type JoinedPage, MirrorPage } from "../../test/mirror-page.ts";
import { Box } from "../box/model.ts";
import { Html } from "../html/model.ts";
import "../index.ts";
import { register, SObjectElement } from "../index.ts";
import { DEFAULT_POLICY, type SafetyPolicy, widen } from "../safety.ts";
import { Svg, SvgShape } from "./model.ts";

const SVG = "http://www.w3.org/2000/svg";
const EFFECTS = widen(DEFAULT_POLICY, { tags: ["filter", "feGaussianBlur"], attributes: ["stdDeviation"] });

/** As of a server that checks no tags. */
class AnyShape extends SvgShape {
  override readonly tag = new StringTopic();
}

class Effect extends SvgShape {
  static override policy = EFFECTS;
}

const pages: JoinedPage[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  vi.restoreAllMocks();
});

function open(shapeClass = SvgShape, policy?: SafetyPolicy) {
  const server = new MirrorPage(...new Set([Svg, SvgShape, shapeClass, Box, Html]));
  const drawing = server.frame(() => server.root.add(Svg, { viewBox: "0 0 100 50", label: "A plan" }));
  const page = server.join(policy);
  pages.push(page);
  const svg = page.element<SVGSVGElement>(drawing);
  const add = (tag: string, attributes: Record<string, string | number> = {}, parent: Svg | SvgShape = drawing) =>
    server.frame(() => parent.add(shapeClass, { tag, attributes }));
  return { server, page, drawing, svg, add };
}

describe("a drawing", () => {
  it("[DE-08][DE-21] is a native svg that shows its shapes, with nothing in between", () => {
    const { page, svg, add, drawing, server } = open();
    expect([svg.namespaceURI, svg.localName, svg.getAttribute("role"), svg.getAttribute("aria-label")]).toEqual([
      SVG,
      "svg",
      "img",
      "A plan",
    ]);
    expect(svg.viewBox.baseVal.width).toBe(100);
    const group = add("g", { transform: "translate(10 0)" });
    const circle = add("circle", { cx: 20, cy: 20, r: 5, fill: "coral" }, group);
    const shape = page.element<SVGCircleElement>(circle);
    expect(shape).toBeInstanceOf(SVGCircleElement);
    expect(shape.parentElement).toBe(page.element(group));
    expect(shape.parentElement?.parentElement).toBe(svg);
    expect(shape.getBBox().x).toBe(15);
    expect(getComputedStyle(shape).fill).toBe("rgb(255, 127, 80)");
    server.frame(() => drawing.attributes.put("viewBox", "0 0 200 50"));
    expect(svg.viewBox.baseVal.width).toBe(200);
  });

  it("[DE-08] writes a text as text, and changes its tag in place", () => {
    const { server, page, svg, add } = open();
    const text = server.frame(() => {
      const shape = server.root.find(Svg).add(SvgShape, { tag: "text", text: "<b>1</b>" });
      return shape;
    });
    add("rect");
    expect(page.element(text).textContent).toBe("<b>1</b>");
    server.frame(() => text.tag.set("linearGradient"));
    expect([...svg.children].map(({ localName }) => localName)).toEqual(["linearGradient", "rect"]);
    expect(page.element(text)).toBeInstanceOf(SVGLinearGradientElement);
  });

  it("[DE-08][DE-03] is changed by one write for one op", () => {
    const { server, page, add } = open();
    const circle = add("circle", { cx: 1, cy: 1, r: 1 });
    const set = vi.spyOn(Element.prototype, "setAttribute");
    const remove = vi.spyOn(Element.prototype, "removeAttribute");
    server.frame(() => circle.attributes.put("cx", 7));
    server.frame(() => circle.attributes.delete("cy"));
    expect(set.mock.calls).toEqual([["cx", "7"]]);
    expect(remove.mock.calls).toEqual([["cy"]]);
    expect(page.element(circle).outerHTML).toBe('<circle cx="7" r="1"></circle>');
  });

  it("[DE-08] stays a drawing wherever it is moved to", () => {
    const { server, page, drawing, add } = open();
    const circle = add("circle", { r: 1 });
    const box = server.frame(() => server.root.add(Box));
    const before = [page.element(drawing), page.element(circle)];
    server.frame(() => drawing.moveTo(box));
    server.frame(() => circle.moveTo(server.root));
    expect([page.element(drawing), page.element(circle)]).toEqual(before);
    expect(page.element(circle).namespaceURI).toBe(SVG);
  });

  it.each(["script", "SCRIPT", "foreignObject", "style", "animate", "set", "iframe", "img", "div", "a b", "image"])(
    "[OP-13][DE-09] has no <%s>",
    (tag) => {
      const { server, page, svg, add } = open(AnyShape);
      const shape = add(tag, { href: "javascript:document.title='attacked'" });
      server.frame(() => shape.text.set("document.title='attacked'"));
      expect(svg.innerHTML).toBe('<div hidden=""></div>');
      expect(page.element(shape).attributes).toHaveLength(1);
      expect(server.takeErrors()).toEqual([expect.stringContaining("is refused")]);
      expect(document.title).not.toBe("attacked");
    },
  );

  it.each([
    ["circle", "onclick", "document.title='attacked'"],
    ["svg", "onload", "document.title='attacked'"],
    ["a", "href", "javascript:document.title='attacked'"],
    ["a", "xlink:href", "javascript:document.title='attacked'"],
    ["use", "href", "data:image/svg+xml,<svg/>#x"],
    ["use", "href", "https://elsewhere.example/#x"],
    ["circle", "fill", "url(https://elsewhere.example/#x)"],
    ["circle", "fill", "URL(//elsewhere.example)"],
    ["circle", "stroke", "u\\72l(//elsewhere.example)"],
    ["circle", "mask", "url('#x')"],
    ["circle", "clip-path", "url(data:image/svg+xml,<svg/>#x)"],
    ["path", "marker-end", "url(https://elsewhere.example/#x)"],
    ["circle", "filter", "url(https://elsewhere.example/#x)"],
    ["circle", "style", "fill: url(https://elsewhere.example/#x)"],
  ])("[OP-13] a <%s> never gets %s=%j", (tag, name, value) => {
    const { server, page, add } = open();
    const shape = add(tag, { [name]: value });
    expect(page.element(shape).attributes).toHaveLength(0);
    expect(server.takeErrors()).toEqual([expect.stringContaining("is refused")]);
  });

  it("[DE-08] refers to what is in the page, and links as a page may", () => {
    const { server, page, add } = open();
    const gradient = add("linearGradient", { id: "glow", gradientUnits: "userSpaceOnUse" });
    add("stop", { offset: 1, "stop-color": "gold" }, gradient);
    const circle = add("circle", { r: 1, fill: "url(#glow)" });
    const link = add("a", { href: "https://example.com/" });
    expect(page.element(circle).getAttribute("fill")).toBe("url(#glow)");
    expect(page.element(gradient).getAttribute("gradientUnits")).toBe("userSpaceOnUse");
    expect(page.element(link).getAttribute("href")).toBe("https://example.com/");
    expect(server.takeErrors()).toEqual([]);
  });

  it("[OP-13] has more tags where the code of both ends widens the list", () => {
    const { page, add } = open(Effect, EFFECTS);
    const blur = add("feGaussianBlur", { stdDeviation: 2 }, add("filter", { id: "blur" }));
    expect(page.element(blur)).toBeInstanceOf(SVGFEGaussianBlurElement);
    expect(page.element(blur).getAttribute("stdDeviation")).toBe("2");
  });

  it("is no name for an element of one's own", () => {
    expect(() => register("svg", class extends SObjectElement {})).toThrow(/svg/);
  });
});
