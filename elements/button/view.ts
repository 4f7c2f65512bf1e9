import { type CSSResultGroup, css, html, LitElement, nothing } from "lit";
import { EventTopic } from "../../core/event-topic.ts";
import { BooleanTopic } from "../../core/scalar-topics.ts";
import { StringTopic } from "../../core/string-topic.ts";
import { topicOf, writeAccess } from "../object-attributes.ts";
import { SObjectElement } from "../sobject-element.ts";
import type { Button } from "./model.ts";

/**
 * A native button that emits the event `press` of an object: once for each click, and once for a key however long it is
 * held. A press that the server refuses says why beside the button, until the next one.
 */
export class ButtonElement extends SObjectElement<Button> {
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, delegatesFocus: true };

  static override styles: CSSResultGroup = css`
    :host {
      display: inline-flex;
      align-items: center;
    }
    :host([hidden]) {
      display: none;
    }
    button {
      display: inline-flex;
      flex: 1 0 auto;
      align-items: center;
      align-self: stretch;
      justify-content: center;
      gap: 0.5em;
      padding: 0.4em 0.9em;
      border: 1px solid color-mix(in srgb, currentcolor 40%, transparent);
      border-radius: 0.25em;
      background: ButtonFace;
      color: ButtonText;
      font: inherit;
      cursor: pointer;
    }
    button:hover {
      border-color: currentcolor;
    }
    button:active {
      background: color-mix(in srgb, ButtonText 15%, ButtonFace);
    }
    button:disabled {
      opacity: 0.5;
      cursor: default;
    }
    :focus-visible {
      outline: 2px solid Highlight;
      outline-offset: 1px;
    }
    [part="refusal"]:not(:empty) {
      margin-inline-start: 0.5em;
      color: light-dark(#c62828, #ff8a80);
      font-size: 0.875em;
    }
  `;

  #refusal = "";

  override render(): unknown {
    const label = topicOf(this.object, "label", StringTopic)?.value;
    return html`<button part="control" type="button" ?disabled=${this.#isDisabled} @click=${this.#press}
        @keydown=${ignoreRepeated}>${label || nothing}<slot></slot></button>
      <span part="refusal" role="status">${this.#refusal || nothing}</span>`;
  }

  get #isDisabled(): boolean {
    const isClosed = writeAccess(this.object, "press") === "nobody";
    return isClosed || (topicOf(this.object, "disabled", BooleanTopic)?.value ?? false);
  }

  async #press(): Promise<void> {
    const press = topicOf(this.object, "press", EventTopic);
    // The click on something below a disabled button is still a click.
    if (!press || this.#isDisabled) return;
    const outcome = await this.client.transact(() => press.emit());
    const refusal = outcome.ok ? "" : outcome.message;
    if (refusal === this.#refusal) return;
    this.#refusal = refusal;
    this.requestUpdate();
  }
}

/** A native button clicks as long as Enter is held. */
function ignoreRepeated(event: KeyboardEvent): void {
  if (event.repeat) event.preventDefault();
}
