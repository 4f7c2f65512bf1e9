// What holds for all four topics of references. Their algebra is in kinds.test.ts; two ends are in test/references.test.ts.
import { beforeEach, describe, expect, it } from "vitest";
import { AuthorityTree } from "./authority.ts";
import type { AnyKind } from "./kind.ts";
import { SObject } from "./object.ts";
import { objectInternals } from "./object-internals.ts";
import { RefDictTopic } from "./ref-dict-topic.ts";
import { RefListTopic } from "./ref-list-topic.ts";
import { RefSetTopic } from "./ref-set-topic.ts";
import { RefTopic } from "./ref-topic.ts";
import { topicInternals } from "./topic.ts";
import { track } from "./track.ts";
import { transact } from "./transaction.ts";
import { TypeRegistry } from "./types.ts";

class Person extends SObject {
  /** Makes each unequal to the others where values are compared by content. */
  readonly self = Symbol("person");
}

class Board extends SObject {
  readonly owner = new RefTopic<Person>();
  readonly people = new RefListTopic<Person>();
  readonly voters = new RefSetTopic<Person>();
  readonly roles = new RefDictTopic<Person>();
}

/** A tree in which an object can come back as another instance, as by an undo. */
class TestTree extends AuthorityTree {
  constructor() {
    const types = new TypeRegistry();
    types.register(Board);
    types.register(Person);
    super(types, Board);
  }

  bringBack(gone: Person): Person {
    const object = new Person();
    objectInternals.bind(object, this, gone.id, objectInternals.shape(gone), undefined);
    this.link(object, this.root, objectInternals.orderKey(gone));
    this.notify("add", { object, parent: this.root, origin: "undo" });
    return object;
  }
}

let tree: TestTree;
let board: Board;
let ada: Person;
let bob: Person;

beforeEach(() => {
  tree = new TestTree();
  board = tree.root as Board;
  ada = board.add(Person);
  bob = board.add(Person);
});

/** One way to hold ada, and then bob, and what the topic shows then. */
const WAYS = [
  {
    name: "a single reference",
    topic: () => board.owner,
    hold: () => board.owner.set(ada),
    holdAnother: () => board.owner.set(bob),
    holdAnyId: (id: number) => board.owner.setId(id),
    shown: (person: Person) => person as unknown,
    missing: () => null as unknown,
    ids: () => [board.owner.id],
    give: (object: Person) => board.owner.set(object),
  },
  {
    name: "a list",
    topic: () => board.people,
    hold: () => board.people.set([ada]),
    holdAnother: () => board.people.put(0, bob),
    holdAnyId: (id: number) => board.people.setIds([id]),
    shown: (person: Person) => [person],
    missing: () => [null],
    ids: () => board.people.ids,
    give: (object: Person) => board.people.push(object),
  },
  {
    name: "a set",
    topic: () => board.voters,
    hold: () => board.voters.set([ada]),
    holdAnother: () => board.voters.set(new Set([bob])),
    holdAnyId: (id: number) => board.voters.setIds([id]),
    shown: (person: Person) => new Set([person]),
    missing: () => new Set(),
    ids: () => board.voters.ids,
    give: (object: Person) => board.voters.add(object),
  },
  {
    name: "a dict",
    topic: () => board.roles,
    hold: () => board.roles.set({ chair: ada }),
    holdAnother: () => board.roles.put("chair", bob),
    holdAnyId: (id: number) => board.roles.setIds({ chair: id }),
    shown: (person: Person) => ({ chair: person }),
    missing: () => ({ chair: null }),
    ids: () => Object.values(board.roles.ids),
    give: (object: Person) => board.roles.put("writer", object),
  },
] as const;

describe.each(WAYS)("$name of references", ({ topic, hold, holdAnother, holdAnyId, shown, missing, ids, give }) => {
  it("[OM-31][OM-32] shows the very objects that it was given", () => {
    hold();
    expect(topic().value).toEqual(shown(ada));
    holdAnother();
    expect(topic().value).toEqual(shown(bob));
  });

  it("[OM-33] shows nothing for an object that is gone, and the one that comes back under its id", () => {
    hold();
    ada.destroy();
    expect(topic().value).toEqual(missing());
    const again = tree.bringBack(ada);
    expect(again).not.toBe(ada);
    expect(topic().value).toEqual(shown(again));
    expect(ids()).toEqual([ada.id]);
  });

  it("[OM-33] is whole again when the end of the object is taken back", () => {
    hold();
    expect(() =>
      transact(() => {
        ada.destroy();
        expect(topic().value).toEqual(missing());
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(topic().value).toEqual(shown(ada));
  });

  it("[OM-33] tells who tracks it when the object goes and comes back, and nobody else", () => {
    hold();
    const seen: unknown[] = [];
    const stop = track(() => seen.push(topic().value));
    bob.destroy();
    expect(seen).toEqual([shown(ada)]);
    ada.destroy();
    const again = tree.bringBack(ada);
    expect(seen).toEqual([shown(ada), missing(), shown(again)]);
    stop();
    again.destroy();
    expect(seen).toHaveLength(3);
    expect(topic().listenerCount).toBe(0);
  });

  it("tracks what it holds now, not what it held", () => {
    hold();
    let runs = 0;
    const stop = track(() => {
      runs++;
      return topic().value;
    });
    holdAnother();
    expect(runs).toBe(2);
    ada.destroy();
    expect(runs).toBe(2);
    bob.destroy();
    expect(runs).toBe(3);
    stop();
  });

  it("[CM-23] hands out the same value until the ids or the objects change", () => {
    hold();
    const { value } = topic();
    board.add(Person);
    bob.destroy();
    expect(topic().value).toBe(value);
    expect(ids()).toEqual([ada.id]);
    ada.destroy();
    expect(topic().value).not.toBe(value);
  });

  it("[OM-34] takes ids of objects that are not there yet", () => {
    const next = bob.id + 1;
    holdAnyId(next);
    expect(topic().value).toEqual(missing());
    const eve = board.add(Person);
    expect(topic().value).toEqual(shown(eve));
    expect(ids()).toEqual([next]);
  });

  it("[OM-31] refuses an object that it could not show", () => {
    const another = new TestTree().root.add(Person);
    bob.destroy();
    const before = topic().value;
    for (const [given, code] of [
      [another, "wrong_tree"],
      [bob, "destroyed"],
      [new Person(), "not_attached"],
      [undefined, "wrong_type"],
      [{ id: 2 }, "wrong_type"],
      [2, "wrong_type"],
    ] as const) {
      expect(() => give(given as Person)).toThrow(expect.objectContaining({ code }));
    }
    expect(topic().value).toBe(before);
  });

  it.each([-1, 0.5, "2", null, undefined, 2 ** 53])("[OM-34] refuses %j as an id", (id) => {
    expect(() => holdAnyId(id as number)).toThrow(
      expect.objectContaining({ code: id === -1 ? "invalid_value" : "wrong_type" }),
    );
  });

  it("keeps its ids while it stands alone, and shows no object", () => {
    const alone = new (topic().constructor as new (initial: unknown) => ReturnType<typeof topic>)(
      topic() === board.owner ? 7 : topic() === board.roles ? { chair: 7 } : [7],
    );
    expect(alone.value).toEqual(missing());
    holdAnyId(7);
    expect(alone.kind.equals(topicInternals.state(alone) as never, topicInternals.state(topic()) as never)).toBe(true);
  });
});

describe("RefTopic", () => {
  it("[OM-31] is null by default, and can be emptied", () => {
    expect([board.owner.value, board.owner.id]).toEqual([null, 0]);
    board.owner.set(ada);
    expect(board.owner.id).toBe(ada.id);
    board.owner.set(null);
    expect([board.owner.value, board.owner.id]).toEqual([null, 0]);
    board.owner.setId(bob.id);
    expect(board.owner.value).toBe(bob);
    board.owner.setId(0);
    expect(board.owner.value).toBeNull();
  });

  it("[OM-31] tells both objects and their ids, gone or not", () => {
    const heard: unknown[] = [];
    board.owner.on("change", ({ old, value, oldId, id }) => heard.push([old, value, oldId, id]));
    board.owner.set(ada);
    ada.destroy();
    board.owner.set(bob);
    expect(heard).toEqual([
      [null, ada, 0, ada.id],
      [null, bob, ada.id, bob.id],
    ]);
  });
});

describe("RefListTopic", () => {
  it("[OM-32] does what a list does, with objects", () => {
    const { people } = board;
    people.push(ada, bob);
    people.insert(1, ada);
    expect([people.length, people.at(0), people.at(-1), people.at(3)]).toEqual([3, ada, bob, undefined]);
    expect([people.indexOf(bob), people.indexOf(board.add(Person))]).toEqual([2, -1]);
    people.remove(ada);
    people.move(0, 1);
    people.put(0, ada);
    people.splice(1, 1, bob, bob);
    expect([...people]).toEqual([ada, bob, bob]);
    expect([people.pop(), people.ids]).toEqual([bob, [ada.id, bob.id]]);
    expect(() => people.remove(board.add(Person))).toThrow(expect.objectContaining({ code: "not_found" }));
    people.setIds([bob.id]);
    expect(people.value).toEqual([bob]);
  });

  it("[OM-32] tells objects, also those that are gone when their place is taken away", () => {
    const heard: unknown[] = [];
    board.people.set([ada, bob]);
    board.people.on("insert", ({ index, item }) => heard.push(["+", index, item]));
    board.people.on("remove", ({ index, item }) => heard.push(["-", index, item]));
    board.people.move(0, 1);
    ada.destroy();
    board.people.pop();
    board.people.push(bob);
    expect(heard).toEqual([
      ["-", 0, ada],
      ["+", 1, ada],
      ["-", 1, null],
      ["+", 1, bob],
    ]);
  });

  it("finds and removes an object that is gone", () => {
    board.people.set([bob, ada]);
    ada.destroy();
    expect(board.people.indexOf(ada)).toBe(1);
    board.people.remove(ada);
    expect(board.people.value).toEqual([bob]);
  });

  it("does not take an object of another tree for its own with the same id", () => {
    board.people.set([ada]);
    const another = new TestTree().root.add(Person);
    expect(another.id).toBe(ada.id);
    expect(board.people.indexOf(another)).toBe(-1);
  });
});

describe("RefSetTopic", () => {
  it("[OM-32] does what a set does, with objects", () => {
    const { voters } = board;
    voters.add(ada);
    voters.add(ada);
    voters.add(bob);
    expect([voters.size, voters.has(ada), voters.has(board.add(Person)), [...voters]]).toEqual([
      2,
      true,
      false,
      [ada, bob],
    ]);
    voters.delete(ada);
    voters.delete(ada);
    expect(voters.value).toEqual(new Set([bob]));
    voters.set(voters.value);
    expect(voters.ids).toEqual([bob.id]);
    expect(() => (voters.value as Set<Person>).add(ada)).toThrow(expect.objectContaining({ code: "immutable" }));
  });

  it("[OM-33] has only what is there, and keeps the ids of the rest", () => {
    const { voters } = board;
    voters.set([ada, bob]);
    ada.destroy();
    expect([voters.size, voters.has(ada), [...voters], voters.ids]).toEqual([1, false, [bob], [ada.id, bob.id]]);
    const again = tree.bringBack(ada);
    expect([voters.size, voters.has(again), voters.has(ada)]).toEqual([2, true, false]);
    voters.delete(ada);
    expect(voters.ids).toEqual([bob.id]);
  });

  it("[TO-13][TO-14] tells objects and ids, a whole set one by one", () => {
    const heard: unknown[] = [];
    board.voters.set([ada]);
    board.voters.on("add", ({ item, id }) => heard.push(["+", item, id]));
    board.voters.on("delete", ({ item, id }) => heard.push(["-", item, id]));
    board.voters.add(bob);
    ada.destroy();
    board.voters.setIds([bob.id, 99]);
    expect(heard).toEqual([
      ["+", bob, bob.id],
      ["-", null, ada.id],
      ["+", null, 99],
    ]);
  });
});

describe("RefDictTopic", () => {
  it("[OM-32] does what a dict does, with objects", () => {
    const { roles } = board;
    roles.put("chair", ada);
    roles.put("writer", bob);
    expect([roles.size, roles.get("chair"), roles.get("nobody"), roles.has("writer"), roles.keys()]).toEqual([
      2,
      ada,
      undefined,
      true,
      ["chair", "writer"],
    ]);
    expect(roles.entries()).toEqual([
      ["chair", ada],
      ["writer", bob],
    ]);
    expect(roles.ids).toEqual({ chair: ada.id, writer: bob.id });
    ada.destroy();
    expect([roles.get("chair"), roles.has("chair"), roles.value]).toEqual([null, true, { chair: null, writer: bob }]);
    roles.delete("chair");
    roles.setIds({ writer: bob.id, chair: bob.id });
    expect(roles.value).toEqual({ chair: bob, writer: bob });
    expect(() => roles.put("writer", null as never)).toThrow(expect.objectContaining({ code: "wrong_type" }));
  });

  it("[OM-32][TO-14] tells a whole set key by key, with objects", () => {
    const heard: unknown[] = [];
    board.roles.set({ a: ada, b: bob, c: ada });
    board.roles.on("put", ({ key, old, item }) => heard.push(["put", key, old, item]));
    board.roles.on("delete", ({ key, old }) => heard.push(["delete", key, old]));
    board.roles.set({ a: ada, b: ada, d: bob });
    expect(heard).toEqual([
      ["delete", "c", ada],
      ["put", "b", bob, ada],
      ["put", "d", undefined, bob],
    ]);
  });
});

it.each<[string, () => unknown]>([
  ["at of a list", () => board.people.at(0)],
  ["a loop over a list", () => [...board.people]],
  ["has of a set", () => board.voters.has(ada)],
  ["size of a set", () => board.voters.size],
  ["get of a dict", () => board.roles.get("chair")],
  ["entries of a dict", () => board.roles.entries()],
])("[OM-33] tracked, %s hears of an object that goes and comes back", (_, read) => {
  board.people.set([ada]);
  board.voters.set([ada]);
  board.roles.set({ chair: ada });
  let runs = 0;
  const stop = track(() => {
    runs++;
    return read();
  });
  ada.destroy();
  tree.bringBack(ada);
  bob.destroy();
  expect(runs).toBe(3);
  stop();
});

describe("references that a topic is made with", () => {
  it("[OM-32] may be objects or ids", () => {
    expect(new RefTopic<Person>(ada).id).toBe(ada.id);
    expect(new RefListTopic<Person>([ada, bob.id]).ids).toEqual([ada.id, bob.id]);
    expect(new RefSetTopic<Person>(new Set([ada, bob])).ids).toEqual([ada.id, bob.id]);
    expect(new RefDictTopic<Person>({ chair: ada, writer: bob.id }).ids).toEqual({ chair: ada.id, writer: bob.id });
    const topic = board.addAttribute("friends", new RefListTopic<Person>([ada, bob]));
    expect(topic.value).toEqual([ada, bob]);
  });

  it("must be of objects that are there", () => {
    bob.destroy();
    expect(() => new RefListTopic([bob])).toThrow(expect.objectContaining({ code: "destroyed" }));
    expect(() => new RefTopic(new Person())).toThrow(expect.objectContaining({ code: "not_attached" }));
    expect(() => new RefListTopic("ab" as never)).toThrow(expect.objectContaining({ code: "wrong_type" }));
    expect(() => new RefDictTopic([ada] as never)).toThrow(expect.objectContaining({ code: "wrong_type" }));
  });
});

describe("the ids in references", () => {
  const idOf = (id: number): number | undefined => (id === 2 ? 12 : id === 3 ? 13 : undefined);

  it.each([
    [new Board().owner.kind as AnyKind, 2, 12],
    [new Board().owner.kind as AnyKind, 9, 0],
    [new Board().owner.kind as AnyKind, 0, 0],
    [new Board().people.kind as AnyKind, [2, 9, 3, 2], [12, 13, 12]],
    [new Board().voters.kind as AnyKind, [9, 2], [12]],
    [new Board().roles.kind as AnyKind, ["a", 9, "b", 3], ["b", 13]],
  ])("can be replaced in saved data: %#", (kind, wire, mapped) => {
    expect(kind.references?.map(wire as never, idOf)).toEqual(mapped);
  });

  it.each([
    [new Board().owner.kind as AnyKind, 0, [0, 2], [2]],
    [new Board().owner.kind as AnyKind, 2, [0, 0], []],
    [new Board().people.kind as AnyKind, [2, 3], [0, [2, 4, 3]], [4]],
    [new Board().people.kind as AnyKind, [2, 3], [1, 0, 1, [5, 6]], [5, 6]],
    [new Board().people.kind as AnyKind, [2, 3], [2, 0, 4], [4]],
    [new Board().people.kind as AnyKind, [2, 3], [3, 0, 1], []],
    [new Board().voters.kind as AnyKind, [2], [0, [3, 4]], [3, 4]],
    [new Board().voters.kind as AnyKind, [2], [1, 3], [3]],
    [new Board().voters.kind as AnyKind, [2], [2, 2], []],
    [new Board().roles.kind as AnyKind, ["a", 2], [0, ["a", 3, "b", 4]], [3, 4]],
    [new Board().roles.kind as AnyKind, ["a", 2], [1, "a", 3], [3]],
    [new Board().roles.kind as AnyKind, ["a", 2], [2, "a"], []],
  ] as const)("that an op brings in can be listed: %#", (kind, start, unchecked, ids) => {
    const op = kind.prepare(kind.fromWire(start), unchecked as never);
    expect(op && kind.references?.in(op)).toEqual(ids);
  });
});
