import { describe, expect, it } from "vitest";
import { type Card, DONE, setUp } from "../test/outbox-setup.ts";
import type { Outcome } from "./pending.ts";

describe("a transaction", () => {
  it("[OC-08] that throws, or returns a promise, is taken back from what shows, not sent, and its error goes to the caller", () => {
    const { recording, mine, take, mirror } = setUp();
    mine.votes.set(7);
    const heard: unknown[] = [];
    mine.votes.on("change", (event) => heard.push(event));
    const fail = () =>
      recording.transact(() => {
        mine.votes.set(1);
        mine.add("Card");
        mine.destroy();
        expect([mine.votes.value, mine.isDestroyed]).toEqual([1, true]);
        throw new Error("on second thought");
      });
    expect(fail).toThrow("on second thought");
    expect([mine.votes.value, mine.isDestroyed, mine.children, mirror.size]).toEqual([7, false, [], 2]);
    expect(() => recording.transact(async () => mine.votes.set(1))).toThrow(
      expect.objectContaining({ code: "async_transaction" }),
    );
    expect(mine.votes.value).toBe(7);
    expect(heard).toEqual([]);
    expect(take()?.transactions).toEqual([[["votes", 0, 7]]]);
  });

  it("[TX-03] that returns a promise is refused by the name of what was called", () => {
    const { recording, mine } = setUp();
    const later = async (): Promise<void> => mine.votes.set(1);
    const asynchronous = (what: string) =>
      expect.objectContaining({ code: "async_transaction", message: expect.stringContaining(`\`${what}\``) });
    expect(() => recording.transact(later)).toThrow(asynchronous("transact"));
    expect(() => recording.pretend(later)).toThrow(asynchronous("pretend"));
    expect(() => recording.pretend(() => recording.pretend(later))).toThrow(asynchronous("pretend"));
    expect(mine.votes.value).toBe(0);
  });

  it("tells listeners when it is complete, and of each attribute once", () => {
    const { recording, mine } = setUp();
    const heard: unknown[] = [];
    mine.count.on("change", ({ value }) => heard.push([value, mine.done.value]));
    recording.transact(() => {
      mine.count.add(1);
      mine.count.add(1);
      mine.done.set(true);
      expect(heard).toEqual([]);
    });
    expect(heard).toEqual([[2, true]]);
  });

  it("joins another one around it", async () => {
    const { outbox, recording, mine, take } = setUp();
    let inner: Promise<Outcome> | undefined;
    const outer = recording.transact(() => {
      mine.votes.set(1);
      inner = recording.transact(() => mine.done.set(true), { optimistic: false });
    });
    expect(mine.done.value).toBe(true);
    expect(take()?.transactions).toEqual([
      [
        ["votes", 0, 1],
        ["done", 0, true],
      ],
    ]);
    outbox.committed(1);
    expect([await outer, await inner]).toEqual([DONE, DONE]);
  });

  it("leaves out what an inner one wrote that threw, if it goes on itself", () => {
    const { recording, mine, take } = setUp();
    recording.transact(() => {
      mine.votes.set(1);
      const inner = () =>
        recording.transact(() => {
          mine.done.set(true);
          mine.votes.set(2);
          throw new Error("no");
        });
      expect(inner).toThrow("no");
      expect([mine.done.value, mine.votes.value]).toEqual([false, 1]);
      mine.text.set("a");
    });
    expect(take()?.transactions).toEqual([
      [
        ["votes", 0, 1],
        ["text", 1, 0, 0, "a"],
      ],
    ]);
  });

  it("goes on as if an inner one that threw had never been, with all objects that it has made", () => {
    const { recording, mine } = setUp();
    recording.transact(() => {
      const first = mine.add<Card>("Card");
      const inner = () =>
        recording.transact(() => {
          first.add("Card");
          throw new Error("no");
        });
      expect(inner).toThrow("no");
      expect([first.isDestroyed, first.children]).toEqual([false, []]);
      first.votes.set(1);
      const second = first.add<Card>("Card");
      expect(first.children).toEqual([second]);
    });
    expect(mine.children).toHaveLength(1);
    expect(mine.children[0]?.children).toHaveLength(1);
  });

  it("that writes nothing is done at once", async () => {
    const { recording, take } = setUp();
    expect(await recording.transact(() => {})).toEqual(DONE);
    expect(take()).toBeUndefined();
  });

  it("[OC-12] that is not to be shown before it is confirmed ends its batch: what follows was not made for it", () => {
    const { outbox, recording, mine, take } = setUp();
    recording.transact(() => mine.text.insert(0, "later"), { optimistic: false });
    mine.text.insert(0, "now");
    expect(mine.text.value).toBe("now");
    expect(take()?.transactions).toEqual([[["text", 1, 0, 0, "later"]]]);
    outbox.committed(1);
    expect(take()?.transactions).toEqual([[["text", 1, 0, 0, "now"]]]);
  });
});

describe("what is pretended", () => {
  const failing = (fn: () => void) => () => {
    fn();
    throw new Error("on second thought");
  };

  it("[OC-08] shows as it did before where what is pretended on top of it throws", () => {
    const { recording, mine, mirror } = setUp();
    recording.pretend(() => mine.votes.set(1));
    expect(() => recording.pretend(failing(() => mine.votes.set(2)))).toThrow("second thought");
    expect([mine.votes.value, mirror.isConsistent()]).toEqual([1, true]);
    recording.clearPretended();
    expect(mine.votes.value).toBe(0);
  });

  it("[OC-08] loses only the part that threw, where that is caught", () => {
    const { recording, mine, mirror } = setUp();
    recording.pretend(() => mine.text.insert(0, "a"));
    recording.pretend(() => {
      mine.text.insert(1, "b");
      expect(() => recording.pretend(failing(() => mine.text.insert(2, "X")))).toThrow("second thought");
      recording.pretend(() => mine.text.insert(2, "c"));
      mine.votes.set(3);
    });
    expect([mine.text.value, mine.votes.value, mirror.isConsistent()]).toEqual(["abc", 3, true]);
    recording.clearPretended();
    expect([mine.text.value, mine.votes.value]).toEqual(["", 0]);
  });

  it("is one edit of an attribute, however often it is pretended anew", () => {
    const { recording, mine } = setUp();
    const attributesOf = (): number => {
      let edits = 0;
      recording.pretend(() => {
        edits = recording.current?.transaction.edits.length ?? 0;
      });
      return edits;
    };
    for (let at = 1; at <= 10; at++) {
      recording.pretend(() => {
        mine.votes.set(at);
        mine.notes.put("x", `${at}`);
        mine.votes.add(1);
      });
    }
    expect([mine.votes.value, mine.notes.get("x"), attributesOf()]).toEqual([11, "10", 2]);
  });
});
