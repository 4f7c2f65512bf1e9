// EntryElement: what a folder and a file have in common: a row, a name that can be edited, and what is below while it is
// open. Keys and clicks are the explorer's: it knows what is next to what.

import type { Branch, Mirrored, ObjectSyncError } from "objectsync/client";
import { css, html, nothing, SObjectElement } from "objectsync/elements";
import { plain } from "../format.ts";
import type { Entry, Folder } from "../models.ts";

/** See the head of this file. */
export abstract class EntryElement<T extends Entry = Entry> extends SObjectElement<T> {
  static override properties = { isEditing: { state: true }, refusal: { state: true } };

  static override styles = css`
    :host { display: block; border-radius: 7px; outline: 0; scroll-margin: 120px 0 40px; }
    .row {
      position: relative; z-index: 0; display: grid; grid-template-columns: 18px 18px minmax(0, 1fr) auto 92px; gap: 0 7px; align-items: center;
      min-height: 32px; padding: 0 10px 0 4px; border-radius: 7px;
      cursor: default; user-select: none;
    }
    .row::before {
      content: ""; position: absolute; inset: 0; z-index: -1; border-radius: inherit; background: var(--flash); opacity: 0;
      pointer-events: none;
    }
    .row:hover { background: color-mix(in srgb, var(--ink) 5%, transparent); }
    :host(:focus-visible) > .row { box-shadow: inset 0 0 0 2px var(--accent); }
    :host([aria-selected="true"]) > .row { background: var(--accent-soft); }
    svg { width: 18px; height: 18px; fill: none; stroke: currentColor; stroke-width: 1.3; stroke-linejoin: round; }
    .name { overflow: hidden; text-overflow: ellipsis; white-space: pre; }
    .more { color: var(--ink-3); }
    .figure, .time { color: var(--ink-3); font-size: 13px; text-align: right; white-space: nowrap; }
    .new { color: var(--accent); font-weight: 560; }
    .problem, .refusal { color: var(--bad); font-size: 13px; }
    .refusal { margin: 0; padding: 2px 10px 7px 54px; }
    input {
      width: 100%; height: 26px; box-sizing: border-box; padding: 0 4px; margin-left: -5px; border: 1px solid var(--accent);
      border-radius: 5px; outline: 2px solid var(--accent-soft); background: var(--surface); color: var(--ink); font: inherit;
    }
    input[aria-invalid="true"] { border-color: var(--bad); outline-color: color-mix(in srgb, var(--bad) 20%, transparent); }
    @media (max-width: 900px) { :host { scroll-margin-bottom: min(60vh, 600px); } }
    @media (max-width: 640px) {
      .row { grid-template-columns: 18px 18px minmax(0, 1fr) auto; min-height: 38px; }
      .time { display: none; }
      input { font-size: 16px; height: 32px; }
    }
  `;

  declare protected isEditing: boolean;
  declare protected refusal: string;
  #branch: Branch | undefined;
  #hasCome = false;
  #wasShown = "";

  override onStart(): void {
    this.role = "treeitem";
    this.untilDestroyed(() => this.#branch?.close());
  }

  get isOpen(): boolean {
    return this.#branch !== undefined;
  }

  /** Whether it is open, and what is below has come. */
  get hasCome(): boolean {
    return this.#hasCome;
  }

  /** What is written on it. */
  get label(): string {
    return this.#entry.name.value;
  }

  /** Has what is below come, or go. */
  setOpen(isOpen: boolean): void {
    if (isOpen === this.isOpen) return;
    this.refusal = "";
    this.#hasCome = false;
    this.#branch?.close();
    this.#branch = isOpen ? this.client.open(this.object) : undefined;
    if (this.#branch) void this.#await(this.#branch);
    this.openChanged(isOpen);
    this.requestUpdate();
  }

  /** Has the name edited, where the server lets clients do that. */
  edit(canRename: boolean): void {
    if (!canRename || !this.#folder || this.isEditing) return;
    this.isEditing = true;
    this.refusal = "";
    this.updateComplete.then(() => {
      const input = this.#input;
      const { value = "" } = input ?? {};
      input?.focus();
      const end = this.#entry.type === "File" ? value.lastIndexOf(".") : -1;
      input?.setSelectionRange(0, end > 0 ? end : value.length);
    });
  }

  async #await(branch: Branch): Promise<void> {
    try {
      await branch.ready;
      if (this.#branch !== branch) return;
      this.#hasCome = true;
      this.requestUpdate();
    } catch (error) {
      if (this.#branch !== branch) return;
      this.#branch = undefined;
      const { code, message } = error as ObjectSyncError;
      this.refusal = code === "too_many" ? "So many cannot be open at a time." : message;
      this.openChanged(false);
    }
  }

  protected abstract openChanged(isOpen: boolean): void;

  /** The row: what stands before and behind the name is the subclass's. */
  protected renderRow(before: unknown, more: unknown, figure: unknown, time: unknown): unknown {
    const { name, problem } = this.#entry;
    const shown = plain(name.value);
    return html`<div class="row">
        ${before}
        ${
          this.isEditing
            ? this.#renderInput()
            : html`<span class="name" title=${shown}
                ><bdi>${shown}</bdi>${more}${problem.value && html`<span class="problem">  ${problem.value}</span>`}</span
              >`
        }
        <span class="figure">${figure}</span>${time}
      </div>
      ${this.refusal ? html`<p class="refusal" id="refusal" role="alert">${this.refusal}</p>` : nothing}`;
  }

  /** Marks the row for a moment when what it says has changed. Not at first, unless `isNew`. */
  protected flash(shown: string, isNew: boolean): void {
    const hasChanged = this.#wasShown === "" ? isNew : this.#wasShown !== shown;
    this.#wasShown = shown;
    if (!hasChanged) return;
    const row = this.renderRoot.querySelector(".row");
    row?.animate({ opacity: [1, 0] }, { pseudoElement: "::before", duration: 1600, easing: "ease-in" });
  }

  /** What all entries have: the compiler does not see that of a `T`. */
  get #entry(): Mirrored<Entry> {
    return this.object as unknown as Mirrored<Entry>;
  }

  get #input(): HTMLInputElement | null {
    return this.renderRoot.querySelector("input");
  }

  /** The folder that it is in; none for the one that everything is in. */
  get #folder(): Mirrored<Folder> | undefined {
    const { parent } = this.#entry;
    return parent?.type === "Folder" ? (parent as Mirrored<Folder>) : undefined;
  }

  #renderInput(): unknown {
    return html`<input
      .value=${this.#entry.name.value}
      aria-label="New name"
      aria-invalid=${this.refusal !== ""}
      aria-describedby="refusal"
      autocomplete="off"
      spellcheck="false"
      @keydown=${this.#keyPressed}
      @blur=${() => this.#stopEditing()}
    />`;
  }

  #keyPressed(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.isComposing) void this.#rename();
    else if (event.key === "Escape") this.#stopEditing();
    else return;
    event.preventDefault();
  }

  async #rename(): Promise<void> {
    const name = this.#input?.value ?? "";
    const { id, name: present } = this.#entry;
    const folder = this.#folder;
    if (!folder || name === present.value) return this.#stopEditing();
    const outcome = await this.client.transact(() => folder.rename.emit({ entry: id, name }));
    if (outcome.ok) this.#stopEditing();
    else this.refusal = outcome.message;
  }

  #stopEditing(): void {
    if (!this.isEditing) return;
    const hadFocus = this.matches(":focus-within");
    this.isEditing = false;
    this.refusal = "";
    if (hadFocus) this.focus();
  }
}
