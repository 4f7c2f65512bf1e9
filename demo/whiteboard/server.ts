// A whiteboard: notes and shapes that several people move, write on, colour, group and throw away at the same time.
//
// `npm run whiteboard`. PORT: where it listens, 8765 by default, 0 for any free port. HOST: an address by which other
// machines reach it, too; by default only this one does.

import { ObjectSyncError, Server } from "objectsync/server";
import { Board, models, Shape } from "./models.ts";
import type { Color, Form } from "./paper.ts";

const { PORT = "8765", HOST = "localhost" } = process.env;

const server = new Server({ root: Board, models, limits: { maxObjects: 2_000 } });
const board = server.root;
server.on("connect", ({ id }) => board.welcome(id));
server.on("disconnect", ({ id }) => board.dismiss(id));

draw("rectangle", "gray", 48, 104, 520, 520, "");
draw("note", "yellow", 80, 136, 224, 184, "Drag me.\nEverybody sees it at once.");
draw("note", "coral", 320, 152, 216, 168, "Click twice to write. Two can write the same text.");
draw("note", "green", 88, 352, 208, 184, "Ctrl Z takes back what you did, and nothing that others did.");
draw("note", "blue", 316, 368, 220, 208, "Hold Shift to select several. G makes them a group.");
draw("ellipse", "violet", 640, 128, 296, 176, "Open this page in a second window");
draw("note", "gray", 976, 120, 216, 176, "N for a new note, or double click on the paper");
draw("rectangle", "blue", 656, 376, 264, 144, "Choose a delay. Nothing here gets slower.");
draw("note", "violet", 968, 352, 224, 176, "Go offline, go on, and come back.");

try {
  const { url } = await server.listen(readPort(), {
    client: new URL("client.ts", import.meta.url),
    title: "Whiteboard",
    host: HOST,
  });
  process.stdout.write(`The whiteboard is at ${url}\n`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
} catch (error) {
  const isTaken = error instanceof ObjectSyncError && error.code === "port_taken";
  const hint = isTaken ? `. Another one: PORT=${Number(PORT) + 1} npm run whiteboard` : "";
  process.stderr.write(`${(error as Error).message}${hint}\n`);
  process.exitCode = 1;
}

function draw(form: Form, color: Color, x: number, y: number, width: number, height: number, text: string): void {
  const shape = board.add(Shape);
  shape.form.set(form);
  shape.color.set(color);
  shape.x.set(x);
  shape.y.set(y);
  shape.width.set(width);
  shape.height.set(height);
  shape.text.set(text);
}

function readPort(): number {
  const port = Number(PORT);
  if (/^\d+$/.test(PORT) && port < 65536) return port;
  throw new Error(`PORT is a number from 0 to 65535, not ${JSON.stringify(PORT)}`);
}
