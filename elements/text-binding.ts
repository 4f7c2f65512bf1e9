import type { StringTopic } from "../core/string-topic.ts";

/** Keeps a text node as a topic says: one op is one `replaceData`. Returns what unbinds. */
export function bindText(node: globalThis.Text, topic: StringTopic): () => void {
  node.data = topic.value;
  return topic.on("change", ({ old, position, deleted, inserted }) => {
    if (node.data === old) node.replaceData(position, deleted.length, inserted);
    // A node bound in the middle of a frame has the changes already that are still to be told.
    else if (node.data !== topic.value) node.data = topic.value;
  });
}
