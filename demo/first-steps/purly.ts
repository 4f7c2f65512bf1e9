// Purly's first examples: a script draws a coral square into the page, and paints it anew when somebody clicks it.
//
// Different here: a class says what scripts may add, and a native element tells no events so far; the div is on a button,
// which tells clicks and keys without their coordinates.

import { connect } from "objectsync/client";
import { Button, Html } from "objectsync/models";
import { type Access, DictTopic, Server } from "objectsync/server";

export class Div extends Html {
  override readonly style = new DictTopic<string>({}, { write: "everyone" });

  override build(): void {
    super.build({ tag: "div" });
  }
}

/** What scripts draw on. */
export class Canvas extends Button {
  static override access: Access = { add: ["Div"] };
}

const server = new Server({ models: [Canvas, Div] });
server.root.add(Canvas, { label: "Paint" });
const { url } = await server.listen(Number(process.env.PORT ?? 8765));

// The script. It could be another program, or what you type into a REPL.
const layout = await connect(url);
const canvas = layout.root.find<Canvas>("Canvas");
const div = canvas.add<Div>("Div");
div.style.update((style) => {
  Object.assign(style, { height: "20px", width: "20px", backgroundColor: "coral" });
});

canvas.press.on("emit", () => {
  // Listeners look on; what they want written comes after.
  layout.afterUpdate(() =>
    div.style.put("backgroundColor", div.style.get("backgroundColor") === "coral" ? "teal" : "coral"),
  );
});

console.log(`Open ${url}`);
