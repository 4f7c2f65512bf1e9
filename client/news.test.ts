import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { BinaryTopic } from "../core/binary-topic.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { type Origin, SET, type UncheckedOp } from "../core/kind.ts";
import { SObject } from "../core/object.ts";
import { BooleanTopic, IntTopic, NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import { TypeRegistry } from "../core/types.ts";
import { ROWS } from "../test/kind-rows.ts";
import { prepared } from "../test/kind-runs.ts";
import { type Audience, News, type TopicNews } from "./news.ts";

class Counter extends SObject {
  readonly count = new NumberTopic(0);
}

const NOBODY: Audience = { notify: () => {}, isSilent: () => false };

/** Changes a topic as a mirror does. */
function change(topic: AnyTopic, unchecked: UncheckedOp, origin: Origin = "remote"): TopicNews | undefined {
  const old = topicInternals.state(topic);
  const op = prepared(topic.kind, old, unchecked);
  if (!op) return undefined;
  const inverse = topic.kind.invert(old, op);
  return { topic, op, inverse, old, origin, event: topicInternals.apply(topic, op, origin, inverse) };
}

/** News, and all that is told of a topic. */
function follow<Topic extends AnyTopic>(topic: Topic) {
  const news = new News(NOBODY);
  const told: unknown[] = [];
  topic.on("change", (event) => told.push(event));
  const net = (op: UncheckedOp, origin?: Origin): void => {
    const made = change(topic, op, origin);
    if (made) news.addChange(made, true);
  };
  const plain = (op: UncheckedOp, origin?: Origin): void => {
    const made = change(topic, op, origin);
    if (made) news.addChange(made, false);
  };
  return { topic, news, told, net, plain };
}

describe("news of topics", () => {
  it("is told when it is time, once, and each change in turn", () => {
    const { news, told, plain } = follow(new NumberTopic(0));
    plain([SET, 1]);
    plain([SET, 2]);
    expect(told).toEqual([]);
    news.tell();
    expect(told).toEqual([
      { type: "set", origin: "remote", old: 0, value: 1 },
      { type: "set", origin: "remote", old: 1, value: 2 },
    ]);
    news.tell();
    expect(told).toHaveLength(2);
  });

  it("of what is pending is the one change that all comes to, from the value before to the value after", () => {
    const { news, told, net } = follow(new NumberTopic(0));
    net([SET, 1], "rollback");
    net([SET, 5], "remote");
    net([SET, 7], "local");
    news.tell();
    expect(told).toEqual([{ type: "set", origin: "local", old: 0, value: 7 }]);
  });

  it("is about what has changed besides, where the last of it was taken back", () => {
    const { news, told, net } = follow(new NumberTopic(0));
    net([SET, 5], "restore");
    net([SET, 4], "rollback");
    news.tell();
    expect(told).toEqual([{ type: "set", origin: "restore", old: 0, value: 4 }]);
  });

  it.each<[string, AnyTopic, readonly UncheckedOp[]]>([
    [
      "a number",
      new NumberTopic(1),
      [
        [SET, 2],
        [SET, 1],
      ],
    ],
    [
      "an integer",
      new IntTopic(1),
      [
        [1, 5],
        [1, -5],
      ],
    ],
    [
      "a flag",
      new BooleanTopic(true),
      [
        [SET, false],
        [SET, true],
      ],
    ],
    [
      "a text",
      new StringTopic("abc"),
      [
        [1, 1, 1, ""],
        [1, 1, 0, "b"],
      ],
    ],
    [
      "bytes",
      new BinaryTopic(Uint8Array.of(1, 2)),
      [
        [1, 0, 1, Uint8Array.of()],
        [1, 0, 0, Uint8Array.of(1)],
      ],
    ],
    [
      "a key that was there",
      new DictTopic({ k: 1 }),
      [
        [2, "k"],
        [1, "k", 1],
      ],
    ],
    [
      "a key that was not",
      new DictTopic({}),
      [
        [1, "k", 1],
        [2, "k"],
      ],
    ],
    [
      "a member",
      new SetTopic(["a"]),
      [
        [2, "a"],
        [1, "a"],
      ],
    ],
  ])("is none where all has become as it was: %s", (_, topic, ops) => {
    const { news, told, net } = follow(topic);
    for (const op of ops) net(op);
    news.tell();
    expect(told).toEqual([]);
  });

  it("is several where they do not come to one", () => {
    const { news, told, net } = follow(new StringTopic("0123456789"));
    net([1, 0, 0, "a"]);
    net([1, 9, 0, "b"]);
    net([1, 10, 0, "c"]);
    news.tell();
    expect(told).toMatchObject([
      { position: 0, inserted: "a", value: "a0123456789" },
      { position: 9, inserted: "bc", old: "a0123456789", value: "a01234567bc89" },
    ]);
  });

  it("does not reach over a change that is told as it is", () => {
    const { news, told, net, plain } = follow(new NumberTopic(0));
    net([SET, 1]);
    plain([SET, 2]);
    net([SET, 0]);
    news.tell();
    expect(told).toMatchObject([
      { old: 0, value: 1 },
      { old: 1, value: 2 },
      { old: 2, value: 0 },
    ]);
  });

  it("begins anew after it has been told", () => {
    const { news, told, net } = follow(new NumberTopic(0));
    net([SET, 1]);
    news.tell();
    net([SET, 0]);
    news.tell();
    expect(told).toMatchObject([
      { old: 0, value: 1 },
      { old: 1, value: 0 },
    ]);
  });

  it("is forgotten on request", () => {
    const { news, told, net } = follow(new NumberTopic(0));
    net([SET, 1]);
    news.add(() => told.push("more"));
    news.clear();
    net([SET, 2]);
    news.tell();
    expect(told).toMatchObject([{ old: 1, value: 2 }]);
  });

  it("keeps its place among other news", () => {
    const { news, told, net } = follow(new NumberTopic(0));
    net([SET, 1]);
    news.add(() => told.push("between"));
    net([SET, 2]);
    news.tell();
    expect(told).toMatchObject([{ old: 0, value: 2 }, "between"]);
  });

  const rows = ROWS.filter(({ isOfObjects, finer }) => !isOfObjects && Object.keys(finer).length > 0);

  it.each(rows.map((row) => [row.topicClass.name, row] as const))(
    "of a %s leads listeners from the value before to that after",
    (_, row) => {
      let [told, changes] = [0, 0];
      const ops = fc.array(fc.tuple(row.ops, fc.boolean()), { maxLength: 6 });
      const property = fc.property(row.values, ops, (start, list) => {
        const topic = new row.topicClass(start);
        if (topic.kind.isEvent) return;
        let followed: unknown = topic.value;
        for (const [name, step] of Object.entries(row.finer)) {
          topic.on(name as never, (event) => {
            followed = step(followed as never, event as never);
          });
        }
        topic.on("change", () => told++);
        const news = new News(NOBODY);
        for (const [make, isNet] of list) {
          const made = change(topic, make(row.size(topic.value as never)));
          if (!made) continue;
          changes++;
          news.addChange(made, isNet);
        }
        news.tell();
        expect(followed).toEqual(topic.value);
      });
      fc.assert(property, { numRuns: 200 });
      if (row.topicClass.name !== "EventTopic") expect([told > 50, told < changes]).toEqual([true, true]);
    },
  );
});

describe("news of the tree's shape", () => {
  function setUp() {
    const types = new TypeRegistry();
    types.register(SObject);
    const tree = new AuthorityTree(types, SObject);
    const told: unknown[] = [];
    const news = new News({
      notify: (name, event) => {
        const { origin, ...rest } = event as { readonly origin: Origin };
        told.push([name, origin, ...Object.values(rest).map((each) => (each as SObject).id)]);
      },
      isSilent: ({ isDestroyed }) => isDestroyed,
    });
    const put = (parent: SObject): SObject => parent.add(SObject);
    return { tree, root: tree.root, news, told, put };
  }

  it("is the difference between where an object was before and where it is at the end", () => {
    const { tree, root, news, told, put } = setUp();
    const [a, b, c] = [put(root), put(root), put(root)];
    news.touch(a, true, "remote");
    a.moveTo(b);
    news.touch(a, true, "local");
    a.moveTo(c);
    news.touch(b, true, "remote");
    b.destroy();
    const made = put(root);
    news.touch(made, false, "rollback");
    news.tell();
    expect(told).toEqual([
      ["move", "local", a.id, root.id, c.id],
      ["remove", "remote", b.id, root.id],
      ["add", "rollback", made.id, root.id],
    ]);
    news.tell();
    expect(told).toHaveLength(3);
    expect(tree.size).toBe(4);
  });

  it("is none of what came and went, went and came back, or moved and moved back", () => {
    const { tree, root, news, told, put } = setUp();
    const [a, b] = [put(root), put(root)];
    const { structure } = tree;
    news.touch(a, true, "remote");
    structure.relink(a, b, 9);
    news.touch(a, true, "remote");
    structure.relink(a, root, 0);
    news.touch(b, true, "remote");
    structure.unlink(b);
    news.touch(b, false, "remote");
    structure.link(b, root, 1);
    const made = put(root);
    news.touch(made, false, "remote");
    news.touch(made, true, "remote");
    structure.unlink(made);
    news.tell();
    expect(told).toEqual([]);
  });

  it("names the topmost of those that went together, and first what went before it from below it; none that has come back", () => {
    const { tree, root, news, told, put } = setUp();
    const [a, b, c] = [put(root), put(root), put(root)];
    const [belowA, belowB, belowC] = [put(a), put(b), put(c)];
    const unlink = (object: SObject, ...below: readonly SObject[]): void => {
      for (const each of [object, ...below]) news.touch(each, true, "local");
      tree.structure.unlink(object);
    };
    unlink(a, belowA);
    unlink(b, belowB);
    for (const each of [b, belowB]) news.touch(each, false, "rollback");
    tree.structure.link(b, root, 1);
    unlink(c, belowC);
    tree.structure.link(c, root, 2);
    unlink(belowC);
    unlink(c);
    news.tell();
    expect(told).toEqual([
      // Whoever is told of the other would not find it there any more.
      ["remove", "local", belowC.id, c.id],
      ["remove", "local", a.id, root.id],
      ["remove", "local", c.id, root.id],
    ]);
  });

  it("tells of a parent before its children, and of what moved out before what goes, in whatever order it happened", () => {
    const { tree, root, news, told, put } = setUp();
    const { structure } = tree;
    const [old, a] = [put(root), put(root)];
    const inner = put(old);
    news.touch(old, true, "remote");
    news.touch(inner, true, "remote");
    structure.unlink(old);
    const child = put(a);
    news.touch(child, false, "remote");
    const parent = put(a);
    news.touch(parent, false, "remote");
    structure.relink(child, parent, 0);
    structure.link(inner, child, 0);
    news.tell();
    expect(told).toEqual([
      ["add", "remote", parent.id, a.id],
      ["add", "remote", child.id, parent.id],
      ["move", "remote", inner.id, old.id, child.id],
      ["remove", "remote", old.id, root.id],
    ]);
  });

  it("tells of another place among the same siblings", () => {
    const { tree, root, news, told, put } = setUp();
    const a = put(root);
    news.touch(a, true, "remote");
    tree.structure.relink(a, root, 5);
    news.tell();
    expect(told).toEqual([["move", "remote", a.id, root.id, root.id]]);
  });

  it("is all there is of what has gone: its topics tell nothing more", () => {
    const types = new TypeRegistry();
    types.register(Counter);
    const tree = new AuthorityTree(types, Counter);
    const counter = tree.root.add(Counter);
    const told: unknown[] = [];
    counter.count.on("change", ({ value }) => told.push(value));
    const isGone = new Set<SObject>();
    const news = new News({ ...NOBODY, isSilent: (object) => isGone.has(object) });
    const made = change(counter.count, [SET, 1]);
    if (made) news.addChange(made, false);
    isGone.add(counter);
    news.tell();
    expect(told).toEqual([]);
  });

  it("comes before all news of topics: an object is there when something is told of it", () => {
    const { root, news, told, put } = setUp();
    news.add(() => told.push("of a topic"));
    const made = put(root);
    news.touch(made, false, "remote");
    news.tell();
    expect(told).toEqual([["add", "remote", made.id, root.id], "of a topic"]);
  });

  it("is forgotten on request", () => {
    const { root, news, told, put } = setUp();
    news.touch(put(root), false, "remote");
    news.clear();
    news.tell();
    expect(told).toEqual([]);
  });
});
