import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, type Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { afterCommit } from "../core/transaction.ts";
import { MessageCode } from "../core/wire.ts";
import { makeOp, type RawOp, rawOps } from "../test/raw-ops.ts";
import { Server } from "./server.ts";

const OPEN = { write: "everyone" } as const;

class Sheet extends SObject {
  readonly text = new StringTopic("", OPEN);
  readonly items = new ListTopic<string>([], OPEN);
  readonly number = new NumberTopic(0, OPEN);
  readonly other = new StringTopic("", OPEN);
}

const [TEXT, ITEMS, NUMBER, OTHER] = [1, 2, 3, 4] as const;
const SHEET = 2;
type Splice = readonly [position: number, deleteCount: number, inserted: string];

/** An op on the sheet. */
const op = (slot: number, code: number, ...args: Wire[]): RawOp => [SHEET, slot, code, ...args];
const writeTo = (id: number, ...splices: Splice[]): RawOp[] => splices.map((splice) => [id, TEXT, 1, ...splice]);
const write = (...splices: Splice[]): RawOp[] => writeTo(SHEET, ...splices);

/** A server with a sheet, and somebody who says what the test wants, without any network between. */
function setUp(text = "") {
  const server = new Server({ models: [Sheet], defer: () => {} });
  const sheet = server.root.add(Sheet);
  sheet.text.set(text);
  let heard: (readonly Wire[])[] = [];
  const send = (bytes: Uint8Array): void => void heard.push(decode(bytes) as readonly Wire[]);
  let version = text === "" ? 1 : 2;
  server.tree().on("add", () => version++);
  const { message } = server.accept({ send, close: (_, reason) => expect.fail(reason), bufferedBytes: 0 });
  const say = (said: Wire): void => {
    message(encode(said));
    server.flush();
  };
  say([MessageCode.hello]);
  let number = 1;
  /** Carries a batch out that was made for a version; returns why which transactions were refused. */
  const batch = (base: number, ...transactions: Wire[][]): unknown[] => {
    server.flush();
    heard = [];
    say([MessageCode.batch, number, [1, base], ...transactions]);
    number += transactions.length;
    const result = heard.find(([code]) => code === MessageCode.result) ?? [];
    return result.slice(2).map((outcome) => (outcome as readonly Wire[]).slice(0, 2));
  };
  return { server, sheet, batch, base: version };
}

describe("[WI-09] an op for an older value", () => {
  it("is carried out where it was meant, over what others have done since", () => {
    const { sheet, batch, base } = setUp("abcdef");
    sheet.text.insert(0, "--");
    sheet.text.delete(3, 2);
    expect(sheet.text.value).toBe("--adef");
    expect(batch(base, rawOps(write([6, 0, "!"], [3, 1, "D"])))).toEqual([]);
    expect(sheet.text.value).toBe("--aDef!");
  });

  it("is one of a sequence: each is for what the client saw after the one before, in this transaction and those before", () => {
    const { sheet, batch, base } = setUp("abcdef");
    sheet.text.insert(3, "---");
    const outcome = batch(base, rawOps(write([0, 0, "1"], [7, 0, "2"])), rawOps(write([4, 4, ""], [4, 0, "3"])));
    expect([sheet.text.value, outcome]).toEqual(["1abc3---", []]);
  });

  it("crosses what rules have made of those before it, also where they were the last of their transaction", () => {
    const { sheet, batch, base } = setUp("abc");
    sheet.text.rule("change", ({ value }) => {
      if (!value.startsWith("#")) sheet.text.insert(0, "#");
      if (!value.startsWith("##")) sheet.text.insert(0, "#");
    });
    expect(batch(base, rawOps(write([3, 0, "d"])), rawOps(write([4, 0, "e"])))).toEqual([]);
    expect(sheet.text.value).toMatch(/^#+abcde$/);
  });

  it("crosses what rules have made of those before it that were about something else", () => {
    const { sheet, batch, base } = setUp("abc");
    sheet.number.rule("change", () => sheet.text.insert(0, "--"));
    expect(batch(base, rawOps([op(NUMBER, 0, 1)]), rawOps(write([1, 1, "B"])))).toEqual([]);
    expect(sheet.text.value).toBe("--aBc");
    expect(batch(base + 2, rawOps([op(NUMBER, 0, 2), ...write([3, 1, ""], [3, 1, "C"])]))).toEqual([]);
    expect(sheet.text.value).toBe("----aC");
    // The text has been written before, so what crosses is known by then.
    const all = [write([6, 0, "d"]), [op(NUMBER, 0, 3)], write([7, 0, "e"])].map(rawOps);
    expect(batch(base + 3, ...all)).toEqual([]);
    expect(sheet.text.value).toBe("------aCde");
  });

  it("crosses what others commit while the batch is carried out", () => {
    const { sheet, batch, base } = setUp("abc");
    sheet.number.rule("change", () => afterCommit(() => sheet.text.insert(0, "others ")));
    const all = [write([3, 0, "1"]), [op(NUMBER, 0, 1)], write([4, 0, "2"]), [op(NUMBER, 0, 2)], write([5, 0, "3"])];
    expect(batch(base, ...all.map(rawOps))).toEqual([]);
    expect(sheet.text.value).toBe("others others abc123");
  });

  it("[TX-08] crosses what takes the refused back, as the client had it in what it saw", () => {
    const { sheet, batch, base } = setUp("abc");
    sheet.number.rule("change", ({ value }) => {
      if (value < 0) throw new ObjectSyncError("rejected");
    });
    sheet.text.insert(1, "-");
    const refused = rawOps([...write([0, 0, "gone "], [8, 0, " gone"]), op(NUMBER, 0, -1)]);
    expect(batch(base, refused, rawOps(write([13, 0, "!"], [5, 1, "A"])))).toEqual([[0, "rejected"]]);
    expect(sheet.text.value).toBe("A-bc!");
  });

  it("crosses nothing twice: neither in its own batch, nor in one for a version that has it", () => {
    const { sheet, batch, base } = setUp();
    batch(base, rawOps(write([0, 0, "ab"])), rawOps(write([2, 0, "c"])));
    batch(base + 2, rawOps(write([3, 0, "d"])));
    batch(base + 2, rawOps(write([0, 3, "ABC"])));
    expect(sheet.text.value).toBe("ABCd");
  });

  it("is in order about the object that its own transaction, or one before, has made", () => {
    class Built extends Sheet {
      override build(): void {
        this.text.set("built ");
      }
    }
    class Home extends SObject {
      static override readonly access = { add: ["Built"] };
    }
    const server = new Server({ root: Home, models: [Built], defer: () => {} });
    const heard: (readonly Wire[])[] = [];
    const send = (bytes: Uint8Array): void => void heard.push(decode(bytes) as readonly Wire[]);
    const { message } = server.accept({ send, close: (_, reason) => expect.fail(reason), bufferedBytes: 0 });
    message(encode([MessageCode.hello]));
    const id = heard[0]?.[6] as number;
    const made = rawOps([makeOp(id, "Built", 1), ...writeTo(id, [0, 0, "a"])]);
    message(encode([MessageCode.batch, 1, [1, 0], made, rawOps(writeTo(id, [1, 0, "b"]))]));
    expect(server.root.find(Built).text.value).toBe("abbuilt ");
  });
});

describe("[WI-09] a topic is lost for the rest of a batch", () => {
  const moreOf = (slot: number) => rawOps([op(slot, 1, 0, 0, slot === ITEMS ? ["x"] : "x")]);
  const rest = [moreOf(TEXT), moreOf(ITEMS), moreOf(OTHER)];

  it("with `depends`, where an op on it could not be carried out, or was not come to, and no other topic is", () => {
    const { sheet, batch, base } = setUp();
    expect(batch(base, rawOps(write([9, 0, "x"])), ...rest)).toEqual([
      [0, "out_of_range"],
      [1, "depends"],
    ]);
    const unreached = rawOps([op(NUMBER, 0, "no number"), op(ITEMS, 1, 0, 0, ["x"])]);
    expect(batch(base + 2, unreached, ...rest)).toEqual([
      [0, "wrong_type"],
      [2, "depends"],
    ]);
    expect(sheet.other.value).toBe("xx");
  });

  it("with `stale` and then `depends`, where the log does not reach back to the base of the batch", () => {
    const { sheet, batch, base } = setUp();
    for (let count = 0; count < 40; count++) sheet.text.set(`${count}`.repeat(5e5));
    sheet.text.set("");
    expect(batch(base, moreOf(TEXT), moreOf(TEXT), moreOf(ITEMS))).toEqual([
      [0, "stale"],
      [1, "depends"],
    ]);
    expect(batch(base + 42, moreOf(TEXT))).toEqual([]);
  });

  it("if it is not known what else a transaction was about; not if that could only be what is not there", () => {
    const { server, sheet, batch, base } = setUp();
    const [gone, there] = [server.root.add(Sheet), server.root.add(Sheet)];
    gone.destroy();
    server.flush();
    const onGone = writeTo(gone.id, [0, 0, "x"]);
    expect(batch(base + 3, rawOps(onGone), ...rest)).toEqual([[0, "not_found"]]);
    expect(batch(base + 3, rawOps([...onGone, ...writeTo(gone.id + 1, [0, 0, "x"])]), ...rest)).toEqual([
      [0, "not_found"],
      [1, "depends"],
      [2, "depends"],
      [3, "depends"],
    ]);
    // The rest of the transaction could be about other attributes of the same object.
    const onThere = writeTo(there.id, [0, 0, "x"]);
    expect(batch(base + 3, rawOps([[there.id, 77, 0, 5], ...onThere]), rawOps(onThere), ...rest)).toEqual([
      [0, "not_found"],
      [1, "depends"],
    ]);
    expect(sheet.text.value).toBe("xx");
  });

  it("until the client writes all of it: from there on it is known what the client sees", () => {
    const { sheet, batch, base } = setUp("abc");
    const whole = (text: string): Wire[] => rawOps([op(TEXT, 0, text)]);
    expect(batch(base, rawOps(write([9, 0, "x"])), whole("new"), rawOps(write([3, 0, "!"])))).toEqual([
      [0, "out_of_range"],
    ]);
    expect(sheet.text.value).toBe("new!");
    const unread = rawOps([
      [99, TEXT, 0, "x"],
      [100, TEXT, 0, "y"],
    ]);
    expect(batch(base, unread, whole("newer"), rawOps(write([5, 0, "!"])))).toEqual([[0, "not_found"]]);
    expect(sheet.text.value).toBe("newer!");
  });
});

describe("a `set` of a text in a batch", () => {
  it("is followed by ops for what it set, whatever rules did before it and after it", () => {
    const { sheet, batch, base } = setUp("abc");
    sheet.number.rule("change", () => sheet.text.insert(0, "before "));
    sheet.text.rule("change", ({ value }) => {
      if (value === "set") sheet.text.insert(0, "after ");
    });
    expect(batch(base, rawOps([op(NUMBER, 0, 1), op(TEXT, 0, "set"), ...write([3, 0, "!"])]))).toEqual([]);
    expect(sheet.text.value).toBe("after set!");
  });

  it("is taken back for what follows where it is refused, by a rule of its own or with its transaction", () => {
    const { sheet, batch, base } = setUp("abc");
    sheet.text.rule("change", ({ value }) => {
      if (value === "no") throw new ObjectSyncError("rejected");
    });
    expect(batch(base, rawOps([op(TEXT, 0, "no")]), rawOps(write([2, 0, "!"])))).toEqual([[0, "rejected"]]);
    expect(sheet.text.value).toMatch(/^!?abc!?$/);
    sheet.text.set("abcdef");
    const refused = rawOps([...write([6, 0, "g"]), op(TEXT, 0, "abcdefg, and more"), op(NUMBER, 0, "no number")]);
    expect(batch(base + 2, refused, rawOps(write([17, 0, "!"], [0, 1, "A"])))).toEqual([[0, "wrong_type"]]);
    expect(sheet.text.value).toBe("Abcdef!");
  });
});

describe("any batch", () => {
  /** Texts of characters that are all different: so each can be found again. */
  const unique = () => {
    let next = 0x4e00;
    return (count: number): string => String.fromCharCode(...Array.from({ length: count }, () => next++));
  };
  const number = fc.nat(0xffff_ffff);

  it("[WI-09] has its ops where they were meant, between what was before and behind them for the client", () => {
    const counts = { refused: 0, derived: 0, others: 0, probes: 0 };
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 14 }), fc.infiniteStream(number), (steps, entropy) => {
        const pick = (count: number): number => (entropy.next().value as number) % count;
        const fresh = unique();
        const { sheet, batch, base } = setUp(fresh(6));
        const { text } = sheet;
        const probe = fresh(1);
        const spliceOf = (value: string): Splice => {
          const position = pick(value.length + 1);
          return [position, pick(Math.min(4, value.length - position + 1)), fresh(pick(3))];
        };
        const change = (): void => text.splice(...spliceOf(text.value));
        // What the rule does to each op in turn.
        const plan: ("nothing" | "derive" | "refuse" | "others")[] = [];
        let isDeriving = false;
        text.rule("change", ({ inserted }) => {
          if (isDeriving || inserted === probe) return;
          const what = plan.shift() ?? "nothing";
          if (what === "refuse") {
            counts.refused++;
            throw new ObjectSyncError("rejected");
          }
          if (what === "others") {
            counts.others++;
            afterCommit(() => {
              isDeriving = true;
              change();
              isDeriving = false;
            });
          }
          if (what !== "derive") return;
          counts.derived++;
          isDeriving = true;
          change();
          isDeriving = false;
        });
        sheet.number.rule("change", () => {
          if (plan.length % 2 === 0) throw new ObjectSyncError("rejected");
        });

        let seen = text.value;
        isDeriving = true;
        for (let count = pick(4); count > 0; count--) change();
        isDeriving = false;
        const transactions = steps.map((step) => {
          const ops: RawOp[] = [];
          for (let count = 1 + (step % 3); count > 0; count--) {
            const splice = spliceOf(seen);
            const [position, deleteCount, inserted] = splice;
            seen = seen.slice(0, position) + inserted + seen.slice(position + deleteCount);
            plan.push((["nothing", "nothing", "derive", "refuse", "others"] as const)[pick(5)] ?? "nothing");
            ops.push(...write(splice));
          }
          if (step % 5 === 0) ops.push(op(NUMBER, 0, step));
          return rawOps(ops);
        });
        const place = pick(seen.length + 1);
        const outcomes = batch(base, ...transactions, rawOps(write([place, 0, probe])));
        const codes = new Map(outcomes as [offset: number, code: string | undefined][]);
        // Where a refused transaction was to go on, it is not known what the client saw.
        if (codes.get(steps.length) === "depends") {
          expect([...codes.values()]).toContain("rejected");
          return;
        }
        expect([...codes.values()].filter((code) => code !== undefined && code !== "rejected")).toEqual([]);
        const found = text.value.indexOf(probe);
        counts.probes++;
        const order = [...seen].map((each, index) => [index < place, text.value.indexOf(each)] as const);
        const wrong = order.filter(([isBefore, index]) => index >= 0 && isBefore !== index < found);
        expect(wrong).toEqual([]);
      }),
      { numRuns: 400, seed: 20_261_121 },
    );
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(100);
  });
});
