import { afterEach, describe, expect, it, vi } from "vitest";
import { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type JoinedPage, MirrorPage } from "../test/mirror-page.ts";
import { Box } from "./box/model.ts";
import { Html } from "./html/model.ts";
import "./index.ts";
import type { TextElement } from "./index.ts";
import { Text } from "./text/model.ts";

class Title extends SObject {
  static override frontendType = "text";
  text = new StringTopic("only a text");
}

const pages: JoinedPage[] = [];

function open(): { server: MirrorPage; page: JoinedPage } {
  const server = new MirrorPage(Text, Box, Html, Title);
  const page = server.join();
  pages.push(page);
  return { server, page };
}

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  vi.restoreAllMocks();
});

const shownText = (element: Element): string => element.shadowRoot?.textContent?.trim() ?? "";

describe("a text", () => {
  it("[DE-02] shows what the topic says, and no markup of it", async () => {
    const { server, page } = open();
    const text = server.frame(() => server.root.add(Text, { text: "<b>Hello</b>" }));
    const element = page.element<TextElement>(text);
    await element.updateComplete;
    expect(shownText(element)).toBe("<b>Hello</b>");
    expect(element.shadowRoot?.querySelector("b")).toBeNull();
    server.frame(() => text.text.set("Bye\nnow"));
    expect(shownText(element)).toBe("Bye\nnow");
    expect(getComputedStyle(element).whiteSpace).toBe("pre-wrap");
  });

  it("[DE-02] is changed by one write for one op", async () => {
    const { server, page } = open();
    const text = server.frame(() => server.root.add(Text, { text: "Hello" }));
    await page.element<TextElement>(text).updateComplete;
    const replace = vi.spyOn(CharacterData.prototype, "replaceData");
    const data = vi.spyOn(CharacterData.prototype, "data", "set");
    server.frame(() => {
      text.text.insert(5, " you");
      text.text.delete(0, 1);
    });
    expect(replace.mock.calls).toEqual([
      [5, 0, " you"],
      [0, 1, ""],
    ]);
    expect(data).not.toHaveBeenCalled();
    expect(shownText(page.element(text))).toBe("ello you");
  });

  it("works for a class of one's own with some of the attributes, and shows what is below", async () => {
    const { server, page } = open();
    const title = server.frame(() => {
      const title = server.root.add(Title);
      title.add(Text, { text: "below" });
      return title;
    });
    const element = page.element<TextElement>(title);
    await element.updateComplete;
    expect(shownText(element)).toBe("only a text");
    expect(element.querySelector("os-text")?.assignedSlot).toBeTruthy();
    expect(server.takeErrors()).toEqual([]);
  });
});

describe("a box", () => {
  it("lays out what is below it as its style says", async () => {
    const { server, page } = open();
    const [box, one, two] = server.frame(() => {
      const box = server.root.add(Box, { style: { gap: "10px" } });
      return [box, box.add(Text, { text: "a" }), box.add(Text, { text: "b" })];
    });
    await page.element<TextElement>(one).updateComplete;
    const rect = (object: SObject): DOMRect => page.element(object).getBoundingClientRect();
    expect(rect(two).top).toBe(rect(one).bottom + 10);
    server.frame(() => box.style.put("flex-direction", "row"));
    expect(rect(two).left).toBe(rect(one).right + 10);
  });
});
