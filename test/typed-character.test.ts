/** What somebody types costs on the wire, and in the clients in which something waits. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stringKind } from "../core/string-topic.ts";
import { SObject, StringTopic } from "../server/index.ts";
import { TestWorld } from "../testing/index.ts";

class Page extends SObject {
  readonly text = new StringTopic("a text of some length", { write: "everyone" });
  readonly other = new StringTopic("", { write: "everyone" });
}

let world: TestWorld<Page>;

beforeEach(() => {
  world = new TestWorld({ root: Page });
});

afterEach(async () => {
  await world.end();
});

describe("a typed character", () => {
  it("is 14 bytes in the frame to each client, and 13 in the batch, beside what WebSocket adds", async () => {
    const [ann] = await world.connectMany(2);
    if (!ann) return;
    const sent = () => world.network.links.map(({ toClient, toServer }) => [toServer.sent.bytes, toClient.sent.bytes]);
    for (let count = 0; count < 10; count++) {
      const before = sent();
      ann.root.text.insert(count, "x");
      await world.settle();
      const bytes = sent().map((link, index) => link.map((sum, way) => sum - (before[index]?.[way] as number)));
      expect(bytes).toEqual([
        [13, 14],
        [0, 14],
      ]);
    }
  });

  it("is transformed over what others do to the same text, and over nothing else", async () => {
    const [ann] = await world.connectMany(1, { debounceMs: 1_000 });
    if (!ann) return;
    for (let count = 0; count < 10; count++) void ann.transact(() => ann.root.text.insert(2 * count, "x"));
    const transform = vi.spyOn(stringKind, "transform");
    const others = async (topic: StringTopic): Promise<number> => {
      transform.mockClear();
      for (let count = 0; count < 20; count++) topic.insert(0, "y");
      await world.settle();
      return transform.mock.calls.length;
    };
    const { text, other } = world.server.root;
    expect(await others(other)).toBe(0);
    // Two for each pair of one that waits and one that comes.
    expect(await others(text)).toBe(2 * 10 * 20);
    transform.mockRestore();
  });
});
