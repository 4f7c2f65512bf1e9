import { css, html, SObjectElement } from "objectsync/elements";
import type { Process } from "../models.ts";

/** A row of the list. The length and the colour of its bar the server says, as those of a core. */
export class ProcessElement extends SObjectElement<Process> {
  static override styles = css`
    :host {
      display: grid; grid-template-columns: var(--columns); gap: 0 12px; align-items: center; min-height: 48px;
      padding: 0 var(--row-padding) 0 12px; box-sizing: border-box; font-size: 14px;
      border-bottom: 1px solid color-mix(in srgb, var(--line) 62%, transparent);
      --fill: var(--accent);
      transition: opacity 0.35s, background 0.3s;
      @starting-style { opacity: 0; }
    }
    :host(:last-of-type) { border-bottom: 0; }
    :host(:hover) { background: var(--surface-2); }
    :host(.pinned) { background: var(--accent-soft); }
    :host(.warm) { --fill: var(--warm); }
    :host(.hot) { --fill: var(--hot); }
    button {
      display: grid; place-items: center; width: 30px; height: 30px; padding: 0; border: 0; border-radius: 8px;
      background: none; color: var(--ink-3); opacity: 0.5; cursor: pointer;
    }
    svg {
      width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.4; stroke-linejoin: round;
      stroke-linecap: round;
    }
    :host(:hover) button, button:focus-visible { opacity: 1; }
    button:hover { background: color-mix(in srgb, var(--ink) 8%, transparent); color: var(--ink); }
    button:focus-visible { outline: 2px solid var(--accent); }
    :host(.pinned) button { color: var(--accent); opacity: 1; }
    :host(.pinned) svg { fill: currentColor; }
    .program { min-width: 0; padding: 6px 0; }
    .name, .command, .user, .pid { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .name { font-weight: 580; line-height: 1.3; }
    .command { color: var(--ink-3); font: 12px/1.35 var(--mono); }
    .user { color: var(--ink-2); }
    .cpu { display: grid; grid-template-columns: 1fr 56px; align-items: center; gap: 6px; }
    .track { height: 6px; border-radius: 3px; background: var(--track); overflow: hidden; }
    .bar {
      height: 100%; border-radius: 3px; background: var(--fill); transform: translateX(calc(var(--value) * 1% - 100%));
    }
    .figure, .memory, .pid { text-align: right; white-space: nowrap; }
    .figure { font-weight: 580; }
    .percent { color: var(--ink-3); font-weight: 450; }
    .pid { color: var(--ink-3); font-size: 13px; }
    @container processes (width < 580px) {
      :host { gap: 0 8px; padding-right: 16px; min-height: 52px; }
      .wide { display: none; }
      .cpu { grid-template-columns: 1fr; gap: 4px; }
      .track { order: 2; height: 4px; }
    }
    @media (prefers-reduced-motion: reduce) { :host { transition: none; } }
    @media (pointer: coarse) { button { opacity: 0.75; } }
  `;

  override onStart(): void {
    this.role = "listitem";
  }

  override render(): unknown {
    const { pid, name, command, user, cpu, memory, pinned } = this.object;
    const action = pinned.value ? `Unpin ${name.value}, for everybody` : `Pin ${name.value}, for everybody`;
    this.classList.toggle("pinned", pinned.value);
    return html`
      <button type="button" title=${action} aria-label=${action} @click=${() => pinned.set(!pinned.value)}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M5.6 1.8h4.8l-.7 4.4 2.1 2.2v1.3H4.2V8.4l2.1-2.2z"></path><path d="M8 9.9v4.3"></path>
        </svg>
      </button>
      <div class="program">
        <div class="name">${name.value}</div>
        <div class="command" title=${command.value}>${command.value}</div>
      </div>
      <span class="user wide">${user.value}</span>
      <div class="cpu">
        <div class="track"><div class="bar"></div></div>
        <span class="figure">${cpu.value}<span class="percent"> %</span></span>
      </div>
      <span class="memory">${memory.value}</span>
      <span class="pid wide">${pid.value}</span>
    `;
  }
}
