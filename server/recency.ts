import type { TreeChange } from "../core/authority.ts";
import { type AnyTopic, TopicChange, topicInternals } from "../core/topic.ts";
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

  /** Takes the changes that made `version`. What a rule derives is the server's own, whoever woke the rule. */
  note(changes: readonly TreeChange[], author: Author | undefined, version: number): void {
    for (const change of changes) {
      if (!(change instanceof TopicChange) || !isWatched(change.topic)) continue;
      const client = change.isDerived || !author ? SERVER : author.client;
      const last = this.#changes.get(change.topic);
      if (!last) this.#changes.set(change.topic, { version, author: client, versionOfOthers: 0 });
      else {
        if (last.author !== client) last.versionOfOthers = last.version;
        last.author = client;
        last.version = version;
      }
    }
  }

  /** Whether somebody else than `client` changed the topic after `version`. */
  isStale(topic: AnyTopic, version: number, client: number): boolean {
    const last = this.#changes.get(topic);
    if (!last) return false;
    return (last.author === client ? last.versionOfOthers : last.version) > version;
  }
}

function isWatched(topic: AnyTopic): boolean {
  return topic.kind.isPositional && topicInternals.writeAccess(topic) !== "nobody";
}
