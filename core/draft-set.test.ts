import * as fc from "fast-check";
import { expect, it } from "vitest";
import "./drafts.ts";
import { inTree } from "../test/committed.ts";
import { type SetItem, SetTopic } from "./set-topic.ts";

/** What this version of the compiler does not know of a Set. */
interface NewerSet extends Record<"union" | "difference" | "intersection", (other: Set<SetItem>) => Set<SetItem>> {
  isSubsetOf(other: Set<SetItem>): boolean;
}

type Step = (set: Set<SetItem>) => unknown;

const item = fc.constantFrom<SetItem>("a", "b", "1", 1, 2, 0, -0, true);
const items = fc.uniqueArray(item, { maxLength: 6, selector: (each) => (each === 0 ? 0 : each) });

const step: fc.Arbitrary<Step> = fc.oneof(
  item.map((each) => (set: Set<SetItem>) => set.add(each) === set),
  item.map((each) => (set: Set<SetItem>) => set.delete(each)),
  item.map((each) => (set: Set<SetItem>) => set.has(each)),
  item.map((each) => (set: Set<SetItem>) => set.delete(each) && set.add(each).has(each)),
  fc.constant((set: Set<SetItem>) => set.size),
  fc.constantFrom<Step>(
    (set) => [...set],
    (set) => set.clear(),
    (set) => [[...set.keys()], [...set.entries()], set instanceof Set, Object.prototype.toString.call(set)],
    (set) => {
      for (const each of set) if (typeof each === "number") set.delete(each);
    },
    (set) => {
      const seen: unknown[] = [];
      set.forEach((each) => seen.push(each));
      return seen;
    },
  ),
  items.map((others) => (set: Set<SetItem>) => {
    const [all, other] = [set, new Set(others)] as unknown as readonly [NewerSet, NewerSet & Set<SetItem>];
    return [[...all.union(other)], [...all.difference(other)], [...other.intersection(set)], all.isSubsetOf(other)];
  }),
);

it("[TO-39] the draft of a set does what a Set does, and makes one op of each item that came or went", () => {
  fc.assert(
    fc.property(items, fc.array(step, { maxLength: 12 }), (start, recipe) => {
      const { topic, commits } = inTree(() => new SetTopic<SetItem>(start));
      const model = new Set(start);
      const given = recipe.map((each) => each(model));
      let seen: unknown;
      topic.update((draft) => {
        seen = recipe.map((each) => each(draft));
        expect(draft.size).toBe(model.size);
      });
      expect(seen).toEqual(given);
      expect(topic.value).toEqual(model);
      const differing = [...new Set([...start, ...model])].filter((each) => model.has(each) !== start.includes(each));
      expect(commits.flat()).toHaveLength(differing.length);
      expect(commits.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});
