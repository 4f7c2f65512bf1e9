import { describe, expect, it, vi } from "vitest";
import { AuthorityTree } from "./authority.ts";
import { type Emission, EventTopic, eventKind } from "./event-topic.ts";
import { History } from "./history.ts";
import type { HistoryTarget } from "./history-items.ts";
import { SObject } from "./object.ts";
import type { ErrorReport } from "./report.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { track } from "./track.ts";
import { afterCommit, transact } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";

interface Press {
  readonly x: number;
  readonly raw?: Uint8Array;
}

/** All that a topic tells, in order. */
function hear<T>(topic: EventTopic<T>): unknown[] {
  const heard: unknown[] = [];
  topic.on("change", ({ type, args, origin }) => heard.push(["change", type, args, origin]));
  topic.on("emit", ({ args, origin }) => heard.push(["emit", args, origin]));
  topic.on("revert", ({ args, origin }) => heard.push(["revert", args, origin]));
  return heard;
}

describe("EventTopic", () => {
  it("[TO-11][TO-38] tells its listeners what is emitted, each time, and has no value", () => {
    const topic = new EventTopic<Press>();
    const heard = hear(topic);
    topic.emit({ x: 1 });
    topic.emit({ x: 1 });
    const once = [
      ["change", "emit", { x: 1 }, "local"],
      ["emit", { x: 1 }, "local"],
    ];
    expect(heard).toEqual([...once, ...once]);
    expect(topic.value).toBeUndefined();
  });

  it("[TO-11] tells `null` where nothing is told with it", () => {
    const topic = new EventTopic();
    const heard: unknown[] = [];
    topic.on("emit", ({ args }) => heard.push(args));
    topic.emit();
    topic.emit(null);
    expect(heard).toEqual([null, null]);
  });

  it("[TO-11] tells nobody who comes later", () => {
    const topic = new EventTopic();
    topic.emit();
    expect(hear(topic)).toEqual([]);
  });

  it("[TO-11] cannot be set, and nobody can ask for what takes an emit back", () => {
    expect(() => eventKind.prepare([], [0, null])).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => eventKind.prepare([], [2, null])).toThrow(expect.objectContaining({ code: "forbidden" }));
    expect(eventKind.invert([], [1, "a"])).toEqual([2, "a"]);
    expect(eventKind.invert([], [2, "a"])).toEqual([1, "a"]);
    expect("set" in new EventTopic()).toBe(false);
  });

  it("[TO-11] refuses arguments that are no data, and tells nobody", () => {
    const topic = new EventTopic<unknown>();
    const heard = hear(topic);
    for (const args of [() => 1, new Date(0), { a: undefined }]) {
      expect(() => topic.emit(args)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    }
    expect(heard).toEqual([]);
  });

  it("[TO-11] tells by `revert`, and not by `emit`, that a transaction was taken back", () => {
    const topic = new EventTopic<number>();
    const heard = hear(topic);
    expect(() =>
      transact(() => {
        topic.emit(1);
        topic.emit(2);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(heard.slice(4)).toEqual([
      ["change", "revert", 2, "rollback"],
      ["revert", 2, "rollback"],
      ["change", "revert", 1, "rollback"],
      ["revert", 1, "rollback"],
    ]);
    expect(heard.slice(0, 4).filter((each) => (each as unknown[])[0] === "emit")).toHaveLength(2);
  });

  it("[TO-11] wakes rules, whose changes belong to the transaction and which can refuse", () => {
    const topic = new EventTopic<number>();
    const sum = new NumberTopic();
    topic.rule("emit", ({ args }) => {
      if (args > 10) throw new Error("too much");
      sum.add(args);
    });
    let reverts = 0;
    topic.rule("revert", () => reverts++);
    topic.emit(3);
    topic.emit(4);
    expect(() => topic.emit(11)).toThrow("too much");
    expect(sum.value).toBe(7);
    // Rules never run for what is taken back.
    expect(reverts).toBe(0);
  });

  it("[TO-01] freezes what it is given, and gives each listener bytes of its own", () => {
    const topic = new EventTopic<Press>();
    const given = { x: 1, raw: Uint8Array.of(1, 2) };
    const heard: Press[] = [];
    for (const name of ["change", "emit", "emit"] as const) {
      topic.on(name, (event) => {
        const { args } = event;
        expect(Object.isFrozen(args)).toBe(true);
        args.raw?.fill(99);
        heard.push(event.args);
      });
    }
    topic.rule("emit", ({ args }) => heard.push(args));
    topic.emit(given);
    given.raw.fill(7);
    for (const args of heard) expect(args).toEqual({ x: 1, raw: Uint8Array.of(1, 2) });
    expect(heard).toHaveLength(4);
  });

  it("runs again what read it, at each emit", () => {
    const topic = new EventTopic();
    let runs = 0;
    const stop = track(() => {
      runs++;
      return topic.value;
    });
    topic.emit();
    stop();
    topic.emit();
    expect(runs).toBe(2);
  });

  it("asks the compiler for the arguments that it has", () => {
    const press = new EventTopic<Press>();
    const plain = new EventTopic();
    // @ts-expect-error: arguments are needed
    expect(() => press.emit()).not.toThrow();
    // @ts-expect-error: there are no arguments
    expect(() => plain.emit(1)).not.toThrow();
    // @ts-expect-error: there is no newest event
    new EventTopic({ latest: true });
  });
});

interface Deal {
  readonly count: number;
}

interface Dealt {
  readonly cards: readonly string[];
}

/** A dealer whose pack of cards is no topic: it is the inverse that puts them back. */
class Dealer extends SObject {
  readonly pack = ["ace", "king", "queen"];
  readonly dealt = new NumberTopic(0);
  readonly deal = new EventTopic<Deal, Dealt>({
    inverse: ({ info, object }) => this.told.push([object === this, this.pack.push(...(info.cards ?? []))]),
  });
  readonly ring = new EventTopic();
  readonly told: unknown[] = [];

  override init(): void {
    this.deal.rule("emit", ({ args }) => {
      this.dealt.add(args.count);
      return { cards: this.pack.splice(-args.count) };
    });
  }
}

function makeTree(onError?: (report: ErrorReport) => void): AuthorityTree {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Dealer);
  return new AuthorityTree(types, SObject, { history: { record: "all" }, ...(onError && { onError }) });
}

describe("an event with an inverse", () => {
  it("[HI-13] is undone by the inverse, which gets what the rule returned, and tells `revert` after it", () => {
    const tree = makeTree();
    const dealer = tree.root.add(Dealer);
    const heard: unknown[] = [];
    dealer.deal.on("change", ({ type, origin, args, info }) => {
      heard.push([type, origin, args.count, info, dealer.pack.length]);
    });
    dealer.deal.emit({ count: 2 });
    expect([dealer.pack, dealer.dealt.value]).toEqual([["ace"], 2]);
    expect(tree.undo()).toMatchObject({ undone: true, skipped: 0 });
    expect([dealer.pack, dealer.dealt.value]).toEqual([["ace", "king", "queen"], 0]);
    expect(dealer.told).toEqual([[true, 3]]);
    const info = { cards: ["king", "queen"] };
    expect(heard).toEqual([
      // Observers come before rules.
      ["emit", "local", 2, {}, 3],
      ["revert", "undo", 2, info, 3],
    ]);
  });

  it("[HI-13] is redone as an emit with its info, for which no rule and no inverse runs, as often as one likes", () => {
    const tree = makeTree();
    const dealer = tree.root.add(Dealer);
    dealer.deal.on("emit", ({ origin, info }) => {
      if (origin === "redo") for (const card of info?.cards ?? []) dealer.pack.splice(dealer.pack.indexOf(card), 1);
    });
    dealer.deal.emit({ count: 1 });
    const expected = [["ace", "king"], 1];
    for (let round = 0; round < 3; round++) {
      expect(tree.undo()).toMatchObject({ undone: true });
      expect([dealer.pack, dealer.dealt.value]).toEqual([["ace", "king", "queen"], 0]);
      expect(tree.redo()).toMatchObject({ undone: true });
      expect([dealer.pack, dealer.dealt.value]).toEqual(expected);
    }
    expect(dealer.told).toHaveLength(3);
  });

  it("[HI-13] merges what several rules return; of a name that two give, the first counts", () => {
    const seen: unknown[] = [];
    const topic = new EventTopic<number>({ inverse: ({ args, info }) => seen.push([args, info]) });
    const history = new History();
    topic.rule("emit", () => ({ a: 1, raw: Uint8Array.of(1) }));
    topic.rule("emit", ({ info }) => {
      seen.push(info);
      return { a: 2, b: 2 };
    });
    // Neither is info: nothing, a promise is refused, what is no plain object.
    topic.rule("emit", () => 7);
    topic.rule("emit", () => ["c"]);
    topic.rule("emit", () => new Map([["d", 4]]));
    topic.rule("emit", () => undefined);
    history.transact(() => topic.emit(5));
    expect(seen.splice(0)).toEqual([{ a: 1, raw: Uint8Array.of(1) }]);
    history.undo();
    expect(seen).toEqual([[5, { a: 1, b: 2, raw: Uint8Array.of(1) }]]);
  });

  it("[HI-13] keeps the info as it was returned, and gives everybody bytes of their own", () => {
    const given = { list: [1], raw: Uint8Array.of(1, 2) };
    const seen: unknown[] = [];
    const look = ({ info }: { readonly info: { readonly list?: unknown; readonly raw?: Uint8Array } | undefined }) => {
      seen.push([info?.list, [...(info?.raw ?? [])]]);
      info?.raw?.fill(9);
      expect(() => Object.assign(info ?? {}, { list: 2 })).toThrow(TypeError);
    };
    const topic = new EventTopic<null, typeof given>({ inverse: look });
    topic.on("revert", look);
    topic.rule("emit", () => given);
    const history = new History();
    history.transact(() => topic.emit());
    given.list.push(2);
    given.raw.fill(7);
    history.undo();
    expect(seen).toEqual([
      [[1], [1, 2]],
      [[1], [1, 2]],
    ]);
  });

  it("[HI-13] refuses info that is no data, and the emit with it", () => {
    const topic = new EventTopic({ inverse: () => undefined });
    const heard = hear(topic);
    topic.rule("emit", () => ({ card: new Date(0) }));
    expect(() => topic.emit()).toThrow(
      expect.objectContaining({ code: "wrong_type", message: expect.stringContaining("inverse") }),
    );
    expect(heard.map((each) => (each as unknown[])[0])).toEqual(["change", "emit", "change", "revert"]);
  });

  it("[HI-13] has an inverse that looks and does not write; what it throws is reported, and the undo goes on", async () => {
    const reports: ErrorReport[] = [];
    const tree = makeTree((report) => reports.push(report));
    const dealer = tree.root.add(Dealer);
    const later = Promise.reject(new Error("later"));
    later.catch(() => {});
    const inverses = [() => dealer.dealt.set(9), () => later, () => afterCommit(() => dealer.dealt.set(9))];
    const events = inverses.map((inverse) => new EventTopic({ inverse }));
    for (const [index, event] of events.entries()) dealer.addAttribute(`event${index}`, event);
    let reverts = 0;
    for (const event of events) event.on("revert", () => reverts++);
    dealer.dealt.set(1);
    for (const event of events) event.emit();
    for (const _ of events) expect(tree.undo()).toMatchObject({ undone: true, skipped: 0 });
    await later.catch(() => {});
    await null;
    expect(dealer.dealt.value).toBe(1);
    expect(reverts).toBe(3);
    // The newest is undone first.
    expect(reports).toEqual([
      {
        error: expect.objectContaining({ code: "observer_write" }),
        where: `the inverse of Dealer ${dealer.id}.event0`,
      },
      { error: new Error("later"), where: `the inverse of Dealer ${dealer.id}.event1` },
    ]);
  });

  it("[HI-13] is not undone by a rollback, which tells `revert` with the info so far and does not run the inverse", () => {
    const inverse = vi.fn();
    const topic = new EventTopic<number>({ inverse });
    const heard: unknown[] = [];
    topic.on("revert", ({ args, info, origin }) => heard.push([args, info, origin]));
    topic.rule("emit", () => ({ a: 1 }));
    topic.rule("emit", ({ args }) => {
      if (args === 2) throw new Error("no");
    });
    const history = new History();
    expect(() => history.transact(() => topic.emit(2))).toThrow("no");
    expect(heard).toEqual([[2, { a: 1 }, "rollback"]]);
    expect([inverse.mock.calls, history.entries]).toEqual([[], []]);
  });

  it("[HI-13] makes each emit a step of its own, however quickly they follow, and one step with what is around it", () => {
    const seen: number[] = [];
    const topic = new EventTopic<number>({ inverse: ({ args }) => seen.push(args) });
    const sum = new NumberTopic();
    topic.rule("emit", ({ args }) => sum.add(args));
    const history = new History();
    history.transact(() => topic.emit(1));
    history.transact(() => topic.emit(2));
    history.transact(() => {
      topic.emit(3);
      topic.emit(4);
    });
    history.undo();
    expect([seen, sum.value]).toEqual([[4, 3], 3]);
    history.undo();
    expect([seen, sum.value]).toEqual([[4, 3, 2], 1]);

    const alone = new EventTopic<number>({ inverse: ({ args }) => seen.push(args) });
    history.transact(() => alone.emit(5));
    history.transact(() => alone.emit(6));
    history.undo();
    expect(seen).toEqual([4, 3, 2, 6]);
  });

  it("[HI-13] is undone in the object that is there by then, as where it was destroyed in the same step", () => {
    const tree = makeTree();
    const dealer = tree.root.add(Dealer);
    transact(() => {
      dealer.deal.emit({ count: 1 });
      dealer.destroy();
    });
    tree.undo();
    const back = tree.get(dealer.id) as Dealer;
    expect(back).not.toBe(dealer);
    expect([dealer.told, back.told]).toEqual([[], [[true, 4]]]);
  });

  it("[HI-13] of an object that is made in the same step is undone and redone with it", () => {
    const tree = makeTree();
    const dealer = transact(() => {
      const made = tree.root.add(Dealer);
      made.deal.emit({ count: 1 });
      return made;
    });
    tree.undo();
    expect([dealer.isDestroyed, dealer.told]).toEqual([true, [[true, 3]]]);
    const heard: unknown[] = [];
    tree.on("add", ({ object }) => {
      (object as Dealer).deal.on("emit", ({ origin, info }) => heard.push([origin, info]));
    });
    tree.redo();
    expect(heard).toEqual([["redo", { cards: ["queen"] }]]);
  });

  it("[HI-13] has its inverse again where it is an added attribute that came back", () => {
    const tree = makeTree();
    const object = tree.root.add(SObject);
    const seen: string[] = [];
    object.addAttribute("alarm", new EventTopic<string>({ inverse: ({ args }) => seen.push(args) }));
    const alarm = (): EventTopic<string> => (tree.get(object.id) as SObject).attribute("alarm", EventTopic<string>);
    alarm().emit("one");
    (tree.get(object.id) as SObject).destroy();
    tree.undo();
    expect(alarm().object).not.toBe(object);
    alarm().emit("two");
    tree.undo();
    tree.undo();
    expect(seen).toEqual(["two", "one"]);
  });

  it("[HI-13] is skipped where there is no such object any more", () => {
    const types = new TypeRegistry();
    types.register(SObject);
    types.register(Dealer);
    // Only what has a label can be undone.
    const tree = new AuthorityTree(types, SObject);
    const dealer = tree.root.add(Dealer);
    transact(() => dealer.deal.emit({ count: 1 }), { label: "deal" });
    dealer.destroy();
    // The number that the rule added to has gone, too.
    expect(tree.undo()).toEqual({ undone: false, skipped: 2, reason: "conflict", label: "deal" });
    expect(tree.redo()).toEqual({ undone: false, skipped: 2, reason: "conflict", label: "deal" });
    expect(dealer.told).toEqual([]);
  });

  it("[HI-13] is not redone where it was not undone, as somebody might not", () => {
    const tree = makeTree();
    const dealer = tree.root.add(Dealer);
    let emits = 0;
    dealer.deal.on("emit", () => emits++);
    transact(() => {
      dealer.deal.emit({ count: 1 });
      dealer.add(SObject);
    });
    const mayUndo = ({ type }: HistoryTarget): boolean => type === "create";
    expect(tree.history.undo({ mayUndo })).toMatchObject({ undone: true, skipped: 1 });
    expect([dealer.told, dealer.dealt.value, dealer.children.length]).toEqual([[], 0, 0]);
    tree.redo();
    expect([emits, dealer.dealt.value, dealer.children.length]).toEqual([1, 1, 1]);
  });

  it("[HI-13] has observers that make again what is no topic, on undo in their own order", () => {
    const order: string[] = [];
    const topic = new EventTopic({ inverse: () => order.push("inverse") });
    for (const name of ["emit", "revert"] as const) {
      topic.on(name, () => order.push("a"));
      topic.on(name, () => order.push("b"));
    }
    const history = new History();
    history.transact(() => topic.emit());
    history.undo();
    history.redo();
    expect(order).toEqual(["a", "b", "inverse", "a", "b", "a", "b"]);
  });

  it("[HI-13] asks the compiler what its info is", () => {
    const deal = new EventTopic<Deal, Dealt>({
      inverse: ({ args, info }: Emission<Deal, Dealt>) => [args.count, info.cards?.length],
    });
    deal.rule("emit", () => ({ cards: ["ace"] }));
    deal.rule("emit", () => {});
    // @ts-expect-error: no such info
    deal.rule("emit", () => ({ card: "ace" }));
    // @ts-expect-error: no info at all
    deal.rule("emit", () => 1);
    // @ts-expect-error: not without a look whether it is there
    deal.on("emit", ({ info }) => info.cards);
    // @ts-expect-error: other arguments
    expect(new EventTopic<Deal>({ inverse: ({ args }) => args.cards })).toBeInstanceOf(EventTopic);
    // Where nobody says what it is, it may be anything.
    new EventTopic().rule("emit", () => 1);
  });
});

describe("an event without an inverse", () => {
  it("[AT-22] is in no history: an undo takes back what came before it, and what its rules changed", () => {
    const tree = makeTree();
    const dealer = tree.root.add(Dealer);
    const heard: unknown[] = [];
    dealer.ring.on("change", ({ type, origin, info }) => heard.push([type, origin, info]));
    dealer.ring.rule("emit", () => {
      dealer.dealt.set(5);
      return { a: 1 };
    });
    dealer.ring.emit();
    expect(tree.undo()).toMatchObject({ undone: true });
    expect([dealer.isDestroyed, dealer.dealt.value]).toEqual([false, 0]);
    tree.redo();
    expect(dealer.dealt.value).toBe(5);
    dealer.ring.emit();
    tree.undo();
    expect(dealer.dealt.value).toBe(0);
    expect(heard).toEqual([
      ["emit", "local", undefined],
      ["emit", "local", undefined],
    ]);
  });

  it("[AT-22] cannot be told to be undoable, and an inverse is a function", () => {
    expect(() => new EventTopic({ history: true })).toThrow(expect.objectContaining({ code: "invalid_value" }));
    // @ts-expect-error: an inverse is a function
    expect(() => new EventTopic({ inverse: "no" })).toThrow(expect.objectContaining({ code: "wrong_type" }));
  });

  it("[AT-22] is what one with `history: false` is, too", () => {
    const inverse = vi.fn();
    const topic = new EventTopic({ inverse, history: false });
    const history = new History();
    history.transact(() => topic.emit());
    expect(history.undo()).toMatchObject({ undone: false, reason: "not_found" });
    expect(inverse).not.toHaveBeenCalled();
  });
});
