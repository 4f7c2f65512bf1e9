/**
 * Numbers in a row, of which each can change, and the sum of any first ones be asked, in as many steps as the count has
 * binary digits.
 */
export class PrefixSums {
  // A tree in an array, known as Fenwick's: each node has the sum of as many as its lowest bit says.
  readonly #sums: number[];

  constructor(numbers: readonly number[]) {
    this.#sums = [0, ...numbers];
    for (let node = 1; node < this.#sums.length; node++) {
      const above = node + (node & -node);
      if (above < this.#sums.length) (this.#sums[above] as number) += this.#sums[node] as number;
    }
  }

  before(index: number): number {
    let sum = 0;
    for (let node = index; node > 0; node -= node & -node) sum += this.#sums[node] as number;
    return sum;
  }

  add(index: number, difference: number): void {
    for (let node = index + 1; node < this.#sums.length; node += node & -node)
      (this.#sums[node] as number) += difference;
  }
}
