import { Listeners } from "./listeners.ts";
import type { Reporter } from "./report.ts";
import type { Attribute } from "./shape.ts";
import type { AnyTopic, TopicOptions } from "./topic.ts";
import { noteRead, type Source } from "./track.ts";

/** The name of the attribute that holds an object's tags. No field can have it. */
export const TAGS = "~tags";

/** Tags are no step of a history. */
export const TAGS_OPTIONS: TopicOptions = Object.freeze({ history: false });

/** What the name of an added attribute looks like: as a field has it. */
export const ATTRIBUTE_NAME = /^[A-Za-z_$][\w$]*$/;

/** An attribute that one object has beyond those of its type. */
export interface AddedAttribute {
  readonly attribute: Attribute;
  /** Its topic. A mirror makes it when somebody asks, and keeps it elsewhere. */
  readonly topic: AnyTopic | undefined;
}

/**
 * The attributes that an object has beyond those of its type, by slot. A slot is not used twice while the object lives, so
 * an attribute that comes back has its own again.
 */
export class AddedAttributes implements Source {
  readonly #reporter: Reporter;
  readonly #bySlot = new Map<number, AddedAttribute>();
  #lastSlot: number;
  #listeners: Listeners | undefined;

  /** `lastSlot`: that of the type's last attribute. */
  constructor(reporter: Reporter, lastSlot: number) {
    this.#reporter = reporter;
    this.#lastSlot = lastSlot;
  }

  /** A slot that no attribute has had. */
  nextSlot(): number {
    return this.#lastSlot + 1;
  }

  /** Takes the place of another one: what had a slot there has it here. */
  succeed(predecessor: AddedAttributes): void {
    this.#lastSlot = Math.max(this.#lastSlot, predecessor.#lastSlot);
  }

  get(slot: number): AddedAttribute | undefined {
    return this.#bySlot.get(slot);
  }

  /** All, by slot. */
  get all(): ReadonlyMap<number, AddedAttribute> {
    return this.#bySlot;
  }

  /** The slot of the attribute with this name. Noted as a read. */
  slotOf(name: string): number | undefined {
    noteRead(this);
    for (const [slot, { attribute }] of this.#bySlot) if (attribute.name === name) return slot;
    return undefined;
  }

  add(slot: number, added: AddedAttribute): void {
    this.#bySlot.set(slot, added);
    this.#lastSlot = Math.max(this.#lastSlot, slot);
  }

  remove(slot: number): void {
    this.#bySlot.delete(slot);
  }

  /** Calls `listener` after an attribute has come or gone. */
  on(_event: "change", listener: () => void): () => void {
    this.#listeners ??= new Listeners(this.#reporter);
    return this.#listeners.on("attributes", listener);
  }

  /** Tells the listeners. */
  notify(): void {
    this.#listeners?.emit("attributes", undefined);
  }
}
