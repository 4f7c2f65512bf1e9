import { css, html, SObjectElement } from "objectsync/elements";
import type { Person, Pointer } from "../models.ts";
import { ItemElement } from "./item.ts";

/** Somebody's cursor, with their name. What they drag is shown where they have it. */
export class PersonElement extends SObjectElement<Person> {
  static override styles = css`
    :host {
      position: absolute; left: 0; top: 0; z-index: 2; pointer-events: none; color: var(--person);
      translate: calc(var(--x) * 1px) calc(var(--y) * 1px); 
    }
    :host([away]) { opacity: 0; }
    :host([own]) { display: none; }
    svg { display: block; width: 22px; height: 22px; margin: -2px 0 0 -2px; fill: currentColor; stroke: var(--surface); }
    span {
      position: absolute; left: 16px; top: 18px; padding: 2px 9px 3px; border-radius: 3px 12px 12px; background: var(--person);
      color: var(--on-person); font-size: 13px; font-weight: 600; line-height: 1.3; white-space: nowrap;
    }
    @media (prefers-reduced-motion: no-preference) { :host { transition: translate 0.1s linear, opacity 0.2s; } }
  `;

  /** What they drag, by id. */
  #carries: readonly number[] = [];

  override onStart(): void {
    const { pointer } = this.object;
    this.slot = "people";
    this.ariaHidden = "true";
    this.link(pointer, "change", () => this.#point(pointer.value));
    this.#point(pointer.value);
  }

  override onDestroy(): void {
    this.#point(null);
  }

  override render(): unknown {
    const { client, name, hue } = this.object;
    this.style.setProperty("--hue", `${hue.value}`);
    this.toggleAttribute("own", client.value === this.client.id);
    return html`<svg viewBox="0 0 22 22" stroke-width="1.6" stroke-linejoin="round"><path d="M3 2.5 18.5 9.6 11.6 11.9 8.4 18.6Z"></path></svg>
      <span>${name.value}</span>`;
  }

  #point(pointer: Pointer | null): void {
    this.toggleAttribute("away", !pointer);
    // Where it was last seen, it goes out.
    if (pointer) for (const side of ["x", "y"] as const) this.style.setProperty(`--${side}`, `${pointer[side]}`);
    const carries = pointer?.carries ?? [];
    const ids = carries.map(({ id }) => id);
    for (const id of this.#carries) if (!ids.includes(id)) ItemElement.get(id)?.release(this.object);
    for (const each of carries) ItemElement.get(each.id)?.carry(each, this.object);
    this.#carries = ids;
  }
}
