import { afterEach, describe, expect, it, vi } from "vitest";
import { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type JoinedPage, MirrorPage } from "../test/mirror-page.ts";
import { Box } from "./box/model.ts";
import { Html } from "./html/model.ts";
import "./index.ts";
import type { InputElement } from "./index.ts";
import { Input } from "./input/model.ts";
import { Text } from "./text/model.ts";

class Title extends SObject {
  static override frontendType = "text";
  text = new StringTopic("only a text");
}

class Field extends SObject {
  static override frontendType = "input";
  value = new StringTopic("fixed");
}

const pages: JoinedPage[] = [];

function open(): { server: MirrorPage; page: JoinedPage } {
  const server = new MirrorPage(Text, Box, Input, Html, Title, Field);
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
    const element = page.element<InputElement>(text);
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
    await page.element<InputElement>(text).updateComplete;
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
    const element = page.element<InputElement>(title);
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
    await page.element<InputElement>(one).updateComplete;
    const rect = (object: SObject): DOMRect => page.element(object).getBoundingClientRect();
    expect(rect(two).top).toBe(rect(one).bottom + 10);
    server.frame(() => box.style.put("flex-direction", "row"));
    expect(rect(two).left).toBe(rect(one).right + 10);
  });
});

describe("an input", () => {
  async function openInput(args = {}): Promise<{
    server: MirrorPage;
    page: JoinedPage;
    input: Input;
    element: InputElement;
    control: () => HTMLInputElement;
    type: (text: string) => void;
    sent: () => unknown[];
  }> {
    const { server, page } = open();
    const input = server.frame(() => server.root.add(Input, args));
    const element = page.element<InputElement>(input);
    await element.updateComplete;
    const control = (): HTMLInputElement => element.shadowRoot?.querySelector("input, textarea") as HTMLInputElement;
    const type = (text: string): void => {
      control().value = text;
      control().dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
    };
    const sent = (): unknown[] => page.writes.splice(0).map(({ op }) => op[1]);
    return { server, page, input, element, control, type, sent };
  }

  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };

  it("shows the value, named by its label or else by its placeholder", async () => {
    const { server, input, element, control } = await openInput({ value: "v", label: "Name", placeholder: "Jane" });
    expect(control().value).toBe("v");
    expect(control().labels?.[0]?.textContent?.trim()).toBe("Name");
    expect(control().placeholder).toBe("Jane");
    expect(control().hasAttribute("aria-label")).toBe(false);
    server.frame(() => input.label.set(""));
    await element.updateComplete;
    expect(control().getAttribute("aria-label")).toBe("Jane");
    server.frame(() => input.value.set("w"));
    expect(control().value).toBe("w");
    element.focus();
    expect(element.shadowRoot?.activeElement).toBe(control());
  });

  it("has several lines where the object says so, and keeps its value", async () => {
    const { server, input, element, control } = await openInput({ value: "v" });
    server.frame(() => input.multiline.set(true));
    await element.updateComplete;
    expect(control()).toBeInstanceOf(HTMLTextAreaElement);
    expect(control().value).toBe("v");
  });

  it("[CM-25] sends each input, and shows afterwards what the server says", async () => {
    const { server, page, input, control, type, sent } = await openInput({ value: "v" });
    control().focus();
    type("va");
    type("val");
    expect(sent()).toEqual(["va", "val"]);
    server.frame(() => input.value.set("va"));
    expect(control().value).toBe("val");
    control().blur();
    expect(control().value).toBe("val");
    await page.answer({ ok: true });
    await settled();
    expect(control().value).toBe("val");
    server.frame(() => input.value.set("val!"));
    await page.answer({ ok: true });
    await settled();
    expect(control().value).toBe("val!");
  });

  it("[CM-25] is not written by others while it has the focus", async () => {
    const { server, input, control } = await openInput({ value: "v" });
    control().focus();
    server.frame(() => input.value.set("theirs"));
    expect(control().value).toBe("v");
    control().blur();
    expect(control().value).toBe("theirs");
  });

  it("[CM-25] sends its present text again when somebody else was faster", async () => {
    const { page, control, type, sent } = await openInput();
    const stale = { ok: false, code: "stale", message: "too late" } as const;
    control().focus();
    type("a");
    type("ab");
    sent();
    await page.answer(stale);
    await settled();
    expect(sent()).toEqual([]);
    control().value = "abc";
    await page.answer(stale);
    await settled();
    expect(sent()).toEqual(["abc"]);
    await page.answer({ ok: true });
    await settled();
    expect(sent()).toEqual([]);
  });

  it("says when the text was refused, and shows the confirmed one when it is left", async () => {
    const { page, control, type } = await openInput({ value: "good" });
    control().focus();
    type("bad");
    await page.answer({ ok: false, code: "rejected", message: "not this" });
    await settled();
    expect(control().value).toBe("bad");
    expect(control().getAttribute("aria-invalid")).toBe("true");
    expect(control().title).toBe("not this");
    control().blur();
    expect(control().value).toBe("good");
    expect(control().hasAttribute("aria-invalid")).toBe(false);
  });

  it("can only be read where clients may not write", async () => {
    const { server, page } = open();
    const field = server.frame(() => server.root.add(Field));
    const element = page.element<InputElement>(field);
    await element.updateComplete;
    const control = element.shadowRoot?.querySelector("input");
    expect(control?.readOnly).toBe(true);
    expect(control?.value).toBe("fixed");
  });
});
