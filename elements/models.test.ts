import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { TypeRegistry } from "../core/types.ts";
import {
  Box,
  Button,
  Chart,
  type ChartRow,
  DEFAULT_POLICY,
  Html,
  Image,
  Input,
  List,
  Svg,
  SvgShape,
  Text,
  Textarea,
  widen,
} from "./models.ts";

function root(...classes: ObjectClass[]): SObject {
  const types = new TypeRegistry();
  for (const each of [SObject, ...classes]) types.register(each);
  return new AuthorityTree(types, SObject).root;
}

describe("the models", () => {
  it("load without a page, and are built by the names of their attributes", () => {
    expect(typeof document).toBe("undefined");
    const parent = root(Box, Html, Input, Text, Textarea);
    expect(parent.add(Text, { text: "hello" }).text.value).toBe("hello");
    expect(parent.add(Text).text.value).toBe("");
    expect(parent.add(Box, { style: { gap: "1px" } }).style.get("gap")).toBe("1px");
    const input = parent.add(Input, { value: "v", label: "l", placeholder: "p" });
    expect([input.value.value, input.label.value, input.placeholder.value]).toEqual(["v", "l", "p"]);
    const attributes = { maxlength: 9 };
    const area = parent.add(Textarea, { value: "v", label: "l", placeholder: "p", rows: 7, attributes });
    expect([area.value.value, area.label.value, area.placeholder.value, area.rows.value]).toEqual(["v", "l", "p", 7]);
    expect([area.attributes.get("maxlength"), parent.add(Textarea).rows.value]).toEqual([9, 4]);
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

  it("[DE-23] that have a style take their first one when they are built, and none by default", () => {
    const parent = root(Box, Button, Chart, Html, Image, Input, List, Svg, Text, Textarea);
    const style = { color: "red" };
    const styled = [
      parent.add(Box, { style }),
      parent.add(Button, { label: "a", style }),
      parent.add(Chart, { style }),
      parent.add(Html, { style }),
      parent.add(Image, { source: "/a.png", style }),
      parent.add(Input, { value: "a", style }),
      parent.add(List, { style }),
      parent.add(Svg, { style }),
      parent.add(Text, { text: "a", style }),
      parent.add(Textarea, { value: "a", style }),
    ];
    expect(styled.filter((each) => each.style.get("color") !== "red")).toEqual([]);
    const bare = [Box, Button, Chart, Html, Image, Input, List, Svg, Text, Textarea].map((each) => parent.add(each));
    expect(bare.filter((each) => each.style.size > 0)).toEqual([]);
    // @ts-expect-error: a style is of strings
    expect(() => parent.add(Text, { style: "color: red" })).toThrow(expect.objectContaining({ code: "wrong_type" }));
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

/** What somebody who writes JavaScript may give. */
const loose = (value: unknown): never => value as never;

describe("[DE-22] the models refuse at once", () => {
  const refused = (code: string, message: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(message) });

  it.each(["script", "STYLE", "dvi", "a b", "<b>", "os-text", "object embed", "on-\0"])(
    "the tag %j of an Html",
    (tag) => {
      const parent = root(Html);
      const error = refused("invalid_name", `expected a tag of the allow-list, got ${JSON.stringify(tag)}`);
      expect(() => parent.add(Html, { tag })).toThrow(error);
      expect(parent.children).toEqual([]);
      const html = parent.add(Html, { tag: "p", text: "t" });
      expect(() => html.tag.set(tag)).toThrow(error);
      expect(html.tag.value).toBe("p");
    },
  );

  it("no tag of an Html that a page may show: of the list, of a custom element, or none, which is a div", () => {
    const html = root(Html).add(Html);
    for (const tag of ["DIV", "svg", "foreignObject", "x-card", "", "h1"]) {
      html.tag.set(tag);
      expect(html.tag.value).toBe(tag);
    }
  });

  it.each(["script", "foreignObject", "div", "image", "cirlce", "x-card", "a b"])(
    "the tag %j of an SvgShape",
    (tag) => {
      const parent = root(SvgShape);
      const error = refused(
        "invalid_name",
        `expected a tag of SVG that is on the allow-list, got ${JSON.stringify(tag)}`,
      );
      expect(() => parent.add(SvgShape, { tag })).toThrow(error);
      expect(parent.children).toEqual([]);
      const shape = parent.add(SvgShape, { tag: "linearGradient" });
      expect(() => shape.tag.set(tag)).toThrow(error);
      expect(shape.tag.value).toBe("linearGradient");
    },
  );

  it("what is not on the list of the class, which code widens", () => {
    class Frame extends Html {
      static override policy = widen(DEFAULT_POLICY, { tags: ["iframe"] });
    }
    class Effect extends SvgShape {
      static override policy = widen(DEFAULT_POLICY, { tags: ["filter"] });
    }
    const parent = root(Frame, Effect, Html, SvgShape);
    expect(parent.add(Frame, { tag: "iframe" }).tag.value).toBe("iframe");
    expect(parent.add(Effect, { tag: "filter" }).tag.value).toBe("filter");
    expect(() => parent.add(Html, { tag: "iframe" })).toThrow("widen `Html.policy`");
    expect(() => parent.add(SvgShape, { tag: "filter" })).toThrow("widen `SvgShape.policy`");
    expect(() => parent.add(Frame, { tag: "script" })).toThrow(refused("invalid_name", '"script"'));
  });

  it.each(["image/svg+xml", "image/jpg", "text/html", "png", "image/png;x=y", ""])("pictures of %j", (mediaType) => {
    const parent = root(Image);
    const error = refused("invalid_value", `got ${JSON.stringify(mediaType)}`);
    expect(() => parent.add(Image, { bytes: Uint8Array.of(1), mediaType })).toThrow(error);
    expect(parent.children).toEqual([]);
    const image = parent.add(Image, { mediaType: "IMAGE/WEBP" });
    expect(() => image.mediaType.set(mediaType)).toThrow(error);
    expect(image.mediaType.value).toBe("IMAGE/WEBP");
  });

  it("media types with a list of those that they take", () => {
    const image = root(Image).add(Image);
    let message = "";
    try {
      image.mediaType.set("application/pdf");
    } catch (error) {
      ({ message } = error as Error);
    }
    const named = message.match(/image\/\w+/g) ?? [];
    expect(named).toHaveLength(5);
    for (const mediaType of named) image.mediaType.set(mediaType);
    expect(image.mediaType.value).toBe(named.at(-1));
  });

  it.each([
    ["5", 5, "expected a point as [x, y, …], got 5"],
    ["null", null, "expected a point as [x, y, …], got null"],
    ["an object", { x: 1, y: 2 }, "expected a point as [x, y, …], got a"],
    ["none", [], "expected a number for x, got undefined"],
    ["a text for x", ["12:00", 1], 'expected a number for x, got "12:00"'],
    ["no x", [null, 1], "expected a number for x, got null"],
    ["a text for y", [1, "0.7"], 'expected a number for y, got "0.7"'],
    ["a text for the second y", [1, 2, "3"], 'expected a number for y, got "3"'],
  ])("points of a chart that are not made of numbers: %s", (_, row, message) => {
    const parent = root(Chart);
    const error = refused("wrong_type", message);
    const good: ChartRow = [0, 1, null];
    expect(() => parent.add(Chart, { points: [good, loose(row)] })).toThrow(error);
    expect(parent.children).toEqual([]);
    const chart = parent.add(Chart, { points: [good] });
    expect(() => chart.points.push([1, 1], loose(row))).toThrow(error);
    expect(() => chart.points.put(0, loose(row))).toThrow(error);
    expect(() => chart.points.set([loose(row)])).toThrow(error);
    expect(chart.points.value).toEqual([good]);
    chart.points.push([1, null], [2, 0, -1]);
    expect(chart.points.length).toBe(3);
  });

  it("what the server's code says, and not what is in a save: of that the page is the judge", () => {
    const parent = root(Html);
    parent.add(Html, { tag: "p" });
    const tree = parent.tree as AuthorityTree;
    tree.load(JSON.parse(JSON.stringify(tree.save()).replace('"p"', '"script"')));
    const html = tree.root.find(Html);
    expect(html.tag.value).toBe("script");
    html.tag.set("b");
    expect(() => html.tag.set("script")).toThrow(refused("invalid_name", '"script"'));
  });
});
