/**
 * Values and drafts between a server and its clients.
 */
import { describe, expect, it } from "vitest";
import "../core/drafts.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { SetTopic } from "../core/set-topic.ts";
import { ValueTopic } from "../core/value-topic.ts";
import { expectEqual, Sample, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

interface Settings {
  view: { zoom: number; layers: Record<string, boolean> };
  picture: Uint8Array | null;
}

class Board extends SObject {
  readonly settings = new ValueTopic<Settings>(
    { view: { zoom: 1, layers: { roads: true } }, picture: Uint8Array.of(1, 2) },
    OPEN,
  );
  readonly free = new ValueTopic<unknown>(null, OPEN);
  readonly todos = new ListTopic<{ text: string; isDone: boolean }>([], OPEN);
  readonly style = new DictTopic<string>({}, OPEN);
  readonly tags = new SetTopic<string>([], OPEN);
  readonly closed = new ListTopic<number>([1, 2]);
  readonly closedStyle = new DictTopic<string>({ color: "red" });
  readonly closedValue = new ValueTopic({ raw: Uint8Array.of(1) });
}

async function setUp() {
  const sample = new Sample({ models: [Board] });
  const board = sample.server.root.add(Board);
  const [one, two] = [await sample.connect(), await sample.connect()];
  return { sample, board, one, two, first: seen(one, board), second: seen(two, board) };
}

describe("a value", () => {
  it("[TO-03] is written at paths from either end, and what others write at other paths stays", async () => {
    const { sample, board, one, two, first, second } = await setUp();
    first.settings.put(["view", "zoom"], 2);
    second.settings.put(["view", "layers", "rivers"], false);
    board.settings.delete(["view", "layers", "roads"]);
    second.settings.put(["picture"], Uint8Array.of(7));
    await sample.network.settle();
    expect(first.settings.value).toEqual({ view: { zoom: 2, layers: { rivers: false } }, picture: Uint8Array.of(7) });
    expectEqual(sample.server, one, two, await sample.connect());
  });

  it("[TO-03] travels as the path and what is there now", async () => {
    const { sample, board } = await setUp();
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`layer ${index}`, true]));
    board.settings.put(["view", "layers"], wide);
    await sample.network.settle();
    const { toClient } = sample.network.lastLink;
    const before = toClient.sent.bytes;
    board.settings.put(["view", "layers", "layer 5"], false);
    await sample.network.settle();
    expect(toClient.sent.bytes - before).toBeLessThan(50);
  });

  it("[TO-03] may be set and then written into in one transaction, and is refused where no object is by then", async () => {
    const { sample, board, one, two, first, second } = await setUp();
    const made = one.transact(() => {
      first.free.set({ a: {} });
      first.free.put(["a", "b"], [1]);
    });
    await sample.network.settle();
    expect([await made, board.free.value]).toEqual([{ ok: true }, { a: { b: [1] } }]);
    const removed = one.transact(() => first.free.delete(["a"]));
    const late = two.transact(() => second.free.put(["a", "c"], 1));
    await sample.network.settle();
    expect([await removed, await late]).toMatchObject([{ ok: true }, { ok: false, code: "not_found" }]);
    expect(board.free.value).toEqual({});
    expectEqual(sample.server, one, two);
  });

  it("[TO-03][TO-13] tells every end what happened, by path", async () => {
    const { sample, board, second } = await setUp();
    const heard: unknown[] = [];
    second.settings.on("put", ({ path, old, item }) => heard.push([path, old, item]));
    second.settings.on("delete", ({ path, old }) => heard.push([path, old]));
    const before = second.settings.value;
    board.settings.put(["view", "zoom"], 3);
    board.settings.delete(["picture"]);
    await sample.network.settle();
    expect(heard).toEqual([
      [["view", "zoom"], 1, 3],
      [["picture"], Uint8Array.of(1, 2)],
    ]);
    expect(second.settings.value.view.layers).toBe(before.view.layers);
  });

  it("[TO-01] cannot be changed through the bytes that a mirror hands out", async () => {
    const { sample, one, two, first } = await setUp();
    first.settings.value.picture?.fill(9);
    (first.settings.get<Uint8Array>(["picture"]) as Uint8Array).fill(9);
    await sample.network.settle();
    expectEqual(sample.server, one, two);
    const mine = Uint8Array.of(5);
    first.free.set({ mine });
    mine[0] = 6;
    await sample.network.settle();
    expect(first.free.value).toEqual({ mine: Uint8Array.of(5) });
    expectEqual(sample.server, one, two);
  });
});

describe("a draft on a client", () => {
  it("[TO-39] makes ops against what the mirror shows, in one transaction", async () => {
    const { sample, board, one, two, first, second } = await setUp();
    board.todos.set([
      { text: "a", isDone: false },
      { text: "b", isDone: false },
    ]);
    board.tags.set(["x", "y"]);
    await sample.network.settle();
    const changes: unknown[] = [];
    board.todos.on("change", ({ type }) => changes.push(type));
    const outcome = one.transact(() => {
      first.todos.update((draft) => {
        if (draft[1]) draft[1].isDone = true;
      });
      first.style.update((draft) => {
        draft.height = "20px";
        draft.color = "coral";
      });
      first.tags.update((draft) => void draft.add("z").delete("x"));
      first.settings.update((draft) => {
        draft.view.layers.rivers = true;
        draft.picture = Uint8Array.of(3);
      });
    });
    await sample.network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(changes).toEqual(["put"]);
    expect(second.todos.value[1]).toEqual({ text: "b", isDone: true });
    expect(board.style.value).toEqual({ height: "20px", color: "coral" });
    expect([...board.tags.value]).toEqual(["y", "z"]);
    expect(board.settings.value).toEqual({
      view: { zoom: 1, layers: { roads: true, rivers: true } },
      picture: Uint8Array.of(3),
    });
    expectEqual(sample.server, one, two);
  });

  it("[TO-39] sends nothing where the recipe throws or changes nothing, and of a set of ops all or none", async () => {
    const { sample, board, one, first } = await setUp();
    board.todos.set([{ text: "a", isDone: false }]);
    await sample.network.settle();
    const { sent } = sample.network.links[0]?.toServer ?? {};
    expect(() =>
      first.todos.update((draft) => {
        draft.push({ text: "b", isDone: false });
        throw new Error("no");
      }),
    ).toThrow("no");
    first.todos.update((draft) => {
      expect(draft.find(({ text }) => text === "a")?.isDone).toBe(false);
    });
    expect(() => first.style.update((draft) => void Object.assign(draft, { a: "1", b: undefined }))).toThrow(
      expect.objectContaining({ code: "wrong_type" }),
    );
    await sample.network.settle();
    expect(sample.network.links[0]?.toServer.sent).toEqual(sent);
    expectEqual(sample.server, one);
  });

  it("[TO-39] throws at once where clients may not write, unless it changes nothing", async () => {
    const { first } = await setUp();
    first.closed.update((draft) => void draft.slice().reverse());
    first.closedStyle.update((draft) => {
      draft.height = "20px";
      delete draft.height;
    });
    first.closedValue.update((draft) => {
      expect(draft.raw[0]).toBe(1);
    });
    expect(() => first.closed.update((draft) => void draft.push(3))).toThrow(
      expect.objectContaining({ code: "forbidden" }),
    );
  });
});
