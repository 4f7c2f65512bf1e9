import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { SObject } from "../core/object.ts";
import { TypeRegistry } from "../core/types.ts";
import { IdLeases } from "./id-leases.ts";

function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  const tree = new AuthorityTree(types, SObject);
  return { tree, leases: () => new IdLeases(tree) };
}

describe("the ids of a client", () => {
  it("are those of its blocks, each once, and within a block in ascending order", () => {
    const { leases } = setUp();
    const ids = leases();
    expect(ids.add(4)).toEqual({ first: 2, count: 4 });
    expect([1, 6, -2, 2 ** 53].map((id) => ids.take(id))).toEqual([false, false, false, false]);
    expect([2, 2, 4, 3, 5, 5].map((id) => ids.take(id))).toEqual([true, false, true, false, true, false]);
    expect(ids.left).toBe(0);
  });

  it("may come from several blocks at a time, and their number is known", () => {
    const { tree, leases } = setUp();
    const ids = leases();
    ids.add(3);
    expect(tree.root.add(SObject).id).toBe(5);
    ids.add(3);
    expect([ids.take(7), ids.left, ids.take(3), ids.left]).toEqual([true, 4, true, 2]);
  });

  it("are of no other client and of no object that the server makes", () => {
    const { tree, leases } = setUp();
    const [ann, bob] = [leases(), leases()];
    ann.add(10);
    bob.add(10);
    expect([ann.take(12), bob.take(11), bob.take(12)]).toEqual([false, false, true]);
    expect(tree.root.add(SObject).id).toBe(22);
  });

  it("go back when the client goes, less those that it has used or passed over", () => {
    const { leases } = setUp();
    const [ann, bob] = [leases(), leases()];
    ann.add(10);
    ann.take(5);
    ann.release();
    expect(ann.left).toBe(0);
    expect(bob.add(6)).toEqual({ first: 6, count: 6 });
    expect([bob.take(5), bob.take(6)]).toEqual([false, true]);
  });

  it("leave nothing behind when they are used up", () => {
    const { leases } = setUp();
    const ids = leases();
    for (let block = 0; block < 100; block++) {
      const { first, count } = ids.add(3);
      for (let id = first; id < first + count; id++) expect(ids.take(id)).toBe(true);
    }
    ids.release();
    expect(leases().add(3).first).toBe(302);
  });

  it("mean nothing when the tree is another one", () => {
    const { leases } = setUp();
    const ids = leases();
    ids.add(3);
    ids.begin();
    expect([ids.left, ids.take(2)]).toEqual([0, false]);
  });
});
