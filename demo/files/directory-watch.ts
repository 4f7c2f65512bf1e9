// DirectoryWatch: says when a directory has to be looked at again.
//
// Systems tell the same change several times, in several orders, and now and then not at all. So an event is only a hint:
// those of a short while are put together, and whoever is told looks at the disk. A look ends before the next begins; what
// happens meanwhile is told after it, so that the last look always comes after the last change.

import { type FSWatcher, watch } from "node:fs";

/** What may have changed. */
export interface Hint {
  /** Of whatever was told of. All of them, if it is not known which. */
  readonly names: ReadonlySet<string> | "all";
  /** Whether there may be names more or less. */
  readonly isListDue: boolean;
}

/** How long events are collected: most saves, moves and copies are several within a few milliseconds. */
const SETTLE_MS = 20;

/** See the head of this file. */
export class DirectoryWatch {
  readonly #look: (hint: Hint, watch: DirectoryWatch) => Promise<void>;
  #watcher: FSWatcher | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #names: Set<string> | "all" = "all";
  #isListDue = true;
  #isLooking = false;
  #isClosed = false;
  #error: unknown;

  /** Calls `look` at once, and after every change; it must not reject. It keeps no program alive. */
  constructor(path: string, look: (hint: Hint, watch: DirectoryWatch) => Promise<void>) {
    this.#look = look;
    // First the watch, then the look: nothing is missed between.
    try {
      this.#watcher = watch(path, { persistent: false }, (event, name) => this.#note(event, name));
      this.#watcher.on("error", (error) => {
        this.#error = error;
        this.#note("rename", null);
      });
    } catch (error) {
      this.#error = error;
    }
    void this.#run();
  }

  /** Whether nobody is told any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Why changes are not seen; `undefined` if they are. */
  get error(): unknown {
    return this.#error;
  }

  /** Has names looked at again, whether or not the system says so. */
  touch(...names: readonly string[]): void {
    for (const name of names) this.#note("rename", name);
  }

  /** May be called twice. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  #note(event: string, name: string | null): void {
    if (this.#isClosed) return;
    if (name === null) this.#names = "all";
    else if (this.#names !== "all") this.#names.add(name);
    if (event === "rename" || name === null) this.#isListDue = true;
    this.#wait();
  }

  #wait(): void {
    if (this.#isLooking || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, SETTLE_MS);
  }

  async #run(): Promise<void> {
    const hint: Hint = { names: this.#names, isListDue: this.#isListDue };
    const later = new Set<string>();
    this.#names = later;
    this.#isListDue = false;
    this.#isLooking = true;
    await this.#look(hint, this);
    this.#isLooking = false;
    if (!this.#isClosed && (this.#isListDue || later.size > 0)) this.#wait();
  }
}
