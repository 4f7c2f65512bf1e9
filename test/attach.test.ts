import { once } from "node:events";
import { createServer, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect as connectTo, type Server as NetServer } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket as RawSocket, WebSocketServer } from "ws";
import { connect } from "../client/client.ts";
import type { Dial } from "../client/socket.ts";
import { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";
import { SUBPROTOCOL } from "../core/wire.ts";
import type { AttachOptions } from "../server/attachment.ts";
import { Server, type ServerOptions } from "../server/server.ts";
import { TestClock } from "../testing/test-clock.ts";
import { KeptLog } from "./sample-tree.ts";

class Board extends SObject {
  readonly title = new StringTopic("a board", { write: "everyone" });
}

class Model extends SObject {
  readonly title = new StringTopic("a model", { write: "everyone" });
}

/** An application with a route of its own, `/hello`. */
interface Application {
  readonly http: NetServer;
  /** Resolves when its HTTP server has closed. */
  close(): Promise<unknown>;
}

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const applications: Readonly<Record<string, () => Promise<Application>>> = {
  async express() {
    const app = express();
    app.get("/hello", (_request, response) => void response.send("hello from the application"));
    const http = app.listen(0, "127.0.0.1");
    await once(http, "listening");
    return { http, close: () => new Promise((resolve) => http.close(resolve)) };
  },

  async fastify() {
    const app = fastify();
    app.get("/hello", async () => "hello from the application");
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { http: app.server, close: () => app.close() };
  },

  async hono() {
    const app = new Hono();
    app.get("/hello", (context) => context.text("hello from the application"));
    const http = await new Promise<ReturnType<typeof serve>>((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(server));
    });
    return { http, close: () => new Promise((resolve) => http.close(resolve)) };
  },

  async "node:http"() {
    const http = createServer((_request, response) => void response.end("hello from the application"));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return { http, close: () => new Promise((resolve) => http.close(resolve)) };
  },
};

async function start(name = "node:http"): Promise<Application & { readonly port: number }> {
  const application = await (applications[name] as () => Promise<Application>)();
  endings.push(() => application.close());
  return { ...application, port: (application.http.address() as AddressInfo).port };
}

function make(options: ServerOptions<Board> = {}): Server<Board> {
  const server = new Server({ root: Board, logger: new KeptLog(), ...options });
  endings.push(() => server.close());
  return server;
}

/** The status that a request for a WebSocket is answered with; 101 if it is let in. */
function statusOf(port: number, path: string, headers: Record<string, string> = {}, protocols = [SUBPROTOCOL]) {
  const socket = new RawSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers });
  socket.on("error", () => {});
  endings.push(() => socket.terminate());
  return Promise.race([
    once(socket, "open").then(() => 101),
    once(socket, "unexpected-response").then(([, response]) => response.statusCode as number),
  ]);
}

async function closeOf(port: number, path: string): Promise<number> {
  const socket = new RawSocket(`ws://127.0.0.1:${port}${path}`, [SUBPROTOCOL]);
  const [code] = (await once(socket, "close")) as [number];
  return code;
}

describe.each(["express", "fastify", "hono"])("attached to an application with %s", (name) => {
  it("[AF-36] shows its trees below the path, beside the application's own routes", async () => {
    const { http, port } = await start(name);
    const server = make();
    const model = server.addTree("/model", { root: Model });
    server.attach(http, { path: "/live" });

    const client = await connect<Board>(`ws://127.0.0.1:${port}/live`);
    const other = await connect<Model>(`http://127.0.0.1:${port}/live/model`);
    endings.push(
      () => client.close(),
      () => other.close(),
    );
    expect(client.root.title.value).toBe("a board");
    expect(other.root.title.value).toBe("a model");

    server.root.title.set("from the server");
    await expect.poll(() => client.root.title.value).toBe("from the server");
    expect(await client.transact(() => client.root.title.set("from the client"))).toEqual({ ok: true });
    expect(server.root.title.value).toBe("from the client");
    expect(await other.transact(() => other.root.title.set("from another"))).toEqual({ ok: true });
    expect(model.root.title.value).toBe("from another");

    const response = await fetch(`http://127.0.0.1:${port}/hello`);
    expect(await response.text()).toBe("hello from the application");
    expect(response.headers.get("content-security-policy")).toBeNull();
    expect(await (await fetch(`http://127.0.0.1:${port}/live`)).text()).not.toContain("object-sync");
  });

  it("[OP-11] lets in the hosts and origins that it is told, and no others", async () => {
    const { http, port } = await start(name);
    const server = make();
    server.attach(http, { path: "/live", hosts: ["board.example"], origins: ["https://app.example"] });
    const own = { host: "board.example", origin: "http://board.example" };
    expect(await statusOf(port, "/live", own)).toBe(101);
    expect(await statusOf(port, "/live", { ...own, origin: "https://app.example" })).toBe(101);
    expect(await statusOf(port, "/live", { ...own, origin: "https://evil.example" })).toBe(403);
    expect(await statusOf(port, "/live", { ...own, host: "evil.example" })).toBe(403);
    expect(await statusOf(port, "/live")).toBe(403);
  });

  it("[OP-10] ends its connections as it closes, and leaves the application running", async () => {
    const { http, port, close } = await start(name);
    const server = make();
    server.attach(http, { path: "/live" });
    const client = await connect<Board>(`ws://127.0.0.1:${port}/live`);
    endings.push(() => client.close());
    const lost = new Promise((resolve) => client.on("state", resolve));
    server.root.title.set("the last word");
    await server.close();
    expect(await lost).toMatchObject({ name: "offline", code: 1001 });
    expect(client.root.title.value).toBe("the last word");
    client.close();
    expect(await (await fetch(`http://127.0.0.1:${port}/hello`)).text()).toBe("hello from the application");
    expect(() => server.attach(http)).toThrow(expect.objectContaining({ code: "closed" }));
    await close();
  });
});

describe("attaching", () => {
  it("[OM-46] has no tree any more that was removed, and tells who was there", async () => {
    const http = createServer();
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    endings.push(() => new Promise((resolve) => http.close(resolve)));
    const { port } = http.address() as AddressInfo;
    const server = make();
    server.addTree("/model", { root: Model });
    server.attach(http);
    const client = await connect<Model>(`ws://127.0.0.1:${port}/objectsync/model`);
    const stays = await connect<Board>(`ws://127.0.0.1:${port}/objectsync`);
    endings.push(
      () => client.close(),
      () => stays.close(),
    );
    server.removeTree("/model");
    await expect.poll(() => client.state).toMatchObject({ name: "closed", code: 4404 });
    expect(await closeOf(port, "/objectsync/model")).toBe(4404);
    server.root.title.set("still here");
    await expect.poll(() => stays.root.title.value).toBe("still here");
  });

  it("[AF-36] is at /objectsync where no path is given, before or after the application listens", async () => {
    const http = createServer();
    const server = make();
    server.attach(http);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    endings.push(() => new Promise((resolve) => http.close(resolve)));
    const { port } = http.address() as AddressInfo;
    expect(await statusOf(port, "/objectsync")).toBe(101);
    expect(await statusOf(port, "/objectsync/?token=1")).toBe(101);
    expect(await statusOf(port, "/objectsyncs")).toBe(404);
  });

  it("[AF-36] leaves to other listeners what is not its own, and answers it where there are none", async () => {
    const { http, port } = await start();
    const server = make();
    const detach = server.attach(http, { path: "/" });
    expect(await statusOf(port, "/", {}, ["other"])).toBe(400);
    expect(await closeOf(port, "/nowhere")).toBe(4404);

    const others = new WebSocketServer({ noServer: true });
    http.on("upgrade", (request, socket, head) => {
      if (request.headers["sec-websocket-protocol"] !== "other") return;
      // As one that has to look something up first.
      setImmediate(() => others.handleUpgrade(request, socket, head, (webSocket) => webSocket.send("from the other")));
    });
    const other = new RawSocket(`ws://127.0.0.1:${port}/`, ["other"]);
    const [message] = await once(other, "message");
    expect(String(message)).toBe("from the other");
    expect(await statusOf(port, "/")).toBe(101);
    await detach();
    expect(other.readyState).toBe(RawSocket.OPEN);
    expect(http.listenerCount("upgrade")).toBe(1);
    other.terminate();
  });

  it("[AF-36] refuses what is at no attachment's path, if nobody else listens", async () => {
    const { http, port } = await start();
    const server = make();
    const detach = server.attach(http, { path: "/live" });
    expect(await statusOf(port, "/elsewhere")).toBe(404);
    expect(await statusOf(port, "/live", {}, ["other"])).toBe(400);
    expect(await closeOf(port, "/live/nowhere")).toBe(4404);
    await detach();
    expect(http.listenerCount("upgrade")).toBe(0);
    await once(request({ port, path: "/live", headers: { connection: "upgrade", upgrade: "h2c" } }).end(), "response");
  });

  it("[AF-36] keeps two servers on one HTTP server apart, the longer path first", async () => {
    const { http, port } = await start();
    const one = make();
    const two = make();
    one.root.title.set("one");
    two.root.title.set("two");
    const detach = one.attach(http, { path: "/live/" });
    two.attach(http, { path: "/live/two" });
    for (const [path, title] of [
      ["/live", "one"],
      ["/live/two", "two"],
    ]) {
      const client = await connect<Board>(`ws://127.0.0.1:${port}${path}`);
      expect(client.root.title.value).toBe(title);
      client.close();
    }
    const taken = expect.objectContaining({ code: "path_taken" });
    expect(() => two.attach(http, { path: "/live" })).toThrow(taken);
    expect(await statusOf(port, "/elsewhere")).toBe(404);
    await detach();
    expect(await statusOf(port, "/live")).toBe(404);
    expect(await statusOf(port, "/live/two")).toBe(101);
    two.attach(http, { path: "/live" });
    await detach();
    expect(await statusOf(port, "/live")).toBe(101);
  });

  it("ends with what it returns: the connections made there and no others", async () => {
    const [here, there] = [await start(), await start()];
    const server = make();
    const detach = server.attach(here.http);
    server.attach(there.http);
    const [going, staying] = [
      await connect<Board>(`ws://127.0.0.1:${here.port}/objectsync`),
      await connect<Board>(`ws://127.0.0.1:${there.port}/objectsync`),
    ];
    endings.push(() => staying.close());
    const lost = new Promise((resolve) => going.on("state", resolve));
    server.root.title.set("the last word");
    await Promise.all([detach(), detach()]);
    expect(await lost).toMatchObject({ name: "offline", code: 1001 });
    expect(going.root.title.value).toBe("the last word");
    going.close();
    expect(server.clients).toHaveLength(1);
    expect(staying.state.name).toBe("connected");
  });

  it("[OP-10] does not wait for ever for a client that does not answer", async () => {
    const clock = new TestClock();
    const { http, port } = await start();
    const server = make({ clock });
    const detach = server.attach(http);
    const deaf = connectTo(port, "127.0.0.1");
    deaf.on("error", () => {});
    const lines = [
      "GET /objectsync HTTP/1.1",
      "Host: localhost",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    ];
    deaf.write(`${lines.join("\r\n")}\r\n\r\n`);
    await once(deaf, "data");
    const gone = once(deaf, "close");
    const detached = detach();
    clock.advance(2_000);
    await detached;
    await gone;
    expect(clock.taskCount).toBe(0);
  });

  it("[OP-12] counts the clients of all places where the server is reached together", async () => {
    const { http, port } = await start();
    const server = make({ limits: { maxClients: 2 } });
    server.attach(http);
    const { port: own } = await server.listen(0);
    const first = await connect(`ws://127.0.0.1:${port}/objectsync`);
    expect(await statusOf(own, "/")).toBe(101);
    expect(await statusOf(own, "/")).toBe(503);
    expect(await statusOf(port, "/objectsync")).toBe(503);
    first.close();
    await expect.poll(() => statusOf(port, "/objectsync")).toBe(101);
  });

  it("[OP-11] works with TLS, where the pages of the server itself begin with https", async () => {
    // A key that both sides know, as nobody signs certificates for tests.
    const psk = Buffer.from("0123456789abcdef");
    const tls = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
    const http = createTlsServer({ ...tls, pskCallback: () => psk });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    endings.push(() => new Promise((resolve) => http.close(resolve)));
    const { port } = http.address() as AddressInfo;
    const server = make();
    server.attach(http);
    const open = (url: string, origin: string): RawSocket => {
      const options = {
        origin,
        ...tls,
        pskCallback: () => ({ psk, identity: "test" }),
        checkServerIdentity: () => undefined,
      };
      const socket = new RawSocket(url, [SUBPROTOCOL], options as object);
      socket.on("error", () => {});
      return socket;
    };
    const dial: Dial = (url, events) => {
      const socket = open(url, `https://127.0.0.1:${port}`);
      socket.on("open", () => events.open());
      socket.on("message", (data) => events.message(new Uint8Array(data as Buffer)));
      socket.on("close", (code, reason) => events.close(code, String(reason)));
      return {
        send: (message) => socket.send(message),
        close: () => socket.close(),
        bufferedBytes: 0,
      };
    };
    const client = await connect<Board>(`wss://127.0.0.1:${port}/objectsync`, { dial });
    expect(client.root.title.value).toBe("a board");
    client.close();
    const foreign = open(`wss://127.0.0.1:${port}/objectsync`, `http://127.0.0.1:${port}`);
    const [, response] = await once(foreign, "unexpected-response");
    expect(response.statusCode).toBe(403);
    foreign.terminate();
  });

  it.each<[string, () => unknown, AttachOptions, string]>([
    ["the application instead of its HTTP server", () => express(), {}, "wrong_type"],
    ["nothing", () => undefined, {}, "wrong_type"],
    ["a path without a slash", () => createServer(), { path: "live" }, "invalid_name"],
    ["a path with a query", () => createServer(), { path: "/live?a" }, "invalid_name"],
  ])("refuses %s", (_, http, options, code) => {
    const server = make();
    expect(() => server.attach(http() as NetServer, options)).toThrow(expect.objectContaining({ code }));
  });
});
