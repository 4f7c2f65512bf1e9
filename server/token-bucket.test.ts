import { describe, expect, it } from "vitest";
import { TestClock } from "../testing/test-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How many may pass now, of so many that try. */
function passing(bucket: TokenBucket, tries = 1000): number {
  return Array.from({ length: tries }, () => bucket.take()).filter(Boolean).length;
}

describe("a token bucket", () => {
  it("lets twice as many through at once as in a second", () => {
    expect(passing(new TokenBucket(10, 2, new TestClock()))).toBe(20);
  });

  it("fills by the second, in parts, and never beyond the brim", () => {
    const clock = new TestClock();
    const bucket = new TokenBucket(10, 2, clock);
    passing(bucket);
    clock.advance(99);
    expect(passing(bucket)).toBe(0);
    clock.advance(1);
    expect(passing(bucket)).toBe(1);
    clock.advance(1000);
    expect(passing(bucket)).toBe(10);
    clock.advance(3_600_000);
    expect(passing(bucket)).toBe(20);
  });

  it("lends to who has taken little, once, until what it gains when it is full has paid for it", () => {
    const clock = new TestClock();
    const bucket = new TokenBucket(10, 2, clock);
    expect(bucket.take(11)).toBe(true);
    expect(bucket.isLending).toBe(false);
    clock.advance(100);
    expect([bucket.isLending, bucket.borrow(41, 4), bucket.borrow(30, 4), bucket.borrow(11, 4)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(passing(bucket)).toBe(10);
    // Two seconds until it is full, and three for what it has lent.
    clock.advance(4_900);
    expect(bucket.isLending).toBe(false);
    clock.advance(100);
    expect([bucket.isLending, passing(bucket)]).toEqual([true, 20]);
  });

  it("lends to who begins with a debt when that is paid, and lets as many through as else meanwhile", () => {
    const clock = new TestClock();
    const bucket = new TokenBucket(10, 2, clock, 4);
    expect([bucket.isLending, bucket.borrow(1, 4)]).toEqual([false, false]);
    clock.advance(3_900);
    expect(bucket.isLending).toBe(false);
    clock.advance(100);
    expect([bucket.isLending, bucket.borrow(40, 4), passing(bucket)]).toEqual([true, true, 20]);
  });

  it("lets through on average what it says, however it is asked", () => {
    const clock = new TestClock();
    const bucket = new TokenBucket(10, 2, clock);
    passing(bucket);
    let passed = 0;
    for (let step = 0; step < 700; step++) {
      clock.advance(7 + (step % 13));
      passed += passing(bucket, 5);
    }
    const seconds = clock.now() / 1000;
    expect(Math.abs(passed - seconds * 10)).toBeLessThanOrEqual(1);
  });
});
