import { TextFieldElement } from "../text-field-element.ts";
import type { Input } from "./model.ts";

/**
 * A field for the attribute `value` of an object, which everybody who sees it can type into at once: see `bindTextField`.
 * Where what was typed is refused, it goes, and beside the field stands why.
 */
export class InputElement extends TextFieldElement<Input> {
  protected override get rows(): undefined {
    return undefined;
  }
}
