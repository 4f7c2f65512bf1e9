import { afterEach, describe, expect, it, vi } from "vitest";
import { Listeners } from "./listeners.ts";
import { type ErrorReport, report } from "./report.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

function setUp() {
  const reports: ErrorReport[] = [];
  const onError = (entry: ErrorReport): void => {
    reports.push(entry);
  };
  return { listeners: new Listeners({ reporting: () => ({ where: "the thing", onError }) }), reports };
}

/** What would become uncaught errors of the program. */
function catchUncaught(): unknown[] {
  const uncaught: unknown[] = [];
  vi.stubGlobal("queueMicrotask", (task: () => void) => {
    try {
      task();
    } catch (error) {
      uncaught.push(error);
    }
  });
  return uncaught;
}

describe("Listeners", () => {
  it("[TO-16] calls those that were there when the event began, less those removed meanwhile", () => {
    const { listeners } = setUp();
    const heard: string[] = [];
    listeners.on("event", () => {
      heard.push("first");
      removeSecond();
      listeners.on("event", () => heard.push("late"));
    });
    const removeSecond = listeners.on("event", () => heard.push("second"));
    listeners.on("event", () => heard.push("third"));
    listeners.emit("event", undefined);
    expect(heard).toEqual(["first", "third"]);
  });

  it("[TO-16] calls nobody who was removed inside a nested event", () => {
    const { listeners } = setUp();
    const heard: string[] = [];
    let depth = 0;
    listeners.on("event", () => {
      heard.push(`first ${depth}`);
      if (depth++ > 0) return removeSecond();
      return listeners.emit("event", undefined);
    });
    const removeSecond = listeners.on("event", () => heard.push("second"));
    listeners.emit("event", undefined);
    expect(heard).toEqual(["first 0", "first 1"]);
  });

  it("calls a one-time listener once, also when it leads to the event again", () => {
    const { listeners } = setUp();
    let calls = 0;
    listeners.once("event", () => {
      calls++;
      listeners.emit("event", undefined);
    });
    listeners.emit("event", undefined);
    expect(calls).toBe(1);
    expect(listeners.count).toBe(0);
  });

  it("[AT-26] reports an observer that throws, and calls the others", () => {
    const { listeners, reports } = setUp();
    const heard: string[] = [];
    listeners.on("event", () => {
      throw new Error("bad");
    });
    listeners.once("event", () => {
      throw new Error("bad once");
    });
    listeners.on("event", () => heard.push("other"));
    listeners.emit("event", undefined);
    expect(heard).toEqual(["other"]);
    expect(reports).toEqual([
      { error: new Error("bad"), where: 'listener "event" of the thing' },
      { error: new Error("bad once"), where: 'listener "event" of the thing' },
    ]);
  });

  it("passes on what a rule throws, and calls no rule after it", () => {
    const { listeners, reports } = setUp();
    const heard: string[] = [];
    listeners.rule("event", () => {
      throw new Error("rule");
    });
    listeners.rule("event", () => heard.push("other"));
    expect(() => listeners.wake("event", undefined)).toThrow("rule");
    expect([heard, reports]).toEqual([[], []]);
  });

  it("keeps rules and observers, and names, apart, and counts them all", () => {
    const { listeners } = setUp();
    const heard: string[] = [];
    listeners.on("event", () => heard.push("observer"));
    const removeRule = listeners.rule("event", () => heard.push("rule"));
    listeners.on("toString", () => heard.push("other"));
    listeners.on("__proto__", () => heard.push("proto"));
    expect(listeners.count).toBe(4);
    listeners.emit("event", undefined);
    listeners.wake("event", undefined);
    listeners.emit("__proto__", undefined);
    expect(heard).toEqual(["observer", "rule", "proto"]);
    removeRule();
    listeners.wake("event", undefined);
    expect([listeners.count, heard.length]).toEqual([3, 3]);
  });
});

describe("report", () => {
  it("makes an uncaught error of what there is nobody to tell", () => {
    const uncaught = catchUncaught();
    report(undefined, "lost", "somewhere");
    expect(uncaught).toEqual(["lost"]);
  });

  it("makes an uncaught error of what `onError` throws, and does not throw itself", () => {
    const uncaught = catchUncaught();
    const onError = (): never => {
      throw "another";
    };
    expect(() => report(onError, "error", "somewhere")).not.toThrow();
    expect(uncaught).toEqual(["another"]);
  });

  it("reports what an asynchronous listener throws later, and drops what an asynchronous rule does", async () => {
    const { listeners, reports } = setUp();
    const error = new Error("later");
    const fail = async (): Promise<void> => {
      await null;
      throw error;
    };
    listeners.on("event", fail);
    listeners.emit("event", undefined);
    listeners.rule("event", fail);
    expect(() => listeners.wake("event", undefined)).toThrow(expect.objectContaining({ code: "async_transaction" }));
    await new Promise(setImmediate);
    expect(reports).toEqual([{ error, where: 'listener "event" of the thing' }]);
  });
});
