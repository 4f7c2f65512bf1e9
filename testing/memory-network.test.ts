import { describe, expect, it } from "vitest";
import type { Channel } from "../core/channel.ts";
import type { Line } from "./line.ts";
import { MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.ts";
import { seededRandom } from "./seeded-random.ts";

/** A network with a host that keeps what it is told, and clients that do so too. */
class Scene {
  readonly network: MemoryNetwork;
  /** What arrived anywhere, in order. */
  readonly heard: string[] = [];
  /** The server's ends, in the order in which they were accepted. */
  readonly serverEnds: Channel[] = [];

  constructor(options?: MemoryNetworkOptions) {
    this.network = new MemoryNetwork(options);
    this.network.host = {
      accept: (channel, path) => {
        const name = `server ${this.serverEnds.push(channel)}`;
        this.heard.push(`${name} accepts ${path}`);
        return this.#listener(name);
      },
    };
  }

  /** A client that begins to connect. */
  dial(name: string, line = this.network.addLine(), path = ""): { line: Line; channel: Channel } {
    const open = (): void => void this.heard.push(`${name} opens`);
    return { line, channel: line.dial(`ws://memory${path}`, { ...this.#listener(name), open }) };
  }

  /** A client that is there. */
  async connect(name: string): Promise<{ line: Line; channel: Channel; serverEnd: Channel }> {
    const client = this.dial(name);
    await this.network.settle();
    this.heard.length = 0;
    return { ...client, serverEnd: this.serverEnds.at(-1) as Channel };
  }

  #listener(name: string) {
    return {
      message: (bytes: Uint8Array) => void this.heard.push(`${name}: ${bytes}`),
      close: (code: number, reason: string) => void this.heard.push(`${name} closes ${code} ${reason}`.trim()),
    };
  }
}

const bytes = (...numbers: number[]): Uint8Array => Uint8Array.from(numbers);

describe("a memory network", () => {
  it("[TE-01] brings nothing by itself, and one thing at each step: the opening, a message, the closing", async () => {
    const scene = new Scene();
    const { channel } = scene.dial("anna", undefined, "/model?x=1");
    await new Promise(setImmediate);
    expect(scene.heard).toEqual([]);
    expect(await scene.network.step()).toBe(true);
    expect(scene.heard).toEqual(["server 1 accepts /model?x=1"]);
    await scene.network.step();
    expect(scene.heard.splice(0)).toEqual(["server 1 accepts /model?x=1", "anna opens"]);
    channel.send(bytes(1, 2));
    channel.close(1000, "bye");
    expect([scene.heard, scene.network.busy.length, scene.network.lastLink.isOver]).toEqual([[], 1, false]);
    await scene.network.step();
    expect(scene.heard).toEqual(["server 1: 1,2"]);
    await scene.network.step();
    expect(scene.heard).toEqual(["server 1: 1,2", "server 1 closes 1000 bye"]);
    expect([await scene.network.step(), scene.network.lastLink.isOver]).toEqual([false, true]);
  });

  it("[TE-01] ends the server's turn when nothing else can happen, and runs what was put off to it once", async () => {
    const { network, heard } = new Scene();
    network.defer(() => {
      heard.push("one");
      network.defer(() => heard.push("another turn"));
    });
    network.defer(() => heard.push("two"));
    expect(heard).toEqual([]);
    await network.step();
    expect(heard).toEqual(["one", "two"]);
    expect(network.endTurn()).toBe(true);
    expect(heard).toEqual(["one", "two", "another turn"]);
    expect([network.endTurn(), await network.step()]).toEqual([false, false]);
  });

  it("refuses who connects while nobody is there", async () => {
    const scene = new Scene();
    scene.network.host = undefined;
    scene.dial("anna");
    await scene.network.settle();
    expect(scene.heard).toEqual(["anna closes 1006"]);
    expect(scene.network.lastLink.isOver).toBe(true);
  });

  it("[TE-02] settles when all has happened, promises included, however long their chain", async () => {
    const scene = new Scene();
    const { channel, serverEnd } = await scene.connect("anna");
    const later = async (): Promise<void> => {
      for (let link = 0; link < 1000; link++) await null;
      serverEnd.send(bytes(1));
      await new Promise((resolve) => process.nextTick(resolve));
      channel.send(bytes(2));
    };
    void later();
    await scene.network.settle();
    expect(scene.heard).toEqual(["anna: 1", "server 1: 2"]);
  });

  it("[TE-02] throws where it does not become quiet", async () => {
    const network = new MemoryNetwork({ maxSteps: 50 });
    let turns = 0;
    const again = (): void => {
      turns++;
      network.defer(again);
    };
    again();
    await expect(network.settle()).rejects.toThrow("not quiet after 50 steps");
    expect(turns).toBe(52);
    const waiting = new MemoryNetwork({ maxSteps: 50 });
    const wait = (): void => void waiting.clock.after(0, () => waiting.defer(wait));
    wait();
    await expect(waiting.advance(1)).rejects.toThrow("one leads to another");
  });

  it("[TE-03] keeps the order of each direction, and across connections that of sending", async () => {
    const scene = new Scene();
    const [anna, ben] = [await scene.connect("anna"), await scene.connect("ben")];
    ben.channel.send(bytes(1));
    anna.channel.send(bytes(2));
    anna.serverEnd.send(bytes(3));
    ben.channel.send(bytes(4));
    await scene.network.settle();
    expect(scene.heard).toEqual(["server 2: 1", "server 1: 2", "anna: 3", "server 2: 4"]);
  });

  it("[TE-03] prefers what was to arrive first, where a delay makes that another", async () => {
    const scene = new Scene();
    const [anna, ben] = [await scene.connect("anna"), await scene.connect("ben")];
    ben.line.delayMs.toServer = 50;
    ben.channel.send(bytes(1));
    anna.line.delayMs.toServer = 20;
    anna.channel.send(bytes(2));
    scene.network.clock.advance(100);
    await scene.network.settle();
    expect(scene.heard).toEqual(["server 1: 2", "server 2: 1"]);
  });

  it("[TE-03] with random numbers keeps the order of each direction and no other, and is the same for the same seed", async () => {
    const course = async (seed: number): Promise<string> => {
      const scene = new Scene({ random: seededRandom(seed) });
      const clients = [await scene.connect("anna"), await scene.connect("ben"), await scene.connect("eve")];
      for (const number of [1, 2, 3]) {
        for (const { channel, serverEnd } of clients) {
          channel.send(bytes(number));
          serverEnd.send(bytes(number));
        }
      }
      scene.network.defer(() => scene.heard.push("turn"));
      await scene.network.settle();
      for (const name of ["anna", "ben", "eve", "server 1", "server 2", "server 3"]) {
        const own = scene.heard.filter((line) => line.startsWith(name));
        expect(own).toEqual([`${name}: 1`, `${name}: 2`, `${name}: 3`]);
      }
      return scene.heard.join(", ");
    };
    const courses = await Promise.all([1, 2, 3, 4, 5].map(course));
    expect(new Set(courses).size).toBe(5);
    expect(await course(3)).toBe(courses[2]);
    expect(courses.every((each) => each.endsWith("turn"))).toBe(false);
  });

  it("copies what is sent: nobody can change it on its way", async () => {
    const scene = new Scene();
    const { channel } = await scene.connect("anna");
    const message = bytes(1);
    channel.send(message);
    message[0] = 2;
    await scene.network.settle();
    expect(scene.heard).toEqual(["server 1: 1"]);
  });

  it("[TE-04] delays what is sent over a line, each way by itself, and nothing of other lines", async () => {
    const scene = new Scene();
    const { network, heard } = scene;
    const [anna, ben] = [await scene.connect("anna"), await scene.connect("ben")];
    anna.line.delayMs.toServer = 100;
    anna.line.delayMs.toClient = 20;
    for (const { channel, serverEnd } of [anna, ben]) {
      channel.send(bytes(1));
      serverEnd.send(bytes(2));
    }
    await network.settle();
    expect(heard.splice(0)).toEqual(["server 2: 1", "ben: 2"]);
    network.clock.advance(19);
    await network.settle();
    expect([heard, network.busy]).toEqual([[], []]);
    network.clock.advance(1);
    await network.settle();
    expect(heard.splice(0)).toEqual(["anna: 2"]);
    await network.advance(79);
    expect(heard).toEqual([]);
    await network.advance(1);
    expect(heard).toEqual(["server 1: 1"]);
  });

  it("[TE-04] lets nothing overtake when a delay becomes shorter, and keeps it for the next connection", async () => {
    const scene = new Scene();
    const { network, heard } = scene;
    const { line, channel } = await scene.connect("anna");
    line.delayMs.toServer = 50;
    channel.send(bytes(1));
    line.delayMs.toServer = 10;
    channel.send(bytes(2));
    await network.advance(49);
    expect(heard).toEqual([]);
    await network.advance(1);
    expect(heard).toEqual(["server 1: 1", "server 1: 2"]);
    line.drop();
    heard.length = 0;
    scene.dial("anna again", line);
    await network.advance(9);
    expect(heard).toEqual([]);
    await network.advance(1);
    expect(heard).toEqual(["server 2 accepts /", "anna again opens"]);
  });

  it("[TE-08] advances through timers and arrivals, each at its moment, with what follows from it", async () => {
    const scene = new Scene();
    const { network, heard } = scene;
    const { clock } = network;
    const { line, channel, serverEnd } = await scene.connect("anna");
    line.delayMs.toClient = 30;
    const tell = async (number: number): Promise<void> => {
      await null;
      serverEnd.send(bytes(number));
      heard.push(`sent ${number} at ${clock.now()}`);
    };
    clock.after(10, () => tell(1));
    clock.after(40, () => void network.defer(() => tell(2)));
    channel.send(bytes(0));
    await network.advance(69);
    expect(heard.splice(0)).toEqual(["server 1: 0", "sent 1 at 10", "anna: 1", "sent 2 at 40"]);
    expect(clock.now()).toBe(69);
    await network.advance(1);
    expect(heard).toEqual(["anna: 2"]);
    await expect(network.advance(-1)).rejects.toThrow(RangeError);
  });

  it("[TE-05] loses what is on its way when a connection breaks, and tells both ends once", async () => {
    const scene = new Scene();
    const { line, channel, serverEnd } = await scene.connect("anna");
    channel.send(bytes(1));
    serverEnd.send(bytes(2));
    line.drop();
    expect(scene.heard).toEqual(["server 1 closes 1006", "anna closes 1006"]);
    expect([channel.bufferedBytes, serverEnd.bufferedBytes]).toEqual([0, 0]);
    channel.send(bytes(3));
    serverEnd.close(1000, "");
    expect([line.link.isOpen, line.link.isOver]).toEqual([false, true]);
    line.drop();
    await scene.network.settle();
    expect(scene.heard).toHaveLength(2);
  });

  it.each(["the client", "the server", "both"])(
    "closes a connection that %s closes, after what was sent before",
    async (who) => {
      const scene = new Scene();
      const { line, channel, serverEnd } = await scene.connect("anna");
      if (who !== "the server") {
        channel.send(bytes(1));
        channel.close(4000, "enough");
        channel.close(4001, "again");
        channel.send(bytes(2));
      }
      if (who !== "the client") {
        serverEnd.send(bytes(3));
        serverEnd.close(4002, "go");
      }
      await scene.network.settle();
      expect(scene.heard).toEqual(
        {
          "the client": ["server 1: 1", "server 1 closes 4000 enough"],
          "the server": ["anna: 3", "anna closes 4002 go", "server 1 closes 4002 go"],
          // Who has closed takes no more.
          both: ["server 1 closes 4000 enough"],
        }[who],
      );
      expect(line.link.isOver).toBe(true);
    },
  );

  it("[TE-05] breaks a connection at any moment of its opening and closing", async () => {
    for (let steps = 0; steps <= 6; steps++) {
      const scene = new Scene();
      const { line, channel } = scene.dial("anna");
      for (let step = 0; step < steps; step++) {
        if (!(await scene.network.step())) channel.close(1000, "");
      }
      line.drop();
      await scene.network.settle();
      const wasAccepted = steps >= 1;
      expect(scene.heard.filter((line) => line.startsWith("server 1 closes"))).toHaveLength(wasAccepted ? 1 : 0);
      expect(line.link.isOver).toBe(true);
    }
  });

  it.each([
    ["client", "anna closes 1006", "server 1 closes 1006"],
    ["server", "server 1 closes 1006", "anna closes 1006"],
  ] as const)("[TE-05] can have only the %s notice: the other sends into the void", async (end, first, second) => {
    const scene = new Scene();
    const { line, channel, serverEnd } = await scene.connect("anna");
    line.drop(end);
    expect(scene.heard).toEqual([first]);
    const other = end === "client" ? serverEnd : channel;
    other.send(bytes(1, 2, 3));
    await scene.network.advance(60_000);
    expect([scene.heard, other.bufferedBytes, line.link.isOpen]).toEqual([[first], 3, true]);
    line.drop();
    expect(scene.heard).toEqual([first, second]);
    expect(line.link.isOpen).toBe(false);
  });

  it("[TE-06] makes no connection over a line that is cut, until it is mended", async () => {
    const scene = new Scene();
    const { line } = await scene.connect("anna");
    await scene.connect("ben");
    line.cut();
    expect(scene.heard.splice(0)).toEqual(["server 1 closes 1006", "anna closes 1006"]);
    scene.dial("anna", line);
    scene.dial("eve");
    await scene.network.settle();
    expect(scene.heard.splice(0)).toEqual(["server 3 accepts /", "anna closes 1006", "eve opens"]);
    expect(line.isCut).toBe(true);
    line.mend();
    scene.dial("anna", line);
    await scene.network.settle();
    expect(scene.heard).toEqual(["server 4 accepts /", "anna opens"]);
  });

  it("[TE-07] holds up what is sent in a direction that is stalled, which piles up at the sender; all else goes on", async () => {
    const scene = new Scene();
    const [anna, ben] = [await scene.connect("anna"), await scene.connect("ben")];
    const { toClient } = anna.line;
    toClient.isStalled = true;
    anna.serverEnd.send(bytes(1, 2));
    anna.serverEnd.send(bytes(3));
    ben.serverEnd.send(bytes(4));
    anna.channel.send(bytes(5));
    await scene.network.advance(60_000);
    expect(scene.heard.splice(0)).toEqual(["ben: 4", "server 1: 5"]);
    expect([anna.serverEnd.bufferedBytes, toClient.bufferedBytes, toClient.length]).toEqual([3, 3, 2]);
    expect([ben.serverEnd.bufferedBytes, anna.channel.bufferedBytes]).toEqual([0, 0]);
    expect(toClient.sent).toEqual({ messages: 2, bytes: 3 });
    expect(toClient.deliver()).toBe(true);
    expect([scene.heard.splice(0), anna.serverEnd.bufferedBytes]).toEqual([["anna: 1,2"], 1]);
    toClient.isStalled = false;
    await scene.network.settle();
    expect([scene.heard, toClient.deliver(), anna.serverEnd.bufferedBytes]).toEqual([["anna: 3"], false, 0]);
  });

  it("[TE-03] brings a message of the test's own choice first", async () => {
    const scene = new Scene();
    const [anna, ben] = [await scene.connect("anna"), await scene.connect("ben")];
    anna.channel.send(bytes(1));
    ben.channel.send(bytes(2));
    expect(scene.network.busy).toEqual([anna.line.toServer, ben.line.toServer]);
    ben.line.toServer.deliver();
    expect(scene.heard).toEqual(["server 2: 2"]);
    await scene.network.settle();
    expect(scene.heard).toEqual(["server 2: 2", "server 1: 1"]);
  });

  it("[TE-09] tells clients, and nobody else, when the host's machine is gone", async () => {
    const scene = new Scene();
    const { network } = scene;
    const { line, serverEnd } = await scene.connect("anna");
    serverEnd.send(bytes(1));
    network.defer(() => scene.heard.push("turn"));
    network.killHost();
    expect(scene.heard.splice(0)).toEqual(["anna closes 1006"]);
    serverEnd.send(bytes(2));
    scene.dial("anna", line);
    await network.settle();
    expect(scene.heard).toEqual(["anna closes 1006"]);
    for (const each of network.links) each.toClient.isStalled = false;
    expect(network.busy).toEqual([]);
  });

  it("has no connection before the first", () => {
    const network = new MemoryNetwork();
    expect(() => network.lastLink).toThrow("nobody has connected");
    expect(() => network.addLine().toClient).toThrow("nobody has dialled");
  });
});
