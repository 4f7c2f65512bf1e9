import { describe, expect, it } from "vitest";
import type { Wire } from "../core/codec.ts";
import { ObjectSyncError } from "../core/error.ts";
import { numberKind } from "../core/scalar-topics.ts";
import { stringKind } from "../core/string-topic.ts";
import { type Catalogue, readRequests } from "./client-requests.ts";

const KINDS = [stringKind, numberKind];
const OBJECT = 5;

const to = (id: number, from = 0): number => (id > from ? -1 - 2 * (id - from) : 2 * (id - from));

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
const onText: Wire[] = [9, 0, 0, "x"];

describe("what a client asks for", () => {
  it("is read in order, with nothing checked but its form", () => {
    const ops = [
      to(5),
      ...onText,
      16,
      "no number",
      to(7, 5),
      6,
      "Note",
      5,
      0.5,
      "key",
      [{ a: 1 }],
      8,
      "new",
      1,
      2,
      1,
      9,
    ];
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
    });
  });

  it.each<[string, Wire[], string, number | undefined]>([
    ["an object that is not there", [to(6, 5), ...onText, ...onText], "not_found", 6],
    ["one whose creation was refused", [to(99, 5), ...onText], "depends", 99],
    ["an attribute that is not there", [77 * 8, 1, ...onText], "not_found", 5],
    ["an attribute that its type does not have", [to(7, 5), 6, "Note", 1, 0, null, [], 24, true], "not_found", 7],
    ["an object of a type that is not there", [to(7, 5), 6, "Other", 1, 0, null, [], 8, "x"], "not_found", 7],
    ["what is not there, and then maybe others", [to(6, 5), ...onText, to(5, 6), ...onText], "not_found", undefined],
    ["what is not there, and a number below 0", [to(6, 5), 16, -3], "not_found", undefined],
    ["a creation", [to(6, 5), 0, 0, 1, 0, null, null], "forbidden", 6],
    ["a shape", [7, 0, ["Note", null, false, []]], "forbidden", 5],
    ["a new attribute", [3, 9, ["more", "number", 0, 1]], "forbidden", 5],
    ["the end of one", [4, 9], "forbidden", 5],
    ["a leave", [5], "forbidden", 5],
  ])("is read up to %s, and it is known what the rest may be about", (_, ops, code, restOf) => {
    const { requests, ...rest } = read([to(5), ...onText, ...ops]);
    expect(requests[0]).toEqual(WRITE);
    expect(rest).toEqual({ code, restOf });
  });

  it("is read up to what is too much", () => {
    const { requests, code, restOf } = read([to(5), ...onText, ...onText, ...onText], 2);
    expect([requests.length, code, restOf]).toEqual([2, "too_large", 5]);
  });

  it.each<[string, Wire[]]>([
    ["ends within an op", [to(5), 9, 0, 0]],
    ["ends behind an object", [to(5)]],
    ["has an unknown op", [to(5), 8 + 7]],
    ["has an id that is none", [to(7), 2, "root", 0]],
    ["has an order key that is none", [to(7), 6, "Note", 1, "first", null, []]],
    ["has arguments that are none", [to(7), 6, "Note", 1, 0, null, { a: 1 }]],
    ["has a key that is none", [to(7), 6, "Note", 1, 0, 5, []]],
    ["has a type that is none", [to(7), 6, 0, 1, 0, null, []]],
  ])("is no stream of ops if it %s", (_, ops) => {
    expect(() => read(ops)).toThrow(expect.objectContaining({ code: "bad_message" }));
  });
});
