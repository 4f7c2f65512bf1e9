// Each program as `npm run example <name>` starts it: a process of its own, a client or a page that does what the
// example is about.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connect, type Mirrored } from "objectsync/client";
import type { Button, Text } from "objectsync/models";
import type { Page } from "playwright";
import { afterEach, describe, expect, it } from "vitest";
import { describeInBrowser, openPage } from "../../test/browser.ts";
import { endPrograms, type RunningProgram, run } from "../../test/running-program.ts";
import type { Canvas, Div } from "./purly.ts";
import type { State } from "./streamsync.ts";
import type { Room } from "./topicsync.ts";
import type { Notes } from "./ws-sync.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: { example: string } };

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  endPrograms();
});

/** What the script `example` of package.json does, without npm. */
function example(name: string[], port = 0): RunningProgram {
  const [program, condition, script = ""] = manifest.scripts.example.split(" ");
  expect([program, condition]).toEqual(["node", "--conditions=objectsync-source"]);
  return run(script, name, { PORT: `${port}` });
}

async function start(name: string) {
  const started = example([name]);
  return { ...started, url: await started.url };
}

async function join(url: string) {
  const client = await connect(url);
  cleanUps.push(() => client.close());
  return client;
}

describe("the examples", () => {
  it("[DX-14] are listed, where none is named and where there is none of that name", async () => {
    const listed = example([]);
    const unknown = example(["toString"]);
    expect([await listed.ended, await unknown.ended]).toEqual([
      [0, null],
      [1, null],
    ]);
    const names = [...listed.output().matchAll(/^ {2}(\S+) +\S/gm)].map(([, name]) => name);
    expect(names).toEqual(["objectsync", "topicsync", "ws-sync", "purly", "streamsync"]);
    expect(unknown.output()).toBe(listed.output().replace(/.*/, "There is no example toString."));
  });

  it("[DX-14] run until they are ended, and say what to do where their port is taken", async () => {
    const first = await start("streamsync");
    const { port } = new URL(first.url);
    const second = example(["purly"], Number(port));
    expect(await second.ended).toEqual([1, null]);
    expect(second.output()).toBe(
      `Port ${port} is taken. Another one: PORT=${Number(port) + 1} npm run example purly\n`,
    );
    expect(first.server.exitCode).toBeNull();
    first.server.kill("SIGTERM");
    expect(await first.ended).toEqual([null, "SIGTERM"]);
    expect(first.output()).toBe(`Open ${first.url}\n`);
  });

  it("[DX-01] ObjectSync's: a text whose style the server goes on changing", async () => {
    const { url } = await start("objectsync");
    const { text, style } = (await join(url)).root.find<Text>("Text");
    expect(text.value).toBe("Hello ObjectSync!");
    expect(style.value).toMatchObject({ "font-size": "30px", border: "5px solid black" });
    const colors = new Set<string | undefined>();
    style.on("change", () => colors.add(style.get("color")));
    await expect.poll(() => colors.size).toBeGreaterThan(1);
  });

  it("[DX-01] Topicsync's: what one client does to a text, a list and an event, the others hear", async () => {
    const { url, output } = await start("topicsync");
    await expect.poll(output).toMatch(/title: Kitchen\nmessage 0: Is there coffee\?\nknock by Ada\n$/);
    const [one, two] = [await join(url), await join(url)];
    const [room, other] = [one.root as Mirrored<Room>, two.root as Mirrored<Room>];
    expect([other.title.value, other.messages.value, other.knocks.value]).toEqual(["Kitchen", ["Is there coffee?"], 1]);
    const heard: unknown[] = [];
    other.title.on("insert", ({ text }) => heard.push(text));
    other.messages.on("insert", ({ item }) => heard.push(item));
    other.knock.on("emit", ({ args }) => heard.push(args));
    const outcome = await one.transact(() => {
      room.title.insert(0, "My ");
      room.messages.push("A little.");
      room.knock.emit({ by: "Bob" });
    });
    expect(outcome).toEqual({ ok: true });
    await expect.poll(() => heard).toEqual(["My ", "A little.", { by: "Bob" }]);
    expect([other.knocks.value, other.text.value]).toEqual([2, "My Kitchen\nIs there coffee?\nA little."]);
    await expect.poll(output).toMatch(/title: My Kitchen\nmessage 1: A little.\nknock by Bob\n$/);
  });

  it("[DX-01] ws-sync's: notes that are edited from outside, checked and derived from", async () => {
    const { url } = await start("ws-sync");
    const [one, two] = [await join(url), await join(url)];
    const [notes, other] = [one.root.find<Notes>("Notes"), two.root.find<Notes>("Notes")];
    expect([other.title.value, other.notes.value, other.totalLength.value]).toEqual(["My Notes", [], 0]);
    expect(await one.transact(() => notes.title.set("Groceries"))).toEqual({ ok: true });
    notes.newNote.emit("Milk");
    notes.newNote.emit("Bread");
    await expect.poll(() => [other.title.value, other.totalLength.value]).toEqual(["Groceries", 9]);
    expect(other.notes.value).toEqual(["Milk", "Bread"]);
    const outcomes = [
      await one.transact(() => notes.title.set("No")),
      await one.transact(() => notes.newNote.emit("")),
      await one.transact(() => notes.newNote.emit(["Eggs"] as unknown as string)),
    ];
    const refused = { ok: false, code: "rejected" };
    expect(outcomes).toMatchObject([refused, refused, refused]);
    expect([notes.title.value, notes.notes.value]).toEqual(["Groceries", ["Milk", "Bread"]]);
  });

  it("[DX-01] Purly's: a square that a script draws, and paints when somebody clicks", async () => {
    const { url } = await start("purly");
    const { root } = await join(url);
    await expect.poll(() => root.search({ type: "Div" }).length).toBe(1);
    const { tag, style } = root.find<Div>("Div");
    await expect.poll(() => style.value).toEqual({ height: "20px", width: "20px", backgroundColor: "coral" });
    expect(tag.value).toBe("div");
    root.find<Canvas>("Canvas").press.emit();
    await expect.poll(() => style.get("backgroundColor")).toBe("teal");
    style.put("width", "40px");
    await expect.poll(() => style.get("width")).toBe("40px");
  });

  it("[DX-01] Streamsync's: a counter, and a message that follows it", async () => {
    const { url } = await start("streamsync");
    const state = (await join(url)).root as Mirrored<State>;
    const { text } = state.find<Text>("Text");
    const [increment, decrement] = state.childrenOfType<Button>("Button");
    expect([state.counter.value, text.value]).toEqual([26, "The count is 26, which is even."]);
    increment?.press.emit();
    await expect.poll(() => [state.counter.value, text.value]).toEqual([27, "The count is 27, which is odd."]);
    decrement?.press.emit();
    await expect.poll(() => state.counter.value).toBe(26);
  });
});

describeInBrowser("the examples in a browser", () => {
  async function open(name: string): Promise<{ pages: [Page, Page]; errors: string[][] }> {
    const { url } = await start(name);
    const opened = [await openPage(url), await openPage(url)] as const;
    return { pages: [opened[0].page, opened[1].page], errors: opened.map(({ errors }) => errors) };
  }

  /** What the first text element says. */
  function text(page: Page): Promise<string | undefined> {
    return page
      .locator("os-text")
      .first()
      .evaluate((element) => element.shadowRoot?.textContent?.trim());
  }

  it("[DX-01] Topicsync's room shows what its client said", async () => {
    const { pages, errors } = await open("topicsync");
    for (const page of pages) await expect.poll(() => text(page)).toBe("Kitchen\nIs there coffee?");
    expect(errors).toEqual([[], []]);
  });

  it("[DX-01] ws-sync's notes are edited in one page and seen in the other", async () => {
    const { pages, errors } = await open("ws-sync");
    const [page, other] = pages;
    const title = page.getByLabel("Title");
    await title.fill("Groceries");
    await title.press("Enter");
    const note = page.getByLabel("New note");
    await note.fill("Milk");
    await note.press("Enter");
    await expect.poll(() => other.getByRole("listitem").allTextContents()).toEqual(["Milk"]);
    await note.fill("Bread");
    await page.getByRole("button", { name: "Add" }).click();
    await expect.poll(() => other.getByRole("listitem").allTextContents()).toEqual(["Milk", "Bread"]);
    expect(await other.getByLabel("Title").inputValue()).toBe("Groceries");
    await other.getByText("9 characters").waitFor();
    expect(await note.inputValue()).toBe("");

    await title.fill("No");
    await title.press("Enter");
    await page.getByRole("alert").getByText("A title has 3 to 50 characters.").waitFor();
    expect(await other.getByLabel("Title").inputValue()).toBe("Groceries");
    expect(errors).toEqual([[], []]);
  });

  it("[DX-01] Purly's square is 20 pixels of coral, and changes for all by mouse and by key", async () => {
    const { pages, errors } = await open("purly");
    const [page, other] = pages;
    const look = (page: Page): Promise<(string | number)[]> =>
      page.locator("os-button > div").evaluate((div) => {
        const { width, height } = div.getBoundingClientRect();
        return [width, height, getComputedStyle(div).backgroundColor];
      });
    const coral = [20, 20, "rgb(255, 127, 80)"];
    const teal = [20, 20, "rgb(0, 128, 128)"];
    for (const each of pages) await expect.poll(() => look(each)).toEqual(coral);
    await page.locator("os-button > div").click();
    for (const each of pages) await expect.poll(() => look(each)).toEqual(teal);
    await other.getByRole("button", { name: "Paint" }).press("Enter");
    for (const each of pages) await expect.poll(() => look(each)).toEqual(coral);
    expect(errors).toEqual([[], []]);
  });

  it("[DX-01] Streamsync's buttons count for both pages", async () => {
    const { pages, errors } = await open("streamsync");
    const [page, other] = pages;
    const see = async (message: string): Promise<void> => {
      for (const each of pages) await expect.poll(() => text(each)).toBe(message);
    };
    await see("The count is 26, which is even.");
    await page.getByRole("button", { name: "Increment" }).click();
    await see("The count is 27, which is odd.");
    await other.getByRole("button", { name: "Increment" }).click();
    await see("The count is 28, which is even.");
    await other.getByRole("button", { name: "Decrement" }).click();
    await see("The count is 27, which is odd.");
    expect(errors).toEqual([[], []]);
  });
});
