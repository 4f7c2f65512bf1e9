import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepareAll } from "../test/kind-runs.ts";
import type { AnyKind, Op } from "./kind.ts";
import { listKind } from "./list-topic.ts";
import { numberKind } from "./scalar-topics.ts";
import { stringKind } from "./string-topic.ts";
import { cross } from "./transform.ts";

/** What a random choice among the ops that fit a state needs. */
type Choice = readonly [code: number, first: number, second: number, length: number];

const choice: fc.Arbitrary<Choice> = fc.tuple(fc.nat(9), fc.nat(60), fc.nat(60), fc.nat(3));

/** An op for a list of so many items; what it inserts has the name of its author. */
function listOp(length: number, author: string, [code, first, second, count]: Choice): Op {
  const index = first % (length + 1);
  if (code > 3 || length === 0) {
    const items = Array.from({ length: count }, (_, offset) => `${author}${second}${offset}`);
    return [1, index, Math.min(second % 5, length - index), items];
  }
  return code === 0 ? [2, first % length, author + second] : [3, first % length, second % length];
}

function textOp(length: number, author: string, [, first, second, count]: Choice): Op {
  const position = first % (length + 1);
  return [1, position, Math.min(second % 5, length - position), author.repeat(count)];
}

const KINDS: readonly (readonly [string, AnyKind, typeof listOp, fc.Arbitrary<string | string[]>])[] = [
  ["texts", stringKind, textOp, fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 })],
  ["lists", listKind, listOp, fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 40 })],
];

/** A state after ops, each of which must be fit for it; the state given stays as it is. */
function play(kind: AnyKind, start: unknown, ops: readonly Op[]): unknown {
  return ops.reduce((state, op) => {
    expect(kind.prepare(state, op) ?? op).toEqual(op);
    return kind.apply(state, op);
  }, kind.fromWire(start));
}

describe("cross", () => {
  it("gives the very lists where one of them is empty", () => {
    const ops: Op[] = [[1, 0, 0, "a"]];
    expect(cross(stringKind, ops, []).earlier).toBe(ops);
    expect(cross(stringKind, [], ops).later).toBe(ops);
  });

  it.each(KINDS)("[TO-43] of two lists of ops of %s leads to one value in both orders", (_, kind, makeOp, start) => {
    const choices = fc.array(choice, { maxLength: 20 });
    fc.assert(
      fc.property(start, choices, choices, (from, one, two) => {
        const sequence = (author: string, choices: readonly Choice[]) =>
          prepareAll(
            { kind, prepare: (state, make) => kind.prepare(state, make((state as string).length)) },
            from,
            choices.map((each) => (length) => makeOp(length, author, each)),
          );
        const [earlier, later] = [sequence("x", one), sequence("y", two)];
        const crossed = cross(kind, earlier, later);
        const end = play(kind, from, [...earlier, ...crossed.later]);
        expect(play(kind, from, [...later, ...crossed.earlier])).toEqual(end);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(KINDS)(
    "[TO-43] in a server and its clients keeps %s equal, in whatever order they hear of each other",
    (_, kind, makeOp, start) => {
      const act = fc.tuple(fc.nat(2), fc.constantFrom("edit", "send", "hear"), choice);
      fc.assert(
        fc.property(start, fc.array(act, { maxLength: 60 }), (from, acts) => {
          const log: { author: Client; ops: readonly Op[] }[] = [];
          let server = kind.fromWire(from);
          class Client {
            view = kind.fromWire(from);
            heard = 0;
            sent: readonly Op[] | undefined;
            sentAt = 0;
            waiting: readonly Op[] = [];

            edit(name: string, chosen: Choice): void {
              const op = kind.prepare(this.view, makeOp((this.view as string).length, name, chosen));
              if (!op) return;
              this.view = kind.apply(this.view, op);
              this.waiting = [...this.waiting, op];
            }

            send(): void {
              if (this.sent || this.waiting.length === 0) return;
              const since = log.slice(this.heard).flatMap(({ ops }) => ops);
              const { later } = cross(kind, since, this.waiting);
              for (const op of later) server = kind.apply(server, op);
              log.push({ author: this, ops: later });
              this.sent = this.waiting;
              this.waiting = [];
            }

            hear(): void {
              const entry = log[this.heard];
              if (!entry) return;
              this.heard++;
              if (entry.author === this) {
                expect(entry.ops).toEqual(this.sent);
                this.sent = undefined;
                return;
              }
              const own = cross(kind, entry.ops, this.sent ?? []);
              const rest = cross(kind, own.earlier, this.waiting);
              this.view = rest.earlier.reduce((state, op) => kind.apply(state, op), this.view);
              if (this.sent) this.sent = own.later;
              this.waiting = rest.later;
            }
          }
          const clients = [new Client(), new Client(), new Client()] as const;
          for (const [index, what, chosen] of acts) {
            const client = clients[index] as Client;
            if (what === "edit") client.edit("xyz".charAt(index), chosen);
            else client[what]();
          }
          for (let round = 0; round < 2; round++) {
            for (const client of clients) {
              while (client.heard < log.length) client.hear();
              client.send();
            }
          }
          for (const client of clients) {
            while (client.heard < log.length) client.hear();
            expect(client.view).toEqual(server);
          }
        }),
        { numRuns: 500 },
      );
    },
  );

  it("has no limit but memory: ten thousand ops on one side, and deletions that split around all of them", () => {
    const text = "ab".repeat(10_000);
    const insertions = Array.from({ length: 10_000 }, (_, index): Op => [1, 3 * index + 1, 0, "x"]);
    const ops: Op[] = [
      [1, 0, 1, ""],
      [1, text.length - 1, 0, "y"],
    ];
    for (const [earlier, later] of [
      [insertions, ops],
      [ops, insertions],
    ] as const) {
      const crossed = cross(stringKind, earlier, later);
      const end = crossed.later.reduce(stringKind.apply, earlier.reduce(stringKind.apply, text));
      expect(crossed.earlier.reduce(stringKind.apply, later.reduce(stringKind.apply, text))).toBe(end);
    }
    const around = insertions.slice(0, 300);
    const all = cross(stringKind, around, [[1, 0, text.length, ""]]).later;
    expect(all).toHaveLength(301);
    expect(all.reduce(stringKind.apply, around.reduce(stringKind.apply, text))).toBe("x".repeat(300));
  });

  it("tells of its steps before it takes them, and stops where that throws", () => {
    const adds = (count: number): Op[] => new Array(count).fill([1, 1]);
    let steps = 0;
    cross(numberKind, adds(3), adds(5), (more) => {
      steps += more;
    });
    const perPair = steps / 15;
    expect(perPair).toBeGreaterThan(1);
    steps = 0;
    const limited = (more: number): void => {
      steps += more;
      if (steps > 2 * perPair) throw new Error("enough");
    };
    expect(() => cross(numberKind, adds(1000), adds(1000), limited)).toThrow("enough");
    expect(steps).toBe(3 * perPair);
  });
});
