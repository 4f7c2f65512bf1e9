/**
 * Whatever happens in between, at the end every mirror equals the server, a fresh one too, nothing is pending, and whoever
 * only listened knows as much as who looks.
 *
 * What happens is in `fuzz/`. A failure names its seed and tells the shortest course of events that fails; the seed stays in
 * `BAD_SEEDS`. `npm run test:fuzz` takes other seeds, and more: FUZZ_SEED is the first one, FUZZ_RUNS how many, FUZZ_MS for
 * how long at the most.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Overlay } from "../client/overlay.ts";
import { PendingStructure } from "../client/pending-structure.ts";
import { PendingTopics } from "../client/pending-topics.ts";
import { dictKind } from "../core/dict-topic.ts";
import type { AnyKind } from "../core/kind.ts";
import { listKind } from "../core/list-topic.ts";
import { stringKind } from "../core/string-topic.ts";
import { Bridges } from "../server/bridges.ts";
import { Scope } from "../server/scope.ts";
import { ACTION_NAMES } from "./fuzz/actions.ts";
import { countInside, KINDS, refuseCorrections } from "./fuzz/counting.ts";
import { failureOf, fuzz, scenarioOf } from "./fuzz/fuzz.ts";
import { patch } from "./fuzz/patch.ts";
import { shrink } from "./fuzz/shrink.ts";
import type { Counts } from "./fuzz/world.ts";

const FIRST = Number(process.env.FUZZ_SEED ?? 1);
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const MS = Number(process.env.FUZZ_MS ?? Number.POSITIVE_INFINITY);

/** So many seeds are one test. */
const CHUNK = 25;

/** Longer than all of them can take, in milliseconds, with one that has to be shrunk. */
const TIMEOUT = 300_000;

/** What once went wrong. More of it, made short, is in convergence-cases.test.ts. */
const BAD_SEEDS: readonly (readonly [seed: number, what: string])[] = [
  [2, "a list of which only the newest value counts, and a transaction that throws"],
  [29, "what is pretended of an attribute that else waits for the server"],
  [98, "a client's transaction in a branch of which it is sent no more"],
  [31484, "what is pretended and comes to nothing, on a set that is written"],
  [1450, "a branch that moves out of another one which is destroyed in the same turn"],
];

let endRefusing: () => void;
beforeAll(() => {
  endRefusing = refuseCorrections();
});
afterAll(() => endRefusing());

describe("[CM-25][OC-05] mirrors converge", () => {
  const counts: Counts = new Map();
  let endCounting: () => void;
  let until: number;

  beforeAll(() => {
    endCounting = countInside(counts);
    until = performance.now() + MS;
  });
  afterAll(() => endCounting());

  const chunks = Array.from({ length: Math.ceil(RUNS / CHUNK) }, (_, index) => FIRST + index * CHUNK);
  it.each(chunks)(
    "after anything that may happen to four clients (seed %i and those after it)",
    async (first) => {
      const last = Math.min(first + CHUNK, FIRST + RUNS);
      for (let seed = first; seed < last && performance.now() < until; seed++) await fuzz(seed, counts);
    },
    TIMEOUT,
  );

  it.each(BAD_SEEDS)("after what happens by seed %i: %s", (seed) => fuzz(seed, counts), TIMEOUT);

  // One seed alone is run to look at it.
  it.skipIf(RUNS < 100)("and enough has happened", () => {
    const codes = ["ok", "rejected", "failed", "depends", "stale", "not_found", "unconfirmed", "destroyed", "too_many"];
    const names = [
      ...ACTION_NAMES,
      ...[...codes, "duplicate_key"].map((code) => `outcome ${code}`),
      ...KINDS.filter(({ isEvent }) => !isEvent).map(({ name }) => `ops transformed of a ${name}`),
      "ops brought up to date",
      "silent confirmations",
      "confirmations that correct",
      "edits withdrawn",
      "edits of the shape hidden",
      "resets",
      "changes told",
    ];
    expect(names.filter((name) => !counts.has(name))).toEqual([]);
    for (const name of ["edits done", "messages", "silent confirmations"])
      expect(counts.get(name)).toBeGreaterThan(1000);
  });
});

describe("the fuzz", () => {
  const transform = (kind: AnyKind, broken: AnyKind["transform"]) => () => patch(kind, "transform", () => broken);
  const original = stringKind.transform;
  /** By what is broken: a seed from which on it is looked for, and what breaks it and returns what mends it. */
  const breaks: Record<string, readonly [seed: number, breakIt: () => () => void]> = {
    "a text that takes every op for the later one": [
      1,
      transform(stringKind, (op, over) => original(op, over, "later")),
    ],
    "a text of which nothing is shifted": [1, transform(stringKind, (op) => [op])],
    "a list of which nothing is shifted": [1, transform(listKind, (op) => [op])],
    "a dict in which the earlier put wins": [1, transform(dictKind, (op) => [op])],
    "a server that takes ops as they were written": [1, () => patch(Bridges.prototype, "cross", () => (_, op) => [op])],
    "a server that says nothing of what nobody is sent": [90, () => patch(Scope.prototype, "leave", () => () => {})],
    "a client that never takes an edit back": [1, () => patch(Overlay.prototype, "withdraw", () => () => [])],
    "a client that takes every op for its own": [1, () => patch(Overlay.prototype, "confirmOwn", () => () => true)],
    "a client that keeps what changed nothing": [1, () => patch(PendingTopics.prototype, "finish", () => () => {})],
    "a client that does not hide pending edits of the shape": [
      1,
      () => patch(PendingStructure.prototype, "hide", () => () => {}),
    ],
  };

  it.each(Object.entries(breaks))(
    "finds %s",
    async (_, [first, breakIt]) => {
      const mend = breakIt();
      try {
        let failure: string | undefined;
        for (let seed = first; seed < first + 100 && !failure; seed++) failure = await failureOf(scenarioOf(seed));
        expect(failure).toBeDefined();
      } finally {
        mend();
      }
    },
    TIMEOUT,
  );

  it(
    "tells the shortest course of events that fails",
    async () => {
      const mend = patch(stringKind, "transform", () => (op) => [op]);
      try {
        let message = "";
        for (let seed = 1; message === "" && seed <= 100; seed++) {
          await fuzz(seed, new Map()).catch((error: Error) => {
            message = error.message;
          });
        }
        expect(message).toMatch(/^seed \d+: /);
        expect(message).toMatch(/#\d+\.(text|plain|title|slow)\.\w+\(/);
        expect(message.split("\n").length).toBeLessThan(40);
      } finally {
        mend();
      }
    },
    TIMEOUT,
  );

  it("leaves out whatever is not needed", async () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    const fails = async (some: readonly number[]): Promise<boolean> => some.includes(7) && some.includes(31);
    expect(await shrink(items, fails)).toEqual([7, 31]);
  });
});
