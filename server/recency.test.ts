import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { SObject } from "../core/object.ts";
import { TopicChange } from "../core/topic.ts";
import { transactAs } from "../core/transaction.ts";
import { TypeRegistry } from "../core/types.ts";
import { Card } from "../test/sample-tree.ts";
import { Recency } from "./recency.ts";

const [SERVER, ANN, BOB] = [0, 1, 2];

/** A card whose commits are noted, and ways to change it as somebody. */
function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  types.register(Card);
  const tree = new AuthorityTree(types, SObject);
  const card = tree.root.add(Card);
  const recency = new Recency();
  let version = 0;
  tree.onCommit = (changes, author) => {
    version++;
    for (const change of changes) if (change instanceof TopicChange) recency.note(change, author, version);
  };
  const by = (who: number, change: () => void): void =>
    transactAs(who === SERVER ? undefined : { client: who, transaction: 1 }, change);
  return {
    card,
    recency,
    by,
    edit: (who: number) => by(who, () => card.text.insert(0, "x")),
    /** The versions, from 0 to the present, at which an edit of the text by somebody would be stale. */
    staleFor: (who: number) =>
      Array.from({ length: version + 1 }, (_, base) => base).filter((base) => recency.isStale(card.text, base, who)),
  };
}

describe("what is stale", () => {
  it.each<[history: number[], who: number, stale: number[]]>([
    [[], ANN, []],
    [[ANN], ANN, []],
    [[ANN], BOB, [0]],
    [[SERVER], ANN, [0]],
    [[SERVER, ANN], ANN, [0]],
    [[SERVER, ANN, ANN, ANN], ANN, [0]],
    [[ANN, ANN, BOB], ANN, [0, 1, 2]],
    [[ANN, BOB, ANN], ANN, [0, 1]],
    [[ANN, BOB, ANN], BOB, [0, 1, 2]],
    [[ANN, BOB, ANN, BOB, BOB], BOB, [0, 1, 2]],
    [[ANN, BOB, SERVER, ANN], ANN, [0, 1, 2]],
    [[BOB, SERVER], BOB, [0, 1]],
  ])("after changes by %j, for an edit by %i: made for %j", (history, who, stale) => {
    const scene = setUp();
    for (const each of history) scene.edit(each);
    expect(scene.staleFor(who)).toEqual(stale);
  });

  it("is nothing on account of other topics", () => {
    const { card, by, staleFor } = setUp();
    by(BOB, () => card.tags.push("a"));
    by(BOB, () => card.votes.set(1));
    by(SERVER, () => card.owner.set("b"));
    expect(staleFor(ANN)).toEqual([]);
  });

  it("is what a rule has made of the client's own change", () => {
    const { card, edit, staleFor } = setUp();
    card.text.rule("change", ({ value }) => {
      if (value.length === 2) card.text.insert(2, "!");
    });
    edit(ANN);
    expect(staleFor(ANN)).toEqual([]);
    edit(ANN);
    expect(staleFor(ANN)).toEqual([0, 1]);
  });

  it("is never a register, nor a topic that clients cannot write", () => {
    const { card, recency, by } = setUp();
    by(SERVER, () => {
      card.votes.set(1);
      card.notes.put("a", "b");
      card.done.set(true);
      card.owner.set("positional, and not open");
    });
    for (const topic of [card.votes, card.notes, card.done, card.owner]) {
      expect(recency.isStale(topic, 0, ANN)).toBe(false);
    }
  });
});
