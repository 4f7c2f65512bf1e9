import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectTo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { connect } from "../client/client.ts";
import { ObjectSyncError } from "../core/error.ts";
import { SObject } from "../core/object.ts";
import { transact } from "../core/transaction.ts";
import { describeInBrowser, openPage } from "../test/browser.ts";
import { Card, cardOf, expectEqual, KeptLog, Marker, Sample } from "../test/sample-tree.ts";
import { TestClock } from "../testing/test-clock.ts";
import { SCRIPT_PATH } from "./page.ts";
import { Server, type ServerOptions } from "./server.ts";

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

function make(options: ServerOptions = {}): { readonly server: Server; readonly log: KeptLog } {
  const log = new KeptLog();
  const server = new Server({ logger: log, ...options });
  endings.push(() => server.close());
  return { server, log };
}

/** The longest that the bundler takes to find that a file has changed. */
const REBUILD_MS = 15_000;

/** A page's script in a folder of its own. */
async function source(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "objectsync-"));
  endings.push(() => rm(folder, { recursive: true }));
  const file = join(folder, "client.ts");
  await writeFile(file, text);
  return file;
}

const code = (value: string): unknown => expect.objectContaining({ code: value });

describe("a server", () => {
  it("has a root of its own class, built before anything else", () => {
    class Board extends SObject {
      override build(): void {
        this.add(Card);
      }
    }
    const { server } = make({ root: Board, models: [Card] });
    expect(server.root).toBeInstanceOf(Board);
    expect(server.root.type).toBe("Board");
    expect(server.root.children).toHaveLength(1);
    expect(server.types).toEqual(["SObject", "Board", "Card"]);
  });

  it("registers classes, one or several, or one under another name", () => {
    const { server } = make();
    server.register(Card, Marker);
    class Other extends SObject {}
    server.register(Other, { name: "card" });
    expect(server.types).toEqual(["SObject", "Card", "Marker", "card"]);
    expect(server.root.add("card").type).toBe("card");
    expect(server.root.add(Other)).toBeInstanceOf(Other);
    expect(() => server.register(Card)).toThrow(code("duplicate_type") as Error);
    expect(() => server.register(class extends SObject {})).toThrow(code("invalid_name") as Error);
    class Unknown extends SObject {}
    expect(() => server.root.add(Unknown)).toThrow(code("unknown_type") as Error);
  });

  it("logs the errors of the application's code where nobody else is told", () => {
    const { server, log } = make({ models: [Card] });
    const card = server.root.add(Card);
    card.votes.on("change", () => {
      throw new Error("in a listener");
    });
    card.votes.set(1);
    expect(log.lines).toEqual([`error: an error in listener "change" of Card ${card.id}.votes`]);
  });

  it("sends what one turn has committed in one frame, and at once when it is told to", async () => {
    const sample = new Sample();
    const card = sample.addCard();
    const client = await sample.connect();
    const { toClient } = sample.network.lastLink;
    const before = toClient.sent.messages;
    card.votes.set(1);
    transact(() => {
      card.votes.set(2);
      card.text.set("both");
    });
    sample.addCard("another");
    expect(toClient.sent.messages).toBe(before);
    sample.network.endTurn();
    expect(toClient.sent.messages).toBe(before + 1);
    card.votes.set(3);
    sample.server.flush();
    sample.server.flush();
    expect(toClient.sent.messages).toBe(before + 2);
    await sample.network.settle();
    expect(toClient.sent.messages).toBe(before + 2);
    expectEqual(sample.server, client);
  });

  it("goes on when a listener of `connect` throws, and tells of that", async () => {
    const sample = new Sample();
    sample.server.on("connect", () => {
      throw new Error("at the door");
    });
    const client = await sample.connect();
    expect(client.state.name).toBe("connected");
    expect(sample.errors).toMatchObject([{ message: "at the door" }]);
  });

  it("can disconnect a client as it comes: no state is sent to it", async () => {
    const sample = new Sample();
    const seen: string[] = [];
    sample.server.on("connect", (client) => {
      seen.push("connect");
      client.disconnect("not you");
    });
    sample.server.on("disconnect", () => seen.push("disconnect"));
    const client = sample.addClient();
    await sample.network.settle();
    expect(client.state).toEqual({ name: "closed", code: 4403, reason: "not you" });
    expect(client.tree.size).toBe(0);
    expect(seen).toEqual(["connect", "disconnect"]);
  });

  it("stops telling a listener that was removed", async () => {
    const sample = new Sample();
    const seen: number[] = [];
    const stop = sample.server.on("connect", ({ id }) => seen.push(id));
    await sample.connect();
    stop();
    await sample.connect();
    expect(seen).toHaveLength(1);
  });

  it("takes no connection once it is closed", async () => {
    const sample = new Sample();
    await sample.server.close();
    const raw = await sample.raw();
    expect(raw.closed).toMatchObject({ code: 1001 });
    expect(sample.network.clock.taskCount).toBe(0);
  });
});

describe("listening", () => {
  it("takes a free port, by default for this machine alone, and says where", async () => {
    const { server, log } = make();
    const { port, url } = await server.listen(0);
    expect(port).toBeGreaterThan(0);
    expect(url).toBe(`http://localhost:${port}`);
    expect(log.lines.filter((line) => line.includes("other machines"))).toEqual([]);
    const client = await connect(url);
    expect(client.state.name).toBe("connected");
    client.close();
  });

  it("warns where other machines can connect", async () => {
    const { server, log } = make();
    await server.listen(0, { host: "0.0.0.0" });
    expect(log.lines).toContain(
      "warning: this server is open to other machines and lets everybody in who asks for it by a name listed in `hosts`",
    );
  });

  it("serves an address of IPv6 by the name that it gives", async ({ skip }) => {
    const { server } = make();
    const listening = await server.listen(0, { host: "::1" }).catch(() => undefined);
    if (!listening) return skip("this machine has no IPv6");
    const client = await connect(`ws://[::1]:${listening.port}`);
    expect(client.state.name).toBe("connected");
    client.close();
  });

  it("happens once: a second time, or after the end, it is refused", async () => {
    const { server } = make();
    const first = server.listen(0);
    await expect(server.listen(0)).rejects.toThrow(ObjectSyncError);
    await first;
    await expect(server.listen(0)).rejects.toThrow("listens already");
    await server.close();
    await expect(server.listen(0)).rejects.toThrow(code("closed") as Error);
  });

  it("rejects if the port is taken, and can be tried again", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as { port: number };
    const { server } = make();
    await expect(server.listen(port)).rejects.toMatchObject({
      code: "port_taken",
      message: `port ${port} is taken: give another, or 0 for any free one`,
      cause: { code: "EADDRINUSE" },
    });
    await new Promise((resolve) => blocker.close(resolve));
    expect((await server.listen(port)).port).toBe(port);
  });

  it("[OP-10] ends with all connections and frees the port; closing twice is closing once", async () => {
    const { server } = make({ models: [Card] });
    const card = server.root.add(Card);
    const { port, url } = await server.listen(0);
    const client = await connect(url);
    const last = new Promise<unknown>((resolve) => client.on("state", resolve));
    card.text.set("the last word");
    await Promise.all([server.close(), server.close()]);
    expect(await last).toMatchObject({ name: "offline", code: 1001, reason: "the server has ended" });
    expect(cardOf(client, card).text.value).toBe("the last word");
    client.close();
    const { server: next } = make();
    expect((await next.listen(port)).port).toBe(port);
  });

  it("[OP-10] does not wait for ever for a client that does not answer", async () => {
    const clock = new TestClock();
    const { server } = make({ clock });
    const { port } = await server.listen(0);
    const deaf = connectTo(port, "127.0.0.1");
    deaf.on("error", () => {});
    const lines = [
      "GET / HTTP/1.1",
      "Host: localhost",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      "Sec-WebSocket-Protocol: objectsync.1",
    ];
    deaf.write(`${lines.join("\r\n")}\r\n\r\n`);
    await once(deaf, "data");
    const gone = new Promise((resolve) => deaf.once("close", resolve));
    const closing = server.close();
    await new Promise(setImmediate);
    clock.advance(2_000);
    await closing;
    await gone;
    expect(clock.taskCount).toBe(0);
  });

  it("is closed even while it begins", async () => {
    const { server } = make();
    const listening = server.listen(0);
    await server.close();
    const { port } = await listening.catch(() => ({ port: 0 }));
    if (port > 0) await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
  });
});

describe("the page", () => {
  it("has the headers that keep foreign code and frames out, as everything has that is served", async () => {
    const { server } = make();
    const { url } = await server.listen(0, { title: 'A <b>"board"</b> & more' });
    for (const path of ["/", "/nothing"]) {
      const { headers } = await fetch(`${url}${path}`);
      const policy = headers.get("content-security-policy") as string;
      for (const directive of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
      ]) {
        expect(policy.split("; ")).toContain(directive);
      }
      expect(policy).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
    const page = await (await fetch(`${url}/?theme=dark`)).text();
    expect(page).toContain("<title>A &#60;b&#62;&#34;board&#34;&#60;/b&#62; &#38; more</title>");
    expect(page).toContain('src="objectsync.js"');
  });

  it("gets the script of one's own client", async () => {
    const client = await source('const answer: number = 42;\nconsole.log("the answer is", answer);\n');
    const { server } = make();
    const script = await fetch(`${(await server.listen(0, { client })).url}${SCRIPT_PATH}`);
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(await script.text()).toContain("the answer is");
  });

  it("is not served while its client does not build: `listen` says why, and can be tried again", async () => {
    const client = await source('const answer = 42;\nimport "./missing.ts";\n');
    const { server, log } = make();
    const error = await server.listen(0, { client }).catch((error) => error);
    expect(error).toBeInstanceOf(ObjectSyncError);
    expect(error.code).toBe("build_failed");
    const lines = [
      `the client ${client} does not build:`,
      `${relative("", client)}:2:8 Could not resolve "./missing.ts"`,
    ];
    expect(error.message).toBe(lines.join("\n"));
    expect(log.lines).toEqual([]);
    await writeFile(client, 'console.log("mended");\n');
    const { url } = await server.listen(0, { client });
    expect(await (await fetch(`${url}${SCRIPT_PATH}`)).text()).toContain("mended");
  });

  it("is told the first five errors of its client, a line each", async () => {
    const client = await source([1, 2, 3, 4, 5, 6, 7].map((number) => `import "./missing-${number}.ts";\n`).join(""));
    const { message } = await make()
      .server.listen(0, { client })
      .catch((error) => error);
    const lines = message.split("\n").slice(1);
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/client\.ts:1:8 Could not resolve "\.\/missing-1\.ts"$/);
    expect(lines[5]).toBe("and 2 more");
  });

  it.each(["node:http", "fs"])("is told to import types only where its client imports %s", async (name) => {
    const client = await source(`import "${name}";\n`);
    const hint = "a page's file imports the server's code: use `import type` for classes of the server";
    await expect(make().server.listen(0, { client })).rejects.toThrow(hint);
  });

  describeInBrowser("in a browser", () => {
    it("shows why its client does not build any more, and the client again when it does", async () => {
      const client = await source('document.body.append("good");\n');
      const { server, log } = make();
      const { url } = await server.listen(0, { client });
      await writeFile(client, "const a = <b>bold</b>;\nconst = 1;\n");
      await expect.poll(() => log.lines.length, { timeout: REBUILD_MS }).toBeGreaterThan(0);
      expect(log.lines[0]).toMatch(/^error: the client .+client\.ts does not build:\n\S+client\.ts:\d+:\d+ \S/);
      const { page, errors } = await openPage(url);
      expect(`error: ${await page.locator("pre").innerText()}`).toBe(log.lines[0]);
      await writeFile(client, 'document.body.append("good again");\n');
      const served = async (): Promise<string> => (await fetch(`${url}${SCRIPT_PATH}`)).text();
      await expect.poll(served, { timeout: REBUILD_MS }).toContain("good again");
      await page.reload();
      await page.getByText("good again").waitFor();
      expect(errors).toEqual([]);
    });
  });

  it("[SE-02] tells every listener that a client came before any that it went, also if one sends it away", async () => {
    const sample = new Sample();
    const heard: string[] = [];
    sample.server.on("connect", (client) => {
      heard.push("one: connect");
      client.disconnect("not you");
    });
    sample.server.on("connect", () => heard.push("other: connect"));
    sample.server.on("disconnect", () => heard.push("disconnect"));
    const client = sample.addClient();
    await sample.network.settle();
    expect(heard).toEqual(["one: connect", "other: connect", "disconnect"]);
    expect(client.state).toEqual({ name: "closed", code: 4403, reason: "not you" });
    expect(sample.server.clients).toEqual([]);
  });

  it.each([0, 1.5, Number.POSITIVE_INFINITY])("refuses %j as a number of ids", (idsPerClient) => {
    expect(() => new Server({ limits: { idsPerClient } })).toThrow(expect.objectContaining({ code: "invalid_value" }));
  });

  it.each([0, -1, Number.NaN, "5"])("refuses %j as a limit", (limit) => {
    const limits = { pingIntervalMs: limit as number };
    expect(() => new Server({ limits })).toThrow(expect.objectContaining({ code: "invalid_value" }));
  });
});
