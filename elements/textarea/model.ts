import { DictTopic } from "../../core/dict-topic.ts";
import { SObject } from "../../core/object.ts";
import { IntTopic } from "../../core/scalar-topics.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";

const everyone = { write: "everyone" } as const;

/** A text of several lines that everyone can type. Subclass it for a rule on `value`, or to close it to clients. */
export class Textarea extends SObject {
  static override readonly frontendType: string | null = "textarea";
  readonly value = new StringTopic("", everyone);
  /** Shown beside the field, and read out. */
  readonly label = new StringTopic();
  /** Shown in the field while it is empty. */
  readonly placeholder = new StringTopic();
  /** How many lines it is high. */
  readonly rows = new IntTopic(4);
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  /** Those of a field, as `maxlength` and `spellcheck`, count for the field. */
  readonly attributes = new DictTopic<Json>();

  /** By the names of the attributes. */
  override build({
    value = "",
    label = "",
    placeholder = "",
    rows = 4,
    style = {},
    attributes = {},
  }: {
    value?: string;
    label?: string;
    placeholder?: string;
    rows?: number;
    style?: Readonly<Record<string, string>>;
    attributes?: Readonly<Record<string, Json>>;
  } = {}): void {
    this.value.set(value);
    this.label.set(label);
    this.placeholder.set(placeholder);
    this.rows.set(rows);
    this.style.set(style);
    this.attributes.set(attributes);
  }
}
