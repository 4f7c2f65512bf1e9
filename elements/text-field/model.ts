import { DictTopic } from "../../core/dict-topic.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";

/** What a field for text begins with, by the names of the attributes. */
export interface TextFieldArgs {
  readonly value?: string;
  readonly label?: string;
  readonly placeholder?: string;
  readonly style?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, Json>>;
}

/** What `Input` and `Textarea` have in common: a text that everyone can type, and what is said of its field. */
export abstract class TextFieldModel extends SObject {
  readonly value = new StringTopic("", { write: "everyone" });
  /** Shown beside the field, and read out. */
  readonly label = new StringTopic();
  /** Shown in the field while it is empty. */
  readonly placeholder = new StringTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  /** Those of a field, as `maxlength` and `spellcheck`, count for the field. */
  readonly attributes = new DictTopic<Json>();

  /** By the names of the attributes. */
  override build({ value = "", label = "", placeholder = "", style = {}, attributes = {} }: TextFieldArgs = {}): void {
    this.value.set(value);
    this.label.set(label);
    this.placeholder.set(placeholder);
    this.style.set(style);
    this.attributes.set(attributes);
  }
}
