import { DictTopic } from "../../core/dict-topic.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";

/** A native element, named by its tag. What the page's allow-list refuses is not shown. */
export class Html extends SObject {
  static override readonly frontendType: string | null = "html";
  readonly tag = new StringTopic("div");
  readonly text = new StringTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** `text` stands before what is below the object. Default: an empty `div`. */
  override build({
    tag = "div",
    text = "",
    style = {},
    attributes = {},
  }: {
    tag?: string;
    text?: string;
    style?: Readonly<Record<string, string>>;
    attributes?: Readonly<Record<string, Json>>;
  } = {}): void {
    this.tag.set(tag);
    this.text.set(text);
    this.style.set(style);
    this.attributes.set(attributes);
  }
}
