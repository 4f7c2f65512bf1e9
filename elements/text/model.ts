import { DictTopic } from "../../core/dict-topic.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";

/** A text. Line breaks show. */
export class Text extends SObject {
  static override readonly frontendType: string | null = "text";
  readonly text = new StringTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** `text`: what it says; default: nothing. `style`: its first style. */
  override build({ text = "", style = {} }: { text?: string; style?: Readonly<Record<string, string>> } = {}): void {
    this.text.set(text);
    this.style.set(style);
  }
}
