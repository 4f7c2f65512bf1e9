/** A queue: what came first is taken first, and each taking costs the same, however long the queue is. */
export class Fifo<T> {
  /** What was taken is let go of at once. */
  #items: (T | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** The item at a place, counted from the oldest. */
  at(index: number): T | undefined {
    return this.#items[this.#first + index];
  }

  /** All from a place on. */
  from(index: number): readonly T[] {
    return this.#items.slice(this.#first + index) as T[];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first > 64 && this.#first > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }
}
