// ItemElement: what lies on the board, at its place or, while somebody drags it, where they have it.

import type { Mirrored } from "objectsync/client";
import { css, SObjectElement } from "objectsync/elements";
import type { Area, Taken } from "../geometry.ts";
import type { Carried, Item, Person } from "../models.ts";

/** See the head of this file. */
export abstract class ItemElement extends SObjectElement<Item> {
  static override properties = { hold: { state: true } };

  static override styles = css`
    :host {
      position: absolute; left: 0; top: 0; box-sizing: border-box; outline: 0; border-radius: var(--corner, 3px);
      translate: calc(var(--x) * 1px) calc(var(--y) * 1px); touch-action: none; user-select: none; cursor: grab;
      -webkit-user-select: none; -webkit-touch-callout: none;
    }
    /* In a group: by margins, so that the group is as large as what is in it. */
    :host([inner]) {
      position: relative; grid-area: 1 / 1; translate: none; margin: calc(var(--y) * 1px) 0 0 calc(var(--x) * 1px);
    }
    :host([carried]) { z-index: 1; cursor: grabbing; }
    :host([carried="other"]) { outline: 2px solid var(--person); outline-offset: 3px; }
    :host([selected]) { outline: 2px solid var(--accent); outline-offset: 3px; }
    :host(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 3px; }
    @media (prefers-reduced-motion: no-preference) { :host([carried="other"]) { transition: translate 0.1s linear; } }
  `;

  static readonly #byId = new Map<number, ItemElement>();

  declare private hold: { readonly carried: Carried; readonly by: Mirrored<Person> } | undefined;

  /** The element of the item with this id, if there is one. */
  static get(id: number): ItemElement | undefined {
    return ItemElement.#byId.get(id);
  }

  override onStart(): void {
    const { id } = this.object;
    ItemElement.#byId.set(id, this);
    this.untilDestroyed(() => ItemElement.#byId.get(id) === this && ItemElement.#byId.delete(id));
    this.tabIndex = 0;
    this.role = "group";
    this.#nest();
  }

  override onParentChangedTo(): void {
    this.#nest();
  }

  /** Whether it lies on the board itself. */
  get isOuter(): boolean {
    return this.object.parent?.type === "Board";
  }

  /** Where it is, and how large as far as it has a size of its own. */
  get place(): Omit<Carried, "id"> {
    const { x, y } = this.object;
    return { x: x.value, y: y.value, width: 0, height: 0 };
  }

  /** The room that it takes on the paper. */
  get room(): Area {
    const { x, y } = this.place;
    return { x, y, width: this.offsetWidth, height: this.offsetHeight };
  }

  /** For a drag that begins. */
  take(): Taken {
    return { carried: { id: this.object.id, ...this.place }, room: this.room };
  }

  /** The same for those with these ids. */
  static takeAll(ids: readonly number[]): readonly Taken[] {
    return ids.flatMap((id) => ItemElement.get(id)?.take() ?? []);
  }

  /** Somebody drags it. */
  carry(carried: Carried, by: Mirrored<Person>): void {
    this.hold = { carried, by };
  }

  /** Somebody does not drag it any more. */
  release(by: Mirrored<Person>): void {
    if (this.hold?.by === by) this.hold = undefined;
  }

  /** Has somebody write on it, where that can be. */
  edit(): void {}

  /** Lays it where it belongs. To be called while it renders, so that it is laid anew when that has changed. */
  protected lay(): void {
    const { carried, by } = this.hold ?? {};
    const { x, y, width, height } = carried ?? this.place;
    for (const [name, length] of Object.entries({ x, y, width, height })) {
      this.style.setProperty(`--${name}`, `${length}`);
    }
    this.style.setProperty("--hue", `${by?.hue.value ?? 0}`);
    if (!by) this.removeAttribute("carried");
    else this.setAttribute("carried", by.client.value === this.client.id ? "own" : "other");
  }

  #nest(): void {
    this.toggleAttribute("inner", !this.isOuter);
  }
}
