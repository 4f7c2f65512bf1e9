import { css, html, nothing } from "objectsync/elements";
import type { Folder } from "../models.ts";
import { EntryElement } from "./entry.ts";

/** A folder. What is in it comes when it is opened, and goes when it is closed. */
export class FolderElement extends EntryElement<Folder> {
  static override styles = css`
    ${EntryElement.styles}
    .twisty { color: var(--ink-3); stroke-width: 1.6; stroke-linecap: round; transition: rotate 0.15s; }
    :host([aria-expanded="true"]) > .row .twisty { rotate: 90deg; }
    .icon { color: var(--folder); fill: color-mix(in srgb, currentColor 26%, transparent); }
    .name { font-weight: 560; }
    .problem { font-weight: 400; }
    .below { margin-inline-start: 12px; padding-inline-start: 10px; border-inline-start: 1px solid var(--line); }
    .hint { margin: 0; padding: 5px 10px 7px 4px; color: var(--ink-3); font-size: 13px; }
    @media (max-width: 640px) { .below { margin-inline-start: 9px; padding-inline-start: 5px; } }
    @media (prefers-reduced-motion: reduce) { .twisty { transition: none; } }
  `;

  #isSettled = false;

  /** Whether what comes now is new on the disk, and was not merely not shown yet. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  override onStart(): void {
    super.onStart();
    this.ariaExpanded = "false";
    // The one that everything is in.
    if (this.object.parent?.type === "Explorer") this.setOpen(true);
  }

  override render(): unknown {
    const { count, isReading, problem, name } = this.object;
    const entries = count.value === 1 ? "1 entry" : `${count.value.toLocaleString("en")} entries`;
    const hint = isReading.value ? "Reading…" : "This folder is empty.";
    const icons = html`<svg class="twisty" viewBox="0 0 18 18" aria-hidden="true"><path d="m7 4.5 4.5 4.5L7 13.5"></path></svg>
      <svg class="icon" viewBox="0 0 18 18" aria-hidden="true">
        <path d="M2 5a1.2 1.2 0 0 1 1.2-1.2h3.4l1.6 1.8h6.6A1.2 1.2 0 0 1 16 6.8v6.4a1.2 1.2 0 0 1-1.2 1.2H3.2A1.2 1.2 0 0 1 2 13.2z"></path>
      </svg>`;
    return html`${this.renderRow(icons, nothing, this.isOpen && count.value > 0 ? entries : nothing, html`<span class="time"></span>`)}
      ${
        this.isOpen
          ? html`<div class="below" role="group" aria-label=${name.value}>
              <slot></slot>${count.value === 0 && !problem.value ? html`<p class="hint">${hint}</p>` : nothing}
            </div>`
          : nothing
      }`;
  }

  protected override updated(): void {
    // After all of the frame is in the page: what came with the last of it was there before.
    this.#isSettled = this.hasCome && !this.object.isReading.value;
    this.flash(this.object.name.value, false);
  }

  protected override openChanged(isOpen: boolean): void {
    this.ariaExpanded = `${isOpen}`;
  }
}
