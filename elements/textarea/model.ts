import { IntTopic } from "../../core/scalar-topics.ts";
import { type TextFieldArgs, TextFieldModel } from "../text-field/model.ts";

/** A text of several lines that everyone can type. Subclass it for a rule on `value`, or to close it to clients. */
export class Textarea extends TextFieldModel {
  static override readonly frontendType: string | null = "textarea";
  /** How many lines it is high. */
  readonly rows = new IntTopic(4);

  /** By the names of the attributes. */
  override build({ rows = 4, ...others }: TextFieldArgs & { readonly rows?: number } = {}): void {
    super.build(others);
    this.rows.set(rows);
  }
}
