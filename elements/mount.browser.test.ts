import { afterEach, describe, expect, it, vi } from "vitest";
import { DictTopic } from "../core/dict-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { Siblings } from "../core/siblings.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type JoinedPage, MirrorPage } from "../test/mirror-page.ts";
import { Chart } from "./chart/model.ts";
import { Html } from "./html/model.ts";
import "./index.ts";
import { html, register, SObjectElement } from "./index.ts";

const log: string[] = [];
const instances = new Set<SObjectElement>();

class Row extends SObject {
  static override frontendType = "mount-row";
  name = new StringTopic();
  count = new NumberTopic();
  other = new NumberTopic();
  style = new DictTopic<string>();
  override build(name = ""): void {
    this.name.set(name);
  }
}

class Data extends SObject {}

class RowElement extends SObjectElement<Row> {
  renders = 0;
  nameAtStart = "";
  /** As the hooks tell it. */
  parentId = 0;
  readonly childIds = new Set<number>();
  constructor() {
    super();
    instances.add(this);
  }
  get #name(): string {
    return this.object.name.value;
  }
  override onStart(): void {
    log.push(`start ${this.#name}`);
    this.parentId = this.object.parent?.id ?? 0;
    this.nameAtStart = this.object.name.value;
    this.link(this.object.name, "change", ({ inserted }) => log.push(`name +${inserted}`));
    this.listen(window, "mount-test", () => log.push(`event ${this.#name}`));
  }
  override onReady(): void {
    log.push(`ready ${this.#name}`);
  }
  override onParentChangedFrom(old: { id: number }): void {
    log.push(`${this.#name} from ${old.id}`);
    expect(old.id).toBe(this.parentId);
  }
  override onParentChangedTo(parent: { id: number }): void {
    log.push(`${this.#name} to ${parent.id}`);
    this.parentId = parent.id;
  }
  override onChildAdded(child: { id: number }): void {
    log.push(`${this.#name} gets ${child.id}`);
    expect(this.childIds.has(child.id)).toBe(false);
    this.childIds.add(child.id);
  }
  override onChildRemoved(child: { id: number }): void {
    log.push(`${this.#name} loses ${child.id}`);
    expect(this.childIds.delete(child.id)).toBe(true);
  }
  override onDestroy(): void {
    log.push(`destroy ${this.#name}`);
  }
  override render(): unknown {
    this.renders++;
    return html`<b>${this.object.count.value}</b><i>${this.object.name.value}</i><slot></slot>`;
  }
}
register("mount-row", RowElement);

const pages: JoinedPage[] = [];

function open(): { server: MirrorPage; page: JoinedPage } {
  const server = new MirrorPage(Row, Data, Html);
  const page = server.join();
  pages.push(page);
  log.length = 0;
  return { server, page };
}

const takeLog = (): string[] => log.splice(0);

function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

/** The names in the document, nested as the elements are. */
function outline(element: Element): unknown[] {
  return [...element.children].map((child) => {
    const inner = outline(child);
    const name = (child as RowElement).object.name.value;
    return inner.length > 0 ? [name, ...inner] : name;
  });
}

/** What the outline must be. */
function expected(object: SObject): unknown[] {
  return object.children.flatMap((child) => {
    const inner = expected(child);
    if (!(child instanceof Row)) return inner;
    return [inner.length > 0 ? [child.name.value, ...inner] : child.name.value];
  });
}

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  vi.restoreAllMocks();
});

describe("the elements of a tree", () => {
  it("[CM-01] are one for each object with a frontend type", () => {
    const { server, page } = open();
    const row = server.frame(() => {
      const first = server.root.add(Row, "a");
      first.add(Row, "b");
      server.root.add(Data);
      return first;
    });
    const element = page.element<RowElement>(row);
    expect(page.target.querySelectorAll("os-mount-row").length).toBe(2);
    expect(element).toBeInstanceOf(RowElement);
    expect(element.object.id).toBe(row.id);
    expect(element.client).toBe(page.client);
  });

  it("[DE-06] hang in the nearest ancestor that has an element, in tree order", () => {
    const { server, page } = open();
    const [data, deep] = server.frame(() => {
      server.root.add(Row, "a");
      const data = server.root.add(Data);
      const deep = data.add(Data);
      server.root.add(Row, "z");
      return [data, deep];
    });
    server.frame(() => data.add(Row, "c"));
    server.frame(() => deep.add(Row, "b").add(Row, "inner"));
    expect(outline(page.target)).toEqual(["a", ["b", "inner"], "c", "z"]);
    server.frame(() => data.moveTo(server.root, { index: 0 }));
    expect(outline(page.target)).toEqual([["b", "inner"], "c", "a", "z"]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("[DE-07] are in order after any frames (seed %i)", (seed) => {
    const random = randomly(seed);
    const { server, page } = open();
    let names = 0;
    let moves = 0;
    for (let frame = 0; frame < 60; frame++) {
      server.frame(() => {
        for (let step = random(12); step >= 0; step--) {
          const objects = [...server.tree.objects()];
          const object = objects[random(objects.length)] as SObject;
          // Few places, so that much happens among neighbours.
          const target = objects[random(Math.min(6, objects.length))] as SObject;
          if (random(4) === 0 && object.parent && objects.length > 20) object.destroy();
          else if (random(3) > 0 && object.parent && !object.contains(target)) {
            const last = target.children.length - (object.parent === target ? 1 : 0);
            object.moveTo(target, { index: random(last + 1) });
            moves++;
          } else {
            const index = random(target.children.length + 1);
            if (random(2) === 0) target.add(Data, undefined, { index });
            else target.add(Row, `n${names++}`, { index });
          }
        }
      });
      if (frame % 20 === 19) server.resend(page, "reconcile");
      expect(outline(page.target), `frame ${frame}`).toEqual(expected(server.root));
      for (const row of server.root.search({ type: Row })) {
        const { parentId, childIds } = page.element<RowElement>(row);
        const ids = row.children.map(({ id }) => id).sort();
        expect([parentId, [...childIds].sort()], `hooks in frame ${frame}`).toEqual([row.parent?.id, ids]);
      }
    }
    const late = server.join();
    pages.push(late);
    expect(outline(late.target)).toEqual(expected(server.root));
    server.resend(page, "reset");
    expect(outline(page.target)).toEqual(expected(server.root));
    expect(server.takeErrors()).toEqual([]);
    expect(moves).toBeGreaterThan(100);
  });

  it("[DE-07] keep focus, scroll and state of what did not move, and focus of what moved", () => {
    const { server, page } = open();
    const [first, second, third] = server.frame(() => [
      server.root.add(Html, { tag: "input" }),
      server.root.add(Html, { tag: "div", style: { height: "20px", overflow: "auto" } }),
      server.root.add(Html, { tag: "input" }),
    ]);
    server.frame(() => second.add(Html, { style: { height: "500px" } }));
    const input = page.element<HTMLInputElement>(first);
    const scroller = page.element(second);
    input.focus();
    input.value = "typed";
    scroller.scrollTop = 100;
    server.frame(() => third.moveTo(server.root, { index: 0 }));
    server.frame(() => third.moveTo(second));
    server.frame(() => server.root.add(Html, {}, { index: 1 }));
    expect(document.activeElement).toBe(input);
    expect(scroller.scrollTop).toBe(100);
    server.frame(() => first.moveTo(server.root));
    expect(document.activeElement).toBe(input);
    expect(input.value).toBe("typed");
    expect(page.element(first)).toBe(input);
  });

  it("are not touched when one comes between ten thousand others", () => {
    const { server, page } = open();
    server.frame(() => {
      for (let index = 0; index < 10_000; index++) server.root.add(Html);
    });
    const observer = new MutationObserver(() => {});
    observer.observe(page.target, { childList: true, subtree: true });
    server.frame(() => server.root.add(Html, {}, { index: 5_000 }));
    server.frame(() => server.root.children[9_000]?.moveTo(server.root, { index: 10 }));
    const records = observer.takeRecords();
    observer.disconnect();
    expect(records.map(({ addedNodes, removedNodes }) => [addedNodes.length, removedNodes.length])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(page.target.children.length).toBe(10_001);
  });

  it("are found a place without a look at all the others, however many come in one frame", () => {
    const { server, page } = open();
    const last = server.frame(() => server.root.add(Row, "last"));
    const looks = vi.spyOn(Siblings.prototype, "at");
    server.frame(() => {
      for (let index = 0; index < 2000; index++) server.root.add(Data, undefined, { index }).add(Html);
    });
    expect(page.target.lastElementChild).toBe(page.element(last));
    expect(page.target.children.length).toBe(2001);
    expect(looks.mock.calls.length).toBeLessThan(10_000);
  });

  it("go with their object", () => {
    const { server, page } = open();
    const row = server.frame(() => {
      const row = server.root.add(Row, "a");
      row.add(Row, "b");
      return row;
    });
    server.frame(() => row.destroy());
    expect(page.target.childElementCount).toBe(0);
  });

  it("can change places with what is above them, in one frame", () => {
    const { server, page } = open();
    const [outer, inner] = server.frame(() => {
      const outer = server.root.add(Row, "outer");
      return [outer, outer.add(Row, "inner")];
    });
    const elements = [page.element(outer), page.element(inner)];
    server.frame(() => {
      inner.moveTo(server.root);
      const between = server.root.add(Data);
      inner.moveTo(between);
      outer.moveTo(inner);
    });
    expect(outline(page.target)).toEqual([["inner", "outer"]]);
    expect([page.element(outer), page.element(inner)]).toEqual(elements);
    expect(server.takeErrors()).toEqual([]);
  });

  it("go with an object that came and went while the page did not look", () => {
    const { server, page } = open();
    const row = server.frame(() => server.root.add(Row, "a"));
    takeLog();
    server.frame(() => {
      const passing = server.root.add(Data);
      row.moveTo(passing);
      passing.destroy();
    });
    expect(page.target.childElementCount).toBe(0);
    expect(takeLog()).toEqual(["destroy a"]);
  });

  it("are made anew when the tree is another one, and kept when it is the same", () => {
    const { server, page } = open();
    const row = server.frame(() => server.root.add(Row, "a"));
    const element = page.element(row);
    server.resend(page, "reconcile");
    expect(page.element(row)).toBe(element);
    takeLog();
    server.resend(page, "reset");
    expect(page.element(row)).not.toBe(element);
    expect(takeLog()).toEqual(["destroy a", "start a", "ready a"]);
    expect(page.target.childElementCount).toBe(1);
  });
});

describe("a reset", () => {
  it("covers changes that the page was never told of", () => {
    const { server, page } = open();
    const row = server.frame(() => server.root.add(Row, "a"));
    const mirrored = page.tree.get(row.id) as Row;
    takeLog();
    page.tree.apply([-1 - 2 * row.id, 1]);
    expect(page.tree.get(row.id)).toBeUndefined();
    server.resend(page, "reset");
    expect(takeLog()).toEqual(["destroy a", "start a", "ready a"]);
    expect(page.target.childElementCount).toBe(1);
    expect(mirrored.name.listenerCount).toBe(0);
  });
});

describe("the hooks of an element", () => {
  it("[CM-05][CM-06] start a parent before its children, and make it ready after them", () => {
    const { server, page } = open();
    const [a, b] = server.frame(() => {
      const a = server.root.add(Row, "a");
      const b = a.add(Row, "b");
      b.add(Data);
      a.name.set("A");
      return [a, b];
    });
    const data = b.children[0] as SObject;
    expect(takeLog()).toEqual(["start A", "start b", `b gets ${data.id}`, "ready b", `A gets ${b.id}`, "ready A"]);
    expect(page.element<RowElement>(a).nameAtStart).toBe("A");
  });

  it("[CM-08] tell of each move, first from where, then to where", () => {
    const { server } = open();
    const [a, b, c] = server.frame(() => [
      server.root.add(Row, "a"),
      server.root.add(Row, "b"),
      server.root.add(Row, "c"),
    ]);
    takeLog();
    server.frame(() => c.moveTo(a));
    expect(takeLog()).toEqual(["c from 1", `c to ${a.id}`, `a gets ${c.id}`]);
    server.frame(() => c.moveTo(b));
    expect(takeLog()).toEqual([`a loses ${c.id}`, `c from ${a.id}`, `c to ${b.id}`, `b gets ${c.id}`]);
    server.frame(() => b.moveTo(server.root, { index: 0 }));
    expect(takeLog()).toEqual([]);
  });

  it("[CM-08] tell of a move into what came in the same frame", () => {
    const { server, page } = open();
    const a = server.frame(() => server.root.add(Row, "a"));
    takeLog();
    const b = server.frame(() => {
      const b = server.root.add(Row, "b");
      a.moveTo(b);
      return b;
    });
    expect(takeLog()).toEqual(["start b", "ready b", "a from 1", `a to ${b.id}`, `b gets ${a.id}`]);
    expect(outline(page.target)).toEqual([["b", "a"]]);
  });

  it("[CM-08] do not tell of what was before the element was there", () => {
    const { server } = open();
    const [a, b] = server.frame(() => [server.root.add(Row, "a"), server.root.add(Row, "b")]);
    takeLog();
    const c = server.frame(() => {
      const c = a.add(Row, "c");
      c.moveTo(b);
      return c;
    });
    expect(takeLog()).toEqual(["start c", "ready c", `b gets ${c.id}`]);
  });

  it("[CM-09] tell the parent of a child that was destroyed, also one without an element", () => {
    const { server } = open();
    const [a, b, data] = server.frame(() => {
      const a = server.root.add(Row, "a");
      return [a, a.add(Row, "b"), a.add(Data)];
    });
    takeLog();
    server.frame(() => b.destroy());
    server.frame(() => data.destroy());
    expect(takeLog()).toEqual(["destroy b", `a loses ${b.id}`, `a loses ${data.id}`]);
    server.frame(() => a.add(Row, "c"));
    takeLog();
    server.frame(() => a.destroy());
    expect(takeLog()).toEqual(["destroy c", "destroy a"]);
  });

  it("[CM-10] leave no listeners behind after a thousand objects", () => {
    const { server, page } = open();
    const before = page.tree.listenerCount;
    for (let count = 0; count < 1000; count++) {
      const row = server.frame(() => {
        const row = server.root.add(Row, "a");
        row.style.put("color", "red");
        return row;
      });
      const mirrored = page.tree.get(row.id) as Row;
      expect(mirrored.name.listenerCount).toBe(1);
      server.frame(() => row.destroy());
      expect(mirrored.name.listenerCount + mirrored.style.listenerCount + mirrored.count.listenerCount).toBe(0);
    }
    takeLog();
    window.dispatchEvent(new Event("mount-test"));
    expect(takeLog()).toEqual([]);
    expect(page.tree.listenerCount).toBe(before);
    page.mount.close();
    expect(page.tree.listenerCount).toBe(0);
  });

  it("[CM-10] leave nothing behind that a render listened to", async () => {
    const { server, page } = open();
    const row = server.frame(() => server.root.add(Row, "a"));
    const element = page.element<RowElement>(row);
    await element.updateComplete;
    const mirrored = page.tree.get(row.id) as Row;
    expect(mirrored.count.listenerCount).toBe(1);
    server.frame(() => row.destroy());
    expect(mirrored.count.listenerCount).toBe(0);
  });

  it("[CM-11] links and listeners end when they are told to", () => {
    const { server, page } = open();
    const row = server.frame(() => server.root.add(Row, "a"));
    const element = page.element<RowElement>(row);
    const unlink = element.link(element.object.count, "change", ({ value }) => log.push(`count ${value}`));
    const unlisten = element.listen(window, "mount-test", () => log.push("listened"));
    takeLog();
    server.frame(() => row.count.set(1));
    window.dispatchEvent(new Event("mount-test"));
    expect(takeLog()).toEqual(["count 1", "event a", "listened"]);
    unlink();
    unlisten();
    server.frame(() => row.count.set(2));
    window.dispatchEvent(new Event("mount-test"));
    expect(takeLog()).toEqual(["event a"]);
  });

  it("ends for good when a hook closes the page: nothing starts or is ready afterwards", () => {
    const server = new MirrorPage(Row, Data);
    const page = server.join();
    const onStart = vi.spyOn(RowElement.prototype, "onStart").mockImplementation(function (this: RowElement) {
      log.push(`start ${this.object.name.value}`);
      if (this.object.name.value === "closes") page.close();
    });
    log.length = 0;
    server.frame(() => {
      server.root.add(Row, "first");
      server.root.add(Row, "closes").add(Row, "below");
      server.root.add(Row, "beside");
    });
    onStart.mockRestore();
    expect(log.slice(0, 3)).toEqual(["start first", "ready first", "start closes"]);
    expect(log.slice(3).filter((entry) => !entry.startsWith("destroy "))).toEqual([]);
    expect(log.splice(0)).toHaveLength(3 + 4);
  });

  it("that throw are reported and keep nothing from happening", () => {
    const { server, page } = open();
    class Broken extends SObjectElement {
      override onStart(): void {
        throw new Error("at the start");
      }
      override onDestroy(): void {
        throw new Error("at the end");
      }
      override render(): never {
        throw new Error("in render");
      }
    }
    class BrokenRow extends SObject {
      static override frontendType = "mount-broken";
    }
    register("mount-broken", Broken);
    const other = new MirrorPage(BrokenRow, Row);
    const broken = other.join();
    pages.push(broken);
    const object = other.frame(() => {
      const object = other.root.add(BrokenRow);
      object.add(Row, "below");
      return object;
    });
    expect(broken.target.querySelectorAll("os-mount-row").length).toBe(1);
    other.frame(() => object.destroy());
    expect(broken.target.childElementCount).toBe(0);
    expect(other.takeErrors().map((message) => message.replace(/^.*: /, ""))).toEqual(["at the start", "at the end"]);
    expect(server.takeErrors()).toEqual([]);
    expect(page.target.childElementCount).toBe(0);
  });
});

describe("the rendering of an element", () => {
  it("[CM-23] happens once per frame, and only when it read what changed", async () => {
    const { server, page } = open();
    const [a, b] = server.frame(() => [server.root.add(Row, "a"), server.root.add(Row, "b")]);
    const [one, two] = [page.element<RowElement>(a), page.element<RowElement>(b)];
    await one.updateComplete;
    expect([one.renders, two.renders]).toEqual([1, 1]);
    server.frame(() => {
      a.count.set(1);
      a.count.set(2);
      a.name.set("aa");
    });
    await one.updateComplete;
    expect([one.renders, two.renders]).toEqual([2, 1]);
    expect(one.shadowRoot?.querySelector("b")?.textContent).toBe("2");
    server.frame(() => a.other.set(1));
    server.frame(() => a.style.put("color", "red"));
    await one.updateComplete;
    expect([one.renders, two.renders]).toEqual([2, 1]);
  });

  it("goes on after the element was moved in the document, without a second start", async () => {
    const { server, page } = open();
    const [a, b] = server.frame(() => [server.root.add(Row, "a"), server.root.add(Row, "b")]);
    const element = page.element<RowElement>(a);
    await element.updateComplete;
    takeLog();
    page.element(b).insertBefore(element, null);
    page.target.append(element);
    server.frame(() => b.moveTo(a));
    server.frame(() => a.count.set(5));
    await element.updateComplete;
    expect(element.shadowRoot?.querySelector("b")?.textContent).toBe("5");
    expect(takeLog()).toEqual(["b from 1", `b to ${a.id}`, `a gets ${b.id}`]);
  });

  it("is reported when it throws, and tried again when what it read has changed", async () => {
    class Picky extends SObject {
      static override frontendType = "mount-picky";
      name = new StringTopic("bad");
    }
    class PickyElement extends SObjectElement<Picky> {
      override render(): unknown {
        if (this.object.name.value === "bad") throw new Error("no good");
        return this.object.name.value;
      }
    }
    register("mount-picky", PickyElement);
    const server = new MirrorPage(Picky);
    const page = server.join();
    pages.push(page);
    const object = server.frame(() => server.root.add(Picky));
    const element = page.element<PickyElement>(object);
    await element.updateComplete;
    expect(server.takeErrors()).toEqual([`the update of <os-mount-picky> for Picky ${object.id}: no good`]);
    server.frame(() => object.name.set("good"));
    await element.updateComplete;
    expect(element.shadowRoot?.textContent).toBe("good");
  });
});

describe("a frontend type", () => {
  class Late extends SObject {
    static override frontendType = "mount-late";
    name = new StringTopic("late");
  }

  it("[CM-02] [CM-03] that is registered later upgrades what is there; until then it only warns once", async () => {
    const server = new MirrorPage(Late, Row);
    const page = server.join();
    pages.push(page);
    const [outer, inner] = server.frame(() => {
      const outer = server.root.add(Late);
      const inner = outer.add(Late);
      inner.add(Row, "row");
      return [outer, inner];
    });
    const element = page.element(outer);
    expect(element.localName).toBe("os-mount-late");
    expect(element.querySelector("os-mount-row")?.shadowRoot).toBeTruthy();
    expect(server.takeErrors()).toEqual([expect.stringContaining('register("mount-late", …) makes <os-mount-late>')]);
    takeLog();
    class LateElement extends SObjectElement<Late> {
      override onStart(): void {
        log.push(`start ${this.object.id} ${this.object.name.value}`);
      }
      override onChildAdded(child: { id: number }): void {
        log.push(`${this.object.id} gets ${child.id}`);
      }
      override onReady(): void {
        log.push(`ready ${this.object.id}`);
      }
    }
    register("mount-late", LateElement);
    expect(page.element(outer)).toBe(element);
    await (element as LateElement).updateComplete;
    const [a, b, row] = [outer.id, inner.id, (inner.children[0] as Row).id];
    expect(takeLog()).toEqual([
      `start ${a} late`,
      `${a} gets ${b}`,
      `start ${b} late`,
      `${b} gets ${row}`,
      `ready ${b}`,
      `ready ${a}`,
    ]);
    server.frame(() => server.root.add(Late));
    expect(server.takeErrors()).toEqual([]);
  });

  it("[CM-03] that the package has, and the page has not asked for, is warned of by its import", () => {
    const server = new MirrorPage(Chart);
    pages.push(server.join());
    server.frame(() => server.root.add(Chart, { title: "Load" }));
    expect(server.takeErrors()).toEqual([
      '<os-chart>: no element for the frontend type yet: import "objectsync/elements/chart" makes <os-chart> known',
    ]);
  });

  it("[CM-02] can be registered again with its class, and with no other", () => {
    class Another extends SObjectElement {}
    expect(() => register("mount-row", RowElement)).not.toThrow();
    expect(() => register("mount-row", Another)).toThrow(expect.objectContaining({ code: "duplicate_type" }));
    expect(() => register("mount-other", RowElement)).toThrow(expect.objectContaining({ code: "duplicate_type" }));
    expect(() => register("Mount", Another)).toThrow(expect.objectContaining({ code: "invalid_name" }));
    expect(() => register("html", Another)).toThrow(expect.objectContaining({ code: "invalid_name" }));
  });

  it("gives an element that nobody spawned no object and nothing to render", async () => {
    const stray = document.createElement("os-mount-row") as RowElement;
    document.body.append(stray);
    await stray.updateComplete;
    expect(() => stray.object).toThrow(expect.objectContaining({ code: "not_found" }));
    expect(stray.renders).toBe(0);
    stray.remove();
  });
});
