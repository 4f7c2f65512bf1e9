import { afterEach, describe, expect, it } from "vitest";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import { type JoinedPage, MirrorPage } from "../../test/mirror-page.ts";
import { Html } from "../html/model.ts";
import "../index.ts";
import type { ListElement } from "../index.ts";
import { Input } from "../input/model.ts";
import { Text } from "../text/model.ts";
import { List } from "./model.ts";

/** As of a server that checks no tags. */
class AnyTag extends Html {
  override readonly tag = new StringTopic();
}

/** Has no element: what is below it hangs in the list. */
class Group extends SObject {}

const pages: JoinedPage[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

function open(ordered = false) {
  const server = new MirrorPage(List, Text, Input, Html, AnyTag, Group);
  const list = server.frame(() => server.root.add(List, { ordered, style: { gap: "10px" } }));
  const page = server.join();
  pages.push(page);
  const element = page.element<ListElement>(list);
  /** What stands in each item. */
  const items = async (): Promise<(string | undefined)[]> => {
    // An observer of the document tells the element first.
    await Promise.resolve();
    await element.updateComplete;
    return [...(element.shadowRoot?.querySelectorAll("li > slot") ?? [])].map((slot) =>
      (slot as HTMLSlotElement)
        .assignedElements()
        .map((each) => each.shadowRoot?.textContent?.trim() || each.textContent)
        .join("+"),
    );
  };
  return { server, list, page, element, items };
}

describe("a list", () => {
  it("[CO-50] has an item for each element below, in their order", async () => {
    const { server, list, items, element } = open();
    const [a, b] = server.frame(() => [list.add(Text, { text: "a" }), list.add(Text, { text: "b" })]);
    expect(await items()).toEqual(["a", "b"]);
    expect(element.shadowRoot?.querySelector("ul")?.getAttribute("role")).toBe("list");
    const group = server.frame(() => list.add(Group, undefined, { index: 1 }));
    server.frame(() => {
      group.add(Html, { tag: "b", text: "c" });
      group.add(Html, { tag: "b", text: "d" });
    });
    expect(await items()).toEqual(["a", "c", "d", "b"]);
    server.frame(() => b.moveTo(list, { index: 0 }));
    expect(await items()).toEqual(["b", "a", "c", "d"]);
    server.frame(() => a.destroy());
    expect(await items()).toEqual(["b", "c", "d"]);
    server.frame(() => group.destroy());
    expect(await items()).toEqual(["b"]);
  });

  it("[CO-50] has no item for what is hidden or refused", async () => {
    const { server, list, items } = open();
    const text = server.frame(() => list.add(Text, { text: "a" }));
    server.frame(() => list.add(AnyTag, { tag: "script", text: "b" }));
    expect(await items()).toEqual(["a"]);
    server.frame(() => text.attributes.put("hidden", true));
    expect(await items()).toEqual([]);
    server.frame(() => text.attributes.delete("hidden"));
    expect(await items()).toEqual(["a"]);
  });

  it("[CO-50] is numbered where its object says so, and keeps its items", async () => {
    const { server, list, items, element } = open(true);
    server.frame(() => {
      list.add(Text, { text: "a" });
      list.add(Text, { text: "b" });
    });
    await items();
    const style = (): CSSStyleDeclaration => getComputedStyle(element.shadowRoot?.querySelector("li") as Element);
    expect([element.shadowRoot?.querySelector("ul"), style().display, style().listStyleType]).toEqual([
      null,
      "list-item",
      "decimal",
    ]);
    server.frame(() => list.ordered.set(false));
    expect(await items()).toEqual(["a", "b"]);
    expect([element.shadowRoot?.querySelector("ol"), style().listStyleType]).toEqual([null, "disc"]);
    server.frame(() => list.style.put("list-style", "none"));
    expect(style().listStyleType).toBe("none");
  });

  it("lays its items out as its style says", async () => {
    const { server, list, page, items } = open();
    const [a, b] = server.frame(() => [list.add(Text, { text: "a" }), list.add(Text, { text: "b" })]);
    await items();
    const rect = (object: SObject): DOMRect => page.element(object).getBoundingClientRect();
    expect(rect(b).top).toBe(rect(a).bottom + 10);
    server.frame(() => list.style.put("flex-direction", "row"));
    expect(rect(b).left).toBeGreaterThan(rect(a).right);
  });

  it("[DE-07] keeps focus and text of the items that others move around", async () => {
    const { server, list, page, items } = open();
    const [a, b, field] = server.frame(() => [
      list.add(Text, { text: "a" }),
      list.add(Text, { text: "b" }),
      list.add(Input, { value: "typed" }),
    ]);
    await items();
    page.element(field).focus();
    const control = page.element(field).shadowRoot?.querySelector("input");
    control?.setSelectionRange(1, 3);
    server.frame(() => b.moveTo(list, { index: 0 }));
    server.frame(() => a.destroy());
    expect(await items()).toHaveLength(2);
    await new Promise(requestAnimationFrame);
    expect(document.activeElement).toBe(page.element(field));
    expect([control?.selectionStart, control?.selectionEnd]).toEqual([1, 3]);
  });
});
