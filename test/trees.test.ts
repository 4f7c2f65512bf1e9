import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, connect as connectTo } from "node:net";
import { Text } from "objectsync/models";
import { NumberTopic, ObjectSyncError, Server, SObject, StringTopic, transact } from "objectsync/server";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { TestWorld, type TestWorldOptions } from "../testing/test-world.ts";
import { describeInBrowser, openPage } from "./browser.ts";
import { expectEqual } from "./sample-tree.ts";

class Home extends SObject {
  readonly title = new StringTopic("home", { write: "everyone" });
}

class Model extends SObject {
  readonly title = new StringTopic("model", { write: "everyone" });

  override build(): void {
    this.add(Part);
  }
}

class Part extends SObject {
  readonly count = new NumberTopic();
}

const code = (value: string): unknown => expect.objectContaining({ code: value });

/** A server to whose trees clients come by their paths. */
class Scene extends TestWorld<Home> {
  constructor(options: TestWorldOptions<Home> = {}) {
    super({ root: Home, models: [Part], ...options });
  }

  async visit<Root extends SObject>(path: string): Promise<Client<Root>> {
    const client = this.addClient<Root>({ path });
    await this.settle();
    return client;
  }
}

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

describe("a server's trees", () => {
  it("[OM-44] are found where they were added", () => {
    const { server } = new Scene();
    const model = server.addTree("/model", { root: Model });
    expect(model.root).toBeInstanceOf(Model);
    expect(model.root.children.map(({ type }) => type)).toEqual(["Part"]);
    expectTypeOf(model.root).toExtend<Model>();
    expect(server.tree("/model")).toBe(model);
    expect(server.tree("/model/")).toBe(model);
    expectTypeOf(server.tree<Model>("/model").root).toExtend<Model>();
    expect(server.tree()).toBe(server.tree("/"));
    expect(server.tree().root).toBe(server.root);
    expectTypeOf(server.tree().root).toExtend<Home>();
    expect(server.addTree("/plain/").root.type).toBe("SObject");
    expect([...server.trees]).toEqual([
      ["/", server.tree()],
      ["/model", model],
      ["/plain", server.tree("/plain")],
    ]);
    for (const path of ["/model", "/model/", "/"]) {
      expect(() => server.addTree(path, { root: Model })).toThrow(code("path_taken") as Error);
    }
  });

  it("[OM-45] are not made by asking: a path that is mistyped is told those that there are, and how to add one", () => {
    const { server } = new Scene();
    server.addTree("/model", { root: Model });
    const message = 'there is no tree at /modle, only at /, /model: `server.addTree("/modle")` makes one';
    for (const ask of [server.tree, server.removeTree]) {
      expect(() => ask.call(server, "/modle")).toThrow(expect.objectContaining({ code: "not_found", message }));
    }
    expect([...server.trees.keys()]).toEqual(["/", "/model"]);
    for (let count = 1; count <= 20; count++) server.addTree(`/${count}`);
    expect(() => server.tree("/modle")).toThrow("/7, /8 and 12 more: ");
  });

  it("[OM-45] are listed as they were when the list was asked for, and the list changes nothing", () => {
    const { server } = new Scene();
    const { trees } = server;
    server.addTree("/model");
    (trees as Map<string, unknown>).clear();
    expect([...server.trees.keys()]).toEqual(["/", "/model"]);
    expectTypeOf(trees).not.toHaveProperty("set");
  });

  it.each([
    "",
    "model",
    "//model",
    "/a//b",
    "/model?a",
    "/model#a",
    "/a\\b",
    undefined as unknown as string,
    5 as never,
  ])("[OM-44] are at no path like %j", (path) => {
    const { server } = new Scene();
    if (path === undefined) expect(server.tree(path)).toBe(server.tree());
    else expect(() => server.tree(path)).toThrow(code("invalid_name") as Error);
    expect(() => server.addTree(path)).toThrow(code("invalid_name") as Error);
    expect(() => server.removeTree(path)).toThrow(code("invalid_name") as Error);
  });

  it("[OM-44] are found by their encoded path", async () => {
    const scene = new Scene();
    const tree = scene.server.addTree("/größe", { root: Home });
    expect(scene.server.tree("/gr%C3%B6%C3%9Fe")).toBe(tree);
    expect([...scene.server.trees.keys()]).toEqual(["/", "/gr%C3%B6%C3%9Fe"]);
    expect(() => scene.server.addTree("/gr%C3%B6%C3%9Fe")).toThrow(code("path_taken") as Error);
    const client = await scene.visit<Home>(new URL("ws://memory/größe").pathname);
    expect(client.root.type).toBe("Home");
  });

  it("[OM-44] have objects, clients and versions of their own, and share types and globals", async () => {
    const scene = new Scene();
    const { server } = scene;
    const model = server.addTree("/model", { root: Model });
    const [home, one, two] = [
      await scene.visit<Home>("/"),
      await scene.visit<Model>("/model"),
      await scene.visit<Model>("/model/"),
    ];
    expect([server.root.id, model.root.id]).toEqual([1, 1]);
    expect(server.clients).toHaveLength(3);
    expect(server.types).toEqual(["SObject", "Home", "Part", "Model"]);
    server.root.add(Part).count.set(1);
    expect(model.root.find(Part).count.value).toBe(0);
    await scene.network.settle();
    expectEqual(server, home as unknown as Client);
    expect(home.tree.size).toBe(2);

    const sent = scene.network.links.map(({ toClient }) => toClient.sent.messages);
    transact(() => {
      for (let count = 1; count <= 3; count++) model.root.find(Part).count.set(count);
    });
    await scene.network.settle();
    const more = scene.network.links.map(({ toClient }, index) => toClient.sent.messages - (sent[index] as number));
    expect(more).toEqual([0, 1, 1]);
    for (const client of [one, two]) expect(client.root.find<Part>("Part").count.value).toBe(3);

    const outcome = one.transact(() => one.root.title.set("by a client"));
    await scene.network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(model.root.title.value).toBe("by a client");
    expect(server.root.title.value).toBe("home");
    expect((two.root as Mirrored<Model>).title.value).toBe("by a client");
  });

  it("[TX-04] change together in one transaction, or not at all", () => {
    const { server } = new Scene();
    const model = server.addTree("/model", { root: Model });
    const fail = () =>
      transact(() => {
        server.root.title.set("changed");
        model.root.title.set("changed");
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect([server.root.title.value, model.root.title.value]).toEqual(["home", "model"]);
    expect(() => server.root.children.at(0)?.moveTo(model.root) ?? model.root.children[0]?.moveTo(server.root)).toThrow(
      code("wrong_tree") as Error,
    );
  });

  it("[SE-01] close a connection to none of them with 4404", async () => {
    const scene = new Scene();
    const heard: string[] = [];
    scene.server.on("connect", () => heard.push("connect"));
    for (const path of ["/nowhere", "", "nowhere", "//", "/nowhere/else", "*"]) {
      // As it is, where a client would make a proper URL of it.
      scene.network.host = { accept: (channel) => scene.server.accept(channel, path) };
      const client = await scene.visit("/");
      expect(client.state).toMatchObject({ name: "closed", code: 4404 });
    }
    expect(heard).toEqual([]);
  });

  it("[SE-02] have their clients told of by the one server, with the tree", async () => {
    const scene = new Scene();
    const model = scene.server.addTree("/model", { root: Model });
    const heard: unknown[] = [];
    scene.server.on("connect", (client) => heard.push("connect", client.tree));
    scene.server.on("disconnect", (client) => heard.push("disconnect", client.tree));
    const one = await scene.visit("/model");
    await scene.visit("/");
    one.close();
    await scene.network.settle();
    expect(heard).toHaveLength(6);
    for (const [index, expected] of ["connect", model, "connect", scene.server.tree(), "disconnect", model].entries())
      expect(heard[index]).toBe(expected);
  });

  it("[OM-12] are not made where a root's build throws, and can be made then", () => {
    let isBroken = true;
    class Fragile extends SObject {
      override build(): void {
        if (isBroken) throw new ObjectSyncError("rejected", "not yet");
      }
    }
    const { server } = new Scene();
    expect(() => server.addTree("/fragile", { root: Fragile })).toThrow("not yet");
    expect(() => server.tree("/fragile")).toThrow(code("not_found") as Error);
    isBroken = false;
    expect(server.addTree("/fragile", { root: Fragile }).root).toBeInstanceOf(Fragile);
  });

  it("[OP-10] all end with the server", async () => {
    const scene = new Scene();
    const model = scene.server.addTree("/model", { root: Model });
    const client = await scene.visit<Model>("/model");
    model.root.title.set("the last word");
    await scene.server.close();
    await scene.network.settle();
    expect(client.state).toMatchObject({ name: "offline", code: 1001 });
    expect(client.root.title.value).toBe("the last word");
    client.close();
  });
});

/** Serves what a server has below a path of its own, as a proxy does. */
async function proxy(port: number, path: string): Promise<string> {
  const server = createServer(({ url = "", headers }, response) => {
    if (!url.startsWith(`${path}/`)) return void response.writeHead(404).end();
    const onward = request({ port, path: url.slice(path.length), headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
    onward.end();
  });
  server.on("upgrade", ({ url = "", rawHeaders }, near) => {
    const far = connectTo(port);
    const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
    far.write(`GET ${url.slice(path.length)} HTTP/1.1\r\n${lines}\r\n`);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => {});
    endings.push(() => far.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}${path}`;
}

describe("the pages of a server", () => {
  async function listen() {
    const server = new Server({ models: [Text] });
    server.root.add(Text, { text: "home" });
    server.addTree("/model").root.add(Text, { text: "model" });
    server.addTree("/deep/model").root.add(Text, { text: "deep" });
    endings.push(() => server.close());
    return { server, ...(await server.listen(0)) };
  }

  it.each([
    ["/", "objectsync.js"],
    ["/model", "objectsync.js"],
    ["/model/", "../objectsync.js"],
    ["/deep/model?theme=dark", "../objectsync.js"],
    ["/deep/model/", "../../objectsync.js"],
  ])("[OM-44] are at the paths of its trees: %s, with the script at %s", async (path, script) => {
    const { url } = await listen();
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(`src="${script}"`);
    expect((await fetch(new URL(script, `${url}${path}`))).headers.get("content-type")).toContain("text/javascript");
  });

  it.each(["/deep", "/model/other", "//model", "/model//"])("[OM-44] are not elsewhere: %s", async (path) => {
    const { port } = await listen();
    const [response] = await once(request({ port, path, agent: false }).end(), "response");
    expect(response.statusCode).toBe(404);
    response.resume();
  });

  it("[OM-46] are gone with their trees, and come with new ones", async () => {
    const { server, url } = await listen();
    const status = async (): Promise<number> => (await fetch(`${url}/model`)).status;
    server.removeTree("/model");
    expect(await status()).toBe(404);
    expect((await fetch(url)).status).toBe(200);
    server.addTree("/model");
    expect(await status()).toBe(200);
  });

  describeInBrowser("in a browser", () => {
    it.each([
      ["/", "home"],
      ["/model", "model"],
      ["/deep/model/", "deep"],
    ])("[OM-44][AF-36] show each its tree, below the path of a proxy too: %s", async (path, text) => {
      const { url, port } = await listen();
      for (const address of [url, await proxy(port, "/apps/board")]) {
        const { page, errors } = await openPage(address + path);
        const texts = () =>
          page.evaluate(() =>
            [...document.querySelectorAll("os-text")].map((each) => each.shadowRoot?.textContent?.trim()),
          );
        await expect.poll(texts).toEqual([text]);
        expect(errors).toEqual([]);
      }
    });
  });
});
