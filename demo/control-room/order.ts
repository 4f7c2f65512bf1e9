import type { SObject } from "objectsync/server";

/**
 * Puts children of `parent` in this order with the fewest moves: what is in the right order among itself already, as many
 * as can be, is not touched.
 */
export function putInOrder(parent: SObject, wanted: readonly SObject[]): void {
  const places = new Map(parent.children.map((child, index) => [child, index]));
  const staying = longestRise(wanted.map((child) => places.get(child) as number));
  for (const [index, child] of wanted.entries()) {
    if (staying.has(index)) continue;
    const others = parent.children.filter((other) => other !== child);
    const before = wanted[index - 1];
    child.moveTo(parent, { index: before ? others.indexOf(before) + 1 : 0 });
  }
}

/** Where in a list of distinct numbers the members of a longest subsequence that rises stand. */
export function longestRise(numbers: readonly number[]): Set<number> {
  const rises: number[][] = [];
  for (const [index, number] of numbers.entries()) {
    let longest: number[] = [];
    for (const [earlier, rise] of rises.entries()) {
      if ((numbers[earlier] as number) < number && rise.length > longest.length) longest = rise;
    }
    rises.push([...longest, index]);
  }
  return new Set(rises.reduce((best, rise) => (rise.length > best.length ? rise : best), []));
}
