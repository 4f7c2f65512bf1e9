// Topicsync's first example: topics that every client is subscribed to and can change, and all hear of it. Topicsync was
// called ChatRoom once, so here is a room.
//
// Different here: a topic is an attribute of an object, typed by its class, and who mirrors the tree is subscribed to all
// of it. Clients change topics and make none. Undo and services are not here yet.

import { connect, type Mirrored } from "objectsync/client";
import { EventTopic, IntTopic, ListTopic, Server, SObject, StringTopic } from "objectsync/server";

const everyone = { write: "everyone" } as const;

export class Room extends SObject {
  static override frontendType = "text"; // a page shows the attribute `text`
  readonly text = new StringTopic();
  readonly title = new StringTopic("Room", everyone);
  readonly messages = new ListTopic<string>([], everyone);
  readonly knock = new EventTopic<{ by: string }>(everyone);
  readonly knocks = new IntTopic();

  override init(): void {
    this.title.rule("change", () => this.#show());
    this.messages.rule("change", () => this.#show());
    this.knock.rule("emit", () => this.knocks.add(1));
  }

  #show(): void {
    this.text.set([this.title.value, ...this.messages.value].join("\n"));
  }
}

const server = new Server({ root: Room });
const { url } = await server.listen(Number(process.env.PORT ?? 8765));
console.log(`Open ${url}`);

// A client, which could as well be another program, or several.
const client = await connect(url);
const room = client.root as Mirrored<Room>;
room.title.on("change", ({ value }) => console.log(`title: ${value}`));
room.messages.on("insert", ({ item, index }) => console.log(`message ${index}: ${item}`));
room.knock.on("emit", ({ args }) => console.log(`knock by ${args.by}`));

room.title.set("Kitchen");
room.messages.push("Is there coffee?");
room.knock.emit({ by: "Ada" });
