import { type CSSResultGroup, css } from "lit";
import { SObjectElement } from "../sobject-element.ts";

/** A flex column. It is the container itself, so that the object's style lays out the elements below. */
export class BoxElement extends SObjectElement {
  static override styles: CSSResultGroup = css`
    :host {
      display: flex;
      flex-direction: column;
      min-width: 0;
    }
    :host([hidden]) {
      display: none;
    }
  `;
}
