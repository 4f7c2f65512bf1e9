// The page of ws-sync.ts: what is a React component there is an element here. It renders again when what it read changes.

import { html, register, SObjectElement } from "objectsync/elements";
import type { Notes } from "./ws-sync.ts";

class NotesElement extends SObjectElement<Notes> {
  #problem = "";

  override render() {
    const { title, notes, totalLength } = this.object;
    return html`<input aria-label="Title" .value=${title.value} @change=${this.#rename} />
      <ul>
        ${notes.value.map((note) => html`<li>${note}</li>`)}
      </ul>
      <form @submit=${this.#add}><input name="note" aria-label="New note" /> <button>Add</button></form>
      <p>${totalLength.value} characters</p>
      <p role="alert">${this.#problem}</p>`;
  }

  #rename(event: Event): void {
    const { value } = event.target as HTMLInputElement;
    this.#try(() => this.object.title.set(value));
  }

  #add(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const note = String(new FormData(form).get("note"));
    this.#try(() => this.object.newNote.emit(note));
    form.reset();
  }

  async #try(edit: () => void): Promise<void> {
    const outcome = await this.client.transact(edit);
    this.#problem = outcome.ok ? "" : outcome.message;
    this.requestUpdate();
  }
}
register("notes", NotesElement);
