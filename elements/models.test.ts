import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { TypeRegistry } from "../core/types.ts";
import { Box, Button, Chart, Html, Image, Input, List, Svg, SvgShape, Text } from "./models.ts";

function root(...classes: ObjectClass[]): SObject {
  const types = new TypeRegistry();
  for (const each of [SObject, ...classes]) types.register(each);
  return new AuthorityTree(types, SObject).root;
}

describe("the models", () => {
  it("load without a page, and are built by the names of their attributes", () => {
    expect(typeof document).toBe("undefined");
    const parent = root(Box, Html, Input, Text);
    expect(parent.add(Text, { text: "hello" }).text.value).toBe("hello");
    expect(parent.add(Text).text.value).toBe("");
    expect(parent.add(Box, { style: { gap: "1px" } }).style.get("gap")).toBe("1px");
    const input = parent.add(Input, { value: "v", label: "l", placeholder: "p", multiline: true });
    expect([input.value.value, input.label.value, input.placeholder.value, input.multiline.value]).toEqual([
      "v",
      "l",
      "p",
      true,
    ]);
    const html = parent.add(Html, { tag: "p", text: "t", attributes: { title: "x" } });
    expect([html.tag.value, html.text.value, html.attributes.get("title")]).toEqual(["p", "t", "x"]);
    expect(parent.add(Html).tag.value).toBe("div");
  });

  it("[DE-08] for pictures, lists, drawings and charts do so too", () => {
    const parent = root(Image, List, Svg, SvgShape, Chart);
    const image = parent.add(Image, { source: "/a.png", alternative: "An A", bytes: Uint8Array.of(1, 2) });
    expect([image.source.value, image.alternative.value, image.bytes.length]).toEqual(["/a.png", "An A", 2]);
    expect([image.mediaType.value, parent.add(Image).bytes.length]).toEqual(["image/png", 0]);
    const list = parent.add(List, { ordered: true, style: { gap: "1px" } });
    expect([list.ordered.value, list.style.get("gap"), parent.add(List).ordered.value]).toEqual([true, "1px", false]);
    const drawing = parent.add(Svg, { viewBox: "0 0 1 1", label: "A dot", attributes: { width: 9, role: "none" } });
    expect({ ...drawing.attributes.value }).toEqual({
      width: 9,
      viewBox: "0 0 1 1",
      role: "img",
      "aria-label": "A dot",
    });
    const shape = drawing.add(SvgShape, { tag: "circle", attributes: { r: 1 } });
    expect([shape.tag.value, shape.attributes.get("r"), drawing.add(SvgShape).tag.value]).toEqual(["circle", 1, "g"]);
    const series = [{ label: "a" }, { label: "b", color: "red" }];
    const chart = parent.add(Chart, { title: "t", series, points: [[0, 1, null]], time: true });
    expect([chart.title.value, chart.series.value, chart.points.value, chart.time.value]).toEqual([
      "t",
      series,
      [[0, 1, null]],
      true,
    ]);
  });

  it("[DE-08] are the frontend types that the page knows, in subclasses too", () => {
    class Note extends Text {}
    expect([Text, Box, Input, Html, Note].map((each) => each.frontendType)).toEqual([
      "text",
      "box",
      "input",
      "html",
      "text",
    ]);
    const others = [Button, Image, List, Svg, SvgShape, Chart].map((each) => each.frontendType);
    expect(others).toEqual(["button", "image", "list", "svg", "svg", "chart"]);
  });
});
