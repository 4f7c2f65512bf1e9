import { afterEach, describe, expect, it, vi } from "vitest";
import { DictTopic } from "../core/dict-topic.ts";
import { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import type { Json } from "../core/value.ts";
import { type JoinedPage, MirrorPage } from "../test/mirror-page.ts";
import { MAX_BOUND_KEYS } from "./bound-dict.ts";
import { Html } from "./html/model.ts";
import "./index.ts";
import { DEFAULT_POLICY, register, SObjectElement, widen } from "./index.ts";
import { Text } from "./text/model.ts";

const everyone = { write: "everyone" } as const;

class Open extends SObject {
  static override frontendType = "html";
  style = new DictTopic<Json>({}, everyone);
  attributes = new DictTopic<Json>({}, everyone);
  classes = new DictTopic<Json>({}, everyone);
  text = new StringTopic();
  tag = new StringTopic("a");
}

/** As of a server that checks nothing. */
class AnyTag extends Html {
  override readonly tag = new StringTopic();
}

class Odd extends SObject {
  static override frontendType = "text";
  style = new StringTopic("color: red");
}

const pages: JoinedPage[] = [];

function open(): { server: MirrorPage; page: JoinedPage } {
  const server = new MirrorPage(Html, Text, Open, AnyTag, Odd);
  const page = server.join();
  pages.push(page);
  return { server, page };
}

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  vi.restoreAllMocks();
});

const computed = (element: Element): Record<string, string> => {
  const style = getComputedStyle(element);
  return Object.fromEntries([...style].map((property) => [property, style.getPropertyValue(property)]));
};

function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

describe("a bound style", () => {
  it("[DE-01] shows as the computed style, and is gone when its key is deleted", () => {
    const { server, page } = open();
    const text = server.frame(() => server.root.add(Text));
    const element = page.element(text);
    const usual = getComputedStyle(element).fontSize;
    server.frame(() => text.style.put("font-size", "30px"));
    expect(getComputedStyle(element).fontSize).toBe("30px");
    server.frame(() => text.style.put("backgroundColor", "coral"));
    expect(getComputedStyle(element).backgroundColor).toBe("rgb(255, 127, 80)");
    server.frame(() => text.style.delete("font-size"));
    expect(getComputedStyle(element).fontSize).toBe(usual);
    server.frame(() => text.style.set({ color: "red" }));
    expect(element.style.cssText).toBe("color: red;");
  });

  it("[DE-01] is one write for one op", () => {
    const { server, page } = open();
    const text = server.frame(() => {
      const text = server.root.add(Text);
      text.style.set({ border: "1px solid", top: "1px", color: "red", "--x": "1" });
      return text;
    });
    expect(page.element(text).style.top).toBe("1px");
    const put = vi.spyOn(CSSStyleDeclaration.prototype, "setProperty");
    const remove = vi.spyOn(CSSStyleDeclaration.prototype, "removeProperty");
    server.frame(() => text.style.put("left", "5px"));
    server.frame(() => text.style.put("color", "blue"));
    server.frame(() => text.style.put("--x", "2"));
    server.frame(() => text.style.delete("top"));
    const isScratch = (context: unknown): boolean => context !== page.element(text).style;
    const writes = put.mock.calls.filter((_, index) => !isScratch(put.mock.contexts[index]));
    const removals = remove.mock.calls.filter((_, index) => !isScratch(remove.mock.contexts[index]));
    expect(writes).toEqual([
      ["left", "5px"],
      ["color", "blue"],
      ["--x", "2"],
    ]);
    expect(removals).toEqual([["top"]]);
  });

  it("[DE-01] is the same for who saw the increments and who joined late, in any order of shorthands", () => {
    const properties = [
      ["border", ["1px solid red", "2px dashed blue", "nonsense"]],
      ["border-top", ["3px dotted green", "none"]],
      ["border-color", ["pink", "black yellow"]],
      ["borderTopColor", ["teal", "gold"]],
      ["border-top-color", ["navy", "12px"]],
      ["border-block-start-width", ["7px"]],
      ["margin", ["1px", "2px 3px"]],
      ["margin-left", ["9px", "4px"]],
      ["margin-inline-start", ["11px", ""]],
      ["margin-inline", ["13px 14px"]],
      ["inset", ["1px"]],
      ["left", ["2px", "3px"]],
      ["inset-inline-start", ["5px"]],
      ["position", ["absolute", "relative"]],
      ["width", ["50px"]],
      ["inline-size", ["60px"]],
      ["font", ["italic 20px serif"]],
      ["font-size", ["10px"]],
      ["lineHeight", ["2", "var(--x)"]],
      ["--x", ["3"]],
      ["all", ["initial", "unset"]],
      ["background", ["red", "var(--y)"]],
      ["background-color", ["blue", "url(javascript:1)"]],
      ["overflow", ["hidden"]],
      ["overflow-x", ["scroll"]],
      ["direction", ["rtl"]],
    ] as const;
    let seen = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomly(seed);
      const { server, page } = open();
      const text = server.frame(() => server.root.add(Text));
      // `all` hides much: not in every run.
      const some = properties.filter(([key]) => key !== "all" || seed % 4 === 0);
      for (let step = 0; step < 40; step++) {
        const [key, values] = some[random(some.length)] as (typeof properties)[number];
        server.frame(() => {
          if (random(3) === 0) text.style.delete(key);
          else if (random(20) === 0) text.style.set({ [key]: values[0] as string, color: "red" });
          else text.style.put(key, values[random(values.length)] as string);
        });
      }
      // The same dict, its keys in another order.
      const entries = text.style.entries().sort(() => random(2) - 0.5);
      const copy = server.frame(() => server.root.add(Text));
      for (const [key, item] of entries) server.frame(() => copy.style.put(key, item));
      const late = server.join();
      pages.push(late);
      const style = computed(page.element(text));
      expect(computed(page.element(copy)), `seed ${seed}, keys in another order`).toEqual(style);
      // Two pages in one document: each where the other is, so that sizes do not depend on the neighbours.
      for (const each of [page, late]) each.target.style.cssText = "position: absolute; inset: 0; width: 500px;";
      expect(computed(late.element(text)), `seed ${seed}, a late joiner`).toEqual(computed(page.element(text)));
      seen += entries.length;
      for (const each of pages.splice(0)) each.close();
    }
    expect(seen).toBeGreaterThan(300);
  });

  it("gives a longhand the last word, whichever came first", () => {
    const { server, page } = open();
    const text = server.frame(() => server.root.add(Text, { text: "x" }));
    server.frame(() => text.style.put("bottom", "1px"));
    server.frame(() => text.style.put("inset", "2px"));
    server.frame(() => text.style.put("all", "initial"));
    const { style } = page.element(text);
    expect([style.bottom, style.top]).toEqual(["1px", "2px"]);
    server.frame(() => text.style.delete("bottom"));
    expect([style.bottom, style.top]).toEqual(["2px", "2px"]);
  });

  it("does not keep a value that is followed by nonsense", () => {
    const { server, page } = open();
    const text = server.frame(() => server.root.add(Text));
    server.frame(() => text.style.put("width", "10px"));
    server.frame(() => text.style.put("width", "wide"));
    expect(page.element(text).style.cssText).toBe("");
  });

  it("leaves out what its writer may not say: URLs and fixed places where clients may write", () => {
    const { server, page } = open();
    const [mine, theirs] = server.frame(() => [server.root.add(Html), server.root.add(Open)]);
    const style = { position: "fixed", background: "url(/picture.png)", color: "red" };
    server.frame(() => {
      mine.style.set(style);
      theirs.style.set(style);
    });
    expect(page.element(mine).style.position).toBe("fixed");
    expect(page.element(theirs).style.cssText).toBe("color: red;");
    expect(server.takeErrors()).toEqual([
      "<a> of Open: the style position is refused",
      "<a> of Open: the style background is refused",
    ]);
    server.frame(() => theirs.style.put("position", "sticky"));
    server.frame(() => server.root.add(Open).style.put("position", "fixed"));
    expect(server.takeErrors()).toEqual([]);
  });

  it("needs a dict, and says so", () => {
    const { server, page } = open();
    const odd = server.frame(() => server.root.add(Odd));
    expect(page.element(odd).style.cssText).toBe("");
    expect(server.takeErrors()).toEqual([
      "<os-text> of Odd: the attribute style is bound to the element, and must be a DictTopic",
    ]);
  });
});

describe("bound attributes", () => {
  it("[DE-03] are set by text, number and true, and removed by null, false and deletion", () => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Html, { tag: "input" }));
    const element = page.element(object);
    const put = (name: string, item: Json) => server.frame(() => object.attributes.put(name, item));
    put("title", "a title");
    put("maxlength", 5);
    put("disabled", true);
    put("aria-label", "a label");
    expect(element.outerHTML).toBe('<input title="a title" maxlength="5" disabled="" aria-label="a label">');
    put("title", null);
    put("disabled", false);
    server.frame(() => object.attributes.delete("maxlength"));
    expect(element.outerHTML).toBe('<input aria-label="a label">');
    server.frame(() => object.attributes.set({ placeholder: "p" }));
    expect(element.outerHTML).toBe('<input placeholder="p">');
    const late = server.join();
    pages.push(late);
    expect(late.target.innerHTML).toBe(page.target.innerHTML);
  });

  it("[DE-03] have no effect where they are hostile, and each is reported once", () => {
    const { server, page } = open();
    const hostile = {
      onclick: "globalThis.harmed = true",
      ONMOUSEOVER: "globalThis.harmed = true",
      href: "javascript:globalThis.harmed = true",
      style: "position: fixed",
      srcdoc: "<script>globalThis.harmed = true</script>",
      title: { toString: "x" },
      class: "theirs",
    };
    const objects = server.frame(() => [0, 1].map(() => server.root.add(Open)));
    for (const object of objects) server.frame(() => object.attributes.set(hostile));
    for (const object of objects) {
      const element = page.element(object);
      expect(element.outerHTML).toBe("<a></a>");
      element.click();
    }
    expect("harmed" in globalThis).toBe(false);
    expect(server.takeErrors()).toEqual(
      Object.keys(hostile).map((name) => `<a> of Open: the attribute ${name} is refused`),
    );
  });

  it("are warned of no more than a hundred times", () => {
    const { server } = open();
    const object = server.frame(() => server.root.add(Open));
    for (let count = 0; count < 300; count++) server.frame(() => object.attributes.put(`on${count}`, "x"));
    expect(server.takeErrors()).toHaveLength(100);
  });

  it("never have a target without noopener", () => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Html, { tag: "a" }));
    const element = page.element(object);
    server.frame(() => object.attributes.put("target", "_blank"));
    expect(element.getAttribute("rel")).toBe("noopener");
    server.frame(() => object.attributes.put("rel", "author"));
    expect(element.getAttribute("rel")).toBe("author noopener");
    server.frame(() => object.attributes.delete("target"));
    expect(element.outerHTML).toBe('<a rel="author"></a>');
  });

  it("do not depend on the order of two spellings of a name", () => {
    const { server, page } = open();
    const [one, two] = server.frame(() => [server.root.add(Html), server.root.add(Html)]);
    server.frame(() => one.attributes.put("Title", "a"));
    server.frame(() => one.attributes.put("title", "b"));
    server.frame(() => two.attributes.put("title", "b"));
    server.frame(() => two.attributes.put("Title", "a"));
    expect([page.element(one).title, page.element(two).title]).toEqual(["b", "b"]);
    server.frame(() => two.attributes.delete("title"));
    expect(page.element(two).title).toBe("a");
  });

  it("are more where the class of the element widens the list", () => {
    class Wide extends SObject {
      static override frontendType = "binding-wide";
      attributes = new DictTopic<Json>();
    }
    class WideElement extends SObjectElement<Wide> {
      static override readonly policy = widen(DEFAULT_POLICY, { attributes: ["mood"] });
    }
    const server = new MirrorPage(Wide);
    const page = server.join();
    pages.push(page);
    const object = server.frame(() => server.root.add(Wide));
    server.frame(() => object.attributes.put("mood", "good"));
    expect(page.element(object).hasAttribute("mood")).toBe(false);
    register("binding-wide", WideElement);
    expect(page.element(object).getAttribute("mood")).toBe("good");
    server.frame(() => object.attributes.put("mood", "better"));
    expect(page.element(object).getAttribute("mood")).toBe("better");
  });
});

describe("bound classes", () => {
  it("[DE-03] are on while their item is neither false nor null", () => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Text));
    const element = page.element(object);
    server.frame(() => object.classes.put("one", true));
    server.frame(() => object.classes.put("two", true));
    element.classList.add("own");
    server.frame(() => object.classes.put("one", false));
    expect([...element.classList]).toEqual(["two", "own"]);
    server.frame(() => object.classes.set({ three: true, "a b": true }));
    expect([...element.classList]).toEqual(["own", "three"]);
    expect(server.takeErrors()).toEqual(["<os-text> of Text: the class a b is refused"]);
  });
});

describe("a bound dict of too many keys", () => {
  const manyKeys = 40_000;
  const properties = ["color", "font-size", "border-top-width", "padding-left", "width"];
  const key = {
    style: (index: number) => properties[index] ?? `--x${index}`,
    classes: (index: number) => `c${index}`,
    attributes: (index: number) => `data-x${index}`,
  };
  const names = ["style", "classes", "attributes"] as const;
  const dictOf = (name: (typeof names)[number], count: number): Record<string, Json> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [key[name](index), name === "style" ? "inherit" : "1"]),
    );
  const tooMany = names.map(
    (name) => `<a> of Open: the attribute ${name} has more than ${MAX_BOUND_KEYS} keys, and is not bound`,
  );
  const told = (element: Element): string[] => {
    const { style } = element as HTMLElement;
    const data = element.getAttributeNames().filter((name) => name.startsWith("data-"));
    const declarations = [...style].map((property) => `${property}: ${style.getPropertyValue(property)}`);
    return [
      ...data.map((name) => `${name}=${element.getAttribute(name)}`),
      ...element.classList,
      ...declarations,
    ].sort();
  };
  const shown = (element: Element): number => told(element).length;

  function spies() {
    const setProperty = vi.spyOn(CSSStyleDeclaration.prototype, "setProperty");
    return [
      setProperty,
      vi.spyOn(CSSStyleDeclaration.prototype, "removeProperty"),
      vi.spyOn(DOMTokenList.prototype, "add"),
      vi.spyOn(DOMTokenList.prototype, "remove"),
      vi.spyOn(Element.prototype, "setAttribute"),
      vi.spyOn(Element.prototype, "removeAttribute"),
    ];
  }

  it.each(names)("[DE-03] has none of its keys on the element, and all again once there are fewer: %s", (name) => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Open));
    const element = page.element(object);
    const errors: string[] = [];
    const likeALateJoiner = (): void => {
      errors.push(...server.takeErrors());
      const late = server.join();
      pages.push(late);
      expect(told(late.element(object))).toEqual(told(element));
      pages.pop()?.close();
      // Another page, whose own warning it is.
      server.takeErrors();
    };
    server.frame(() => object[name].set(dictOf(name, MAX_BOUND_KEYS)));
    const all = shown(element);
    expect(all).toBeGreaterThan(200);
    likeALateJoiner();
    for (let round = 0; round < 2; round++) {
      server.frame(() => object[name].put(key[name](MAX_BOUND_KEYS), "inherit"));
      expect(shown(element)).toBe(0);
      likeALateJoiner();
      server.frame(() => object[name].put(key[name](MAX_BOUND_KEYS + 1), "inherit"));
      server.frame(() => object[name].delete(key[name](MAX_BOUND_KEYS + 1)));
      expect(shown(element)).toBe(0);
      server.frame(() => object[name].delete(key[name](MAX_BOUND_KEYS)));
      expect(shown(element)).toBe(all);
      likeALateJoiner();
    }
    server.frame(() => object[name].set(dictOf(name, MAX_BOUND_KEYS + 9)));
    expect(shown(element)).toBe(0);
    server.frame(() => object[name].set(dictOf(name, 1)));
    expect(shown(element)).toBe(1);
    errors.push(...server.takeErrors());
    expect(errors).toEqual(tooMany.filter((each) => each.includes(`attribute ${name} `)));
  });

  it.each(names)("costs no write to the page, whether it came by `set` or key by key: %s", (name) => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Open));
    const dict = dictOf(name, manyKeys);
    const calls = spies();
    const written = (): number => calls.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    server.frame(() => object[name].set(dict));
    expect(written()).toBe(0);
    server.frame(() => object[name].set({}));
    expect(written()).toBe(0);
    server.frame(() => {
      for (const [each, item] of Object.entries(dict)) object[name].put(each, item);
    });
    expect(written()).toBeLessThan(4 * MAX_BOUND_KEYS);
    expect(shown(page.element(object))).toBe(0);
    const late = server.join();
    pages.push(late);
    expect(shown(late.element(object))).toBe(0);
  });

  it.each(names)("is not put on and taken off within one frame: %s", (name) => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Open));
    server.frame(() => object[name].set(dictOf(name, MAX_BOUND_KEYS)));
    const all = shown(page.element(object));
    const calls = spies();
    server.frame(() => {
      for (let count = 0; count < 1_000; count++) {
        object[name].put(key[name](MAX_BOUND_KEYS), "1");
        object[name].delete(key[name](MAX_BOUND_KEYS));
      }
    });
    expect(calls.reduce((sum, spy) => sum + spy.mock.calls.length, 0)).toBeLessThanOrEqual(2_000);
    expect(shown(page.element(object))).toBe(all);
  });

  it("leaves the other dicts of the element as they are", () => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Open));
    const element = page.element(object);
    server.frame(() => object.style.set({ color: "red" }));
    server.frame(() => object.classes.set({ one: true }));
    server.frame(() => object.attributes.set({ style: "color: blue", class: "two", title: "t" }));
    const html = '<a class="one" title="t" style="color: red;"></a>';
    expect(element.outerHTML).toBe(html);
    server.frame(() => {
      for (const [each, item] of Object.entries(dictOf("attributes", MAX_BOUND_KEYS)))
        object.attributes.put(each, item);
    });
    expect(element.outerHTML).toBe(html.replace(' title="t"', ""));
  });

  it("is looked up by name, however many spellings of one name there are", () => {
    const { server, page } = open();
    const object = server.frame(() => server.root.add(Open));
    const element = page.element(object);
    const spellings = Array.from({ length: MAX_BOUND_KEYS }, (_, bits) =>
      [..."data-abcdefgh"]
        .map((letter, at) => (at >= 5 && bits & (1 << (at - 5)) ? letter.toUpperCase() : letter))
        .join(""),
    );
    const first = (): string => object.attributes.keys().sort()[0] as string;
    server.frame(() => object.attributes.set(Object.fromEntries(spellings.map((each) => [each, each]))));
    expect(element.getAttribute("data-abcdefgh")).toBe("data-abcdefgh");
    server.frame(() => object.attributes.delete("data-abcdefgh"));
    for (let count = 0; count < 5; count++) {
      expect(element.getAttribute("data-abcdefgh")).toBe(first());
      server.frame(() => object.attributes.delete(first()));
    }
    server.frame(() => object.attributes.set({}));
    expect(element.outerHTML).toBe("<a></a>");
  });
});

describe("an html object", () => {
  it("[DE-09] is the native element itself, with its text and what is below it", () => {
    const { server, page } = open();
    const list = server.frame(() => {
      const list = server.root.add(Html, { tag: "ul", attributes: { id: "list" } });
      list.add(Html, { tag: "li", text: "one" });
      return list;
    });
    server.frame(() => list.text.set("Things"));
    server.frame(() => list.classes.put("big", true));
    expect(page.target.innerHTML).toBe('<ul id="list" class="big">Things<li>one</li></ul>');
  });

  it("[DE-09] is refused where its tag may do harm, and shows when it has another", () => {
    const { server, page } = open();
    const object = server.frame(() =>
      server.root.add(AnyTag, { tag: "script", text: "globalThis.harmed = true", attributes: { type: "module" } }),
    );
    for (const tag of ["iframe", "object-sync", "os-text", "STYLE", "no-such", "<b>"]) {
      server.frame(() => object.tag.set(tag));
    }
    server.frame(() => object.style.put("display", "block"));
    expect(page.target.innerHTML).toBe('<div hidden=""></div>');
    expect("harmed" in globalThis).toBe(false);
    expect(server.takeErrors()).toHaveLength(7);
    server.frame(() => object.tag.set("b"));
    expect(page.target.innerHTML).toBe('<b type="module" style="display: block;">globalThis.harmed = true</b>');
    expect(server.takeErrors()).toEqual([]);
  });

  it("gets another element when its tag changes, and its children stay what they are", () => {
    const { server, page } = open();
    const [outer, input] = server.frame(() => {
      const outer = server.root.add(Html, { text: "T", style: { color: "red" } });
      const input = outer.add(SObject).add(Html, { tag: "input" });
      outer.add(Text, { text: "x" });
      server.root.add(Html, { tag: "hr" });
      return [outer, input];
    });
    const kept = page.element<HTMLInputElement>(input);
    kept.focus();
    server.frame(() => {
      outer.text.insert(1, "a");
      outer.tag.set("section");
      outer.text.insert(2, "b");
    });
    expect(page.target.innerHTML).toBe('<section style="color: red;">Tab<input><os-text></os-text></section><hr>');
    expect(page.element(input)).toBe(kept);
    expect(document.activeElement).toBe(kept);
    server.frame(() => outer.text.set("U"));
    expect(page.target.firstElementChild?.firstChild?.nodeValue).toBe("U");
  });

  it("is of the namespace of its place", () => {
    const { server, page } = open();
    const [svg, circle, div] = server.frame(() => {
      const svg = server.root.add(Html, { tag: "svg", attributes: { viewBox: "0 0 10 10" } });
      const circle = svg.add(Html, { tag: "g" }).add(Html, { tag: "circle", attributes: { r: 5 } });
      const div = svg.add(Html, { tag: "foreignObject" }).add(Html, { tag: "div" });
      return [svg, circle, div];
    });
    expect(page.element<Element>(svg)).toBeInstanceOf(SVGSVGElement);
    expect(page.element<Element>(circle)).toBeInstanceOf(SVGCircleElement);
    expect(page.element(svg).getAttribute("viewBox")).toBe("0 0 10 10");
    expect(page.element(div)).toBeInstanceOf(HTMLDivElement);
    const link = server.frame(() => server.root.add(Html, { tag: "a" }));
    expect(page.element(link)).toBeInstanceOf(HTMLAnchorElement);
    server.frame(() => link.moveTo(svg));
    expect(page.element<Element>(link)).toBeInstanceOf(SVGAElement);
    expect(page.element(svg).lastElementChild).toBe(page.element(link));
  });
});
