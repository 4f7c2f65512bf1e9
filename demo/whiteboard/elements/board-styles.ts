import { css } from "objectsync/elements";
import { palette } from "./palette.ts";

/** How the page is laid out: the paper everywhere, and bars that float on it. */
export const boardStyles = css`
  :host { position: fixed; inset: 0; }
  h1, p, ul { margin: 0; padding: 0; border: 0; list-style: none; }

  .desk { position: absolute; inset: 0; overflow: auto; overscroll-behavior: none; scrollbar-width: thin; scrollbar-color: var(--dot) transparent; }
  .paper {
    position: relative; isolation: isolate; overflow: hidden; background: radial-gradient(var(--dot) 1.2px, transparent 1.6px) -12px -12px / 24px 24px;
  }
  .area {
    position: absolute; left: var(--area-x); top: var(--area-y); width: var(--area-width); height: var(--area-height); z-index: 3;
    box-sizing: border-box; border: 1px solid var(--accent); background: color-mix(in srgb, var(--accent) 10%, transparent); border-radius: 3px;
    pointer-events: none;
  }
  [hidden] { display: none; }

  .bar {
    display: flex; align-items: center; gap: 4px; min-height: 46px; box-sizing: border-box; padding: 0 6px; border-radius: 14px;
    background: var(--surface); border: 1px solid var(--line); box-shadow: var(--bar); pointer-events: auto;
  }
  header {
    position: absolute; inset: 14px 16px auto; display: flex; flex-wrap: wrap; align-items: flex-start; gap: 10px; pointer-events: none;
  }
  .title { gap: 12px; padding: 0 8px 0 16px; margin-right: auto; }
  h1 { font-size: 16px; font-weight: 660; letter-spacing: -0.01em; }
  .pill {
    display: inline-flex; align-items: center; padding: 3px 10px; border-radius: 99px; font-size: 13px; font-weight: 600; white-space: pre;
    color: var(--good); background: color-mix(in srgb, currentColor 11%, transparent);
  }
  .pill::before { content: ""; width: 7px; height: 7px; margin-right: 7px; border-radius: 50%; background: currentColor; }
  :host([state="offline"]) .pill { color: var(--warm); }
  :host([state="closed"]) .pill { color: var(--bad); }

  .people { padding: 0 7px 0 10px; }
  .who { display: flex; align-items: center; --person: light-dark(oklch(0.56 0.19 var(--hue)), oklch(0.76 0.14 var(--hue))); }
  .who > :first-child {
    display: grid; place-items: center; width: 30px; height: 30px; margin-left: -8px; border-radius: 50%; background: var(--person);
    color: light-dark(#fff, #14171a); font-size: 13px; font-weight: 650; box-shadow: 0 0 0 2px var(--surface); cursor: default;
  }
  .who:first-child > :first-child { margin-left: -3px; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .who input {
    width: 92px; height: 30px; box-sizing: border-box; padding: 0 8px; margin-left: 4px; border: 0; border-radius: 8px; outline: 0; background: none;
    color: inherit; font: inherit; font-weight: 560; text-overflow: ellipsis;
  }
  .who input:hover { background: color-mix(in srgb, var(--ink) 5%, transparent); }
  .who input:focus { background: var(--accent-soft); outline: 2px solid var(--accent); }

  .line { gap: 0; font-size: 13px; font-weight: 560; }
  .line b { padding: 0 8px; color: var(--ink-2); font-weight: inherit; }
  .line label { position: relative; }
  .line input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
  .line span { display: block; padding: 6px 11px; border-radius: 9px; color: var(--ink-2); }
  .line label:hover span { background: color-mix(in srgb, var(--ink) 5%, transparent); }
  .line input:checked + span { background: var(--accent-soft); color: var(--accent); }
  .line input:focus-visible + span { outline: 2px solid var(--accent); }

  .dock {
    position: absolute; inset: auto 12px 18px; display: flex; flex-direction: column; align-items: center; gap: 8px; pointer-events: none;
  }
  .message {
    max-width: min(560px, 100%); padding: 8px 14px; border-radius: 12px; background: var(--ink); color: var(--ground); font-size: 14px; font-weight: 500;
  }
  .message:empty { display: none; }
  .gap { width: 1px; height: 24px; margin: 0 5px; background: var(--line); }
  button {
    display: grid; place-items: center; width: 38px; height: 36px; padding: 0; border: 0; border-radius: 9px; background: none; color: var(--ink);
    cursor: pointer;
  }
  button:hover { background: color-mix(in srgb, var(--ink) 7%, transparent); }
  button:active { background: var(--accent-soft); }
  button:disabled { opacity: 0.35; cursor: default; background: none; }
  button:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
  svg { width: 21px; height: 21px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
  .swatch { width: 32px; }
  .swatch::before {
    content: ""; width: 20px; height: 20px; border-radius: 50%; background: var(--fill); box-shadow: inset 0 0 0 1.5px var(--edge);
  }
  .swatch[aria-pressed="true"]::before { box-shadow: inset 0 0 0 1.5px var(--edge), 0 0 0 2px var(--surface), 0 0 0 4px var(--accent); }

  ${palette}

  @media (max-width: 760px) {
    header { inset: 8px 8px auto; gap: 6px; }
    h1 { display: none; }
    .title { padding: 0 8px; }
    .bar { min-height: 42px; border-radius: 12px; }
    .line { order: 3; width: 100%; justify-content: center; }
    .dock { inset: auto 6px 10px; }
    button { width: 38px; height: 40px; }
    .dock .bar { gap: 2px; }
    .dock .swatch { width: 27px; }
    .gap { margin: 0 2px; }
    .desk { padding-top: 76px; }
    /* More of it. */
    .paper { zoom: 0.7; }
    .who input { font-size: 16px; width: 84px; }
  }
`;
