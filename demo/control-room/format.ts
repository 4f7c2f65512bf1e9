// How figures read. All text of the page is made on the server, so there is one place for it.

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** A size, with the unit that suits it. */
export function bytes(count: number): string {
  const unit = unitFor(count);
  return `${aligned(inUnit(count, unit)).replace(/\.0$/, "")} ${unit}`;
}

/** The unit in which a size reads best. */
export function unitFor(count: number): string {
  const step = Math.floor(Math.log2(Math.max(1, count)) / 10);
  return UNITS[Math.min(step, UNITS.length - 1)] as string;
}

/** A size in a given unit. */
export function inUnit(count: number, unit: string): number {
  return count / 1024 ** UNITS.indexOf(unit);
}

/** A share of a whole, 0 to 1. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A number with one digit behind the point, as long as there are fewer than three before it. */
export function aligned(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value.toFixed(1);
}

/** How long, in its two largest units. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days} ${days === 1 ? "day" : "days"} ${hours % 24} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/** A command line in which paths below the present folder are relative to it. */
export function relativeCommand(command: string): string {
  return command.replaceAll(`${process.cwd()}/`, "");
}
