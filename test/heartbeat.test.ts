import { describe, expect, it } from "vitest";
import { CloseCode } from "../core/wire.ts";
import { Sample } from "./sample-tree.ts";

const BEAT_MS = 15_000;

async function minutes(sample: Sample, count: number): Promise<void> {
  for (let beat = 0; beat < count * 4; beat++) {
    sample.network.clock.advance(BEAT_MS);
    await sample.network.settle();
  }
}

describe("the heartbeat", () => {
  it("[SE-17] keeps an idle connection: an hour in which nothing happens is no loss", async () => {
    const sample = new Sample();
    const client = await sample.connect();
    const states: string[] = [];
    client.on("state", ({ name }) => states.push(name));
    await minutes(sample, 60);
    expect([client.state.name, states]).toEqual(["connected", []]);
  });

  it("[SE-17] shows a page that its server has fallen silent, and begins anew", async () => {
    const sample = new Sample();
    const client = await sample.connect();
    const card = sample.addCard("before");
    await sample.network.settle();
    const [link] = sample.network.links;
    // Half open: nothing arrives, and nobody says that it is over.
    if (link) link.toClient.isStalled = true;
    const states: object[] = [];
    client.on("state", (state) => states.push(state));
    sample.network.clock.advance(2.5 * BEAT_MS);
    expect(states).toMatchObject([{ name: "offline", code: CloseCode.silent, reason: "the server has fallen silent" }]);
    card.text.set("after");
    sample.network.clock.advance(1000);
    await sample.network.settle();
    expect(client.state).toEqual({ name: "connected" });
    expect(client.root.find("Card")).toMatchObject({ text: { value: "after" } });
  });

  it("is waited for longer while the first state is on its way over a slow line, but not for ever", async () => {
    const sample = new Sample();
    const client = sample.addClient();
    for (let round = 0; round < 5; round++) await null;
    const [link] = sample.network.links;
    if (!link) throw new Error("no link");
    // It opens, the hello arrives, and the welcome; the state takes its time.
    while (link.toServer.length > 0 || client.id === 0) {
      if (!link.toServer.deliver()) link.toClient.deliver();
    }
    sample.network.clock.advance(10 * BEAT_MS);
    expect(client.state.name).toBe("connecting");
    sample.network.clock.advance(10 * BEAT_MS);
    expect(client.state).toMatchObject({ name: "offline", code: CloseCode.silent });
  });
});
