import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { TypeRegistry } from "../core/types.ts";
import { Box, Html, Input, Text } from "./models.ts";

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

  it("are the frontend types that the page knows, in subclasses too", () => {
    class Note extends Text {}
    expect([Text, Box, Input, Html, Note].map((each) => each.frontendType)).toEqual([
      "text",
      "box",
      "input",
      "html",
      "text",
    ]);
  });
});
