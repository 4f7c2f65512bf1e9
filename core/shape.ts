import type { ShapeAccess, WriteAccess } from "./access.ts";
import type { AnyKind } from "./kind.ts";

/** What is known of one attribute of a type. */
export interface Attribute {
  readonly name: string;
  readonly kind: AnyKind;
  /** The state that a new instance's topic has. */
  readonly initial: unknown;
  readonly write: WriteAccess;
  /** Whether only the newest value counts: see `TopicOptions.latest`. */
  readonly isLatest: boolean;
  /** Whether a client's own writes show before they are confirmed: see `TopicOptions.optimistic`. */
  readonly isOptimistic: boolean;
}

/** What a mirror must know of a type. An attribute's slot is its index here plus one; slot 0 is the object itself. */
export interface Shape {
  /** The type's name, unique in a server. */
  readonly name: string;
  /** Which element a page spawns for an instance; `null` for none. */
  readonly frontendType: string | null;
  /** Whether clients see what is below an instance only while they have it open. */
  readonly isLazy: boolean;
  /** What clients may do with an instance. */
  readonly access: ShapeAccess;
  readonly attributes: readonly Attribute[];
}

/** Whether what is known of two attributes is the same, but for their values. */
export function isSameAttribute(a: Attribute, b: Attribute): boolean {
  return (
    a.name === b.name &&
    a.kind === b.kind &&
    a.write === b.write &&
    a.isLatest === b.isLatest &&
    a.isOptimistic === b.isOptimistic
  );
}

/** Whether two shapes say the same. Each scope has announced its own. */
export function isSameShape(a: Shape, b: Shape): boolean {
  return (
    a === b ||
    (a.name === b.name &&
      a.frontendType === b.frontendType &&
      a.isLazy === b.isLazy &&
      isSameAccess(a.access, b.access) &&
      a.attributes.length === b.attributes.length &&
      a.attributes.every((attribute, index) => {
        const other = b.attributes[index] as Attribute;
        return isSameAttribute(attribute, other) && attribute.kind.equals(attribute.initial, other.initial);
      }))
  );
}

function isSameAccess(a: ShapeAccess, b: ShapeAccess): boolean {
  return (
    a === b ||
    (a.remove === b.remove && a.move === b.move && a.undo === b.undo && a.add.join("\n") === b.add.join("\n"))
  );
}

/** The attribute in a slot. */
export function attributeIn(shape: Shape, slot: number): Attribute | undefined {
  return shape.attributes[slot - 1];
}
