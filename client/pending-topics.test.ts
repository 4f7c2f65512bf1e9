import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { DictTopic } from "../core/dict-topic.ts";
import type { AnyKind, Op, UncheckedOp } from "../core/kind.ts";
import { attributeOf, SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import type { Attribute } from "../core/shape.ts";
import { StringTopic } from "../core/string-topic.ts";
import { TypeRegistry } from "../core/types.ts";
import { PendingTransaction, type TopicEdit } from "./pending.ts";
import { PendingTopics } from "./pending-topics.ts";

const OPEN = { write: "everyone" } as const;

class Card extends SObject {
  readonly text = new StringTopic("", OPEN);
  readonly notes = new DictTopic<number>({}, OPEN);
  readonly votes = new NumberTopic(0, OPEN);
  readonly gauge = new NumberTopic(0, { write: "everyone", latest: true });
}

const [TEXT, NOTES, VOTES, GAUGE] = [1, 2, 3, 4] as const;

/** What is pending on cards whose values the test holds. */
function setUp() {
  const types = new TypeRegistry();
  types.register(Card);
  const tree = new AuthorityTree(types, Card);
  const [card, other] = [tree.root as Card, tree.root.add(Card)];
  const states = new Map<SObject, unknown[]>();
  const shown: (readonly [slot: number, op: Op, isNet: boolean])[] = [];
  let copies = 0;
  const attribute = (slot: number): Attribute => {
    const found = attributeOf(card, slot) as Attribute;
    const toWire = (state: unknown) => {
      copies++;
      return found.kind.toWire(state);
    };
    return slot === NOTES ? { ...found, kind: { ...found.kind, toWire } as AnyKind } : found;
  };
  const stateOf = (object: SObject, slot: number): unknown => {
    let slots = states.get(object);
    if (!slots) {
      slots = [undefined, "", new Map(), 0, 0];
      states.set(object, slots);
    }
    return slots[slot];
  };
  const topics = new PendingTopics({
    state: stateOf,
    show(object, slot, kind, op, isNet) {
      shown.push([slot, op, isNet]);
      const state = stateOf(object, slot);
      (states.get(object) as unknown[])[slot] = kind.apply(state, op);
    },
  });
  const write = (object: SObject, slot: number, op: Op, into = new PendingTransaction(false)): PendingTransaction => {
    const edit: TopicEdit = {
      ...{ type: "topic", object, slot, ops: [op], isShown: true, isLocal: false, transaction: into },
    };
    into.edits.push(edit);
    topics.add(edit);
    return into;
  };
  const confirm = (object: SObject, slot: number, op: UncheckedOp, own?: PendingTransaction): void => {
    topics.confirm(object, slot, attribute(slot), op, own);
  };
  const isConsistent = (): boolean =>
    [...topics.audit()].every(([kind, view, expected]) => kind.equals(view, expected));
  return { card, other, topics, shown, stateOf, write, confirm, isConsistent, copies: () => copies };
}

describe("pending topics", () => {
  it("let what comes through to the view where nothing is pending, and tell it as it is", () => {
    const { card, topics, shown, confirm } = setUp();
    confirm(card, TEXT, [1, 0, 0, "a"]);
    confirm(card, TEXT, [1, 0, 1, "a"]);
    expect(shown).toEqual([[TEXT, [1, 0, 0, "a"], false]]);
    expect([topics.has(card, TEXT), topics.confirmed(card, TEXT)]).toEqual([false, "a"]);
  });

  it("keep what is confirmed of an attribute apart from what shows, of that attribute alone", () => {
    const { card, other, topics, stateOf, write } = setUp();
    write(card, TEXT, [1, 0, 0, "mine"]);
    expect([topics.has(card, TEXT), topics.has(card, VOTES), topics.has(other, TEXT)]).toEqual([true, false, false]);
    expect([stateOf(card, TEXT), topics.confirmed(card, TEXT)]).toEqual(["mine", ""]);
  });

  it("bring others' ops in below, as one net change, and confirm what comes back without one", () => {
    const { card, topics, shown, stateOf, write, confirm, isConsistent } = setUp();
    const own = write(card, TEXT, [1, 0, 0, "mine"]);
    confirm(card, TEXT, [1, 0, 0, "theirs "]);
    expect(shown.slice(1)).toEqual([[TEXT, [1, 4, 0, "theirs "], true]]);
    expect([stateOf(card, TEXT), topics.confirmed(card, TEXT), isConsistent()]).toEqual([
      "minetheirs ",
      "theirs ",
      true,
    ]);
    confirm(card, TEXT, [1, 0, 0, "mine"], own);
    expect(shown).toHaveLength(2);
    topics.finish(own, true);
    expect([topics.has(card, TEXT), stateOf(card, TEXT), shown.length]).toEqual([false, "minetheirs ", 2]);
  });

  it("take back what came back otherwise, and what did not come back at all", () => {
    const { card, topics, stateOf, write, confirm } = setUp();
    confirm(card, TEXT, [1, 0, 0, "x"]);
    const own = write(card, TEXT, [1, 0, 0, " mine "]);
    write(card, VOTES, [0, 5], own);
    const later = write(card, TEXT, [1, 7, 0, "!"]);
    confirm(card, TEXT, [1, 0, 0, "mine"], own);
    expect([stateOf(card, TEXT), stateOf(card, VOTES)]).toEqual(["minex!", 5]);
    topics.finish(own, true);
    expect([stateOf(card, TEXT), stateOf(card, VOTES), topics.has(card, VOTES)]).toEqual(["minex!", 0, false]);
    topics.withdraw(new Set(later.edits));
    expect([stateOf(card, TEXT), topics.has(card, TEXT)]).toEqual(["minex", false]);
  });

  it("copy no container that only its own program changes, from the write to the confirmation", () => {
    const { card, topics, stateOf, write, confirm, copies } = setUp();
    const all = [1, 2, 3].map((value) => write(card, NOTES, [1, `key ${value}`, value]));
    for (const [index, own] of all.entries()) {
      confirm(card, NOTES, [1, `key ${index + 1}`, index + 1], own);
      topics.finish(own, true);
    }
    expect([stateOf(card, NOTES), copies(), topics.has(card, NOTES)]).toEqual([
      new Map([1, 2, 3].map((value) => [`key ${value}`, value])),
      0,
      false,
    ]);
  });

  it("leave newest values as they were written until the answer, in which the server says others", () => {
    const { card, topics, stateOf, write, confirm } = setUp();
    const own = write(card, GAUGE, [0, 7]);
    confirm(card, GAUGE, [0, 3]);
    topics.finish(own, false);
    expect([stateOf(card, GAUGE), topics.has(card, GAUGE)]).toEqual([7, true]);
    topics.finish(own, true);
    expect([stateOf(card, GAUGE), topics.has(card, GAUGE)]).toEqual([7, false]);
  });

  it("count all that a transaction did to an object as confirmed when the object itself comes back", () => {
    const { card, topics, shown, stateOf, write } = setUp();
    const own = write(card, TEXT, [1, 0, 0, "a"]);
    write(card, VOTES, [1, 2], own);
    write(card, TEXT, [1, 1, 0, "b"]);
    const before = shown.length;
    topics.accept(card, own);
    expect([stateOf(card, TEXT), topics.confirmed(card, TEXT)]).toEqual(["ab", "a"]);
    expect([topics.has(card, VOTES), topics.has(card, TEXT), shown.length]).toEqual([false, true, before]);
  });

  it("forget an attribute that is no more, and all when the tree is another one", () => {
    const { card, topics, stateOf, write } = setUp();
    write(card, TEXT, [1, 0, 0, "a"]);
    write(card, VOTES, [0, 1]);
    topics.delete(card, VOTES);
    expect([topics.has(card, VOTES), topics.has(card, TEXT)]).toEqual([false, true]);
    topics.clear();
    expect([topics.has(card, TEXT), stateOf(card, TEXT), [...topics.audit()]]).toEqual([false, "", []]);
  });
});
