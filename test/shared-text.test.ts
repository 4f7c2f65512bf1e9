// Two people in one field: two pages in Chromium, and a network that takes 300 ms each way.
import { Input, Textarea } from "objectsync/models";
import { Server } from "objectsync/server";
import type { CDPSession, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeInBrowser, openPage } from "./browser.ts";
import { type Relay, relayTo } from "./relay.ts";

const DELAY_MS = 300;
/** Between two keys: fast, for hands. */
const KEY_MS = 35;

/** What a field shows. */
interface Sight {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

type Control = HTMLInputElement | HTMLTextAreaElement;

/** Somebody in front of a page. */
class Person {
  readonly page: Page;
  readonly errors: readonly string[];
  /** Of the field that they are in. */
  label = "";

  constructor(page: Page, errors: readonly string[]) {
    this.page = page;
    this.errors = errors;
  }

  /** Goes into the field and puts the caret behind a text in it; from then on all that the field shows is noted. */
  async goBehind(text: string): Promise<void> {
    await this.field.evaluate((element, text) => {
      const field = element as Control;
      field.focus();
      const place = field.value.indexOf(text) + text.length;
      field.setSelectionRange(place, place);
      const sights: Sight[] = [];
      Object.assign(globalThis, { sights });
      const look = (): void => {
        const [last, value] = [sights.at(-1), field.value];
        const [start, end] = [field.selectionStart as number, field.selectionEnd as number];
        if (last?.value !== value || last.start !== start || last.end !== end) sights.push({ value, start, end });
      };
      const lookOn = (): void => {
        look();
        requestAnimationFrame(lookOn);
      };
      field.addEventListener("input", look);
      lookOn();
    }, text);
  }

  get field() {
    return this.page.getByLabel(this.label);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text, { delay: KEY_MS });
  }

  value(): Promise<string> {
    return this.field.inputValue();
  }

  /** What the page knows of the text. */
  text(): Promise<string> {
    return this.field.evaluate((element) => {
      const { host } = element.getRootNode() as ShadowRoot;
      return (host as unknown as { object: { value: { value: string } } }).object.value.value;
    });
  }

  /** What the field shows, with a `|` where the caret is. */
  async shown(): Promise<string> {
    const { value, start, end } = await this.field.evaluate((element) => {
      const { value, selectionStart, selectionEnd } = element as Control;
      return { value, start: selectionStart as number, end: selectionEnd as number };
    });
    expect(start).toBe(end);
    return `${value.slice(0, start)}|${value.slice(start)}`;
  }

  sights(): Promise<Sight[]> {
    return this.page.evaluate(() => (globalThis as unknown as { sights: Sight[] }).sights);
  }

  /** At each moment the caret was right behind what was typed so far; and of that nothing was ever gone. */
  async expectSteady(before: string, typed: string): Promise<void> {
    let length = 0;
    const sights = await this.sights();
    expect(sights.length).toBeGreaterThan(typed.length / 4);
    for (const { value, start, end } of sights) {
      expect(start).toBe(end);
      const head = value.slice(0, start);
      const now = [...Array(typed.length + 1).keys()].findLast((each) => head.endsWith(before + typed.slice(0, each)));
      expect(now, JSON.stringify(value)).toBeGreaterThanOrEqual(length);
      length = now as number;
    }
    expect(length).toBe(typed.length);
  }
}

describeInBrowser("two people in one field, 300 ms away", () => {
  // However slow the machine is, what is typed at a stretch is one step.
  const server = new Server({ models: [Input, Textarea], history: { mergeMs: 60_000 } });
  let relay: Relay;
  let ada: Person;
  let ben: Person;
  let count = 0;

  beforeAll(async () => {
    const { port } = await server.listen(0);
    relay = await relayTo(port, { delayMs: DELAY_MS });
    [ada, ben] = (await Promise.all(
      ["Ada", "Ben"].map(async () => {
        const { page, errors } = await openPage(`http://localhost:${relay.port}`);
        return new Person(page, errors);
      }),
    )) as [Person, Person];
  });

  afterEach(() => {
    for (const child of server.root.children) child.destroy();
    expect([...ada.errors, ...ben.errors]).toEqual([]);
  });

  afterAll(async () => {
    for (const { page } of [ada, ben]) await page.context().close();
    await server.close();
    relay.close();
  });

  async function open(type: typeof Input | typeof Textarea, value: string) {
    const label = `Notes ${++count}`;
    const field = server.root.add(type as typeof Input, { label, value });
    for (const person of [ada, ben]) {
      person.label = label;
      await person.field.waitFor();
    }
    /** Both pages and the server have the same text; returns it. */
    const agreed = async (isDone: (text: string) => boolean): Promise<string> => {
      await expect
        .poll(async () => {
          const [one, two] = [await ada.value(), await ben.value()];
          return one === two && one === field.value.value && isDone(one) ? "agreed" : [one, two, field.value.value];
        })
        .toBe("agreed");
      return field.value.value;
    };
    return { field, agreed };
  }

  it("[TF-02][DE-15][CM-25] type at different places, and each stays where they are", async () => {
    const { field, agreed } = await open(Textarea, "Ada: .\nBen: .\n");
    await ada.goBehind("Ada: ");
    await ben.goBehind("Ben: ");
    const [hers, his] = ["I have the letters, all of them.\nAnd lines, too", "aaaa bbbb aaaa, and bananas as well\n"];
    await Promise.all([ada.type(hers), ben.type(his)]);
    const text = await agreed((text) => text.length === 14 + hers.length + his.length);
    expect(text).toBe(`Ada: ${hers}.\nBen: ${his}.\n`);
    await ada.expectSteady("Ada: ", hers);
    await ben.expectSteady("Ben: ", his);
    expect(await ada.shown()).toBe(`Ada: ${hers}|.\nBen: ${his}.\n`);
    expect(await ben.shown()).toBe(`Ada: ${hers}.\nBen: ${his}|.\n`);
    expect(field.value.value).toBe(text);
    await ada.page.screenshot({ path: ".screenshots/shared-text-ada.png" });
    await ben.page.screenshot({ path: ".screenshots/shared-text-ben.png" });
  });

  it("[TF-02][DE-15][CM-25] type at the same place, and no word has a letter of the other's in it", async () => {
    const { agreed } = await open(Input, "<>");
    await ada.goBehind("<");
    await ben.goBehind("<");
    const [hers, his] = ["abcdefghijklmnopqrstuvwxyz", "AABBAABBAABBAABBAABBAABBAABB"];
    await Promise.all([ada.type(hers), ben.type(his)]);
    const text = await agreed((text) => text.length === 2 + hers.length + his.length);
    expect([`<${hers}${his}>`, `<${his}${hers}>`]).toContain(text);
    await ada.expectSteady("", hers);
    await ben.expectSteady("", his);
    expect((await ada.shown()).split("|")[0]?.endsWith(hers)).toBe(true);
    expect((await ben.shown()).split("|")[0]?.endsWith(his)).toBe(true);
  });

  it("[TF-02][DE-15][CM-25] write over what the other writes into", async () => {
    const { agreed } = await open(Input, "one two three four");
    await ada.goBehind("one two three");
    for (let left = "two three".length; left > 0; left--) await ada.page.keyboard.press("Shift+ArrowLeft");
    await ben.goBehind("one two");
    await ada.page.keyboard.press("2");
    await Promise.all([ada.type(" 3"), ben.type("-and-a-half")]);
    expect(await agreed((text) => text.includes("2 3") && text.includes("half"))).toBe("one 2 3-and-a-half four");
    expect(await ada.shown()).toBe("one 2 3|-and-a-half four");
    expect(await ben.shown()).toBe("one 2 3-and-a-half| four");
  });

  it("[TF-04] take back what they typed themselves, while the other types on", async () => {
    const { field, agreed } = await open(Textarea, "Ada: \nBen: \n");
    await ada.goBehind("Ada: ");
    await ben.goBehind("Ben: ");
    await ada.type("first thoughts");
    await expect.poll(() => field.value.value).toBe("Ada: first thoughts\nBen: \n");
    const his = "goes on and on, whatever she does in her line";
    await Promise.all([
      ben.type(his),
      (async () => {
        await expect.poll(() => field.value.value).toContain("goes");
        await ada.page.keyboard.press("Control+z");
        await expect.poll(() => ada.shown()).toMatch(/^Ada: \|\n/);
        await ada.page.keyboard.press("Control+Shift+z");
        await expect.poll(() => ada.shown()).toMatch(/^Ada: first thoughts\|\n/);
      })(),
    ]);
    expect(await agreed((text) => text.includes(his))).toBe(`Ada: first thoughts\nBen: ${his}\n`);
    await ben.expectSteady("Ben: ", his);
    await ben.page.keyboard.press("ArrowLeft");
    await ada.page.keyboard.press("Control+z");
    expect(await agreed((text) => !text.includes("first"))).toBe(`Ada: \nBen: ${his}\n`);
    expect(await ada.shown()).toBe(`Ada: |\nBen: ${his}\n`);
    expect(await ben.shown()).toBe(`Ada: \nBen: ${his.slice(0, -1)}|${his.slice(-1)}\n`);
  });

  it("[TF-03] compose by an input method, while the other types in front and behind", async () => {
    const { agreed } = await open(Input, "Ben:  Ada:  end");
    const cdp: CDPSession = await ada.page.context().newCDPSession(ada.page);
    const compose = (text: string): Promise<unknown> =>
      cdp.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await ada.goBehind("Ada: ");
    await ben.goBehind("Ben: ");
    const his = "types all the time";
    const typing = ben.type(his);
    for (const syllable of ["n", "ni", "nih", "niha", "nihao"]) {
      await compose(syllable);
      expect(await ada.value()).toBe(`Ben:  Ada: ${syllable} end`);
    }
    await typing;
    // What he has typed is there, and is not shown before she is done.
    await expect.poll(() => ben.value()).toContain(his);
    await expect.poll(() => ada.text()).toBe(`Ben: ${his} Ada:  end`);
    expect(await ada.value()).toBe("Ben:  Ada: nihao end");
    await cdp.send("Input.insertText", { text: "你好" });
    expect(await ada.shown()).toBe(`Ben: ${his} Ada: 你好| end`);
    // As with Korean: the next one begins where the last one has ended.
    await compose("세");
    await ben.type("!");
    await cdp.send("Input.insertText", { text: "세" });
    await compose("계");
    await cdp.send("Input.insertText", { text: "계" });
    expect(await agreed((text) => text.includes("계") && text.includes("!"))).toBe(`Ben: ${his}! Ada: 你好세계 end`);
    expect(await ada.shown()).toBe(`Ben: ${his}! Ada: 你好세계| end`);
    expect(await ben.shown()).toBe(`Ben: ${his}!| Ada: 你好세계 end`);
  });
});
