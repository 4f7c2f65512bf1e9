import { describe, expect, it } from "vitest";
import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { numberKind } from "../core/scalar-topics.ts";
import { stringKind } from "../core/string-topic.ts";
import { destroyOp, makeOp, moveOp, type RawOp, rawOps } from "../test/raw-ops.ts";
import { type Catalogue, readRequests } from "./client-requests.ts";

const KINDS = [stringKind, numberKind];
const OBJECT = 5;

/** There is an object 5 with a text and a number, and a type Note that has the same; `most` requests may be read. */
function read(ops: readonly Wire[], most = 100) {
  let count = 0;
  const catalogue: Catalogue = {
    kindOf: (id, slot) => (id === OBJECT ? KINDS[slot - 1] : undefined),
    kindIn: (typeName, slot) => (typeName === "Note" ? KINDS[slot - 1] : undefined),
    missing: (id) => new ObjectSyncError(id === 99 ? "depends" : "not_found"),
    count: () => {
      if (++count > most) throw new ObjectSyncError("too_large");
    },
  };
  const { refusal, ...rest } = readRequests(ops, catalogue);
  return { ...rest, code: refusal?.code };
}

const WRITE = { type: "write", id: OBJECT, slot: 1, op: [1, 0, 0, "x"] };
const onText = (id: number): RawOp => [id, 1, 1, 0, 0, "x"];

describe("what a client asks for", () => {
  it("is read in order, with nothing checked but its form", () => {
    const ops = rawOps([
      onText(5),
      [5, 2, 0, "no number"],
      makeOp(7, "Note", 5, { orderKey: 0.5, key: "key", args: [{ a: 1 }] }),
      [7, 1, 0, "new"],
      destroyOp(7),
      moveOp(7, 1, 9),
    ]);
    expect(read(ops)).toEqual({
      requests: [
        WRITE,
        { type: "write", id: 5, slot: 2, op: [0, "no number"] },
        { type: "make", id: 7, typeName: "Note", parentId: 5, orderKey: 0.5, key: "key", args: [{ a: 1 }] },
        { type: "write", id: 7, slot: 1, op: [0, "new"] },
        { type: "destroy", id: 7 },
        { type: "move", id: 7, parentId: 1, orderKey: 9 },
      ],
      code: undefined,
      restOf: undefined,
      unreadMakes: 0,
    });
  });

  it.each<[string, RawOp[], string, number | undefined]>([
    ["an object that is not there", [onText(6), onText(6)], "not_found", 6],
    ["one whose creation was refused", [onText(99)], "depends", 99],
    ["an attribute that is not there", [[5, 77, 0, 1], onText(5)], "not_found", 5],
    ["an attribute that its type does not have", [makeOp(7, "Note", 1), [7, 3, 0, true]], "not_found", 7],
    ["an object of a type that is not there", [makeOp(7, "Other", 1), [7, 1, 0, "x"]], "not_found", 7],
    ["what is not there, and then maybe others", [onText(6), onText(5)], "not_found", undefined],
    ["what is not there, and a number below 0", [[6, 2, 0, -3]], "not_found", undefined],
    ["a creation", [[6, 0, 0, 0, 1, 0, null, null]], "forbidden", 6],
    ["a shape", [[5, 0, 7, 0, ["Note", null, false, []]]], "forbidden", 5],
    ["a new attribute", [[5, 0, 3, 9, ["more", "number", 0, 1]]], "forbidden", 5],
    ["the end of one", [[5, 0, 4, 9]], "forbidden", 5],
    ["a leave", [[5, 0, 5]], "forbidden", 5],
  ])("is read up to %s, and it is known what the rest may be about", (_, ops, code, restOf) => {
    const { requests, ...rest } = read(rawOps([onText(5), ...ops]));
    expect(requests[0]).toEqual(WRITE);
    expect(rest).toEqual({ code, restOf, unreadMakes: 0 });
  });

  it("is read up to what is not there, and it is known how many objects the rest asks for", () => {
    const ops = [makeOp(7, "Note", 5), onText(6), makeOp(8, "Note", 5), onText(8), makeOp(9, "Note", 8)];
    const { requests, unreadMakes } = read(rawOps(ops));
    expect([requests.length, unreadMakes]).toEqual([1, 2]);
    expect(read(rawOps([makeOp(7, "Note", 5), makeOp(8, "Note", 5)]), 1).unreadMakes).toBe(1);
  });

  it("is read up to what is too much", () => {
    const { requests, code, restOf } = read(rawOps([onText(5), onText(5), onText(5)]), 2);
    expect([requests.length, code, restOf]).toEqual([2, "too_large", 5]);
  });

  it.each<[string, Wire[]]>([
    ["ends within an op", rawOps([[5, 1, 1, 0, 0]])],
    ["ends behind an object", rawOps([onText(5)]).slice(0, 1)],
    ["has an unknown op", rawOps([[5, 1, 7]])],
    ["has an id that is none", rawOps([[7, 0, 2, "root", 0]])],
    ["has an order key that is none", rawOps([[7, 0, 6, "Note", 1, "first", null, []]])],
    ["has arguments that are none", rawOps([[7, 0, 6, "Note", 1, 0, null, { a: 1 }]])],
    ["has a key that is none", rawOps([[7, 0, 6, "Note", 1, 0, 5, []]])],
    ["has a type that is none", rawOps([[7, 0, 6, 0, 1, 0, null, []]])],
  ])("is no stream of ops if it %s", (_, ops) => {
    expect(() => read(ops)).toThrow(expect.objectContaining({ code: "bad_message" }));
  });
});
