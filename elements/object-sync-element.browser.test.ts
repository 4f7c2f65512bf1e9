import { afterEach, describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { ConnectionState } from "../client/connection-state.ts";
import { MirrorPage } from "../test/mirror-page.ts";
import { Html } from "./html/model.ts";
import { DEFAULT_POLICY, ObjectSyncElement, widen } from "./index.ts";
import { Text } from "./text/model.ts";

const server = new MirrorPage(Text, Html);
server.frame(() => server.root.add(Text, { text: "hello" }));

interface FakeClient {
  readonly url: string;
  readonly listeners: Set<(state: ConnectionState) => void>;
  state: ConnectionState;
  isClosed: boolean;
}

const clients: FakeClient[] = [];

class FakeSync extends ObjectSyncElement {
  protected override createClient(url: string): Client {
    const { client } = server.join();
    const fake: FakeClient = {
      url,
      listeners: new Set(),
      state: { name: "connecting", attempt: 1 },
      isClosed: false,
    };
    Object.defineProperties(client, {
      state: { get: () => fake.state },
      on: {
        value: (_event: "state", listener: (state: ConnectionState) => void) => {
          fake.listeners.add(listener);
          return () => fake.listeners.delete(listener);
        },
      },
      close: {
        value: () => {
          fake.isClosed = true;
        },
      },
    });
    clients.push(fake);
    return client;
  }
}
customElements.define("fake-sync", FakeSync);

async function open(url?: string): Promise<{ element: FakeSync; client: FakeClient }> {
  const element = document.createElement("fake-sync") as FakeSync;
  if (url !== undefined) element.setAttribute("url", url);
  document.body.append(element);
  await turn();
  return { element, client: clients.at(-1) as FakeClient };
}

function enter(client: FakeClient, state: ConnectionState): void {
  client.state = state;
  for (const listener of client.listeners) listener(state);
}

/** As long as it takes until a script that runs is through. */
const turn = (): Promise<void> => Promise.resolve();
const aTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const notice = (element: FakeSync): HTMLElement => element.shadowRoot?.querySelector('[part="notice"]') as HTMLElement;

afterEach(() => {
  document.body.replaceChildren();
  clients.length = 0;
});

describe("<object-sync>", () => {
  it("connects to the page's own address, or to its url, and shows the tree as its children", async () => {
    const page = new URL(location.href);
    const { element, client } = await open();
    expect(client.url).toBe(`ws://${page.host}${page.pathname}`);
    expect(element.children[0]?.localName).toBe("os-text");
    expect(element.client?.tree.root.children.length).toBe(1);
    expect((await open("/board?x=1")).client.url).toBe(`ws://${page.host}/board?x=1`);
    expect((await open("https://example.org/a#b")).client.url).toBe("wss://example.org/a");
  });

  it("says the connection's state, and that what it shows is not live", async () => {
    const { element, client } = await open();
    await element.updateComplete;
    expect(element.getAttribute("state")).toBe("connecting");
    expect(notice(element).getAttribute("role")).toBe("status");
    expect(notice(element).textContent).toBe("");
    expect(getComputedStyle(notice(element)).display).toBe("none");
    enter(client, { name: "connected" });
    await element.updateComplete;
    expect(element.getAttribute("state")).toBe("connected");
    expect(notice(element).textContent).toBe("");
    enter(client, { name: "offline", attempt: 0, retryInMs: 1, code: 1006, reason: "" });
    await element.updateComplete;
    expect(element.getAttribute("state")).toBe("offline");
    expect(notice(element).textContent).toContain("Connection lost");
    expect(getComputedStyle(notice(element)).display).toBe("block");
    enter(client, { name: "connecting", attempt: 2 });
    await element.updateComplete;
    expect(notice(element).textContent).toContain("Connection lost");
    enter(client, { name: "connected" });
    await element.updateComplete;
    expect(notice(element).textContent).toBe("");
    enter(client, { name: "closed", code: 4000, reason: "shut down" });
    await element.updateComplete;
    expect(element.getAttribute("state")).toBe("closed");
    expect(notice(element).textContent).toContain("shut down");
  });

  it("stays connected when it is moved, and disconnects when it is removed", async () => {
    const { element, client } = await open();
    const other = document.createElement("div");
    document.body.append(other);
    const child = element.children[0];
    other.append(element);
    await aTask();
    expect(client.isClosed).toBe(false);
    expect(element.children[0]).toBe(child);
    element.remove();
    await aTask();
    expect(client.isClosed).toBe(true);
    expect(client.listeners.size).toBe(0);
    expect(element.client).toBeUndefined();
    expect(element.children.length).toBe(0);
    document.body.append(element);
    await turn();
    expect(clients.length).toBe(2);
    expect(element.children.length).toBe(1);
  });

  it("has, where it stands in the page before it is defined, the policy and the options that the script says later", async () => {
    document.body.innerHTML = "<late-sync></late-sync>";
    const dialed: string[] = [];
    class LateSync extends ObjectSyncElement {}
    customElements.define("late-sync", LateSync);
    LateSync.clientOptions = {
      dial: (url) => {
        dialed.push(url);
        return { send() {}, close() {}, bufferedBytes: 0 };
      },
    };
    await turn();
    expect(dialed).toEqual([`ws://${location.host}${location.pathname}`]);
    expect(ObjectSyncElement.clientOptions).toEqual({});

    const link = server.frame(() => server.root.add(Html, { tag: "a", attributes: { href: "geo:1,2" } }));
    document.body.innerHTML = "<late-fake></late-fake>";
    class LateFake extends FakeSync {}
    customElements.define("late-fake", LateFake);
    LateFake.policy = widen(DEFAULT_POLICY, { schemes: ["geo"] });
    await turn();
    expect(document.querySelector("late-fake a")?.getAttribute("href")).toBe("geo:1,2");
    server.frame(() => link.destroy());
  });

  it("makes no connection where it is taken out at once, and one where it is put back", async () => {
    const element = document.createElement("fake-sync") as FakeSync;
    document.body.append(element);
    expect(element.client).toBeUndefined();
    element.remove();
    await aTask();
    expect(clients).toEqual([]);
    document.body.append(element);
    element.remove();
    document.body.append(element);
    element.setAttribute("url", "/late");
    await aTask();
    expect(clients.map(({ url }) => new URL(url).pathname)).toEqual(["/late"]);
  });

  it("connects anew when its url changes", async () => {
    const { element, client } = await open("/a");
    element.setAttribute("url", "/b");
    expect(client.isClosed).toBe(true);
    expect(clients.at(-1)?.url.endsWith("/b")).toBe(true);
    expect(element.children.length).toBe(1);
  });
});
