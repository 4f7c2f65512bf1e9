import { type CSSResultGroup, css, html } from "lit";
import { StringTopic } from "../../core/string-topic.ts";
import { topicOf } from "../object-attributes.ts";
import { SObjectElement } from "../sobject-element.ts";
import { updateText } from "../text-binding.ts";
import type { Text } from "./model.ts";

/** Shows the attribute `text` of an object, then what is below it. */
export class TextElement extends SObjectElement<Text> {
  static override styles: CSSResultGroup = css`
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

  override onStart(): void {
    const topic = topicOf(this.object, "text", StringTopic);
    if (!topic) return;
    this.#node.data = topic.value;
    this.link(topic, "change", (change) => updateText(this.#node, topic, change));
  }

  override render(): unknown {
    return html`${this.#node}<slot></slot>`;
  }
}
