import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalByDigits, decimalOfFloat32, isDecimalOfFloat32 } from "./float32.ts";

const view = new DataView(new ArrayBuffer(4));

function floatOfBits(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

/** The definition, in whole numbers of any size, without a single rounding. */
function reference(float: number): number {
  if (float < 0) return -reference(-float);
  view.setFloat32(0, float);
  const bits = view.getUint32(0);
  const isSubnormal = bits >>> 23 === 0;
  const mantissa = BigInt(isSubnormal ? bits : (bits & 0x7fffff) | 0x800000);
  const exponent = (isSubnormal ? 1 : bits >>> 23) - 150;
  const belowIsNear = (bits & 0x7fffff) === 0 && bits >>> 23 > 1;
  const isEven = mantissa % 2n === 0n;

  for (let digits = 1; ; digits++) {
    const unit = Number(float.toExponential().split("e")[1]) - digits + 1;
    // Everything in multiples of a number so small that nothing has a fraction.
    const scale = 10n ** BigInt(Math.max(0, -unit)) * 2n ** BigInt(Math.max(0, 2 - exponent));
    const quarter = (scale * 2n ** BigInt(Math.max(0, exponent))) / 2n ** BigInt(Math.max(0, -exponent)) / 4n;
    const step = (scale * 10n ** BigInt(Math.max(0, unit))) / 10n ** BigInt(Math.max(0, -unit));
    const exact = mantissa * 4n * quarter;
    const low = exact - (belowIsNear ? 1n : 2n) * quarter;
    const high = exact + 2n * quarter;
    const candidates = [exact / step, exact / step + 1n]
      .map((count) => ({ count, distance: count * step > exact ? count * step - exact : exact - count * step }))
      .filter(({ count }) => {
        const value = count * step;
        return isEven ? value >= low && value <= high : value > low && value < high;
      })
      .sort((a, b) => (a.distance < b.distance ? -1 : a.distance > b.distance ? 1 : a.count % 2n === 0n ? -1 : 1));
    if (candidates[0]) return Number(`${candidates[0].count}e${unit}`);
  }
}

const anyFloat = fc
  .integer({ min: 0, max: 0xffffffff })
  .map(floatOfBits)
  .filter((float) => Number.isFinite(float) && float !== 0);
const usualFloat = fc.oneof(
  fc.double({ min: 1e-5, max: 2 ** 24, noNaN: true }).map(Math.fround),
  fc.tuple(fc.integer({ min: 1, max: 2 ** 24 - 1 }), fc.integer({ min: 0, max: 12 })).map(([n, k]) => n / 2 ** k),
);

describe("the decimal of a float32", () => {
  it("is the one of fewest digits, the nearest of these, over all bit patterns", () => {
    fc.assert(
      fc.property(anyFloat, (float) => {
        expect(decimalOfFloat32(float)).toBe(reference(float));
      }),
      { numRuns: 2000 },
    );
  });

  it("is so in the usual range, where the loop finds it", () => {
    fc.assert(
      fc.property(usualFloat, (float) => {
        expect(decimalOfFloat32(float)).toBe(reference(float));
      }),
      { numRuns: 2000 },
    );
  });

  it("is so for every power of two, whose neighbours are not equally far", () => {
    for (let exponent = -149; exponent < 128; exponent++) {
      expect(decimalOfFloat32(2 ** exponent), `2^${exponent}`).toBe(reference(2 ** exponent));
      expect(decimalOfFloat32(-(2 ** exponent)), `-2^${exponent}`).toBe(-reference(2 ** exponent));
    }
  });

  it("is the same by the slow way, but for two equally near, where the fast way takes the even one", () => {
    fc.assert(
      fc.property(usualFloat, (float) => {
        const fast = decimalOfFloat32(float);
        const slow = decimalByDigits(float);
        if (slow !== fast) expect(Math.abs((slow + fast) / 2 - float)).toBeLessThanOrEqual(float * Number.EPSILON);
      }),
      { numRuns: 5000 },
    );
    expect(decimalOfFloat32(2097152.25)).toBe(2097152.2);
    expect(decimalOfFloat32(2097152.75)).toBe(2097152.8);
    expect(decimalByDigits(2097152.25)).toBe(2097152.3);
  });

  it("goes back to the same float32", () => {
    fc.assert(
      fc.property(anyFloat, (float) => {
        expect(Math.fround(decimalOfFloat32(float))).toBe(float);
      }),
    );
  });

  it.each([
    [0.1, 0.1],
    [-0.1, -0.1],
    [12.5, 12.5],
    [16777216, 16777216],
    [2 ** 33, 8589935000],
    [1e10, 1e10],
    [1e-5, 1e-5],
    [1e-45, 1e-45],
    [1.17549435e-38, 1.1754944e-38],
    [3.4028235e38, 3.4028235e38],
  ])("of the float32 nearest %d is %d", (number, decimal) => {
    expect(decimalOfFloat32(Math.fround(number))).toBe(decimal);
  });
});

describe("whether a number is such a decimal", () => {
  it("is so for short decimals in range", () => {
    for (const number of [0.1, -2.75, 1e10, 3.4028235e38, 1e-45, 123.456])
      expect(isDecimalOfFloat32(number)).toBe(true);
  });

  it("is not so for longer ones, for sums with rounding errors, and out of range", () => {
    for (const number of [
      Math.PI,
      0.1 + 0.2,
      Math.fround(0.1),
      1e39,
      -1e39,
      1e-60,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]) {
      expect(isDecimalOfFloat32(number)).toBe(false);
    }
  });
});
