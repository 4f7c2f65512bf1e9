import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { SObject } from "../core/object.ts";
import { TypeRegistry } from "../core/types.ts";
import { TestClock } from "../testing/test-clock.ts";
import { IdLeases, LeaseRegistry } from "./id-leases.ts";
import { TokenBucket } from "./token-bucket.ts";

function setUp() {
  const types = new TypeRegistry();
  types.register(SObject);
  const tree = new AuthorityTree(types, SObject);
  return { tree, leases: () => new IdLeases(tree, 1) };
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

  it("may come from several blocks at a time; those that were passed over are not left", () => {
    const { tree, leases } = setUp();
    const ids = leases();
    ids.add(3);
    expect(tree.root.add(SObject).id).toBe(5);
    ids.add(3);
    expect([ids.left, ids.take(7), ids.left, ids.take(3), ids.left]).toEqual([6, true, 1, true, 1]);
  });

  it("[WI-10] are new ones on each connection, and those of the last few before stay the client's own", () => {
    const { leases } = setUp();
    const ann = leases();
    const blocks = Array.from({ length: 20 }, () => ann.renew(10));
    expect(ann.left).toBe(10);
    expect(new Set(blocks.map(({ first }) => first)).size).toBe(20);
    expect(blocks.map(({ first }) => ann.take(first))).toEqual([
      ...Array.from({ length: 3 }, () => false),
      ...Array.from({ length: 17 }, () => true),
    ]);
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

  it("are fewer by those that may be lost, until one of those after them is used", () => {
    const { leases } = setUp();
    const ids = leases();
    const { first } = ids.add(10);
    ids.lose(7);
    expect(ids.left).toBe(3);
    ids.add(10);
    expect(ids.left).toBe(13);
    expect([ids.take(first + 2), ids.left]).toEqual([true, 17]);
  });

  it("are in few blocks, however many may be lost", () => {
    const { leases } = setUp();
    const ids = leases();
    const blocks = Array.from({ length: 100 }, () => {
      ids.lose(10);
      return ids.add(10);
    });
    expect(ids.left).toBeLessThanOrEqual(40);
    expect(blocks.filter(({ first }) => ids.take(first)).length).toBeLessThan(25);
    const { first } = ids.add(10);
    expect(ids.take(first)).toBe(true);
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
});

describe("[WI-10] the ids of a client that is gone", () => {
  const KEPT_MS = 600_000;

  function registry() {
    const { tree } = setUp();
    const clock = new TestClock();
    const all = new LeaseRegistry(tree, clock);
    const client = (count = 10) => {
      const ids = all.claim(undefined, 1);
      ids.add(count);
      return ids;
    };
    return { tree, clock, all, client };
  }

  it("are its own again when it comes back with their key, and nobody else's", () => {
    const { all, client } = registry();
    const ann = client();
    expect(ann.take(4)).toBe(true);
    all.leave(ann);
    for (const key of [undefined, "", "guessed"]) expect(all.claim(key, 1)).not.toBe(ann);
    expect(all.claim(ann.key, 1)).toBe(ann);
    expect([ann.left, ann.take(5)]).toEqual([7, true]);
    // The server may not have noticed yet that the connection before is gone.
    expect(all.claim(ann.key, 1)).toBe(ann);
    expect(client().key).not.toBe(ann.key);
  });

  it("come with the steps that it has left", () => {
    const { clock, all, client } = registry();
    const [ann, bob] = [client(), client()];
    const fresh = () => new TokenBucket(10, 1, clock);
    const steps = all.stepsOf(ann, fresh());
    steps.spend(10);
    all.leave(ann);
    const again = all.stepsOf(all.claim(ann.key, 1), fresh());
    expect([again === steps, again.take(1)]).toEqual([true, false]);
    expect(all.stepsOf(bob, fresh()).take(10)).toBe(true);
  });

  it("are given to others when it has been gone for long", () => {
    const { clock, all, client } = registry();
    const [ann, bob] = [client(), client()];
    all.leave(ann);
    clock.advance(KEPT_MS - 1);
    all.leave(bob);
    expect(all.claim(ann.key, 1)).toBe(ann);
    all.leave(ann);
    clock.advance(KEPT_MS);
    all.leave(client());
    expect([all.claim(ann.key, 1) === ann, all.claim(bob.key, 1) === bob]).toEqual([false, false]);
    expect(client(8).left).toBe(8);
  });

  it("are given to others when many more have gone since", () => {
    const { tree, all, client } = registry();
    const first = client();
    all.leave(first);
    const others = Array.from({ length: 1_000 }, () => client());
    for (const other of others) all.leave(other);
    expect(all.claim(first.key, 1)).not.toBe(first);
    expect(all.claim(others[0]?.key, 1)).toBe(others[0]);
    expect(tree.lease(10).first).toBe(2);
  });

  it("mean nothing when the tree is another one", () => {
    const { tree, all, client } = registry();
    const ann = client();
    all.leave(ann);
    tree.load({ ...tree.save(), lastId: 5 });
    all.clear();
    expect(all.claim(ann.key, 1)).not.toBe(ann);
    expect(tree.lease(4).first).toBe(6);
  });
});
