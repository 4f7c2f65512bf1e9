import { css, html, nothing, SObjectElement } from "objectsync/elements";
import type { Preview } from "../preview.ts";

/** What is in a file: its text, or a picture, which is an object of its own. */
export class PreviewElement extends SObjectElement<Preview> {
  static override styles = css`
    :host { flex: 1 1 auto; display: flex; flex-direction: column; min-height: 0; }
    .note { margin: 0; padding: 10px 18px; color: var(--ink-2); font-size: 13px; }
    pre {
      flex: 1 1 auto; min-height: 0; margin: 0; padding: 14px 18px 24px; overflow: auto; outline-offset: -2px; tab-size: 4;
      font: 13px/1.55 var(--mono); color: var(--ink); scrollbar-width: thin;
    }
    .note + pre { border-top: 1px solid var(--line); }
    pre:focus-visible { outline: 2px solid var(--accent); }
    ::slotted(os-image) {
      flex: 1 1 auto; min-height: 0; margin: 18px; object-fit: scale-down;
      background: repeating-conic-gradient(var(--surface-2) 0 25%, transparent 0 50%) 0 0 / 20px 20px;
    }
  `;

  #isAtEnd = false;
  #wasEnd = false;

  override render(): unknown {
    const { note, text } = this.object;
    return html`${note.value ? html`<p class="note">${note.value}</p>` : nothing}
      ${text.value ? html`<pre tabindex="0" role="region" aria-label="Text" @scroll=${this.#scrolled}>${text.value}</pre>` : nothing}
      <slot></slot>`;
  }

  /** Whoever reads the end goes on reading it. */
  protected override updated(): void {
    const pre = this.#pre;
    const isEnd = this.object.isEnd.value;
    if (isEnd && !this.#wasEnd) this.#isAtEnd = true;
    this.#wasEnd = isEnd;
    if (pre && this.#isAtEnd) pre.scrollTop = pre.scrollHeight;
  }

  get #pre(): HTMLElement | null {
    return this.renderRoot.querySelector("pre");
  }

  #scrolled(): void {
    const pre = this.#pre;
    if (pre) this.#isAtEnd = pre.scrollTop > 0 && pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4;
  }
}
