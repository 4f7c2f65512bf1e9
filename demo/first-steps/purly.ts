// Purly's first examples: a script draws a coral square into the page, and paints it anew when somebody clicks it.
//
// Different here: clients cannot add objects yet, so the server puts the empty div in, which is the script's part at
// Purly. All the rest the script does over the wire, as any client could. A native element tells no events so far; the
// div is on a button, which tells clicks and keys without their coordinates.

import { connect } from "objectsync/client";
import { Button, Html } from "objectsync/models";
import { DictTopic, Server } from "objectsync/server";

export class Div extends Html {
  override readonly style = new DictTopic<string>({}, { write: "everyone" });
}

const server = new Server({ models: [Button, Div] });
server.root.add(Button, { label: "Paint" }).add(Div);
const { url } = await server.listen(Number(process.env.PORT ?? 8765));

// The script. It could be another program, or what you type into a REPL.
const layout = await connect(url);
const div = layout.root.find<Div>("Div");
div.style.update((style) => {
  Object.assign(style, { height: "20px", width: "20px", backgroundColor: "coral" });
});

layout.root.find<Button>("Button").press.on("emit", () => {
  div.style.put("backgroundColor", div.style.get("backgroundColor") === "coral" ? "teal" : "coral");
});

console.log(`Open ${url}`);
