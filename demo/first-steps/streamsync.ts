// Streamsync's first app: a counter in the state, buttons that change it, and a message that follows.
//
// Different here: the page is made by this program and not drawn in a builder, and the message is brought up to date by a
// rule, so no handler can forget it. The state is everybody's: at Streamsync each session has a counter of its own.

import { Button, Text } from "objectsync/models";
import { IntTopic, Server, SObject } from "objectsync/server";

export class State extends SObject {
  readonly counter = new IntTopic(26);
}

const server = new Server({ root: State, models: [Button, Text] });
const state = server.root;

const message = state.add(Text);
const increment = state.add(Button, { label: "Increment" });
const decrement = state.add(Button, { label: "Decrement" });

increment.press.rule("emit", () => state.counter.add(1));
decrement.press.rule("emit", () => state.counter.add(-1));
state.counter.rule("change", updateMessage);
updateMessage();

const { url } = await server.listen(Number(process.env.PORT ?? 8765));
console.log(`Open ${url}`);

function updateMessage(): void {
  const { value } = state.counter;
  message.text.set(`The count is ${value}, which is ${value % 2 === 0 ? "even" : "odd"}.`);
}
