import { describe, expect, it } from "vitest";
import { TestClock } from "./test-clock.ts";

describe("[TE-01] a test clock", () => {
  it("stands still until it is told to go on", () => {
    const clock = new TestClock();
    expect([clock.now(), clock.nextAt]).toEqual([0, Number.POSITIVE_INFINITY]);
    clock.advance(12.5);
    clock.advance(0);
    clock.advanceTo(20);
    expect(clock.now()).toBe(20);
  });

  it("runs what is due, in order, each task at its moment", () => {
    const clock = new TestClock();
    const ran: string[] = [];
    const plan = (name: string, ms: number) => clock.after(ms, () => ran.push(`${name} at ${clock.now()}`));
    plan("late", 30);
    plan("first", 10);
    plan("second", 10);
    plan("at once", 0);
    expect([clock.taskCount, clock.dueInMs, clock.nextAt]).toEqual([4, [0, 10, 10, 30], 0]);
    clock.advance(29);
    expect(ran).toEqual(["at once at 0", "first at 10", "second at 10"]);
    expect(clock.dueInMs).toEqual([1]);
    clock.advance(1);
    expect(ran.at(-1)).toBe("late at 30");
    expect(clock.taskCount).toBe(0);
  });

  it("runs also what the tasks plan, if it is due by then", () => {
    const clock = new TestClock();
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(clock.now());
      clock.after(10, tick);
    };
    tick();
    clock.advance(35);
    expect(ticks).toEqual([0, 10, 20, 30]);
    expect(clock.dueInMs).toEqual([5]);
  });

  it("runs nothing that was cancelled, also by another task at the same moment", () => {
    const clock = new TestClock();
    const ran: string[] = [];
    clock.after(5, () => cancel());
    const cancel = clock.after(5, () => ran.push("cancelled"));
    clock.after(5, () => ran.push("stays"));
    clock.advance(5);
    cancel();
    expect(ran).toEqual(["stays"]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses to advance by %d", (ms) => {
    const clock = new TestClock();
    clock.advance(7);
    expect(() => clock.advance(ms)).toThrow(RangeError);
    expect(clock.now()).toBe(7);
  });

  it.each([-1, Number.NaN])("takes a wait of %d for none", (ms) => {
    const clock = new TestClock();
    let hasRun = false;
    clock.after(ms, () => {
      hasRun = true;
    });
    clock.advance(0);
    expect(hasRun).toBe(true);
  });

  it("stays where it is when a task throws, and can go on", () => {
    const clock = new TestClock();
    let hasRun = false;
    clock.after(1, () => {
      throw new Error("no");
    });
    clock.after(2, () => {
      hasRun = true;
    });
    expect(() => clock.advance(5)).toThrow("no");
    expect([clock.now(), hasRun]).toEqual([1, false]);
    clock.advance(4);
    expect([clock.now(), hasRun]).toEqual([5, true]);
  });

  it("throws where tasks plan one another at one moment, endlessly", () => {
    const clock = new TestClock();
    const again = (): void => void clock.after(0, again);
    again();
    expect(() => clock.advance(1)).toThrow("without end");
  });
});
