import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { type AnyTopic, type TopicChange, topicInternals } from "../core/topic.ts";
import type { Author } from "../core/transaction.ts";

/** The author of what no client did. */
const SERVER = 0;

interface LastChange {
  version: number;
  author: number;
  /** The last version that somebody else than `author` made. */
  versionOfOthers: number;
}

/**
 * Who changed a topic last, and when: kept for the topics whose ops name positions and which clients may write. So an op
 * that was made for an older value is noticed, and one that follows its author's own is not taken for it.
 */
export class Recency {
  readonly #changes = new WeakMap<AnyTopic, LastChange>();

  /** Takes a change that makes `version`. What a rule derives is the server's own, whoever woke the rule. */
  note(change: TopicChange, author: Author | undefined, version: number): void {
    const { topic } = change;
    if (!isWatched(topic)) return;
    const client = change.isDerived || !author ? SERVER : author.client;
    const last = this.#changes.get(topic);
    if (!last) {
      this.#changes.set(topic, { version, author: client, versionOfOthers: 0 });
      return;
    }
    if (last.author !== client) last.versionOfOthers = last.version;
    last.author = client;
    last.version = version;
  }

  /** An object has come to another scope, as its `version`: what is older there knows nothing of its values. */
  noteCrossing(object: SObject, version: number): void {
    const fields = objectInternals.shape(object).attributes.map((_, index) => index + 1);
    for (const slot of [...fields, ...(objectInternals.added(object)?.all.keys() ?? [])]) {
      const topic = object.tree.topicOf(object, slot) as AnyTopic;
      if (isWatched(topic)) this.#changes.set(topic, { version, author: SERVER, versionOfOthers: version });
    }
  }

  /** Whether somebody else than `client` changed the topic after `version`; as who does not name one knows nothing. */
  isStale(topic: AnyTopic, version: number | undefined, client: number): boolean {
    if (!isWatched(topic)) return false;
    if (version === undefined) return true;
    const last = this.#changes.get(topic);
    if (!last) return false;
    return (last.author === client ? last.versionOfOthers : last.version) > version;
  }
}

function isWatched(topic: AnyTopic): boolean {
  return topic.kind.isPositional && topicInternals.writeAccess(topic) !== "nobody" && !topicInternals.isLatest(topic);
}
