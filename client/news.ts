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

/** Who is told. */
export interface Audience {
  /** Tells the listeners of the tree. */
  notify<Name extends keyof TreeEvents>(name: Name, event: TreeEvents[Name]): void;
  /** Whether the topics of an object have nothing more to tell. */
  isSilent(object: SObject): boolean;
}

interface Place {
  /** `null` where the object was not to be seen. */
  readonly parent: SObject | null;
  readonly orderKey: number;
  origin: Origin;
}

/** See the head of this file. */
export class News {
  readonly #audience: Audience;
  #items: (TopicNews | (() => void))[] = [];
  /** By topic, the place of what was told of it last, if that may become one with what comes. */
  readonly #last = new Map<AnyTopic, number>();
  /** Where objects were. */
  #places = new Map<SObject, Place>();

  constructor(audience: Audience) {
    this.#audience = audience;
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

  /** To be called before an object comes, goes or moves, and for each one that goes with another. */
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
    this.#tellPlaces(places);
    for (const item of items) {
      if (typeof item === "function") item();
      else if (item.event && !this.#isSilent(item.topic)) topicInternals.notify(item.topic, item.event);
    }
  }

  #isSilent({ object }: AnyTopic): boolean {
    return object !== undefined && this.#audience.isSilent(object);
  }

  #tellPlaces(places: ReadonlyMap<SObject, Place>): void {
    if (places.size === 0) return;
    const untold = new Set(places.keys());
    const tell = (object: SObject): void => {
      if (!untold.delete(object)) return;
      const place = places.get(object) as Place;
      // What has come is told before what has come to it.
      const to = object.isDestroyed ? null : object.parent;
      if (to && places.get(to)?.parent === null) tell(to);
      this.#tellPlace(object, place, to);
    };
    // What has left something that has gone is told before that, the innermost first.
    const leavers = [...places].filter(([, { parent }]) => parent?.isDestroyed).map(([object]) => object);
    const depths = new Map(leavers.map((object) => [object, depthBefore(object, places)]));
    for (const object of leavers.sort((a, b) => (depths.get(b) as number) - (depths.get(a) as number))) tell(object);
    for (const object of places.keys()) tell(object);
  }

  #tellPlace(object: SObject, { parent: from, orderKey, origin }: Place, to: SObject | null): void {
    const { notify } = this.#audience;
    if (!from && to) notify("add", { object, parent: to, origin });
    else if (from && !to && !hasGoneWith(object, from)) notify("remove", { object, parent: from, origin });
    else if (from && to && (from !== to || objectInternals.orderKey(object) !== orderKey)) {
      notify("move", { object, from, to, origin });
    }
  }
}

/** How deep an object was. */
function depthBefore(object: SObject, places: ReadonlyMap<SObject, Place>): number {
  let depth = 0;
  for (let each: SObject | null = object; each; depth++) {
    const place = places.get(each);
    each = place ? place.parent : each.parent;
  }
  return depth;
}

/** Whether an object is still below its parent, which has gone: whoever is told of that one finds it there. */
function hasGoneWith(object: SObject, parent: SObject): boolean {
  if (!parent.isDestroyed || object.parent !== parent) return false;
  const siblings = objectInternals.siblings(parent);
  return siblings.at(siblings.indexOf(object)) === object;
}

/** One piece of news for two of the same topic, the second of which has just happened. */
function merge(first: TopicNews, second: TopicNews): TopicNews | undefined {
  const { topic } = second;
  // Where more than what was taken back has changed that is what it is about.
  const { origin } = second.origin === "rollback" ? first : second;
  const op = topic.kind.merge(first.op, second.op);
  const inverse = topic.kind.merge(second.inverse, first.inverse);
  if (!op || !inverse) return undefined;
  const event = isSameOp(op, inverse) ? undefined : topicInternals.describe(topic, op, inverse, first.old, origin);
  return { topic, op, inverse, old: first.old, origin, event };
}
