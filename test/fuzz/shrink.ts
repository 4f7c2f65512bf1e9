// Shrinking: from a list that makes something fail, as much is left out as can be while it still fails.

/**
 * A shorter list for which `fails` still resolves with true: first large parts are left out, then small ones. Asks at most
 * `most` times.
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
  most = 2_000,
): Promise<readonly T[]> {
  let kept = items;
  let asked = 0;
  for (let length = Math.ceil(kept.length / 2); length >= 1 && asked < most; ) {
    let hasShrunk = false;
    // From the end: what comes after what fails goes at once.
    for (let start = kept.length - length; start > -length && asked < most; start -= length) {
      const fewer = kept.toSpliced(Math.max(0, start), Math.min(length, length + start));
      asked++;
      if (!(await fails(fewer))) continue;
      kept = fewer;
      hasShrunk = true;
    }
    if (length > 1) length = Math.ceil(length / 2);
    else if (!hasShrunk) break;
  }
  return kept;
}
