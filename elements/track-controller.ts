import type { ReactiveController, ReactiveControllerHost } from "lit";
import { Tracker } from "../core/track.ts";

/**
 * Lets any Lit element show what is in a tree: has it update when what `read` read has changed, once for all the changes of
 * a frame. For elements that are no `SObjectElement`, which does so by itself.
 *
 * ```ts
 * readonly #title = new TrackController(this, () => card.title.value);
 * override render() { return html`<h1>${this.#title.value}</h1>`; }
 * ```
 */
export class TrackController<T> implements ReactiveController {
  readonly #read: () => T;
  readonly #tracker: Tracker;

  /** `read` is called at each use of `value`. */
  constructor(host: ReactiveControllerHost, read: () => T) {
    this.#read = read;
    this.#tracker = new Tracker(() => host.requestUpdate());
    host.addController(this);
    this.hostConnected = () => host.requestUpdate();
  }

  /** What `read` returns now. */
  get value(): T {
    return this.#tracker.run(this.#read);
  }

  /** Shows again what may have changed meanwhile. */
  readonly hostConnected: () => void;

  /** Listens to nothing while the element is out of the document. */
  hostDisconnected(): void {
    this.#tracker.stop();
  }
}
