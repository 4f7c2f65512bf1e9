import { expect, it } from "vitest";
import { seededRandom } from "./seeded-random.ts";

const numbersOf = (seed: number): number[] => Array.from({ length: 1000 }, seededRandom(seed));

it("[TE-03] the same seed gives the same numbers, another one others", () => {
  expect(numbersOf(7)).toEqual(numbersOf(7));
  const seeds = Array.from({ length: 100 }, (_, seed) => numbersOf(seed).slice(0, 3).join());
  expect(new Set(seeds).size).toBe(100);
});

it("numbers are from 0 to below 1, and spread", () => {
  for (const seed of [0, 1, -3, 2 ** 40, 0.5]) {
    const numbers = numbersOf(seed);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const counts = Array.from({ length: 10 }, (_, tenth) => numbers.filter((n) => Math.floor(n * 10) === tenth).length);
    expect(Math.min(...counts)).toBeGreaterThan(50);
  }
});
