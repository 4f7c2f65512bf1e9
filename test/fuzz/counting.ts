// What the parts that matter do during the fuzz: who looks only at the outcome cannot tell whether they did anything.

import { Overlay } from "../../client/overlay.ts";
import type { TopicEdit } from "../../client/pending.ts";
import { PendingStructure } from "../../client/pending-structure.ts";
import { PendingTopics } from "../../client/pending-topics.ts";
import type { AnyKind } from "../../core/kind.ts";
import { TOPIC_CLASSES } from "../../core/kinds.ts";
import { Bridges } from "../../server/bridges.ts";
import { RULELESS } from "./models.ts";
import { patch } from "./patch.ts";
import type { Counts } from "./world.ts";

/** Every kind. */
export const KINDS: readonly AnyKind[] = TOPIC_CLASSES.map((topicClass) => new topicClass().kind);

/** Counts what is transformed, confirmed and taken back from now on. Returns what ends that. */
export function countInside(counts: Counts): () => void {
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const ends = [
    ...KINDS.map((kind) =>
      patch(kind, "transform", (transform) => (op, over, side) => {
        const ops = transform(op, over, side);
        if (ops.length !== 1 || ops[0] !== op) count(`ops transformed of a ${kind.name}`);
        return ops;
      }),
    ),
    patch(
      Overlay.prototype,
      "confirmOwn",
      (confirmOwn) =>
        function (this: Overlay, ...args) {
          const isSame = confirmOwn.apply(this, args);
          count(isSame ? "silent confirmations" : "confirmations that correct");
          return isSame;
        },
    ),
    patch(
      Overlay.prototype,
      "withdraw",
      (withdraw) =>
        function (this: Overlay, ...args) {
          const ops = withdraw.apply(this, args);
          if (ops.length > 0) count("edits withdrawn");
          return ops;
        },
    ),
    patch(
      PendingStructure.prototype,
      "hide",
      (hide) =>
        function (this: PendingStructure) {
          if (!this.isHidden) count("edits of the shape hidden");
          hide.call(this);
        },
    ),
    patch(
      Bridges.prototype,
      "cross",
      (cross) =>
        function (this: Bridges, topic, op, spend) {
          const ops = cross.call(this, topic, op, spend);
          if (ops.length !== 1 || ops[0] !== op) count("ops brought up to date");
          return ops;
        },
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/**
 * From now on an op of a client's own that comes back as another one than its client expects, on an attribute that no rule
 * writes to, is an error: server and client have transformed it differently. Returns what ends that.
 */
export function refuseCorrections(): () => void {
  let name = "";
  const ends = [
    patch(
      PendingTopics.prototype,
      "confirm",
      (confirm) =>
        function (this: PendingTopics, object, slot, attribute, ...rest) {
          const [, own] = rest;
          const edits = own?.edits.filter(
            (each) => each.type === "topic" && each.object === object && each.slot === slot,
          );
          const edit = edits?.find((each) => each.type === "topic" && each.ops.length > 0) as TopicEdit | undefined;
          // Of an op that has become several, some may change nothing, and these do not come back.
          name = edit?.isShown && edit.ops.length === 1 ? attribute.name : "";
          confirm.call(this, object, slot, attribute, ...rest);
        },
    ),
    patch(
      Overlay.prototype,
      "confirmOwn",
      (confirmOwn) =>
        function (this: Overlay, transaction, op) {
          if (confirmOwn.call(this, transaction, op)) return true;
          if (!RULELESS.has(name)) return false;
          throw new Error(`${JSON.stringify(op)} of ${name} is not what was expected`);
        },
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}
