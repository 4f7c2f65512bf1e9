/** The styles of the page: little more than the custom properties that the elements use. */
export const theme = new CSSStyleSheet();

theme.replaceSync(`
  :root {
    color-scheme: light dark;

    --ground: light-dark(#f4f4f1, #0e1011);
    --surface: light-dark(#ffffff, #16191b);
    --surface-2: light-dark(#f5f5f2, #1d2124);
    --line: light-dark(#e4e4de, #2a2f33);
    --ink: light-dark(#17191a, #eceeee);
    --ink-2: light-dark(#4e5457, #a9b0b3);
    --ink-3: light-dark(#62696d, #8b9498);
    --accent: light-dark(#0a6b5c, #58cdb6);
    --accent-soft: light-dark(#e3f2ee, #14302b);
    --folder: light-dark(#c08318, #e6b455);
    --good: light-dark(#12733a, #4ade80);
    --good-soft: light-dark(#e7f6ec, #12291b);
    --warm: light-dark(#a4540c, #f5a54a);
    --bad: light-dark(#c2303b, #ff8389);
    --flash: light-dark(#fdeebb, #4a3d10);
    --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
    --panel: min(46vw, 760px);

    font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
    font-variant-numeric: tabular-nums;
    -webkit-text-size-adjust: 100%;
    background: var(--ground);
    color: var(--ink);
    scrollbar-gutter: stable;
  }
  body { margin: 0; }
  :not(:defined) { visibility: hidden; }

  /* The explorer has a pill of its own for this. */
  object-sync:has(os-explorer)::part(notice) { display: none; }
`);
