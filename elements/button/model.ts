import { DictTopic } from "../../core/dict-topic.ts";
import { ObjectSyncError } from "../../core/error.ts";
import { EventTopic } from "../../core/event-topic.ts";
import { SObject } from "../../core/object.ts";
import { BooleanTopic } from "../../core/scalar-topics.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";

const everyone = { write: "everyone" } as const;

/**
 * A button that everyone can press: `button.press.rule("emit", () => counter.value.add(1))`. What is below it stands on
 * the button, behind its label. A subclass with an `init` of its own calls `super.init()`.
 */
export class Button extends SObject {
  static override readonly frontendType: string | null = "button";
  readonly label = new StringTopic();
  /** Whether it cannot be pressed. */
  readonly disabled = new BooleanTopic();
  /** Told at each press. */
  readonly press = new EventTopic(everyone);
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** By the names of the attributes. */
  override build({
    label = "",
    disabled = false,
    style = {},
  }: {
    label?: string;
    disabled?: boolean;
    style?: Readonly<Record<string, string>>;
  } = {}): void {
    this.label.set(label);
    this.disabled.set(disabled);
    this.style.set(style);
  }

  override init(): void {
    // A page that has not heard of it yet, or does not care, asks all the same.
    this.press.rule("emit", () => {
      if (this.disabled.value) throw new ObjectSyncError("rejected", "This button cannot be pressed now.");
    });
  }
}
