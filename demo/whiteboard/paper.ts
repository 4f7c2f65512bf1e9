// What there is to draw on, and with: what the server allows and the page offers.

/** In CSS pixels. */
export const PAPER = { width: 2400, height: 1500 } as const;

/** The sides of a shape, in CSS pixels. */
export const SIDE = { min: 48, max: 1000 } as const;

export const FORMS = ["note", "rectangle", "ellipse"] as const;
export type Form = (typeof FORMS)[number];

export const COLORS = ["yellow", "coral", "green", "blue", "violet", "gray"] as const;
export type Color = (typeof COLORS)[number];

/** The characters of a text, and of somebody's name. */
export const MAX_TEXT = 1_000;
export const MAX_NAME = 20;

/** How many things somebody can drag at a time. */
export const MAX_CARRIED = 200;
