import { html, LitElement } from "lit";
import { afterEach, expect, it } from "vitest";
import { type JoinedPage, MirrorPage } from "../test/mirror-page.ts";
import { Text } from "./text/model.ts";
import { TrackController } from "./track-controller.ts";

let page: JoinedPage;
let read = (): string => "";

class Heading extends LitElement {
  readonly text = new TrackController(this, () => read());
  updates = 0;

  override render(): unknown {
    this.updates++;
    return html`<h1>${this.text.value}</h1>`;
  }
}
customElements.define("test-heading", Heading);

afterEach(() => page.close());

function open() {
  const server = new MirrorPage(Text);
  const text = server.frame(() => server.root.add(Text, { text: "one" }));
  page = server.join();
  const topic = page.client.root.find<Text>("Text").text;
  read = () => topic.value;
  const heading = new Heading();
  document.body.append(heading);
  const shown = async (): Promise<string | null | undefined> => {
    await heading.updateComplete;
    return heading.shadowRoot?.querySelector("h1")?.textContent;
  };
  return { server, text, topic, heading, shown };
}

it("[CM-24] a controller updates its host once for all the changes of a frame", async () => {
  const { server, text, heading, shown } = open();
  expect(await shown()).toBe("one");
  server.frame(() => {
    text.text.set("two");
    text.text.insert(0, "> ");
    text.text.insert(0, "> ");
  });
  expect(await shown()).toBe("> > two");
  expect(heading.updates).toBe(2);
  heading.remove();
});

it("[CM-24] a controller listens only while its host is in the document, and shows then what it missed", async () => {
  const { server, text, topic, heading, shown } = open();
  expect(await shown()).toBe("one");
  expect(topic.listenerCount).toBe(1);
  heading.remove();
  expect(topic.listenerCount).toBe(0);
  server.frame(() => text.text.set("missed"));
  document.body.append(heading);
  expect(await shown()).toBe("missed");
  expect(topic.listenerCount).toBe(1);
  heading.remove();
});
