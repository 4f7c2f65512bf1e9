// A tree with a history, for tests: whatever happens is a step, unless the test says otherwise, and is reported if it throws.

import { AuthorityTree } from "../core/authority.ts";
import { DictTopic } from "../core/dict-topic.ts";
import { EventTopic } from "../core/event-topic.ts";
import type { HistoryOptions } from "../core/history.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { RefTopic } from "../core/ref-topic.ts";
import type { ErrorReport } from "../core/report.ts";
import { BooleanTopic, FloatTopic, IntTopic, NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transactAs } from "../core/transaction.ts";
import { TypeRegistry } from "../core/types.ts";
import type { UndoResult } from "../core/undo-result.ts";
import { ValueTopic } from "../core/value-topic.ts";
import { TestClock } from "../testing/test-clock.ts";

/** With a topic of each sort. */
export class Part extends SObject {
  readonly text = new StringTopic();
  readonly list = new ListTopic<string>();
  readonly number = new NumberTopic();
  readonly int = new IntTopic();
  readonly float = new FloatTopic();
  readonly flag = new BooleanTopic();
  readonly dict = new DictTopic<number>();
  readonly set = new SetTopic<string>();
  readonly value = new ValueTopic<unknown>({});
  readonly ref = new RefTopic();
  readonly gauge = new NumberTopic(0, { latest: true });
  readonly private = new StringTopic("", { history: false });
  readonly event = new EventTopic();
}

export const [ANN, BOB] = [7, 8];

let transactions = 0;

/** What a client does in one transaction. */
export function as(client: number, act: () => void, label?: string): void {
  transactAs({ author: { client, transaction: ++transactions }, label }, act);
}

/** The steps are not merged. */
export function setUp(options: HistoryOptions = {}, ...types: (typeof SObject)[]) {
  const registry = new TypeRegistry();
  for (const type of [Part, ...types]) registry.register(type);
  const clock = new TestClock();
  const reports: ErrorReport[] = [];
  const tree = new AuthorityTree(registry, Part, {
    onError: (report) => reports.push(report),
    history: { clock, record: "all", mergeMs: 0, ...options },
  });
  const root = tree.root as Part;
  const commits: number[] = [];
  tree.onCommit = (changes) => commits.push(changes.length);
  const { history } = tree;
  return {
    tree,
    root,
    clock,
    history,
    reports,
    commits,
    undoOf: (client: number) => history.undo({ client }),
    redoOf: (client: number) => history.redo({ client }),
  };
}

export const DONE = { undone: true, skipped: 0, reason: undefined, label: undefined };
export const NONE: UndoResult = { undone: false, skipped: 0, reason: "not_found", label: undefined };
export const CONFLICT = { undone: false, reason: "conflict" };

/** The ids of a subtree, in order. */
export function describeShape({ id, children }: SObject): string {
  return children.length > 0 ? `${id}(${children.map(describeShape).join(" ")})` : `${id}`;
}
