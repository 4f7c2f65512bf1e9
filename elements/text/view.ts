import { css, html } from "lit";
import { StringTopic } from "../../core/string-topic.ts";
import { topicOf } from "../object-attributes.ts";
import { SObjectElement } from "../sobject-element.ts";
import { bindText } from "../text-binding.ts";
import type { Text } from "./model.ts";

/** Shows the attribute `text` of an object, then what is below it. */
export class TextElement extends SObjectElement<Text> {
  static override styles = css`
    :host {
      display: block;
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    :host([hidden]) {
      display: none;
    }
  `;

  readonly #node = document.createTextNode("");
  #unbind: (() => void) | undefined;

  override onStart(): void {
    const topic = topicOf(this.object as never, "text", StringTopic);
    if (topic) this.#unbind = bindText(this.#node, topic);
  }

  override onDestroy(): void {
    this.#unbind?.();
  }

  override render(): unknown {
    return html`${this.#node}<slot></slot>`;
  }
}
