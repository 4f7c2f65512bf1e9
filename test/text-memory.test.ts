/**
 * What texts keep alive: engines put off to copy, so a part of a text may hold on to the whole.
 */
import { expect, it } from "vitest";
import { kept } from "../bench/text/kept.ts";
import { SObject } from "../core/object.ts";
import { StringTopic, stringKind } from "../core/string-topic.ts";
import { TestWorld } from "../testing/test-world.ts";
import { collectGarbage } from "./garbage.ts";

globalThis.gc = collectGarbage;

const MEBIBYTE = 2 ** 20;

/** In memory of its own. */
const text = (length: number): string => "abcdefgh".repeat(length / 8).toUpperCase();

it("a text of which little is left does not hold on to what it was", async () => {
  const make = () => {
    const topic = new StringTopic(text(4 * MEBIBYTE));
    topic.delete(1000, 4 * MEBIBYTE - 1000);
    return topic;
  };
  expect(await kept(make)).toBeLessThan(MEBIBYTE);
});

it("a text that was appended to takes about its characters, though nobody has read it", async () => {
  const make = () => {
    const topic = new StringTopic();
    for (let length = 0; length < MEBIBYTE; length++) topic.insert(length, "a");
    return topic;
  };
  expect(await kept(make)).toBeLessThan(2 * MEBIBYTE);
});

it("a text of a tree takes about its characters when all who looked have gone, however often it was edited", async () => {
  class Page extends SObject {
    readonly text = new StringTopic("", { write: "everyone" });
  }
  const make = async () => {
    const world = new TestWorld({ root: Page });
    const { text } = world.server.root;
    const edit = (): void => {
      for (let count = 0; count < 20_000; count++) text.splice(count, 1, "ab");
    };
    text.set("x".repeat(100_000));
    const client = await world.connect();
    edit();
    await world.settle();
    client.close();
    await world.settle();
    edit();
    return text;
  };
  expect(await kept(make)).toBeLessThan(MEBIBYTE);
});

it("what takes back a deletion, or sets a part of a text, does not hold on to the whole", async () => {
  const make = () =>
    Array.from({ length: 20 }, (_, index) => {
      const state = text(MEBIBYTE);
      const set = stringKind.prepare(state, [
        0,
        `${state.slice(0, 100)}a part that is new ${index}${state.slice(100)}`,
      ]);
      return [set, stringKind.invert(state, [1, 50, 50, ""])];
    });
  expect(await kept(make)).toBeLessThan(4 * MEBIBYTE);
});
