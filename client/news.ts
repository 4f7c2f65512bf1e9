// News: what listeners are to be told when a frame, or a transaction of the program, is complete.
//
// Of what is not the net effect of something pending, each change is told in turn. Of an attribute that had something
// pending, what was taken back and put on again is told as the one change that it comes to, or not at all. Of the tree's
// shape it is always the difference: where an object was before, and where it is now.

import type { Op, Origin } from "../core/kind.ts";
import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { type AnyTopic, type TopicEvent, topicInternals } from "../core/topic.ts";
import type { TreeEvents } from "../core/tree.ts";
import { isSameOp } from "./rebase.ts";

/** A change of a topic that somebody listens to. */
export interface TopicNews {
  readonly topic: AnyTopic;
  readonly op: Op;
  readonly inverse: Op;
  /** The state before; of a container, which ops change in place, nothing. */
  readonly old: unknown;
  readonly origin: Origin;
  /** Nothing where all has become as it was. */
  readonly event: TopicEvent | undefined;
}

/** Tells the listeners of the tree. */
type Notify = <Name extends keyof TreeEvents>(name: Name, event: TreeEvents[Name]) => void;

interface Place {
  /** `null` where the object was not to be seen. */
  readonly parent: SObject | null;
  readonly orderKey: number;
  origin: Origin;
}

/** See the head of this file. */
export class News {
  readonly #notify: Notify;
  #items: (TopicNews | (() => void))[] = [];
  /** By topic, the place of what was told of it last, if that may become one with what comes. */
  readonly #last = new Map<AnyTopic, number>();
  /** Where objects were. */
  #places = new Map<SObject, Place>();

  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** `isNet`: what the topic has been through comes to one change, if it can. */
  addChange(news: TopicNews, isNet: boolean): void {
    const { topic } = news;
    const index = this.#last.get(topic);
    const merged = index === undefined || !isNet ? undefined : merge(this.#items[index] as TopicNews, news);
    if (index !== undefined && merged) {
      this.#items[index] = merged;
      return;
    }
    this.#items.push(news);
    if (isNet) this.#last.set(topic, this.#items.length - 1);
    else this.#last.delete(topic);
  }

  /** Something else that is to be told in its turn. */
  add(tell: () => void): void {
    this.#items.push(tell);
  }

  /** To be called before an object comes, goes or moves. */
  touch(object: SObject, isThere: boolean, origin: Origin): void {
    const place = this.#places.get(object);
    if (place) place.origin = origin;
    else {
      const parent = isThere ? object.parent : null;
      this.#places.set(object, { parent, orderKey: objectInternals.orderKey(object), origin });
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#items = [];
    this.#last.clear();
    this.#places.clear();
  }

  /** Tells all, and forgets it. */
  tell(): void {
    const items = this.#items;
    const places = this.#places;
    this.#items = [];
    this.#last.clear();
    this.#places = new Map();
    // Not together with the rest: an object has to be there before anything is told of it.
    for (const [object, place] of places) this.#tellPlace(object, place);
    for (const item of items) {
      if (typeof item === "function") item();
      else if (item.event) topicInternals.notify(item.topic, item.event);
    }
  }

  #tellPlace(object: SObject, { parent: from, orderKey, origin }: Place): void {
    const to = object.isDestroyed ? null : object.parent;
    if (!from && to) this.#notify("add", { object, parent: to, origin });
    else if (from && !to) this.#notify("remove", { object, parent: from, origin });
    else if (from && to && (from !== to || objectInternals.orderKey(object) !== orderKey)) {
      this.#notify("move", { object, from, to, origin });
    }
  }
}

/** One piece of news for two of the same topic, the second of which has just happened. */
function merge(first: TopicNews, second: TopicNews): TopicNews | undefined {
  const { topic, origin } = second;
  const op = topic.kind.merge(first.op, second.op);
  const inverse = topic.kind.merge(second.inverse, first.inverse);
  if (!op || !inverse) return undefined;
  const event = isSameOp(op, inverse) ? undefined : topicInternals.describe(topic, op, inverse, first.old, origin);
  return { topic, op, inverse, old: first.old, origin, event };
}
