import { css } from "objectsync/elements";

/** The styles of the page: little more than the custom properties that the elements use. */
export const theme = new CSSStyleSheet();

theme.replaceSync(`
  :root {
    color-scheme: light dark;

    --ground: light-dark(#f3f4f7, #0c0f13);
    --surface: light-dark(#ffffff, #14181e);
    --surface-2: light-dark(#f6f7f9, #1a2028);
    --line: light-dark(#e4e7ec, #242b35);
    --track: light-dark(#e9ecf1, #232a34);
    --ink: light-dark(#12161d, #e9edf3);
    --ink-2: light-dark(#4f5867, #a3adbb);
    --ink-3: light-dark(#5f697b, #8b97a7);
    --accent: light-dark(#2b5ce6, #7ea6ff);
    --accent-soft: light-dark(#eef3fe, #182139);
    --second: light-dark(#0c8076, #4bc9b6);
    --good: light-dark(#12733a, #4ade80);
    --good-soft: light-dark(#e7f6ec, #12291b);
    --warm: light-dark(#ad5407, #f5a54a);
    --hot: light-dark(#cc2f3c, #ff7b83);
    --shadow: 0 1px 2px light-dark(#10182810, #0000), 0 4px 16px light-dark(#1018280a, #0000);
    --radius: 14px;
    --gap: 16px;
    --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;

    font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
    font-variant-numeric: tabular-nums;
    -webkit-text-size-adjust: 100%;
    background: var(--ground);
    color: var(--ink);
  }
  body { margin: 0; }
  :not(:defined) { visibility: hidden; }

  /* The dashboard has a pill of its own for this. */
  object-sync:has(os-dashboard)::part(notice) { display: none; }
`);

/** What the boxes of the page have in common. */
export const card = css`
  :host {
    min-width: 0;
    box-sizing: border-box;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    box-shadow: var(--shadow);
  }
  h2 {
    margin: 0;
    font-size: 15px;
    font-weight: 620;
    letter-spacing: -0.005em;
  }
`;
