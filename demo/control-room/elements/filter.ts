import { css, html, InputElement } from "objectsync/elements";

/** The input of the package with a magnifying glass. */
export class FilterElement extends InputElement {
  static override styles = css`
    :host { position: relative; flex: 0 1 230px; min-width: 0; margin-left: auto; }
    svg { position: absolute; left: 10px; top: 50%; width: 15px; height: 15px; margin-top: -7.5px; color: var(--ink-3); }
    input {
      display: block; width: 100%; height: 34px; box-sizing: border-box; padding: 0 10px 0 32px; border: 1px solid transparent;
      border-radius: 9px; background: color-mix(in srgb, var(--ink) 5.5%, var(--surface)); color: var(--ink);
      font: inherit; font-size: 14px;
    }
    input::placeholder { color: var(--ink-3); opacity: 1; }
    input:focus-visible { outline: 2px solid var(--accent); outline-offset: 0; background: var(--surface); }
    @media (pointer: coarse) { input { font-size: 16px; height: 40px; } } /* smaller text makes phones zoom in */
  `;

  override onStart(): void {
    super.onStart();
    this.slot = "filter";
  }

  override render(): unknown {
    return html`${super.render()}
      <svg
        viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" aria-hidden="true"
      >
        <circle cx="7" cy="7" r="4.6"></circle><path d="m10.6 10.6 3.4 3.4"></path>
      </svg>`;
  }
}
