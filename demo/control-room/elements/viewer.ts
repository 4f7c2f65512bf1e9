import { css, html, SObjectElement } from "objectsync/elements";
import type { Viewer } from "../models.ts";

/** The initials of somebody who watches, in a circle. */
export class ViewerElement extends SObjectElement<Viewer> {
  static override styles = css`
    :host {
      display: grid; place-items: center; width: 32px; height: 32px; margin-left: -5px; border-radius: 50%;
      background: var(--color); color: #fff; box-shadow: 0 0 0 2px var(--ground); font-size: 11px; font-weight: 640;
      cursor: default; user-select: none;
      transition: transform 0.2s, opacity 0.3s;
      @starting-style { opacity: 0; transform: scale(0.5); }
    }
    :host(:hover) { transform: translateY(-2px); z-index: 1; }
    /* You: a ring. */
    :host(.you) { box-shadow: 0 0 0 2px var(--ground), 0 0 0 4px var(--color); margin: 0 6px 0 1px; }
    @media (prefers-reduced-motion: reduce) { :host { transition: none; } }
  `;

  override onStart(): void {
    this.slot = "viewers";
  }

  override render(): unknown {
    const { client, name, initials } = this.object;
    const isYou = client.value === this.client.id;
    const title = isYou ? `${name.value} (you)` : name.value;
    this.classList.toggle("you", isYou);
    return html`<span role="listitem" title=${title} aria-label=${title}>${initials.value}</span>`;
  }
}
