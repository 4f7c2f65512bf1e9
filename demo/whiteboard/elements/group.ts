import type { Mirrored } from "objectsync/client";
import { css, html } from "objectsync/elements";
import type { Group } from "../models.ts";
import { ItemElement } from "./item.ts";

/** Things that move together. It is as large as they are, and can only be seen while it is selected. */
export class GroupElement extends ItemElement {
  static override styles = css`
    ${ItemElement.styles}
    :host { display: grid; align-items: start; justify-items: start; }
    :host([hidden]) { display: none; }
    :host([selected]) { outline-style: dashed; outline-offset: 8px; }
  `;

  override get object(): Mirrored<Group> {
    return super.object as Mirrored<Group>;
  }

  override render(): unknown {
    const count = this.object.children.length;
    this.lay();
    this.hidden = count === 0;
    this.ariaLabel = `Group of ${count}`;
    return html`<slot></slot>`;
  }
}
