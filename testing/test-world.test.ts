import { NumberTopic, ObjectSyncError, Server, type ServerOptions, SObject, StringTopic } from "objectsync/server";
import { afterEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { Client } from "../client/client.ts";
import { TestWorld, type TestWorldOptions } from "./test-world.ts";

const OPEN = { write: "everyone" } as const;

class Card extends SObject {
  readonly title = new StringTopic("untitled", OPEN);
  readonly votes = new NumberTopic(0, OPEN);

  override init(): void {
    this.title.rule("change", ({ value }) => {
      if (value === "bad") throw new ObjectSyncError("rejected", "no such title");
      if (value === "broken") throw new Error("a mistake");
    });
  }
}

class Board extends SObject {
  readonly visits = new NumberTopic();

  override build(): void {
    this.add(Card);
  }
}

const OPTIONS: TestWorldOptions<Board> = { root: Board, models: [Card] };

const cardOf = (client: Client<Board>) => client.root.find<Card>("Card");

afterEach(() => {
  vi.useRealTimers();
});

describe("[TE-12] a world", () => {
  it("has a server and clients that are connected to it, with their types", async () => {
    const world = new TestWorld(OPTIONS);
    const [anna, ben] = await world.connectMany(2);
    expectTypeOf(anna).toEqualTypeOf<Client<Board>>();
    expectTypeOf(await world.connect()).toEqualTypeOf<Client<Board>>();
    expectTypeOf(world.server).toEqualTypeOf<Server<Board>>();
    expect([anna, ben].map(({ state, id }) => [state.name, id])).toEqual([
      ["connected", 1],
      ["connected", 2],
    ]);
    expect(world.server.clients).toHaveLength(3);
    void anna.transact(() => cardOf(anna).title.set("Hello"));
    await world.settle();
    expect(world.server.root.find(Card).title.value).toBe("Hello");
    expect(cardOf(ben).title.value).toBe("Hello");
    const count: number = 3;
    expectTypeOf(await world.connectMany(count)).toEqualTypeOf<Client<Board>[]>();
  });

  it("needs neither the machine's timers nor its sockets", async () => {
    vi.useFakeTimers();
    const resources = process.getActiveResourcesInfo().sort();
    const world = new TestWorld(OPTIONS);
    const client = await world.connect();
    world.line(client).drop();
    await world.advance(60_000);
    expect([client.state.name, vi.getTimerCount()]).toEqual(["connected", 0]);
    expect(process.getActiveResourcesInfo().filter((name) => name !== "Immediate")).toEqual(
      resources.filter((name) => name !== "Immediate"),
    );
    await world.end();
  });

  it("has clients of each of the server's trees", async () => {
    const world = new TestWorld(OPTIONS);
    world.server.addTree("/other", { root: Card });
    const client = await world.connect<Card>({ path: "/other?token=1" });
    expect(client.root.title.value).toBe("untitled");
    await expect(world.connect({ path: "/nowhere" })).rejects.toThrow("there is no tree at this path (4404)");
  });

  it("passes on what it is given for its server and its clients", async () => {
    const world = new TestWorld({ ...OPTIONS, limits: { maxMessageBytes: 20 } });
    const client = await world.connect({ minRetryMs: 5, maxRetryMs: 5 });
    const outcome = client.transact(() => cardOf(client).title.set("longer than any message may be"));
    await world.settle();
    expect(await outcome).toMatchObject({ ok: false, code: "too_large" });
    world.line(client).drop();
    expect(client.state).toMatchObject({ name: "offline", retryInMs: 5 });
  });

  it("takes a program's own way to make the server", async () => {
    const start = (options: ServerOptions<Board>): Server<Board> => {
      const server = new Server({ root: Board, models: [Card], ...options });
      server.on("connect", () => server.root.visits.add(1));
      return server;
    };
    const world = new TestWorld({ makeServer: start });
    expectTypeOf(world.server).toEqualTypeOf<Server<Board>>();
    const [anna] = await world.connectMany(2);
    expect(anna.root.visits.value).toBe(2);
  });

  it("does not wait for a client that cannot connect", async () => {
    const world = new TestWorld(OPTIONS);
    await world.stopServer();
    await expect(world.connect()).rejects.toThrow("the client is offline");
    expect(() => world.line(new TestWorld().addClient())).toThrow("not a client of this world");
  });

  it("serves clients that it has not made", async () => {
    const world = new TestWorld(OPTIONS);
    const { clock, network } = world;
    const line = network.addLine();
    const client = new Client<Board>("ws://anywhere", { dial: line.dial, clock });
    await world.settle();
    line.toClient.isStalled = true;
    world.server.root.find(Card).votes.set(1);
    await world.settle();
    expect(cardOf(client).votes.value).toBe(0);
  });
});

describe("the course of a world", () => {
  it("[TE-01] shows nothing of a client's write, nor of the server's, before it is told to", async () => {
    const world = new TestWorld(OPTIONS);
    const [anna, ben] = await world.connectMany(2);
    const { votes } = world.server.root.find(Card);
    cardOf(anna).votes.add(1);
    await new Promise(setImmediate);
    expect(votes.value).toBe(0);
    await world.step();
    expect([votes.value, cardOf(ben).votes.value]).toEqual([1, 0]);
    await world.step();
    expect(world.line(ben).toClient.length).toBe(1);
    await world.settle();
    expect(cardOf(ben).votes.value).toBe(1);
    expect(await world.step()).toBe(false);
  });

  it("[TE-03] is the same for the same seed, retries included, and another one for another", async () => {
    const course = async (seed: number): Promise<unknown[]> => {
      const world = new TestWorld({ ...OPTIONS, seed });
      const clients = await world.connectMany(4);
      const told: unknown[] = [];
      world.server.root.find(Card).votes.on("change", ({ value }) => told.push(value));
      for (const [index, client] of clients.entries()) cardOf(client).votes.set(index + 1);
      await world.settle();
      for (const client of clients) world.line(client).drop();
      told.push(...clients.map(({ state }) => "retryInMs" in state && state.retryInMs));
      expect(new Set(told.slice(4)).size).toBe(4);
      told.push(world.random());
      await world.advance(1_000);
      for (const client of clients) expect(cardOf(client).votes.value).toBe(told[3]);
      return told;
    };
    expect(await course(1)).toEqual(await course(1));
    const courses = await Promise.all([1, 2, 3, 4, 5].map(course));
    expect(new Set(courses.map((told) => told.slice(0, 4).join())).size).toBeGreaterThan(1);
    expect(new Set(courses.map((told) => told.slice(4).join())).size).toBe(5);
  });

  it("[TE-03] has nothing left to chance without a seed", async () => {
    const world = new TestWorld(OPTIONS);
    const clients = await world.connectMany(3);
    const told: number[] = [];
    world.server.root.find(Card).votes.on("change", ({ value }) => told.push(value));
    for (const [index, client] of clients.entries()) cardOf(client).votes.set(index + 1);
    await world.settle();
    expect(told).toEqual([1, 2, 3]);
    world.line(clients[0]).drop();
    expect(clients[0].state).toMatchObject({ name: "offline", retryInMs: 250 });
  });

  it("[TE-04][TE-08] shows a delayed client everything later, and nobody else", async () => {
    const world = new TestWorld(OPTIONS);
    const [anna, ben] = await world.connectMany(2);
    world.line(ben).delayMs.toClient = 300;
    world.server.root.find(Card).votes.set(1);
    await world.advance(299);
    expect([anna, ben].map((client) => cardOf(client).votes.value)).toEqual([1, 0]);
    await world.advance(1);
    expect(cardOf(ben).votes.value).toBe(1);
  });

  it("[TE-05][TE-08] has a client come back by itself when its connection breaks", async () => {
    const world = new TestWorld(OPTIONS);
    const [anna, ben] = await world.connectMany(2);
    const lost = anna.transact(() => cardOf(anna).votes.add(1));
    await null;
    world.line(anna).drop();
    expect([anna.state.name, ben.state.name, world.server.clients.length]).toEqual(["offline", "connected", 1]);
    expect(await lost).toMatchObject({ ok: false, code: "unconfirmed" });
    await world.advance(250);
    expect([anna.state.name, cardOf(anna).votes.value]).toEqual(["connected", 0]);
  });

  it("[TE-05] has the new connection come before the old one is known to be lost", async () => {
    const world = new TestWorld(OPTIONS);
    const anna = await world.connect();
    const before = world.line(anna).link;
    world.line(anna).drop("client");
    await world.advance(250);
    expect([anna.state.name, world.server.clients.length]).toEqual(["connected", 2]);
    before.drop();
    expect(world.server.clients.map(({ id }) => id)).toEqual([anna.id]);
  });

  it("[TE-06] keeps a client offline while its line is cut", async () => {
    const world = new TestWorld(OPTIONS);
    const [anna, ben] = await world.connectMany(2);
    world.line(anna).cut();
    await world.advance(60_000);
    expect([anna.state.name, ben.state.name]).toEqual(["offline", "connected"]);
    world.line(anna).mend();
    await world.advance(10_000);
    expect(anna.state.name).toBe("connected");
  });

  it("[TE-07] has a client fall behind that does not read, and have everything when it reads", async () => {
    const world = new TestWorld({ ...OPTIONS, limits: { maxBufferedBytes: 1_000 } });
    const [anna, ben] = await world.connectMany(2);
    const { toClient } = world.line(ben);
    toClient.isStalled = true;
    const { title } = world.server.root.find(Card);
    for (let count = 0; count < 20; count++) {
      title.set(`${count}`.repeat(100));
      await world.settle();
    }
    expect(toClient.bufferedBytes).toBeGreaterThan(1_000);
    expect(toClient.bufferedBytes).toBeLessThan(1_500);
    expect(cardOf(anna).title.value).toBe(title.value);
    toClient.isStalled = false;
    await world.advance(100);
    expect(cardOf(ben).title.value).toBe(title.value);
  });

  it("[TE-10] comes to the error of a listener, on either side, and of a rule", async () => {
    const world = new TestWorld(OPTIONS);
    const anna = await world.connect();
    const fail = (message: string) => () => {
      throw new Error(message);
    };
    const stop = cardOf(anna).votes.on("change", fail("in the client"));
    world.server.root.find(Card).votes.set(1);
    await expect(world.settle()).rejects.toThrow("in the client");
    await world.settle();
    stop();
    world.server.root.find(Card).votes.on("change", fail("in the server"));
    world.server.root.find(Card).votes.on("change", fail("in the server, too"));
    world.server.root.find(Card).votes.set(2);
    const errors = [new Error("in the server"), new Error("in the server, too")];
    await expect(world.advance(1)).rejects.toEqual(new AggregateError(errors, "2 errors were reported"));
    await world.settle();
    // What a rule refuses on purpose is no error.
    const refused = anna.transact(() => cardOf(anna).title.set("bad"));
    await world.settle();
    expect(await refused).toMatchObject({ code: "rejected" });
    const failed = anna.transact(() => cardOf(anna).title.set("broken"));
    await expect(world.settle()).rejects.toThrow("a mistake");
    await world.settle();
    expect(await failed).toMatchObject({ code: "failed" });
  });

  it("[TE-10] tells such errors to an `onError` instead", async () => {
    const told: string[] = [];
    const onError = ({ where }: { where: string }): void => void told.push(where);
    const world = new TestWorld({ ...OPTIONS, onError });
    const anna = await world.connect({ onError });
    for (const { votes } of [cardOf(anna), world.server.root.find(Card)]) {
      votes.on("change", () => {
        throw new Error("no");
      });
    }
    world.server.root.find(Card).votes.set(1);
    await world.settle();
    expect(told).toHaveLength(2);
    await world.end();
  });
});

describe("[TE-09] the server of a world", () => {
  /** A server that ticks, and says what it hears. */
  function setUp() {
    const heard: string[] = [];
    let servers = 0;
    const world = new TestWorld<Board>({
      ...OPTIONS,
      makeServer: (options) => {
        const server = new Server(options);
        const { clock } = options;
        const name = `server ${++servers}`;
        const tick = (): void => {
          heard.push(`${name} ticks`);
          clock.after(1_000, tick);
        };
        clock.after(1_000, tick);
        server.on("disconnect", () => heard.push(`${name} loses a client`));
        return server;
      },
    });
    return { world, heard };
  }

  it("says goodbye when it is stopped, with all that it had to say, and nothing of it goes on", async () => {
    const { world, heard } = setUp();
    const anna = await world.connect();
    const before = world.server;
    before.root.find(Card).title.set("the last word");
    await world.stopServer();
    expect(heard).toEqual(["server 1 loses a client"]);
    await world.settle();
    expect(anna.state).toMatchObject({ name: "offline", code: 1001 });
    expect(cardOf(anna).title.value).toBe("the last word");
    await world.advance(60_000);
    expect(heard).toHaveLength(1);
    expect(anna.state).toMatchObject({ name: "offline", code: 1006 });
    expect(world.server).toBe(before);
    await world.stopServer();
  });

  it("is silent when it is killed: its clients notice, no hook and no timer of it runs, and what it had not sent is lost", async () => {
    const { world, heard } = setUp();
    const anna = await world.connect();
    await world.advance(1_000);
    const before = world.server.root.find(Card);
    before.title.set("the last word");
    world.killServer();
    expect(anna.state).toMatchObject({ name: "offline", code: 1006 });
    await world.advance(60_000);
    expect(heard).toEqual(["server 1 ticks"]);
    expect(cardOf(anna).title.value).toBe("untitled");
    before.votes.set(1);
    await world.settle();
    world.killServer();
    await world.end();
  });

  it.each(["stopServer", "killServer"] as const)(
    "is followed by another one after `%s`, which clients find",
    async (end) => {
      const { world, heard } = setUp();
      const [anna, ben] = await world.connectMany(2);
      expect(() => world.startServer()).toThrow("a server is running");
      await world[end]();
      await world.settle();
      const before = anna.root;
      const server = world.startServer();
      expect(world.server).toBe(server);
      server.root.find(Card).votes.set(7);
      await world.advance(250);
      for (const client of [anna, ben]) {
        expect([client.state.name, cardOf(client).votes.value]).toEqual(["connected", 7]);
      }
      expect(before.isDestroyed).toBe(true);
      heard.length = 0;
      await world.advance(1_000);
      expect(heard).toEqual(["server 2 ticks"]);
    },
  );
});

describe("[TE-11] the end of a world", () => {
  it("closes clients and server, whatever state they are in, after what is on its way has arrived", async () => {
    const world = new TestWorld(OPTIONS);
    const [anna, ben, eve, dan] = await world.connectMany(4);
    const late = world.addClient();
    const outcomes = [anna, ben, eve].map((client) => client.transact(() => cardOf(client).votes.add(1)));
    await null;
    world.line(anna).toServer.isStalled = true;
    world.line(ben).delayMs.toServer = 5_000;
    world.line(eve).cut();
    world.line(dan).drop("client");
    const { votes } = world.server.root.find(Card);
    const told: unknown[] = [];
    world.server.on("disconnect", () => told.push(votes.value));
    await world.end();
    expect(await Promise.all(outcomes)).toMatchObject([{ ok: false }, { ok: false }, { ok: false }]);
    expect([anna, ben, eve, dan, late].map(({ state }) => state.name)).toEqual(Array(5).fill("closed"));
    expect([votes.value, told.length, world.server.clients, world.clock.taskCount]).toEqual([2, 3, [], 0]);
    await expect(world.server.listen(0)).rejects.toThrow(expect.objectContaining({ code: "closed" }));
    await world.end();
  });

  it("throws where a timer is left that nobody ends, and not where it ends by itself", async () => {
    const world = new TestWorld(OPTIONS);
    await world.connect();
    world.clock.after(59_000, () => {});
    await world.end();
    const other = new TestWorld(OPTIONS);
    await other.connect();
    const tick = (): void => void other.clock.after(7_000, tick);
    tick();
    await expect(other.end()).rejects.toThrow("1 timers are left on the clock, due in 3000 ms");
    expect(other.server.clients).toEqual([]);
  });

  it("throws what a listener throws meanwhile, and closes all the same", async () => {
    const world = new TestWorld(OPTIONS);
    const anna = await world.connect();
    anna.on("state", () => {
      throw new Error("at the end");
    });
    await expect(world.end()).rejects.toThrow("at the end");
    expect([anna.state.name, world.server.clients.length]).toEqual(["closed", 0]);
  });
});
