/**
 * The decimal that a float32 stands for on the wire: the one of fewest digits that `Math.fround` takes to it, the
 * nearest of these, and of two equally near the one whose last digit is even. It is what other languages print for a
 * float32, and why 0.1 takes 4 bytes of payload and comes back as 0.1.
 *
 * Two ways lead there. In the usual range, products with a power of ten are exact and a short loop finds it; outside,
 * the digits are asked of the number formatter. Both test a candidate with `Math.fround`, so they cannot give a number
 * that another float32 stands for.
 */

/** Powers of ten that a float32 times them is exact for: 24 bits and the 28 of 5^12 fit into 53. */
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12] as const;

// From 2^24 on a shorter decimal may end in zeros before the point, and below 1e-5 twelve places are too few.
const FAST_MAX = 2 ** 24;
const FAST_MIN = 1e-5;

// Adding and subtracting this rounds to an integer, halves to even, for anything below 2^51 of either sign.
const ROUND = 1.5 * 2 ** 52;

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The decimal that `float` stands for; 0 for -0. `float` is finite and a float32: `Math.fround(float) === float`. */
export function decimalOfFloat32(float: number): number {
  const size = Math.abs(float);
  if (size < FAST_MAX && size >= FAST_MIN) {
    for (const power of POWERS) {
      const decimal = (float * power + ROUND - ROUND) / power;
      if (Math.fround(decimal) === float) return decimal;
    }
  }
  return decimalByDigits(float);
}

/**
 * The same for any finite float32, slowly. Exported for the tests. Of two equally near decimals it takes the larger:
 * there are such only where the fast way is taken.
 */
export function decimalByDigits(float: number): number {
  // Nine digits always do, and with more digits than do there is always one too: so the fewest are found by halving.
  let found = Number(float.toPrecision(9));
  let low = 1;
  let high = 9;
  while (low < high) {
    const digits = (low + high) >> 1;
    const decimal = decimalOfDigits(float, digits);
    if (decimal === undefined) low = digits + 1;
    else {
      found = decimal;
      high = digits;
    }
  }
  return found;
}

/** The nearest decimal of so many digits that rounds to the float32, if there is one. */
function decimalOfDigits(float: number, digits: number): number | undefined {
  const text = float.toExponential(digits - 1);
  const nearest = Number(text);
  if (Math.fround(nearest) === float) return nearest;
  // The floats above a power of two lie twice as far apart as those below: there the next decimal away from zero may
  // round to it where the nearest one, towards zero, does not.
  floats[0] = float;
  if ((bits[0] as number) & 0x7fffff) return undefined;
  const [coefficient, exponent] = text.replace(".", "").split("e") as [string, string];
  const next = Number(`${Number(coefficient) + (float < 0 ? -1 : 1)}e${Number(exponent) - digits + 1}`);
  return Math.fround(next) === float ? next : undefined;
}

/** Whether the number is what some float32 stands for. */
export function isDecimalOfFloat32(number: number): boolean {
  const float = Math.fround(number);
  return Number.isFinite(float) && decimalOfFloat32(float) === number;
}
