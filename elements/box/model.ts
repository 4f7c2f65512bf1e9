import { DictTopic } from "../../core/dict-topic.ts";
import { SObject } from "../../core/object.ts";
import type { Json } from "../../core/value.ts";

/** Lays out what is below it: a flex column. Its style makes a row, a gap or a grid of it. */
export class Box extends SObject {
  static override readonly frontendType: string | null = "box";
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** `style`: its first style. */
  override build({ style = {} }: { style?: Readonly<Record<string, string>> } = {}): void {
    this.style.set(style);
  }
}
