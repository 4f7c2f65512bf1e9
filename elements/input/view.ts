// The element of an `Input`, and who has the say over the text in its field.
//
// While the field has the focus, or a write waits for its answer, the text is somebody's own; else it is the confirmed
// one. Whatever may have changed that, a frame, an update, a blur, an answer, asks `#showConfirmed`, which alone
// decides. A write is a `set` of the whole text: newer ones replace those that wait, and the client makes a splice of
// it as it leaves. Only the answer to the last one counts.
//
// Not here: merging what two people type at once.

import { type CSSResultGroup, css, html, LitElement, nothing } from "lit";
import { BooleanTopic } from "../../core/scalar-topics.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { AnyTopic } from "../../core/topic.ts";
import { topicOf, writeAccess } from "../object-attributes.ts";
import { SObjectElement } from "../sobject-element.ts";
import type { Input } from "./model.ts";

type Control = HTMLInputElement | HTMLTextAreaElement;

/**
 * A field for the attribute `value` of an object. What somebody types is theirs while the field has the focus: nothing
 * from elsewhere gets in. Each input is sent; when somebody else was faster, what stands in the field is sent again, so
 * that the last text wins. Afterwards the field shows what the server says.
 */
export class InputElement extends SObjectElement<Input> {
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
      min-height: 4lh;
    }
    :focus-visible {
      outline: 2px solid Highlight;
      outline-offset: 1px;
    }
    [aria-invalid="true"] {
      border-color: #c62828;
    }
  `;

  /** How many of its writes wait for an answer. */
  #waiting = 0;
  #refusal: string | undefined;

  override onStart(): void {
    const value = this.#topic("value", StringTopic);
    if (value) this.link(value, "change", () => this.#showConfirmed());
  }

  override render(): unknown {
    const label = this.#topic("label", StringTopic)?.value ?? "";
    const placeholder = this.#topic("placeholder", StringTopic)?.value ?? "";
    // A wrapping label names the field; without one its hint does.
    const name = label ? nothing : placeholder || nothing;
    const isReadOnly = writeAccess(this.object, "value") === "nobody";
    const control = this.#topic("multiline", BooleanTopic)?.value
      ? html`<textarea part="control" rows="4" aria-label=${name} placeholder=${placeholder || nothing}
          ?readonly=${isReadOnly} @input=${this.#send} @blur=${this.#showConfirmed}></textarea>`
      : html`<input part="control" type="text" aria-label=${name} placeholder=${placeholder || nothing}
          ?readonly=${isReadOnly} @input=${this.#send} @blur=${this.#showConfirmed}>`;
    return html`<label part="label">${label ? html`<span part="caption">${label}</span>` : nothing}${control}</label>
      <slot></slot>`;
  }

  protected override updated(): void {
    this.#showConfirmed();
  }

  get #control(): Control | null {
    return this.renderRoot?.querySelector<Control>("input, textarea") ?? null;
  }

  #topic<T extends AnyTopic>(name: string, kind: abstract new (...args: never[]) => T): T | undefined {
    return topicOf(this.object, name, kind);
  }

  #showConfirmed(): void {
    const control = this.#control;
    if (!control || this.#waiting > 0 || this.shadowRoot?.activeElement === control) return;
    const value = this.#topic("value", StringTopic)?.value ?? "";
    if (control.value !== value) control.value = value;
    this.#showRefusal(undefined);
  }

  async #send(): Promise<void> {
    const topic = this.#topic("value", StringTopic);
    const text = this.#control?.value;
    if (!topic || text === undefined) return;
    this.#waiting++;
    let outcome: Awaited<ReturnType<typeof this.client.transact>>;
    try {
      outcome = await this.client.transact(() => topic.set(text));
    } finally {
      this.#waiting--;
    }
    // A later write that still waits carries a newer text, and has an answer of its own.
    if (this.#waiting > 0 || topic.object?.isDestroyed) return;
    // Lost on the way, it may have arrived or not: what stands in the field is what was meant, either way.
    if (!outcome.ok && (outcome.code === "stale" || outcome.code === "unconfirmed")) return this.#send();
    this.#showRefusal(outcome.ok ? undefined : outcome.message);
    this.#showConfirmed();
  }

  /** Says why what stands in the field is not what everybody sees. */
  #showRefusal(message: string | undefined): void {
    if (this.#refusal === message) return;
    this.#refusal = message;
    const control = this.#control;
    if (!control) return;
    control.title = message ?? "";
    if (message === undefined) control.removeAttribute("aria-invalid");
    else control.setAttribute("aria-invalid", "true");
  }
}
