// ws-sync's first example: an object of notes, kept in sync with a component in the browser, which is in ws-sync-page.ts.
//
// Different here: there is no `sync()` to call, what happened in a transaction is sent by itself and op by op; rules
// check and derive. Actions are not here yet: an event stands for the one that adds a note. And the notes are everybody's,
// not those of one session.

import { EventTopic, IntTopic, ListTopic, ObjectSyncError, Server, SObject, StringTopic } from "objectsync/server";

const everyone = { write: "everyone" } as const;

export class Notes extends SObject {
  static override frontendType = "notes";
  readonly title = new StringTopic("My Notes", everyone);
  readonly notes = new ListTopic<string>();
  readonly totalLength = new IntTopic(); // derived from the notes
  readonly newNote = new EventTopic<string>(everyone);

  override init(): void {
    this.title.rule("change", ({ value }) => {
      if (value.length < 3 || value.length > 50) {
        throw new ObjectSyncError("rejected", "A title has 3 to 50 characters.");
      }
    });
    this.newNote.rule("emit", ({ args: note }) => {
      // The type is what our own page keeps to; others may send anything.
      if (typeof note !== "string" || note === "") throw new ObjectSyncError("rejected", "A note is a text.");
      this.notes.push(note);
    });
    this.notes.rule("change", () => {
      this.totalLength.set(this.notes.value.reduce((total, note) => total + note.length, 0));
    });
  }
}

const server = new Server({ models: [Notes] });
server.root.add(Notes);
const { url } = await server.listen(Number(process.env.PORT ?? 8765), {
  client: new URL("ws-sync-page.ts", import.meta.url),
});
console.log(`Open ${url}`);
