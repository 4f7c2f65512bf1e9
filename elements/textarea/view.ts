import { IntTopic } from "../../core/scalar-topics.ts";
import { topicOf } from "../object-attributes.ts";
import { TextFieldElement } from "../text-field-element.ts";
import type { Textarea } from "./model.ts";

/** As `InputElement`, for a text of several lines. */
export class TextareaElement extends TextFieldElement<Textarea> {
  protected override get rows(): number {
    return topicOf(this.object, "rows", IntTopic)?.value ?? 4;
  }
}
