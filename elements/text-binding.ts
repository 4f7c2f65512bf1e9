import type { StringChange, StringTopic } from "../core/string-topic.ts";

/** Keeps a text node as a topic says: one op is one `replaceData`. Returns what unbinds. */
export function bindText(node: globalThis.Text, topic: StringTopic): () => void {
  node.data = topic.value;
  return topic.on("change", (change) => updateText(node, topic, change));
}

/** Makes a change of a topic in the text node that shows it. */
export function updateText(node: globalThis.Text, topic: StringTopic, change: StringChange): void {
  const { old, position, deleted, inserted } = change;
  if (node.data === old) node.replaceData(position, deleted.length, inserted);
  // A node bound in the middle of a frame has the changes already that are still to be told.
  else if (node.data !== topic.value) node.data = topic.value;
}
