// What is to be known of CSS properties so that a style does not depend on the order in which it was written.
//
// A declaration overwrites what an earlier one said of the same longhand: `border` of `border-top-color`. A logical and a
// physical longhand, as `margin-inline-start` and `margin-left`, may mean the same side; which one wins is their order
// too. The browser itself says which longhands a property has.

/** The property that a key of a `style` topic means: `backgroundColor` is `background-color`. */
export function propertyNamed(key: string): string {
  if (key.startsWith("--")) return key;
  if (key.includes("-")) return key.toLowerCase();
  if (key === "cssFloat") return "float";
  const property = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return /^(?:webkit|moz|ms)-/.test(property) ? `-${property}` : property;
}

/** Sorts properties into the order in which they have to be written: what covers more comes first. */
export function inWritingOrder(a: string, b: string): number {
  return reach(b) - reach(a) || (a < b ? -1 : 1);
}

/** Of `others`, those whose declarations and that of `property` cannot be written without regard to each other. */
export function entangledWith(property: string, others: Iterable<string>): string[] {
  const rest = new Set(others);
  rest.delete(property);
  const found: string[] = [];
  // What is written again may overwrite others in turn.
  for (let each: string | undefined = property, next = 0; each !== undefined; each = found[next++]) {
    for (const other of rest) {
      if (!touch(each, other)) continue;
      found.push(other);
      rest.delete(other);
    }
  }
  return found;
}

interface Coverage {
  readonly longhands: ReadonlySet<string>;
  /** The groups of sides in which it has logical, and physical, longhands. */
  readonly logical: ReadonlySet<string>;
  readonly physical: ReadonlySet<string>;
}

const coverages = new Map<string, Coverage>();
let scratch: CSSStyleDeclaration | undefined;

function coverageOf(property: string): Coverage {
  let coverage = coverages.get(property);
  if (!coverage) {
    scratch ??= document.createElement("div").style;
    scratch.setProperty(property, "initial");
    const longhands = [...scratch];
    scratch.removeProperty(property);
    const logical = longhands.filter(isLogical);
    const physical = longhands.filter((longhand) => !isLogical(longhand));
    coverage = {
      longhands: new Set(longhands),
      logical: new Set(logical.map(groupOf)),
      physical: new Set(physical.map(groupOf)),
    };
    coverages.set(property, coverage);
  }
  return coverage;
}

function reach(property: string): number {
  if (property === "all") return Number.POSITIVE_INFINITY;
  return property.startsWith("--") ? 1 : coverageOf(property).longhands.size;
}

function touch(a: string, b: string): boolean {
  if (a.startsWith("--") || b.startsWith("--")) return false;
  if (a === "all" || b === "all") return true;
  const one = coverageOf(a);
  const other = coverageOf(b);
  return (
    share(one.longhands, other.longhands) || share(one.logical, other.physical) || share(one.physical, other.logical)
  );
}

function share(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const each of a) if (b.has(each)) return true;
  return false;
}

function isLogical(longhand: string): boolean {
  return /(?:^|-)(?:inline|block|start|end)(?:-|$)/.test(longhand);
}

/** The same for all sides, logical or physical, that one declaration could mean. Too wide a group does no harm. */
function groupOf(longhand: string): string {
  const words = longhand.split("-").map((word) => (/^(?:width|height)$/.test(word) ? "size" : word));
  return words.filter((word) => !/^(?:top|right|bottom|left|inline|block|start|end|x|y|inset)$/.test(word)).join("-");
}
