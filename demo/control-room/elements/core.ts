import { css, html, SObjectElement } from "objectsync/elements";
import type { Core } from "../models.ts";

/** A bar that says how busy a core is. How far it is filled, and whether it is warm or hot, the server says by style. */
export class CoreElement extends SObjectElement<Core> {
  static override styles = css`
    :host { display: flex; flex-direction: column; align-items: center; gap: 5px; min-width: 0; --fill: var(--accent); }
    :host(.warm) { --fill: var(--warm); }
    :host(.hot) { --fill: var(--hot); }
    .track {
      position: relative; width: 100%; max-width: 56px; height: var(--core-height, 92px); border-radius: 7px;
      overflow: hidden; background: var(--track);
    }
    .bar {
      position: absolute; inset: 0; border-radius: 7px; background: var(--fill);
      transform: translateY(calc(100% - var(--value) * 1%));
      transition: transform 0.4s, background 0.4s;
    }
    .figure { font-size: 13px; font-weight: 600; line-height: 1; }
    .name { color: var(--ink-3); font-size: 12px; line-height: 1; }
    @media (prefers-reduced-motion: reduce) { .bar { transition: none; } }
  `;

  override onStart(): void {
    this.slot = "cores";
  }

  override render(): unknown {
    const { name, percent } = this.object;
    return html`
      <div class="track" role="meter" aria-label="Core ${name.value}, in percent"
        aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent.value}><div class="bar"></div></div>
      <span class="figure" aria-hidden="true">${percent.value}</span>
      <span class="name" aria-hidden="true">${name.value}</span>
    `;
  }
}
