import { css, html, nothing, TextareaElement } from "objectsync/elements";
import type { Viewer } from "../models.ts";
import { card } from "./theme.ts";

/** How long after the last key somebody still counts as typing. */
const PAUSE_MS = 1500;

/** The textarea of the package as a card that says who is typing. */
export class NotesElement extends TextareaElement {
  static override styles = css`
    ${card}
    :host { display: flex; flex-direction: column; padding: 16px 18px 14px; }
    :host(:focus-within) { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
    label { flex: 1; display: flex; flex-direction: column; }
    [part="caption"] { font-weight: 620; letter-spacing: -0.005em; }
    [part="caption"]::after {
      content: "anybody may edit"; margin-left: 10px; color: var(--ink-3); font-size: 13px; font-weight: 400;
      letter-spacing: 0;
    }
    textarea {
      flex: 1; min-height: 128px; max-height: 60vh; margin: 10px 0 0; padding: 0; border: 0; outline: 0; resize: none;
      field-sizing: content; background: none; color: var(--ink); font: inherit; line-height: 1.55;
    }
    textarea::placeholder { color: var(--ink-3); opacity: 1; }
    .foot {
      display: flex; align-items: center; gap: 8px; min-height: 22px; margin-top: 10px; color: var(--ink-3);
      font-size: 13px;
    }
    .who {
      flex: none; display: grid; place-items: center; width: 22px; height: 22px; border-radius: 50%; color: #fff;
      font-size: 10px; font-weight: 640;
    }
    @media (max-width: 640px) { :host { padding: 14px 16px 12px; } }
    @media (pointer: coarse) { textarea { font-size: 16px; } }
  `;

  #pause: ReturnType<typeof setTimeout> | undefined;

  override onStart(): void {
    super.onStart();
    this.slot = "notes";
    this.listen(this, "input", () => this.#type());
  }

  override onDestroy(): void {
    clearTimeout(this.#pause);
  }

  override render(): unknown {
    const typing = this.#typing;
    const [first] = typing;
    const names = typing.map(({ name }) => name.value).join(" and ");
    return html`${super.render()}
      <div class="foot" role="status">
        ${first ? html`<span class="who" aria-hidden="true">${first.initials.value}</span>` : nothing}
        ${first ? html`<span>${names} ${typing.length === 1 ? "is" : "are"} typing…</span>` : nothing}
      </div>`;
  }

  protected override updated(): void {
    super.updated();
    const [first] = this.#typing;
    const who = this.renderRoot.querySelector<HTMLElement>(".who");
    if (first && who) who.style.background = first.style.get("--color") ?? "";
  }

  get #viewers() {
    return this.object.parent?.childrenOfType<Viewer>("Viewer") ?? [];
  }

  get #typing() {
    return this.#viewers.filter(({ client, isTyping }) => isTyping.value && client.value !== this.client.id);
  }

  /** Tells the others, by the object that stands for this window. */
  #type(): void {
    const you = this.#viewers.find(({ client }) => client.value === this.client.id);
    if (!you) return;
    you.isTyping.set(true);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => you.isDestroyed || you.isTyping.set(false), PAUSE_MS);
  }
}
