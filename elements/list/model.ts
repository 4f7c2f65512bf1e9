import { DictTopic } from "../../core/dict-topic.ts";
import { SObject } from "../../core/object.ts";
import { BooleanTopic } from "../../core/scalar-topics.ts";
import type { Json } from "../../core/value.ts";

/** A list: each element below it is an item. `gap`, `list-style` and the like are its style's. */
export class List extends SObject {
  static override readonly frontendType: string | null = "list";
  /** Whether its items are numbered. */
  readonly ordered = new BooleanTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** `style`: its first style. */
  override build({
    ordered = false,
    style = {},
  }: {
    ordered?: boolean;
    style?: Readonly<Record<string, string>>;
  } = {}): void {
    this.ordered.set(ordered);
    this.style.set(style);
  }
}
