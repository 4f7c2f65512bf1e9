// The element of a `List`: `<li>` is an element that only its list may hold, while what is below an object is the light
// DOM of its element. So the items are in the shadow root, one for each element in the light DOM, and each has a slot of
// its own to which that element is assigned by hand. What is in an item keeps its own role, name and state.
//
// What hangs in the list is seen from the document, not from the tree: objects without an element have theirs below here
// too. A hidden element has no item, which would be an empty line with a mark.

import { type CSSResultGroup, css, html, LitElement } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { BooleanTopic } from "../../core/scalar-topics.ts";
import { topicOf } from "../object-attributes.ts";
import { SObjectElement } from "../sobject-element.ts";
import type { List } from "./model.ts";

/**
 * A list of the elements below, which is numbered where the attribute `ordered` of its object says so; then the element
 * has that attribute too, for styles. The `slot` attributes of the elements below mean nothing here.
 */
export class ListElement extends SObjectElement<List> {
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, slotAssignment: "manual" };

  static override styles: CSSResultGroup = css`
    :host {
      display: block;
      flex-direction: column;
      padding-inline-start: 2em;
      list-style: disc;
    }
    :host([ordered]) {
      list-style: decimal;
    }
    :host([hidden]) {
      display: none;
    }
    ul,
    ol {
      display: flex;
      flex-flow: inherit;
      gap: inherit;
      margin: 0;
      padding: 0;
      list-style: inherit;
    }
  `;

  #items: readonly Element[] = [];

  override onStart(): void {
    const hiding = new MutationObserver(() => this.requestUpdate());
    const watched = new WeakSet<Element>();
    const look = (): void => {
      for (const child of this.children) {
        if (watched.has(child)) continue;
        watched.add(child);
        hiding.observe(child, { attributeFilter: ["hidden"] });
      }
      this.requestUpdate();
    };
    const coming = new MutationObserver(look);
    coming.observe(this, { childList: true });
    this.untilDestroyed(() => {
      coming.disconnect();
      hiding.disconnect();
    });
    look();
  }

  override render(): unknown {
    this.#items = [...this.children].filter((child) => !child.hasAttribute("hidden"));
    const items = repeat(
      this.#items,
      (child) => child,
      () => html`<li part="item"><slot></slot></li>`,
    );
    // The role says nothing new, but without it some browsers have no list where a style takes the marks away.
    return this.#isOrdered
      ? html`<ol part="list" role="list">${items}</ol>`
      : html`<ul part="list" role="list">${items}</ul>`;
  }

  protected override updated(): void {
    this.toggleAttribute("ordered", this.#isOrdered);
    for (const [index, slot] of this.renderRoot.querySelectorAll("slot").entries()) {
      const item = this.#items[index];
      if (item && item.assignedSlot !== slot) slot.assign(item);
    }
  }

  get #isOrdered(): boolean {
    return topicOf(this.object, "ordered", BooleanTopic)?.value ?? false;
  }
}
