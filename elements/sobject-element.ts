// SObjectElement: what all elements of objects have in common.
//
// An element has its object from a seat, which it takes in its constructor. Without one, as for a tag that somebody
// wrote into the page, it never renders. Lit's update runs in a tracker, so what it read is what it waits for. All
// that an element has begun is in one set of clean-ups; that set is gone after the end, and from then on nothing
// renders and nothing is begun that is not undone at once.
//
// Not here: when the hooks are called and where elements hang (mount.ts), bound attributes (host-binding.ts).

import { html, LitElement, type PropertyValues } from "lit";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { ObjectSyncError } from "../core/error.ts";
import type { Listener } from "../core/listeners.ts";
import type { SObject } from "../core/object.ts";
import { report } from "../core/report.ts";
import type { AnyTopic } from "../core/topic.ts";
import { Tracker } from "../core/track.ts";
import { DEFAULT_POLICY, type SafetyPolicy } from "./safety.ts";
import { takeSeat } from "./seat.ts";

/** The events of a topic by name. */
type EventsOf<T extends AnyTopic> = NonNullable<T["~events"]>;

/**
 * The element of an object. Subclass it and `register` the subclass for a frontend type; the page makes one instance for
 * each object of that type, where the object is in the tree.
 *
 * It renders into its shadow root. The elements of the objects below are its light DOM: a `<slot>` places them. It renders
 * again when a topic that `render` read has changed, once for however many changes of a frame. The object's attributes
 * `style`, `classes` and `attributes`, where it has them, are bound to the element itself.
 *
 * The hooks `on…` are called when the mirror is as the frame says. Each is empty here; an error in one is reported and
 * keeps nothing else from happening. Moving the element in the document is no end and no start.
 */
export abstract class SObjectElement<T extends SObject = SObject> extends LitElement {
  /** Which attributes and URLs the server may set on the element: `widen(DEFAULT_POLICY, …)` for more. */
  static readonly policy: SafetyPolicy = DEFAULT_POLICY;

  readonly #seat = takeSeat(this);
  readonly #tracker = new Tracker(() => this.requestUpdate());
  #cleanUps: Set<() => void> | undefined = new Set();

  /** The object that it shows; there from the constructor on. Throws for an element that the page did not make itself. */
  get object(): Mirrored<T> {
    return this.#taken().object as unknown as Mirrored<T>;
  }

  /** The client whose tree the object belongs to. */
  get client(): Client {
    return this.#taken().client;
  }

  /** Called once: the object's attributes are there, and the element of the parent has started. */
  onStart(): void {}

  /** Called once, after all elements that were below it at the start are ready. */
  onReady(): void {}

  /** The object has left a parent. `onParentChangedTo` follows. Not for a move among the same siblings. */
  onParentChangedFrom(_old: Mirrored): void {}

  /** The object has another parent. */
  onParentChangedTo(_parent: Mirrored): void {}

  /** An object has come below this one: one that was there at the start, before `onReady`, or a new or moved one. */
  onChildAdded(_child: Mirrored): void {}

  /** An object is no longer below this one: it was moved away or destroyed. Not when this one is destroyed with it. */
  onChildRemoved(_child: Mirrored): void {}

  /** Called once: the object is gone, or the page shows the tree no longer. Links and listeners are undone afterwards. */
  onDestroy(): void {}

  /** Listens to a topic until the end of the element. Returns what ends it earlier. */
  link<T extends AnyTopic, Name extends keyof EventsOf<T> & string>(
    topic: T,
    event: Name,
    listener: Listener<EventsOf<T>[Name]>,
  ): () => void {
    return this.untilDestroyed(topic.on(event, listener));
  }

  /** Listens to DOM events until the end of the element. Returns what ends it earlier. */
  listen<Name extends keyof HTMLElementEventMap>(
    target: EventTarget,
    event: Name,
    listener: (event: HTMLElementEventMap[Name]) => void,
    options?: AddEventListenerOptions,
  ): () => void;
  listen(
    target: EventTarget,
    event: string,
    listener: (event: Event) => void,
    options?: AddEventListenerOptions,
  ): () => void;
  listen(
    target: EventTarget,
    event: string,
    listener: (event: never) => void,
    options?: AddEventListenerOptions,
  ): () => void {
    target.addEventListener(event, listener as EventListener, options);
    return this.untilDestroyed(() => target.removeEventListener(event, listener as EventListener, options));
  }

  /** What is shown. Default: the elements of the objects below. */
  override render(): unknown {
    return html`<slot></slot>`;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#seat?.connected();
  }

  /** A move by `moveBefore`: nothing has ended. */
  connectedMoveCallback(): void {}

  /** @internal */
  destroy(): void {
    const cleanUps = this.#cleanUps;
    if (!cleanUps) return;
    try {
      this.onDestroy();
    } finally {
      this.#cleanUps = undefined;
      this.#tracker.stop();
      for (const cleanUp of cleanUps) cleanUp();
    }
  }

  protected override shouldUpdate(_changed: PropertyValues): boolean {
    return this.#seat !== undefined && this.#cleanUps !== undefined;
  }

  protected override update(changed: PropertyValues): void {
    this.#tracker.run(() => super.update(changed));
  }

  protected override performUpdate(): void {
    try {
      super.performUpdate();
    } catch (error) {
      const { type, id, tree } = this.object;
      report(tree.onError, error, `the update of <${this.localName}> for ${type} ${id}`);
    }
  }

  /** Calls `undo` at the end of the element, or when what it returns is called, whichever is first. */
  untilDestroyed(undo: () => void): () => void {
    const cleanUp = (): void => {
      this.#cleanUps?.delete(cleanUp);
      undo();
    };
    if (this.#cleanUps) this.#cleanUps.add(cleanUp);
    else undo();
    return cleanUp;
  }

  #taken(): NonNullable<ReturnType<typeof takeSeat>> {
    if (this.#seat) return this.#seat;
    throw new ObjectSyncError(
      "not_found",
      `this <${this.localName}> shows no object: the page makes those that do itself`,
    );
  }
}
