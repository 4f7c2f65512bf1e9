import { html, svg } from "objectsync/elements";

const drawings = {
  note: svg`<path d="M3.5 3.5h13v8.5l-4.5 4.5h-8.5z"></path><path d="M16.3 12h-4.3v4.3"></path>`,
  rectangle: svg`<rect x="3" y="5" width="14" height="10" rx="2"></rect>`,
  ellipse: svg`<ellipse cx="10" cy="10" rx="7.2" ry="5.6"></ellipse>`,
  undo: svg`<path d="M7 4 3.5 7.5 7 11"></path><path d="M4 7.5h7.5a4.5 4.5 0 0 1 0 9h-3"></path>`,
  redo: svg`<path d="m13 4 3.5 3.5L13 11"></path><path d="M16 7.5H8.5a4.5 4.5 0 0 0 0 9h3"></path>`,
  group: svg`<rect x="5.5" y="5.5" width="5" height="5" rx="1"></rect><rect x="10" y="10" width="4.5" height="4.5" rx="1"></rect><path d="M2.5 5v-2.5h2.5M15 2.5h2.5v2.5M17.5 15v2.5h-2.5M5 17.5h-2.5v-2.5"></path>`,
  ungroup: svg`<rect x="2.5" y="2.5" width="7" height="7" rx="1.5"></rect><rect x="11.5" y="11.5" width="6" height="6" rx="1.5"></rect><path d="M13 4.5h3M4.5 13v3" stroke-dasharray="1.5 1.5"></path>`,
  front: svg`<rect x="3" y="3" width="9" height="9" rx="1.5" fill="currentColor" stroke="none"></rect><path d="M15 8.5h.5a1.5 1.5 0 0 1 1.5 1.5v5.5a1.5 1.5 0 0 1-1.5 1.5h-5.5a1.5 1.5 0 0 1-1.5-1.5v-.5"></path>`,
  back: svg`<rect x="3" y="3" width="9" height="9" rx="1.5"></rect><path d="M13.5 8.5h3.5v8.5h-8.5v-3.5h5z" fill="currentColor" stroke="none"></path>`,
  remove: svg`<path d="M3.5 5.5h13M8 5.5v-2h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5"></path>`,
} as const;

/** What an icon is called. */
export type IconName = keyof typeof drawings;

/** A drawing for a button that has a name. */
export function icon(name: IconName): unknown {
  return html`<svg viewBox="0 0 20 20" aria-hidden="true">${drawings[name]}</svg>`;
}
