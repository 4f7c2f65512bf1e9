import type { AnyKind } from "./kind.ts";
import type { WriteAccess } from "./topic.ts";

/** What is known of one attribute of a type. */
export interface Attribute {
  readonly name: string;
  readonly kind: AnyKind;
  /** The state that a new instance's topic has. */
  readonly initial: unknown;
  readonly write: WriteAccess;
  /** Whether only the newest value counts: see `TopicOptions.latest`. */
  readonly isLatest: boolean;
}

/** What a mirror must know of a type. An attribute's slot is its index here plus one; slot 0 is the object itself. */
export interface Shape {
  /** The type's name, unique in a server. */
  readonly name: string;
  /** Which element a page spawns for an instance; `null` for none. */
  readonly frontendType: string | null;
  /** Whether clients see what is below an instance only while they have it open. */
  readonly isLazy: boolean;
  readonly attributes: readonly Attribute[];
}

/** The attribute in a slot. */
export function attributeIn(shape: Shape, slot: number): Attribute | undefined {
  return shape.attributes[slot - 1];
}
