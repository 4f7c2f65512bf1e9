import { afterEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import type { ObjectClass } from "../../core/object.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import { type JoinedPage, MirrorPage } from "../../test/mirror-page.ts";
import "../index.ts";
import type { InputElement, TextareaElement } from "../index.ts";
import { Textarea } from "../textarea/model.ts";
import { Input } from "./model.ts";

class Field extends SObject {
  static override frontendType = "input";
  value = new StringTopic("fixed");
}

const pages: JoinedPage[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

type Control = HTMLInputElement | HTMLTextAreaElement;

async function open<T extends Input | Textarea>(type: ObjectClass<T>, args: ConstructorArgs = {}) {
  const server = new MirrorPage(Input, Textarea);
  const object = server.frame(() => server.root.add(type as ObjectClass<Input>, args)) as unknown as T;
  const page = server.join();
  pages.push(page);
  const element = page.element<InputElement | TextareaElement>(object);
  await element.updateComplete;
  const control = (): Control => element.shadowRoot?.querySelector("input, textarea") as Control;
  return { server, page, object, element, control };
}

type ConstructorArgs = Parameters<Input["build"]>[0];

describe.each<[string, ObjectClass<Input | Textarea>]>([
  ["an input", Input],
  ["a textarea", Textarea],
])("%s", (_, type) => {
  it("[CO-26] shows the value, named by its label or else by its placeholder", async () => {
    const args = { value: "v", label: "Name", placeholder: "Jane" };
    const { server, object, element, control } = await open(type, args);
    expect(control().value).toBe("v");
    expect(control().labels?.[0]?.textContent?.trim()).toBe("Name");
    expect(control().placeholder).toBe("Jane");
    expect(control().hasAttribute("aria-label")).toBe(false);
    server.frame(() => object.label.set(""));
    await element.updateComplete;
    expect(control().getAttribute("aria-label")).toBe("Jane");
    server.frame(() => object.value.set("w"));
    expect(control().value).toBe("w");
    element.focus();
    expect(element.shadowRoot?.activeElement).toBe(control());
  });

  it("[CO-26] sends what is typed, and goes on with what others write meanwhile", async () => {
    const { server, page, object, element, control } = await open(type, { value: "one" });
    element.focus();
    await userEvent.keyboard("{End} two");
    server.frame(() => object.value.insert(0, "> "));
    expect(control().value).toBe("> one two");
    for (let left = 10; left > 0; left--) page.answer({ ok: true });
    expect(object.value.value).toBe("> one two");
    expect(control().selectionEnd).toBe(9);
  });

  it("[CO-26][TF-05] says why what was typed is gone, until somebody types again", async () => {
    const { page, element, control } = await open(type, { value: "good" });
    const refusal = element.shadowRoot?.querySelector('[part="refusal"]') as HTMLElement;
    element.focus();
    await userEvent.keyboard("{End}!");
    page.answer({ ok: false, code: "rejected", message: "not this" });
    await element.updateComplete;
    expect(control().value).toBe("good");
    expect(refusal.textContent).toBe("not this");
    expect(refusal.role).toBe("status");
    await userEvent.keyboard("?");
    await element.updateComplete;
    expect(refusal.textContent).toBe("");
  });

  it("[CO-26] passes on what is said of the field, and takes it back", async () => {
    const { server, object, element, control } = await open(type, {
      attributes: { maxlength: 3, spellcheck: "false" },
    });
    expect(control().maxLength).toBe(3);
    expect(control().spellcheck).toBe(false);
    element.focus();
    await userEvent.keyboard("abcdef");
    expect(control().value).toBe("abc");
    server.frame(() => object.attributes.delete("maxlength"));
    await element.updateComplete;
    await userEvent.keyboard("def");
    expect(control().value).toBe("abcdef");
  });

  it("[TF-04] undoes by its client", async () => {
    const { page, element } = await open(type, { value: "v" });
    element.focus();
    await userEvent.keyboard("{Control>}z{/Control}");
    expect(page.undos).toHaveLength(1);
  });

  it("[TF-07][DE-07] is typed into while its object is moved, and lets all go with it", async () => {
    const { server, page, object, element, control } = await open(type, { value: "one" });
    const place = server.frame(() => server.root.add(Input));
    element.focus();
    await userEvent.keyboard("{Home}a");
    server.frame(() => object.moveTo(place));
    expect(page.element(place).contains(element)).toBe(true);
    await userEvent.keyboard("b");
    server.frame(() => object.value.insert(3, "!"));
    expect(control().value).toBe("abone!");
    expect(control().selectionEnd).toBe(2);
    const { value } = page.tree.get(object.id) as Input;
    expect(value.listenerCount).toBeGreaterThan(0);
    server.frame(() => object.destroy());
    expect(value.listenerCount).toBe(0);
    expect(server.takeErrors()).toEqual([]);
  });
});

describe("an input", () => {
  it("[TF-05] can only be read where clients may not write", async () => {
    const server = new MirrorPage(Field);
    const field = server.frame(() => server.root.add(Field));
    const page = server.join();
    pages.push(page);
    const element = page.element<InputElement>(field);
    await element.updateComplete;
    const control = element.shadowRoot?.querySelector("input");
    expect(control?.readOnly).toBe(true);
    expect(control?.value).toBe("fixed");
  });
});

describe("a textarea", () => {
  it("[CO-26] is as many lines high as its object says", async () => {
    const { server, object, element, control } = await open(Textarea);
    expect((control() as HTMLTextAreaElement).rows).toBe(4);
    server.frame(() => object.rows.set(7));
    await element.updateComplete;
    expect((control() as HTMLTextAreaElement).rows).toBe(7);
  });
});
