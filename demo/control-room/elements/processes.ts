import { css, html, SObjectElement } from "objectsync/elements";
import type { Processes } from "../models.ts";
import { card } from "./theme.ts";

/** The list of processes: a head, and the rows that scroll below it. */
export class ProcessesElement extends SObjectElement<Processes> {
  static override styles = [
    card,
    css`
      :host {
        display: flex; flex-direction: column; height: 100%; overflow: hidden;
        container: processes / inline-size;
        --columns: 30px minmax(0, 1fr) 76px 128px 78px 64px; --row-padding: 18px;
      }
      .head { display: flex; align-items: center; gap: 10px; padding: 13px 14px 12px var(--row-padding); }
      .summary { color: var(--ink-3); font-size: 13px; white-space: nowrap; }
      .scroller {
        flex: 1 1 0; min-height: 440px; overflow: auto; scrollbar-width: thin; padding-bottom: 24px; box-sizing: border-box;
        mask-image: linear-gradient(#000 calc(100% - 28px), #0000);
      }
      .scroller:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
      .columns {
        position: sticky; top: 0; z-index: 1; display: grid; grid-template-columns: var(--columns); gap: 0 12px;
        padding: 7px var(--row-padding) 7px 12px; border-block: 1px solid var(--line); background: var(--surface-2);
        color: var(--ink-3); font-size: 12px; font-weight: 550;
      }
      .right { text-align: right; }
      .hint { margin: 0; padding: 48px 18px; text-align: center; color: var(--ink-3); }
      :host(:has(os-process)) .hint { display: none; }
      @container processes (width < 580px) {
        .scroller { --columns: 30px minmax(0, 1fr) 62px 70px; }
        .columns { gap: 0 8px; padding-right: 16px; }
        .wide, .summary { display: none; }
      }
      @media (max-width: 920px) { .scroller { flex: none; max-height: 620px; min-height: 0; } }
    `,
  ];

  override onStart(): void {
    this.slot = "processes";
  }

  override render(): unknown {
    const { summary, hint } = this.object;
    return html`
      <div class="head">
        <h2 id="title">Processes</h2><span class="summary">${summary.value}</span>
        <slot name="filter"></slot>
      </div>
      <div class="scroller" tabindex="0" role="region" aria-labelledby="title">
        <div class="columns" aria-hidden="true">
          <span></span><span>Name</span><span class="wide">User</span><span class="right">CPU</span
          ><span class="right">Memory</span><span class="right wide">PID</span>
        </div>
        <div role="list"><slot></slot></div>
        <p class="hint">${hint.value}</p>
      </div>
    `;
  }
}
