import { css, html, nothing, svg } from "objectsync/elements";
import { bytes, JUST_NOW_MS, plain, since } from "../format.ts";
import type { File } from "../models.ts";
import { EntryElement } from "./entry.ts";
import { FolderElement } from "./folder.ts";
import { whenNear } from "./near.ts";

/** A row of a file. While it is open, what is in the file is shown beside the tree. */
export class FileElement extends EntryElement<File> {
  static override styles = css`
    ${EntryElement.styles}
    :host { min-height: 32px; }
    .icon { grid-column: 2; color: var(--ink-3); }
    .panel {
      position: fixed; inset: 16px 16px 16px auto; width: var(--panel); z-index: 2; display: flex; flex-direction: column;
      box-sizing: border-box; overflow: hidden; border: 1px solid var(--line); border-radius: 14px; background: var(--surface);
      box-shadow: 0 8px 32px light-dark(#1014181f, #0008);
    }
    header { display: flex; align-items: center; gap: 12px; padding: 12px 10px 12px 18px; border-bottom: 1px solid var(--line); }
    h2 { margin: 0; font-size: 15px; font-weight: 620; overflow-wrap: anywhere; }
    .facts { margin: 0; color: var(--ink-3); font-size: 13px; }
    header div { flex: 1; min-width: 0; }
    button {
      display: grid; place-items: center; width: 34px; height: 34px; padding: 0; border: 0; border-radius: 8px;
      background: none; color: var(--ink-2); cursor: pointer;
    }
    button:hover { background: color-mix(in srgb, var(--ink) 7%, transparent); color: var(--ink); }
    button:focus-visible { outline: 2px solid var(--accent); }
    @media (max-width: 640px) { :host { min-height: 38px; } }
    @media (max-width: 900px) { .panel { inset: auto 8px 8px 8px; width: auto; max-height: min(56vh, 560px); } }
  `;

  #isNear = false;
  #isNew = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override onStart(): void {
    super.onStart();
    this.ariaSelected = "false";
    this.#isNew = this.parentElement instanceof FolderElement && this.parentElement.isSettled;
    const giveUp = whenNear(this, () => {
      this.#isNear = true;
      this.requestUpdate();
    });
    this.untilDestroyed(() => {
      giveUp();
      clearTimeout(this.#timer);
    });
  }

  /** Of the thousands that a folder may have, those that nobody has seen yet are an empty line each. */
  protected override shouldUpdate(changed: Parameters<EntryElement["update"]>[0]): boolean {
    return this.#isNear && super.shouldUpdate(changed);
  }

  override render(): unknown {
    const { kind, size, modified, target } = this.object;
    const isFile = kind.value === "file";
    const age = Date.now() - modified.value;
    const more = target.value ? html`<span class="more"> → ${plain(target.value)}</span>` : nothing;
    const time = html`<span class=${age < JUST_NOW_MS ? "time new" : "time"}>${
      modified.value > 0 ? since(modified.value, Date.now()) : nothing
    }</span>`;
    this.#renderAgain(age);
    return html`${this.renderRow(icon(kind.value), more, isFile ? bytes(size.value) : kind.value, time)}
      ${this.isOpen ? this.#renderPanel() : nothing}`;
  }

  protected override updated(): void {
    const { name, size, modified } = this.object;
    this.flash(`${modified.value} ${size.value} ${name.value}`, this.#isNew);
  }

  protected override openChanged(isOpen: boolean): void {
    this.ariaSelected = `${isOpen}`;
  }

  #renderPanel(): unknown {
    const { name, kind, size, modified } = this.object;
    const facts = kind.value === "file" ? `${bytes(size.value)} · ${since(modified.value, Date.now())}` : kind.value;
    return html`<section class="panel" aria-label="What is in ${plain(name.value)}">
      <header>
        <div><h2><bdi>${plain(name.value)}</bdi></h2><p class="facts">${facts}</p></div>
        <button type="button" data-action="close" aria-label="Close" title="Close">
          <svg viewBox="0 0 18 18" aria-hidden="true"><path d="m4.5 4.5 9 9m0-9-9 9" stroke-width="1.6"></path></svg>
        </button>
      </header>
      <slot></slot>
    </section>`;
  }

  /** What was new is not, some time later. */
  #renderAgain(age: number): void {
    clearTimeout(this.#timer);
    if (age >= 0 && age < JUST_NOW_MS) this.#timer = setTimeout(() => this.requestUpdate(), JUST_NOW_MS - age);
  }
}

const PAGE = svg`<path d="M4.5 2.5h6l3.5 3.5v9.5h-9.5z"></path><path d="M10.3 2.7v3.5h3.5"></path>`;
const LINK = svg`<path d="M4 14.5c0-4.5 3-6.5 8.5-6.5M9.5 4.5 13 8l-3.5 3.5" stroke-linecap="round"></path>`;
const OTHER = svg`<circle cx="9" cy="9" r="5.5"></circle><path d="M9 6.5v3M9 11.3v.2" stroke-linecap="round"></path>`;

function icon(kind: string): unknown {
  const drawing = kind === "file" ? PAGE : kind === "link" ? LINK : OTHER;
  return html`<svg class="icon" viewBox="0 0 18 18" aria-hidden="true">${drawing}</svg>`;
}
