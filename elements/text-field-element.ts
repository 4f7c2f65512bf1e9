// The elements of fields for text: what `Input` and `Textarea` have in common. How the text is kept is in
// text-field-binding.ts.

import { type CSSResultGroup, css, html, LitElement, nothing } from "lit";
import type { Rejection } from "../client/outbox.ts";
import type { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { topicOf } from "./object-attributes.ts";
import { SObjectElement } from "./sobject-element.ts";
import { bindTextField, type TextField } from "./text-field-binding.ts";

/** Attributes of the element that are meant for the field in it. */
const PASSED_ON = [
  "autocapitalize",
  "autocomplete",
  "enterkeyhint",
  "inputmode",
  "maxlength",
  "minlength",
  "spellcheck",
];

/** A field for the attribute `value` of an object, with `label` and `placeholder` where the object has them. */
export abstract class TextFieldElement<T extends SObject> extends SObjectElement<T> {
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, delegatesFocus: true };

  static override styles: CSSResultGroup = css`
    :host {
      display: block;
    }
    :host([hidden]) {
      display: none;
    }
    label {
      display: flex;
      flex-direction: column;
      gap: 0.25em;
    }
    input,
    textarea {
      box-sizing: border-box;
      width: 100%;
      min-width: 0;
      padding: 0.4em 0.5em;
      border: 1px solid color-mix(in srgb, currentcolor 40%, transparent);
      border-radius: 0.25em;
      background: Field;
      color: FieldText;
      font: inherit;
    }
    textarea {
      resize: vertical;
      min-height: 2lh;
    }
    :focus-visible {
      outline: 2px solid Highlight;
      outline-offset: 1px;
    }
    [part="refusal"]:not(:empty) {
      display: block;
      margin-block-start: 0.25em;
      color: light-dark(#c62828, #ff8a80);
      font-size: 0.875em;
    }
  `;

  #refusal = "";

  static override get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: named, the base class would prepare itself and not this one
    return [...super.observedAttributes, ...PASSED_ON];
  }

  /** How many lines the field is high, if it has lines: that is so for good. */
  protected abstract get rows(): number | undefined;

  override onStart(): void {
    this.untilDestroyed(this.client.on("reject", (rejection) => this.#refused(rejection)));
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value);
    if (PASSED_ON.includes(name) && old !== value) this.requestUpdate();
  }

  override render(): unknown {
    const label = topicOf(this.object, "label", StringTopic)?.value ?? "";
    const placeholder = topicOf(this.object, "placeholder", StringTopic)?.value ?? "";
    // A wrapping label names the field; without one its hint does.
    const name = label ? nothing : placeholder || nothing;
    const { rows } = this;
    const control =
      rows === undefined
        ? html`<input part="control" type="text" aria-label=${name} placeholder=${placeholder || nothing}
            @input=${this.#typed}>`
        : html`<textarea part="control" rows=${rows} aria-label=${name} placeholder=${placeholder || nothing}
            @input=${this.#typed}></textarea>`;
    return html`<label part="label">${label ? html`<span part="caption">${label}</span>` : nothing}${control}</label>
      <span part="refusal" role="status">${this.#refusal || nothing}</span><slot></slot>`;
  }

  protected override firstUpdated(): void {
    const control = this.#control;
    const value = topicOf(this.object, "value", StringTopic);
    if (control && value) this.untilDestroyed(bindTextField(control, value, this.client));
  }

  protected override updated(): void {
    const control = this.#control;
    for (const name of PASSED_ON) {
      const value = this.getAttribute(name);
      if (value === null) control?.removeAttribute(name);
      else control?.setAttribute(name, value);
    }
  }

  get #control(): TextField | null {
    return this.renderRoot.querySelector("input, textarea");
  }

  /** What was typed is gone from the field. */
  #refused({ message, edits }: Rejection): void {
    const object: unknown = this.object;
    if (edits.some((edit) => edit.object === object && edit.attribute === "value")) this.#tell(message);
  }

  readonly #typed = (): void => this.#tell("");

  /** Says why what was typed is not there. */
  #tell(refusal: string): void {
    if (this.#refusal === refusal) return;
    this.#refusal = refusal;
    this.requestUpdate();
  }
}
