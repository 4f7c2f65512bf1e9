import type { Mirrored } from "objectsync/client";
import { bindTextField, css, html } from "objectsync/elements";
import type { Carried, Shape } from "../models.ts";
import { MAX_TEXT } from "../paper.ts";
import { ItemElement } from "./item.ts";

/** A note, a rectangle or an ellipse. Its text can be written by several people at once. */
export class ShapeElement extends ItemElement {
  static override styles = css`
    ${ItemElement.styles}
    :host {
      display: grid; align-items: center; width: calc(var(--width) * 1px); min-height: calc(var(--height) * 1px); padding: 14px 16px;
      color: #1b1d1f; background: linear-gradient(170deg, color-mix(in srgb, var(--fill), #fff 22%), var(--fill) 55%); box-shadow: var(--lift);
    }
    :host([carried]) { box-shadow: var(--lift-high); }
    :host(:is([form="rectangle"], [form="ellipse"])) {
      color: var(--ink); background: color-mix(in srgb, var(--edge) 13%, transparent); border: 2px solid var(--edge); box-shadow: none;
    }
    :host([form="rectangle"]) { --corner: 14px; }
    :host([form="ellipse"]) { --corner: 50%; padding-inline: calc(var(--width) * 0.14px); }
    textarea {
      display: block; width: 100%; box-sizing: border-box; padding: 0; border: 0; outline: 0; resize: none; overflow: hidden;
      field-sizing: content; background: none; color: inherit; font: inherit; font-size: 18px; font-weight: 500; line-height: 1.35;
      text-align: center; text-wrap: balance;
      pointer-events: none; caret-color: var(--accent);
    }
    @supports not (field-sizing: content) { textarea { height: 100%; } }
    textarea::placeholder { color: inherit; opacity: 0; }
    :host([editing]) { cursor: text; }
    :host([editing]) textarea { pointer-events: auto; user-select: text; -webkit-user-select: text; }
    :host([editing]) textarea::placeholder { opacity: 0.5; }
    .corner { position: absolute; right: -13px; bottom: -13px; width: 26px; height: 26px; cursor: nwse-resize; display: none; }
    .corner::after {
      content: ""; position: absolute; inset: 7px; border: 2px solid var(--accent); border-radius: 50%; background: var(--surface);
    }
    :host([selected]) .corner { display: block; }
    :host([inner]) .corner { display: none; }
  `;

  override get object(): Mirrored<Shape> {
    return super.object as Mirrored<Shape>;
  }

  override render(): unknown {
    const { form, color, text } = this.object;
    this.lay();
    this.setAttribute("form", form.value);
    this.setAttribute("color", color.value);
    this.ariaLabel = `${color.value} ${form.value}${text.value && `: ${text.value}`}`;
    return html`<textarea
        rows="1" tabindex="-1" maxlength=${MAX_TEXT} placeholder="Write" aria-label="Text" spellcheck="false"
        @blur=${() => this.removeAttribute("editing")}
      ></textarea>
      <div class="corner"></div>`;
  }

  protected override firstUpdated(): void {
    // Beside the text: who writes goes on. After a tap, too, as it is a press of the mouse when all is over.
    this.listen(this, "mousedown", (event) => {
      if (this.isEditing && event.composedPath()[0] !== this.#field) event.preventDefault();
    });
    this.untilDestroyed(bindTextField(this.#field, this.object.text, this.client));
  }

  override get place(): Omit<Carried, "id"> {
    const { width, height } = this.object;
    return { ...super.place, width: width.value, height: height.value };
  }

  override edit(): void {
    if (this.isEditing) return;
    this.setAttribute("editing", "");
    void this.updateComplete.then(() => {
      this.#field.focus({ preventScroll: true });
      this.#field.select();
    });
  }

  /** Whether somebody here writes on it. */
  get isEditing(): boolean {
    return this.hasAttribute("editing");
  }

  get #field(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea") as HTMLTextAreaElement;
  }
}
