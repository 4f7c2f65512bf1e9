import type { Mirrored } from "objectsync/client";
import type { Locator, Page } from "playwright";
import { afterEach, describe, expect, it } from "vitest";
import { describeInBrowser, openPage, until } from "../../test/browser.ts";
import { endPrograms, type RunningProgram, run } from "../../test/running-program.ts";
import type { ItemElement } from "./elements/item.ts";
import type { PersonElement } from "./elements/person.ts";
import type { Shape } from "./models.ts";
import { PAPER } from "./paper.ts";

afterEach(endPrograms);

function spawnServer(port: string | number): RunningProgram {
  return run("demo/whiteboard/server.ts", [], { PORT: `${port}` });
}

async function startServer() {
  const running = spawnServer(0);
  return { ...running, url: await running.url };
}

/** Two windows of one whiteboard. */
async function openTwo() {
  const running = await startServer();
  const [one, other] = [await openPage(running.url), await openPage(running.url)];
  for (const { page } of [one, other]) await page.locator("os-person:not([own])").waitFor({ state: "attached" });
  return { ...running, one: one.page, other: other.page, errors: [one.errors, other.errors] };
}

/** The shape whose text begins so. */
function shape(page: Page, text: string): Locator {
  return page.locator(`os-shape[aria-label*=": ${text}"]`);
}

const DRAG_ME = "Drag me";
const TWICE = "Click twice";

/** Where a shape is on the screen: its upper left corner. */
async function place(page: Page, text: string): Promise<[x: number, y: number]> {
  const box = await shape(page, text).boundingBox();
  return box ? [Math.round(box.x), Math.round(box.y)] : [Number.NaN, Number.NaN];
}

/** Puts the mouse down on a shape and moves it so far. The shape has followed when it resolves. */
async function beginDrag(page: Page, text: string, [dx, dy]: readonly [number, number]): Promise<void> {
  const [x, y] = await place(page, text);
  await page.mouse.move(x + 20, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + 20 + dx / 2, y + 20 + dy / 2);
  await page.mouse.move(x + 20 + dx, y + 20 + dy);
  await nextFrame(page);
}

/** How large a shape is on the screen. */
async function size(page: Page, text: string): Promise<[width: number, height: number]> {
  const box = await shape(page, text).boundingBox();
  return box ? [Math.round(box.width), Math.round(box.height)] : [Number.NaN, Number.NaN];
}

/** Puts the mouse down on the corner of a shape that is selected, and moves it so far. */
async function beginCorner(page: Page, text: string, [dx, dy]: readonly [number, number]): Promise<void> {
  const [x, y] = await place(page, text);
  const [width, height] = await size(page, text);
  await page.mouse.move(x + width, y + height);
  await page.mouse.down();
  await page.mouse.move(x + width + dx / 2, y + height + dy / 2);
  await page.mouse.move(x + width + dx, y + height + dy);
  await nextFrame(page);
}

async function nextFrame(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Notes where a shape is in each frame from now on. Returns what gives that, without repetitions. */
async function film(page: Page, text: string): Promise<() => Promise<string[]>> {
  const frames = await page.evaluateHandle((label) => {
    const seen: string[] = [];
    const look = (): void => {
      const element = document.querySelector(`os-shape[aria-label*=": ${label}"]`);
      const pill = document.querySelector("os-board")?.shadowRoot?.querySelector(".pill")?.textContent;
      const marks = [element?.hasAttribute("carried") && "carried", pill?.includes("sending") && "sending"];
      const frame = [Math.round(element?.getBoundingClientRect().x ?? 0), ...marks]
        .filter((mark) => mark !== false)
        .join(" ");
      if (seen.at(-1) !== frame) seen.push(frame);
      requestAnimationFrame(look);
    };
    look();
    return seen;
  }, text);
  return () => frames.jsonValue();
}

function choose(page: Page, delay: string): Promise<void> {
  return page.locator("label", { hasText: delay }).click();
}

/** The texts of all shapes, in the order in which they lie on each other. */
function texts(page: Page): Promise<string[]> {
  return page
    .locator("os-shape")
    .evaluateAll((shapes) => shapes.map((each) => each.shadowRoot?.querySelector("textarea")?.value ?? ""));
}

describe("the whiteboard", () => {
  it("says where it is, and ends at once when it is interrupted", async () => {
    const { server, ended, output, url } = await startServer();
    expect(output()).toMatch(/^The whiteboard is at http:\/\/localhost:\d+\n$/);
    expect((await fetch(url)).headers.get("content-security-policy")).toContain("style-src 'self'");
    server.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  });

  it("says what to do when its port is taken, and refuses what is no port", async () => {
    const { url } = await startServer();
    const { port } = new URL(url);
    const taken = spawnServer(port);
    expect(await taken.ended).toEqual([1, null]);
    expect(taken.output()).toContain(`PORT=${Number(port) + 1} npm run whiteboard`);
    const none = spawnServer("http");
    expect(await none.ended).toEqual([1, null]);
    expect(none.output()).toBe('PORT is a number from 0 to 65535, not "http"\n');
  });
});

describeInBrowser("two windows of the whiteboard", () => {
  it("show a note as it is made, and what both write on it", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    await one.keyboard.press("n");
    await one.keyboard.type("eggs");
    await until(() => texts(other)).toContain("eggs");
    await shape(other, "eggs").click();
    await shape(other, "eggs").click();
    await other.keyboard.press("Home");
    await other.keyboard.type("Six ");
    await until(() => texts(one)).toContain("Six eggs");
    await one.keyboard.type(" and ham");
    for (const page of [one, other]) await until(() => texts(page)).toContain("Six eggs and ham");

    // One's own text goes, and the other's stays. How many steps it was depends on how fast it was typed.
    await one.keyboard.press("Control+z");
    for (const page of [one, other]) {
      await until(() => texts(page)).toContainEqual(expect.stringMatching(/^Six (eggs)?$/));
    }
    expect(errors).toEqual([[], []]);
  });

  it("show a drag while it lasts, and where it ends; undo takes back one's own", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    const [x, y] = await place(one, DRAG_ME);
    const there = await film(other, DRAG_ME);
    await beginDrag(one, DRAG_ME, [300, 120]);
    expect(await place(one, DRAG_ME)).toEqual([x + 300, y + 120]);
    await until(() => place(other, DRAG_ME)).toEqual([x + 300, y + 120]);
    expect(await shape(other, DRAG_ME).getAttribute("carried")).toBe("other");

    // Something else is moved meanwhile.
    const [x2, y2] = await place(other, TWICE);
    await beginDrag(other, TWICE, [0, 300]);
    await other.mouse.up();
    await one.mouse.move(x + 340, y + 150);
    await one.mouse.up();
    for (const page of [one, other]) {
      await until(() => place(page, DRAG_ME)).toEqual([x + 320, y + 130]);
      await until(() => place(page, TWICE)).toEqual([x2, y2 + 300]);
      await until(() => page.locator("[carried]").count()).toBe(0);
    }
    // What shows the drag and what the board says in the end do not come together, and still nobody sees it go back.
    expect((await there()).lastIndexOf(`${x}`)).toBe(0);
    // It was put down last.
    expect((await texts(other)).at(-1)).toContain(DRAG_ME);

    await one.keyboard.press("Control+z");
    for (const page of [one, other]) await until(() => place(page, DRAG_ME)).toEqual([x, y]);
    expect(await place(one, TWICE)).toEqual([x2, y2 + 300]);
    await one.keyboard.press("Control+z");
    await one.getByText("There is nothing of yours to undo.").waitFor();
    await one.keyboard.press("Control+Shift+z");
    for (const page of [one, other]) await until(() => place(page, DRAG_ME)).toEqual([x + 320, y + 130]);
    expect(errors).toEqual([[], []]);
  });

  it("drag and resize one thing at the same time, and both stays", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    const [x, y] = await place(one, DRAG_ME);
    const start = await size(one, DRAG_ME);
    await shape(other, DRAG_ME).click();
    await beginDrag(one, DRAG_ME, [300, 120]);
    await until(() => place(other, DRAG_ME)).toEqual([x + 300, y + 120]);
    await beginCorner(other, DRAG_ME, [60, 40]);
    await other.mouse.up();
    await until(() => other.getByText("sending").count()).toBe(0);
    await one.mouse.up();
    for (const page of [one, other]) {
      await until(() => page.locator("[carried]").count()).toBe(0);
      await until(() => place(page, DRAG_ME)).toEqual([x + 300, y + 120]);
      expect(await size(page, DRAG_ME)).toEqual([start[0] + 60, start[1] + 40]);
    }

    // The other way round: it is moved while its corner is held.
    await beginCorner(one, DRAG_ME, [20, 10]);
    await beginDrag(other, DRAG_ME, [-100, 0]);
    await other.mouse.up();
    await until(() => other.getByText("sending").count()).toBe(0);
    await one.mouse.up();
    for (const page of [one, other]) {
      await until(() => page.locator("[carried]").count()).toBe(0);
      await until(() => place(page, DRAG_ME)).toEqual([x + 200, y + 120]);
      expect(await size(page, DRAG_ME)).toEqual([start[0] + 80, start[1] + 50]);
    }
    expect(errors).toEqual([[], []]);
  });

  it("leave a thing where it was when a drag is given up, or the page is closed in it", {
    timeout: 60_000,
  }, async () => {
    const { one, other } = await openTwo();
    const start = await place(one, DRAG_ME);
    await beginDrag(one, DRAG_ME, [100, 100]);
    await one.keyboard.press("Escape");
    await one.mouse.up();
    expect(await place(one, DRAG_ME)).toEqual(start);
    await beginDrag(one, DRAG_ME, [100, 100]);
    await until(() => place(other, DRAG_ME)).not.toEqual(start);
    await one.close();
    await until(() => place(other, DRAG_ME)).toEqual(start);
  });

  it("show each other's cursors for as long as they are there, and who is here", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    const cursor = other.locator("os-person:not([own])");
    expect(await cursor.getAttribute("away")).toBe("");
    await one.mouse.move(500, 300);
    await until(() => cursor.getAttribute("away")).toBe(null);
    await until(async () => Math.round((await cursor.boundingBox())?.x ?? 0)).toBe(500);
    const name = one.getByLabel("Your name");
    await name.fill("Zoë");
    await name.press("Enter");
    await until(() => cursor.locator("span").textContent()).toBe("Zoë");
    await until(() => other.getByRole("listitem").allInnerTexts()).toContainEqual(expect.stringContaining("Zoë"));
    // Over what floats on the paper it is nowhere.
    await one.mouse.move(60, 40);
    await until(() => cursor.getAttribute("away")).toBe("");
    await one.close();
    await until(() => cursor.count()).toBe(0);
    expect(await other.getByRole("listitem").count()).toBe(1);
    expect(errors).toEqual([[], []]);
  });

  it("make one of several things, move it, paint it and throw it away", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    const count = (await texts(one)).length;
    await shape(one, DRAG_ME).click();
    await shape(one, TWICE).click({ modifiers: ["Shift"] });
    await one.keyboard.press("g");
    await until(() => other.locator("os-group > os-shape").count()).toBe(2);
    const [x, y] = await place(other, TWICE);
    await beginDrag(one, DRAG_ME, [40, 200]);
    await one.mouse.up();
    for (const page of [one, other]) await until(() => place(page, TWICE)).toEqual([x + 40, y + 200]);

    await one.getByRole("button", { name: "green" }).click();
    await until(() => other.locator('os-group > os-shape[color="green"]').count()).toBe(2);
    await one.keyboard.press("Delete");
    await until(() => texts(other)).toHaveLength(count - 2);
    await one.getByRole("button", { name: "Undo" }).click();
    await until(() => other.locator('os-group > os-shape[color="green"]').count()).toBe(2);
    await shape(other, TWICE).click();
    await other.getByRole("button", { name: "Ungroup" }).click();
    await until(() => one.locator("os-group").count()).toBe(0);
    expect(await place(one, TWICE)).toEqual([x + 40, y + 200]);
    expect(errors).toEqual([[], []]);
  });

  it("follow the pointer at once over a slow line, and tell the others later", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    const [x, y] = await place(one, DRAG_ME);
    await choose(one, "600 ms");
    const [here, there] = [await film(one, DRAG_ME), await film(other, DRAG_ME)];
    await beginDrag(one, DRAG_ME, [300, 0]);
    expect(await place(one, DRAG_ME)).toEqual([x + 300, y]);
    await one.mouse.up();
    await until(() => place(other, DRAG_ME)).toEqual([x + 300, y]);
    await until(async () => (await here()).at(-1)).toBe(`${x + 300}`);
    await until(async () => (await there()).at(-1)).toBe(`${x + 300}`);
    // Where it was dropped it stays, also when the answer comes. Before that it has been there: that was not the server's.
    expect((await here()).slice(-3)).toEqual([`${x + 300} carried`, `${x + 300} sending`, `${x + 300}`]);
    expect((await there()).lastIndexOf(`${x}`)).toBe(0);
    expect(errors).toEqual([[], []]);
  });

  it("go on without a line, and are of one mind when it is back", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    const name = await one.getByLabel("Your name").inputValue();
    const count = (await texts(other)).length;
    await choose(one, "Offline");
    await one.getByRole("status").getByText("Offline").waitFor();
    await until(() => other.locator("os-person:not([own])").count()).toBe(0);
    const [x, y] = await place(one, DRAG_ME);
    await beginDrag(one, DRAG_ME, [300, 40]);
    await one.mouse.up();
    await one.keyboard.press("n");
    await one.keyboard.type("from afar");
    await shape(other, TWICE).click();
    await other.keyboard.press("Delete");
    await until(() => texts(other)).toHaveLength(count - 1);
    expect([await place(one, DRAG_ME), await place(other, DRAG_ME)]).toEqual([
      [x + 300, y + 40],
      [x, y],
    ]);

    await choose(one, "None");
    for (const page of [one, other]) {
      await until(() => place(page, DRAG_ME)).toEqual([x + 300, y + 40]);
      await until(() => texts(page)).toContain("from afar");
      await until(() => texts(page)).toHaveLength(count);
    }
    await until(() => other.locator("os-person:not([own]) span").allTextContents()).toEqual([name]);
    expect(errors).toEqual([[], []]);
  });

  it("can be used without a mouse", { timeout: 60_000 }, async () => {
    const { one, other, errors } = await openTwo();
    const [x, y] = await place(one, DRAG_ME);
    await shape(one, DRAG_ME).focus();
    await one.keyboard.press("Tab");
    await one.keyboard.press("Shift+Tab");
    expect(await shape(one, DRAG_ME).getAttribute("selected")).toBe("");
    await one.keyboard.press("ArrowRight");
    await one.keyboard.press("ArrowDown");
    await until(() => place(other, DRAG_ME)).toEqual([x + 8, y + 8]);
    // By the key where Z would be, and not by the letter.
    for (const shiftKey of [false, false, true, true]) {
      await shape(one, DRAG_ME).evaluate((element, shiftKey) => {
        const key = { key: "я", code: "KeyZ", ctrlKey: true, shiftKey };
        element.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, composed: true }));
      }, shiftKey);
      if (shiftKey) await until(() => place(other, DRAG_ME)).not.toEqual([x, y]);
      else await until(() => place(other, DRAG_ME)).not.toEqual([x + 8, y + 8]);
    }
    await until(() => place(other, DRAG_ME)).toEqual([x + 8, y + 8]);
    await one.keyboard.press("Enter");
    await one.keyboard.type("Written");
    await one.keyboard.press("Escape");
    await until(() => texts(other)).toContain("Written");
    await one.keyboard.press("Delete");
    await until(() => texts(other)).not.toContain("Written");
    expect(errors).toEqual([[], []]);
  });

  it("let no key take a thing off the paper", { timeout: 60_000 }, async () => {
    const { one, errors } = await openTwo();
    const { width: right, height: bottom } = PAPER;
    const note = shape(one, DRAG_ME);
    const reach = () =>
      note.evaluate((element) => {
        const { x, y, width, height } = (element as ItemElement).object as Mirrored<Shape>;
        return [x.value + width.value, y.value + height.value];
      });
    await note.evaluate(
      (element, { right, bottom }) => {
        const { x, y, width, height } = (element as ItemElement).object as Mirrored<Shape>;
        x.set(right - width.value - 12);
        y.set(bottom - height.value - 4);
      },
      { right, bottom },
    );
    await note.focus();
    await note.press("Tab");
    await one.keyboard.press("Shift+Tab");
    for (const expected of [right - 4, right, right]) {
      await one.keyboard.press("ArrowRight");
      expect(await reach()).toEqual([expected, bottom - 4]);
    }
    await one.keyboard.press("ArrowDown");
    expect(await reach()).toEqual([right, bottom]);
    await one.keyboard.press("ArrowUp");
    expect(await reach()).toEqual([right, bottom - 8]);
    expect(errors).toEqual([[], []]);
  });

  it("take of what somebody drags its place and its size, and no other style", { timeout: 60_000 }, async () => {
    const { one } = await openTwo();
    const styles = await shape(one, DRAG_ME).evaluate(async (element) => {
      const item = element as ItemElement;
      const person = document.querySelector("os-person") as PersonElement;
      const carried = { id: item.object.id, x: 1, y: 2, width: 3, height: 4, fill: 5 };
      item.carry(carried, person.object);
      await item.updateComplete;
      return ["--x", "--y", "--width", "--height", "--fill"].map((name) => item.style.getPropertyValue(name));
    });
    expect(styles).toEqual(["1", "2", "3", "4", ""]);
  });

  it("can be used with fingers", { timeout: 60_000 }, async () => {
    const { url, one } = await openTwo();
    const browser = one.context().browser();
    const context = await browser?.newContext({ hasTouch: true, viewport: { width: 390, height: 844 } });
    const { page, errors } = await openPage(url, context ? { context } : {});
    await shape(page, DRAG_ME).waitFor();
    const [x, y] = await place(page, DRAG_ME);
    const before = await place(one, DRAG_ME);
    const session = await page.context().newCDPSession(page);
    const touch = (type: string, ...touchPoints: { x: number; y: number }[]) =>
      session.send("Input.dispatchTouchEvent", { type: type as "touchStart", touchPoints });
    await touch("touchStart", { x: x + 20, y: y + 20 });
    await touch("touchMove", { x: x + 40, y: y + 50 });
    await touch("touchMove", { x: x + 90, y: y + 90 });
    await nextFrame(page);
    expect(await place(page, DRAG_ME)).toEqual([x + 70, y + 70]);
    await touch("touchEnd");
    // On a small screen the paper is shown smaller.
    await until(() => place(one, DRAG_ME)).toEqual([before[0] + 100, before[1] + 100]);
    await page.touchscreen.tap(x + 100, y + 100);
    await page.keyboard.type("Tapped");
    await until(() => texts(one)).toContain("Tapped");
    expect(errors).toEqual([]);
  });
});
