// A tree with some letters, to say in a line what happened and in which order: `a` was made, `-a` rolled back, `<a` undone,
// `>a` redone; of what is committed, `(a)` is what a rule made.

import { AuthorityTree } from "../core/authority.ts";
import { EventTopic } from "../core/event-topic.ts";
import type { Origin } from "../core/kind.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import type { ErrorReport } from "../core/report.ts";
import { StringTopic } from "../core/string-topic.ts";
import { type AnyTopic, TopicChange, topicInternals } from "../core/topic.ts";
import type { TreeChange } from "../core/tree-changes.ts";
import { TypeRegistry } from "../core/types.ts";

export class Letters extends SObject {
  readonly a = new StringTopic();
  readonly b = new StringTopic();
  readonly c = new StringTopic();
  readonly d = new StringTopic();
  readonly e = new StringTopic();
  readonly go = new EventTopic<string>({ inverse: () => undefined });
  /** Nobody listens to it. */
  readonly log = new ListTopic<string>();
}

export const LETTERS = ["a", "b", "c", "d", "e"] as const;

const NAMES = [...LETTERS, "go", "log"] as const;

const SIGNS: Partial<Record<Origin, string>> = { local: "", rollback: "-", undo: "<", redo: ">" };

/** The tree, in which each transaction is a step; what observers heard and what each commit held, since one looked last. */
export function setUp() {
  const types = new TypeRegistry();
  types.register(Letters);
  const reports: ErrorReport[] = [];
  const tree = new AuthorityTree(types, Letters, {
    onError: (report) => reports.push(report),
    history: { record: "all", mergeMs: 0 },
  });
  const root = tree.root as Letters;
  const heard: string[] = [];
  const listen = (topic: AnyTopic, name: string): unknown =>
    topic.on("change", ({ origin }) => heard.push(`${SIGNS[origin as Origin]}${name}`));
  for (const letter of LETTERS) listen(root[letter], letter);
  listen(root.go, "go");
  const commits: string[] = [];
  tree.onCommit = (changes) => commits.push(changes.map(nameOf).join(" "));
  return {
    tree,
    root,
    reports,
    heard: () => heard.splice(0).join(" "),
    commits: () => commits.splice(0),
    values: () => LETTERS.map((letter) => root[letter].value || "-").join(" "),
  };
}

function nameOf(change: TreeChange): string {
  if (!(change instanceof TopicChange)) return change.constructor.name;
  const name = NAMES[topicInternals.slot(change.topic) - 1] as string;
  return change.isDerived ? `(${name})` : name;
}
