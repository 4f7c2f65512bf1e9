const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"];

/** A size as people say it: `1 byte`, `640 bytes`, `1.5 kB`, `12 MB`. */
export function bytes(count: number): string {
  const step = Math.min(Math.floor(Math.log2(Math.max(1, count)) / 10), UNITS.length - 1);
  if (step === 0) return count === 1 ? "1 byte" : `${count} bytes`;
  const value = count / 1024 ** step;
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0)} ${UNITS[step]}`;
}

/** How long something counts as new, in milliseconds. */
export const JUST_NOW_MS = 60_000;

/** When it was, in milliseconds since 1970, for somebody who reads it at `now`. */
export function since(time: number, now: number): string {
  if (Math.abs(now - time) < JUST_NOW_MS) return "just now";
  return (new Date(time).toDateString() === new Date(now).toDateString() ? clock : calendar).format(time);
}

// Made once: making one takes longer than rendering a row.
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** A name that can be read in a line: what controls lines and directions is shown as a sign, and does nothing. */
export function plain(name: string): string {
  return name.replace(INVISIBLE, (sign) => {
    const code = sign.codePointAt(0) as number;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `\u{FFFD}`;
  });
}

const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The order of names: 2 comes before 10, and what differs only in case or accents has an order still. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}

const collator = new Intl.Collator("en", { numeric: true });
