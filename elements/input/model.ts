import { TextFieldModel } from "../text-field/model.ts";

/** A text that everyone can type. Subclass it for a rule on `value`, or to close it to clients. */
export class Input extends TextFieldModel {
  static override readonly frontendType: string | null = "input";
}
