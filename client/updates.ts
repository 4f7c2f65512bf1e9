// Updates: what runs when what is being applied to a mirror is complete, and its listeners have heard of it.
//
// An update is a message of the server, what the program writes together, or what follows from a lost connection; one may lie
// within another. Listeners run within one, as observers that cannot write; what they leave for later runs when the
// outermost has ended.

import { type OnError, report } from "../core/report.ts";

type Task = () => void;

/** See the head of this file. */
export class Updates {
  readonly #onError: () => OnError | undefined;
  #tasks: Task[] = [];
  /** How many updates lie within each other. */
  #depth = 0;

  /** `onError` gives who is told of what tasks throw. */
  constructor(onError: () => OnError | undefined) {
    this.#onError = onError;
  }

  /** Runs an update, or a part of one. If it throws, what it left for later is forgotten. */
  run<T>(update: () => T): T {
    const mark = this.#tasks.length;
    this.#depth++;
    try {
      return update();
    } catch (error) {
      this.#tasks.length = mark;
      throw error;
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#runTasks();
    }
  }

  /** Runs `task` when the update has ended, at once if there is none. */
  after(task: Task): void {
    if (this.#depth > 0) this.#tasks.push(task);
    else task();
  }

  /** Each task is on its own: it may throw, and may write, which is an update. */
  #runTasks(): void {
    const tasks = this.#tasks;
    if (tasks.length === 0) return;
    this.#tasks = [];
    for (const task of tasks) {
      try {
        task();
      } catch (error) {
        report(this.#onError(), error, "after an update");
      }
    }
  }
}
