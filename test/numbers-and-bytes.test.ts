/**
 * Integers, floats and bytes between a server and its clients: that additions add up, and that bytes travel as bytes.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { BinaryTopic } from "../core/binary-topic.ts";
import { SObject } from "../core/object.ts";
import { FloatTopic, IntTopic } from "../core/scalar-topics.ts";
import { expectEqual, Sample, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

class Recording extends SObject {
  readonly plays = new IntTopic(0, OPEN);
  readonly volume = new FloatTopic(0.5, OPEN);
  readonly sound = new BinaryTopic(Uint8Array.of(1, 2, 3), OPEN);
}

async function setUp(): Promise<{ sample: Sample; recording: Recording; one: Client; two: Client }> {
  const sample = new Sample({ models: [Recording] });
  const recording = sample.server.root.add(Recording);
  return { sample, recording, one: await sample.connect(), two: await sample.connect() };
}

/** Bytes that do not repeat soon. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * index * 31 + (index >> 8) * 7) & 255);
}

describe("integers and floats", () => {
  it("[TO-05] that two clients add to at once add up", async () => {
    const { sample, recording, one, two } = await setUp();
    for (let time = 0; time < 3; time++) {
      seen(one, recording).plays.add(1);
      seen(two, recording).plays.add(10);
      seen(two, recording).volume.add(0.25);
      seen(one, recording).volume.add(2);
    }
    await sample.network.settle();
    expect([recording.plays.value, recording.volume.value]).toEqual([33, 7.25]);
    expectEqual(sample.server, one, two);
  });

  it("[TO-05] throw for a fraction at once, and are refused beyond the safe integers", async () => {
    const { sample, recording, one, two } = await setUp();
    const { plays } = seen(one, recording);
    expect(() => plays.add(0.5)).toThrow(expect.objectContaining({ code: "invalid_value" }));
    recording.plays.set(Number.MAX_SAFE_INTEGER - 1);
    await sample.network.settle();
    const first = one.transact(() => plays.add(1));
    const second = two.transact(() => seen(two, recording).plays.add(1));
    await sample.network.settle();
    expect([await first, await second]).toMatchObject([{ ok: true }, { ok: false, code: "out_of_range" }]);
    expectEqual(sample.server, one, two);
  });
});

describe("bytes", () => {
  it("[TO-12] go over the wire as bytes, in either direction and to who joins later", async () => {
    const { sample, recording, one, two } = await setUp();
    const [first, second] = sample.network.links;
    const sent = (): number[] =>
      [first?.toServer, first?.toClient, second?.toClient].map((direction) => direction?.sent.bytes ?? 0);
    const before = sent();
    const sound = noise(100_000);
    seen(one, recording).sound.set(sound);
    await sample.network.settle();
    expect(recording.sound.value).toEqual(sound);
    expectEqual(sample.server, one, two);
    const late = await sample.connect();
    expect(seen(late, recording).sound.value).toEqual(sound);
    const grown = sent().map((bytes, index) => bytes - (before[index] ?? 0));
    for (const bytes of [...grown, sample.network.lastLink.toClient.sent.bytes]) {
      expect(bytes).toBeGreaterThan(sound.length - 1);
      expect(bytes).toBeLessThan(sound.length + 1000);
    }
  });

  it("[TO-12] are not sent again where they are equal, nor what is the same before and behind", async () => {
    const { sample, recording, one, two } = await setUp();
    const sound = noise(10_000);
    recording.sound.set(sound);
    await sample.network.settle();
    const [first] = sample.network.links;
    const before = first?.toServer.sent;
    const outcome = one.transact(() => seen(one, recording).sound.set(sound));
    await sample.network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(first?.toServer.sent).toEqual(before);
    sound.fill(9, 5000, 5010);
    seen(one, recording).sound.set(sound);
    await sample.network.settle();
    expect((first?.toServer.sent.bytes ?? 0) - (before?.bytes ?? 0)).toBeLessThan(50);
    expectEqual(sample.server, one, two);
  });

  it("[TO-12][TO-13] are told as a splice on every end, with bytes of the listener's own", async () => {
    const { sample, recording, one, two } = await setUp();
    const heard: unknown[] = [];
    const { sound } = seen(two, recording);
    sound.on("change", ({ position, deleted, inserted }) => {
      heard.push([position, deleted.slice(), inserted.slice()]);
      deleted.fill(99);
      inserted.fill(99);
    });
    sound.on("insert", ({ position, bytes }) => heard.push([position, bytes]));
    seen(one, recording).sound.splice(1, 1, Uint8Array.of(7, 8));
    await sample.network.settle();
    expect(heard).toEqual([
      [1, Uint8Array.of(2), Uint8Array.of(7, 8)],
      [1, Uint8Array.of(7, 8)],
    ]);
    sound.value.fill(0);
    expect(sound.value).toEqual(Uint8Array.of(1, 7, 8, 3));
    expectEqual(sample.server, one, two);
  });

  it("[TO-12] are as the server has them after a connection was lost, and only the difference is told", async () => {
    const { sample, recording, one, two } = await setUp();
    const { sound } = seen(two, recording);
    const heard: unknown[] = [];
    sound.on("change", ({ position, deleted, inserted, origin }) => heard.push([position, deleted, inserted, origin]));
    sample.network.lastLink.drop();
    recording.sound.set(Uint8Array.of(1, 9, 3));
    seen(one, recording).plays.add(1);
    sample.network.clock.advance(60_000);
    await sample.network.settle();
    expect(heard).toEqual([[1, Uint8Array.of(2), Uint8Array.of(9), "restore"]]);
    expectEqual(sample.server, one, two);
  });

  it("[TO-12] that two clients edit at once keep what each inserted, and lose what each deleted", async () => {
    const { sample, recording, one, two } = await setUp();
    const first = one.transact(() => seen(one, recording).sound.insert(0, Uint8Array.of(5)));
    const second = two.transact(() => seen(two, recording).sound.delete(2, 1));
    await sample.network.settle();
    expect([await first, await second]).toEqual([{ ok: true }, { ok: true }]);
    expect(recording.sound.value).toEqual(Uint8Array.of(5, 1, 2));
    expectEqual(sample.server, one, two);
  });
});
