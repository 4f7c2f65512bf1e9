import { describe, expect, it } from "vitest";
import { IdLease } from "./id-lease.ts";

describe("a lease of ids", () => {
  const take = (lease: IdLease, count: number): number[] => Array.from({ length: count }, () => lease.take());

  it("gives each id once, in order, block after block", () => {
    const lease = new IdLease();
    lease.begin(10, 2, "key");
    lease.add(20, 3);
    expect(take(lease, 4)).toEqual([10, 11, 20, 21]);
    lease.add(7, 1);
    expect(take(lease, 2)).toEqual([22, 7]);
  });

  it("throws `no_ids` when none are left, and goes on when there are more", () => {
    const lease = new IdLease();
    const none = expect.objectContaining({ code: "no_ids" });
    expect(() => lease.take()).toThrow(none);
    lease.begin(5, 1, "key");
    expect(lease.take()).toBe(5);
    expect(() => lease.take()).toThrow(none);
    lease.add(9, 0);
    expect(() => lease.take()).toThrow(none);
    lease.add(9, 1);
    expect(lease.take()).toBe(9);
  });

  it("[WI-10] gives only those of a new connection, and tells by the key whether those before are still its own", () => {
    const lease = new IdLease();
    lease.begin(10, 3, "key");
    lease.take();
    expect(lease.begin(20, 1, "key")).toBe(true);
    expect([lease.key, lease.take()]).toEqual(["key", 20]);
    expect(lease.begin(100, 1, "another")).toBe(false);
    expect([lease.key, lease.take()]).toEqual(["another", 100]);
    expect(() => lease.take()).toThrow(expect.objectContaining({ code: "no_ids" }));
  });

  it("[OM-10] gives again what comes back, the last one first, also beyond the end of a block", () => {
    const lease = new IdLease();
    lease.begin(10, 2, "key");
    lease.add(20, 2);
    expect(take(lease, 3)).toEqual([10, 11, 20]);
    for (const id of [20, 11, 10]) lease.giveBack(id);
    expect(take(lease, 4)).toEqual([10, 11, 20, 21]);
    for (const id of [21, 20]) lease.giveBack(id);
    expect(take(lease, 2)).toEqual([20, 21]);
  });

  it("gives what is only pretended ids that no server gives", () => {
    const lease = new IdLease();
    lease.begin(1, 1, "key");
    const ids = [lease.pretend(), lease.pretend(), lease.take(), lease.pretend()];
    expect(new Set(ids).size).toBe(4);
    expect(ids.filter((id) => id > 0)).toEqual([1]);
  });
});
