import { palette } from "./palette.ts";

/** The styles of the page: little more than the custom properties that the elements use. */
export const theme = new CSSStyleSheet();

theme.replaceSync(`
  :root {
    color-scheme: light dark;

    --ground: light-dark(#f5f5f2, #131517);
    --dot: light-dark(#d9d9d2, #2a2e33);
    --surface: light-dark(#ffffff, #1d2125);
    --line: light-dark(#e3e3dd, #2f353b);
    --ink: light-dark(#1b1d1f, #f0f1f2);
    --ink-2: light-dark(#565c60, #a9b0b6);
    --accent: light-dark(#3257e0, #86a5ff);
    --accent-soft: light-dark(#e9eefc, #25304d);
    --good: light-dark(#12733a, #4ade80);
    --warm: light-dark(#a4540c, #f5a54a);
    --bad: light-dark(#c2303b, #ff8389);
    --lift: 0 1px 2px light-dark(#10141822, #0006), 0 6px 14px -4px light-dark(#10141826, #0008);
    --lift-high: 0 2px 4px light-dark(#10141822, #0006), 0 18px 32px -6px light-dark(#10141840, #000a);
    --bar: 0 1px 2px light-dark(#10141814, #0004), 0 6px 24px light-dark(#1014181a, #0006);

    font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
    -webkit-text-size-adjust: 100%;
    background: var(--ground);
    color: var(--ink);
  }
  body { margin: 0; overflow: hidden; }
  :not(:defined) { visibility: hidden; }

  /* Whose it is: a hue of their own. */
  os-person, os-shape, os-group { --person: light-dark(oklch(0.56 0.19 var(--hue)), oklch(0.76 0.14 var(--hue))); --on-person: light-dark(#fff, #14171a); }

  ${palette}

  /* The board says it itself. */
  object-sync:has(os-board)::part(notice) { display: none; }
`);
