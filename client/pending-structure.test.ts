import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import type { OpStream } from "../core/stream.ts";
import { TypeRegistry } from "../core/types.ts";
import { PendingStructure } from "./pending-structure.ts";
import { CreateEdit, DestroyEdit, EditWriter, MoveEdit, type StructureEdit } from "./structure-edits.ts";

const SEEN = { isOptimistic: true, isLocal: false };
const UNSEEN = { isOptimistic: false, isLocal: false };
const LOCAL = { isOptimistic: true, isLocal: true };

/** A tree whose objects are put where the test wants them. */
class Ground {
  readonly tree: AuthorityTree;
  readonly pending: PendingStructure;
  #lastId = 100;

  constructor() {
    const types = new TypeRegistry();
    types.register(SObject);
    this.tree = new AuthorityTree(types, SObject);
    this.pending = new PendingStructure(this.tree.structure);
  }

  get root(): SObject {
    return this.tree.root;
  }

  /** An object as the server has made it. */
  put(parent = this.root, key?: string): SObject {
    return parent.add(SObject, undefined, key === undefined ? {} : { key });
  }

  /** An object that is in no place yet. */
  make(key?: string): SObject {
    const object = new SObject();
    objectInternals.bind(object, this.tree, ++this.#lastId, objectInternals.shape(this.root), key);
    return object;
  }

  create(parent = this.root, orderKey = 50, key?: string): CreateEdit {
    return this.#added(new CreateEdit(this.make(key), { parent, orderKey }, [], SEEN));
  }

  destroy(object: SObject): DestroyEdit {
    return this.#added(new DestroyEdit(object, SEEN));
  }

  move(object: SObject, parent: SObject, orderKey = 50): MoveEdit {
    return this.#added(new MoveEdit(object, { parent, orderKey }, SEEN));
  }

  /** What can be seen, and that it is a tree. */
  picture(): string {
    const seen = new Set<SObject>();
    const draw = (object: SObject): string => {
      expect([object.isDestroyed, seen.has(object), this.tree.get(object.id) === object]).toEqual([false, false, true]);
      seen.add(object);
      for (const child of object.children) expect(child.parent).toBe(object);
      const below = object.children.map(draw).join(" ");
      return `${object.id}@${objectInternals.orderKey(object)}${below && `(${below})`}`;
    };
    const drawn = draw(this.root);
    expect(this.tree.size).toBe(seen.size);
    return drawn;
  }

  #added<Edit extends StructureEdit>(edit: Edit): Edit {
    this.pending.add(edit);
    return edit;
  }
}

describe("pending edits of the tree's shape", () => {
  it("show at once: what is made, what has gone, what is elsewhere", () => {
    const ground = new Ground();
    const [a, b] = [ground.put(), ground.put()];
    const made = ground.create(a).object;
    expect(a.children).toEqual([made]);
    ground.move(b, a, 60);
    expect(a.children).toEqual([made, b]);
    ground.destroy(made);
    expect([made.isDestroyed, a.children, ground.root.children]).toEqual([true, [b], [a]]);
    ground.picture();
  });

  it("are not to be seen while the server's changes are made, and are on top of them then", () => {
    const ground = new Ground();
    const { pending } = ground;
    const [a, b] = [ground.put(), ground.put()];
    const before = ground.picture();
    const made = ground.create(a).object;
    ground.move(a, b);
    pending.hide();
    expect([ground.picture(), pending.isHidden]).toEqual([before, true]);
    const theirs = ground.put(b);
    pending.show();
    expect([b.children, a.children, pending.isHidden]).toEqual([[theirs, a], [made], false]);
  });

  it.each<[string, (ground: Ground, a: SObject, b: SObject) => StructureEdit, (a: SObject, b: SObject) => void]>([
    ["an object below what has gone", (ground, a) => ground.create(a), (a) => a.destroy()],
    [
      "an object with a key that is in use",
      (ground) => ground.create(undefined, 9, "k"),
      (a) => a.add(SObject, undefined, { key: "k" }),
    ],
    ["the end of what has gone", (ground, a) => ground.destroy(a), (a) => a.destroy()],
    ["a move of what has gone", (ground, a, b) => ground.move(a, b), (a) => a.destroy()],
    ["a move below what has gone", (ground, a, b) => ground.move(a, b), (_, b) => b.destroy()],
    ["a move that would be a cycle by now", (ground, a, b) => ground.move(a, b), (a, b) => b.moveTo(a)],
  ])("that make no sense any more do not show: %s", (_, write, serve) => {
    const ground = new Ground();
    const [a, b] = [ground.put(), ground.put()];
    const edit = write(ground, a, b);
    expect(edit.isShown).toBe(true);
    ground.pending.hide();
    serve(a, b);
    const expected = ground.picture();
    ground.pending.show();
    expect([ground.picture(), edit.isShown]).toEqual([expected, false]);
    ground.pending.hide();
    expect(ground.picture()).toBe(expected);
  });

  it("that make sense again show again", () => {
    const ground = new Ground();
    const [a, b] = [ground.put(), ground.put()];
    ground.move(a, b);
    ground.pending.hide();
    b.moveTo(a);
    ground.pending.show();
    expect(b.parent).toBe(a);
    ground.pending.hide();
    b.moveTo(ground.root);
    ground.pending.show();
    expect(a.parent).toBe(b);
  });

  it("do not show a second time what the server has made meanwhile", () => {
    const ground = new Ground();
    const { object } = ground.create();
    ground.pending.hide();
    ground.tree.structure.link(object, ground.root, 7);
    const expected = ground.picture();
    ground.pending.show();
    expect(ground.picture()).toBe(expected);
    ground.pending.hide();
    expect(ground.picture()).toBe(expected);
  });

  it("can be taken back, whichever they are: the others stay where they make sense", () => {
    const ground = new Ground();
    const a = ground.put();
    const first = ground.create(a);
    const below = ground.create(first.object);
    const other = ground.create(a, 60);
    ground.pending.remove((edit) => edit === first);
    ground.pending.show();
    expect(a.children).toEqual([other.object]);
    expect([first.object.isDestroyed, below.object.isDestroyed]).toEqual([true, true]);
    expect(ground.pending.creationOf(first.object.id)).toBeUndefined();
    expect(ground.pending.creationOf(below.object.id)).toBe(below.object);
    ground.picture();
  });

  it("bring what they had destroyed back as it was: the same object, with all below it, in its place", () => {
    const ground = new Ground();
    const [a, b, c] = [ground.put(), ground.put(), ground.put()];
    const below = ground.put(b);
    const before = ground.picture();
    const edit = ground.destroy(b);
    expect([b.isDestroyed, below.isDestroyed, ground.root.children]).toEqual([true, true, [a, c]]);
    ground.pending.remove((each) => each === edit);
    ground.pending.show();
    expect([ground.picture(), ground.root.children, b.children]).toEqual([before, [a, b, c], [below]]);
  });

  it("know what they have destroyed, with all below it, as long as the server still has it", () => {
    const ground = new Ground();
    const [a, b] = [ground.put(), ground.put()];
    const below = ground.put(a);
    ground.destroy(a);
    const { pending } = ground;
    expect([a, below, b].map((each) => pending.hasDestroyed(each))).toEqual([true, true, false]);
    pending.hide();
    a.destroy();
    pending.show();
    expect([a, below, b].map((each) => pending.hasDestroyed(each))).toEqual([false, false, false]);
  });

  it("that are not to be shown are not, and are known all the same", () => {
    const ground = new Ground();
    const before = ground.picture();
    const edit = new CreateEdit(ground.make(), { parent: ground.root, orderKey: 1 }, [], UNSEEN);
    ground.pending.add(edit);
    expect([ground.picture(), edit.isShown]).toEqual([before, false]);
    expect(ground.pending.creationOf(edit.object.id)).toBe(edit.object);
  });

  it("stay below what is local, in whichever order they were made", () => {
    const ground = new Ground();
    const [a, b, c] = [ground.put(), ground.put(), ground.put()];
    ground.pending.add(new MoveEdit(a, { parent: b, orderKey: 1 }, LOCAL));
    ground.move(a, c);
    expect(a.parent).toBe(b);
    ground.pending.remove(({ isLocal }) => isLocal);
    ground.pending.show();
    expect(a.parent).toBe(c);
  });

  it("that are added while they are hidden show with the others", () => {
    const ground = new Ground();
    ground.create();
    ground.pending.hide();
    const before = ground.picture();
    const { object } = ground.create();
    expect(ground.picture()).toBe(before);
    ground.pending.show();
    expect(ground.root.children).toHaveLength(2);
    expect(ground.root.children).toContain(object);
  });

  it("are forgotten with the tree", () => {
    const ground = new Ground();
    ground.create();
    ground.pending.clear();
    const before = ground.picture();
    ground.pending.hide();
    ground.pending.show();
    expect(ground.picture()).toBe(before);
  });

  it("are written for the server as what they ask for", () => {
    const ground = new Ground();
    const [a, b] = [ground.put(), ground.put(undefined, "key")];
    const writer = new EditWriter();
    const make = new CreateEdit(ground.make("name"), { parent: a, orderKey: 1.5 }, [{ size: 3 }], SEEN);
    for (const edit of [make, new MoveEdit(a, { parent: b, orderKey: 4 }, SEEN), new DestroyEdit(b, SEEN)]) {
      edit.writeTo(writer);
    }
    const expected: OpStream = [
      -1 - 2 * 101,
      6,
      "SObject",
      2,
      1.5,
      "name",
      [{ size: 3 }],
      2 * (2 - 101),
      2,
      3,
      4,
      -3,
      1,
    ];
    expect(writer.ops).toEqual(expected);
  });

  it("are exactly taken back and put on again, whatever they are and whatever the server does in between", () => {
    let shown = 0;
    const step = fc.tuple(
      fc.constantFrom("create", "destroy", "move", "frame", "settle"),
      fc.nat(99),
      fc.nat(99),
      fc.nat(9),
    );
    const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const ground = new Ground();
      const { tree, pending, root } = ground;
      for (let count = 0; count < 5; count++) ground.put(count > 2 ? root.children[0] : root);
      const edits: StructureEdit[] = [];
      const pick = (number: number): SObject => [...tree.objects()][number % tree.size] as SObject;
      const mayMove = (object: SObject, to: SObject): boolean => object !== root && !object.contains(to);
      for (const [what, one, other, orderKey] of steps) {
        const [a, b] = [pick(one), pick(other)];
        if (what === "create") edits.push(ground.create(a, orderKey));
        if (what === "destroy" && a !== root) edits.push(ground.destroy(a));
        if (what === "move" && mayMove(a, b)) edits.push(ground.move(a, b, orderKey));
        shown += edits.filter(({ isShown }) => isShown).length;
        if (what === "settle") {
          const gone = edits.splice(one % (edits.length + 1), 1);
          pending.remove((edit) => gone.includes(edit));
          pending.show();
        }
        if (what === "frame") {
          const before = ground.picture();
          pending.hide();
          const bare = ground.picture();
          pending.show();
          expect(ground.picture()).toBe(before);
          pending.hide();
          expect(ground.picture()).toBe(bare);
          const [c, d] = [pick(one), pick(other)];
          if (orderKey % 3 === 0) ground.put(c);
          else if (orderKey % 3 === 1 && c !== root) tree.structure.unlink(c);
          else if (mayMove(c, d)) tree.structure.relink(c, d, orderKey);
          const served = ground.picture();
          pending.show();
          ground.picture();
          pending.hide();
          expect(ground.picture()).toBe(served);
          pending.show();
        }
      }
      pending.hide();
      const bare = ground.picture();
      pending.remove(() => true);
      pending.show();
      expect(ground.picture()).toBe(bare);
    });
    fc.assert(property, { numRuns: 300 });
    expect(shown).toBeGreaterThan(500);
  });
});
