/**
 * A tree of a server's is removed: who was there is told for good, and nothing of it is left.
 */
import {
  NumberTopic,
  type ObjectClass,
  Server,
  type ServerClient,
  SObject,
  StringTopic,
  transact,
} from "objectsync/server";
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { TestWorld, type TestWorldOptions } from "../testing/test-world.ts";
import { collectGarbage } from "./garbage.ts";
import { RawClient } from "./raw-client.ts";
import { withCode } from "./with-code.ts";

const ended: string[] = [];

class Part extends SObject {
  readonly count = new NumberTopic();
  readonly load = new NumberTopic(0, { latest: true });

  override onDestroy(): void {
    ended.push(`Part ${this.count.value}`);
  }
}

class Model extends SObject {
  readonly title = new StringTopic("model", { write: "everyone" });

  override build(): void {
    this.add(Part).add(Part);
  }

  override onDestroy(): void {
    ended.push(`Model ${this.isDestroyed}`);
  }
}

class Folder extends SObject {
  static override readonly lazy = true;
  opened = (): void => {};
  closed = (): void => {};

  override onOpen(): void {
    this.opened();
  }

  override onClose(): void {
    ended.push(`closed, ${this.isDestroyed ? "" : "not "}destroyed`);
    this.closed();
  }
}

class Scene extends TestWorld {
  readonly errors: unknown[];

  constructor(options: TestWorldOptions = {}) {
    const errors: unknown[] = [];
    super({ models: [Model, Part, Folder], onError: ({ error }) => void errors.push(error), ...options });
    this.errors = errors;
    ended.length = 0;
  }

  addTree<Root extends SObject = Model>(root = Model as unknown as ObjectClass<Root>) {
    return this.server.addTree("/model", { root });
  }

  async visit<Root extends SObject = Model>(path = "/model"): Promise<Client<Root>> {
    const client = this.addClient<Root>({ path });
    await this.settle();
    return client;
  }
}

const GONE = { name: "closed", code: 4404, reason: "the tree at this path was removed" };

describe("a tree that is removed", () => {
  it("[OM-46] closes its clients for good, after what was committed, and no others", async () => {
    const scene = new Scene();
    const { server, network } = scene;
    const model = scene.addTree();
    const clients = [await scene.visit(), await scene.visit()];
    const other = await scene.visit<SObject>("/");
    model.root.find(Part).load.set(1);
    network.endTurn();
    model.root.find(Part).load.set(2);
    model.root.title.set("the last word");
    server.removeTree("/model");
    await network.settle();
    for (const client of clients) {
      expect(client.state).toMatchObject(GONE);
      expect(client.root.title.value).toBe("the last word");
      expect(client.root.find<Part>("Part").load.value).toBe(2);
    }
    expect([other.state.name, server.clients.length, network.links.length]).toEqual(["connected", 1, 3]);
    for (let step = 0; step < 6; step++) {
      network.clock.advance(10_000);
      await network.settle();
    }
    expect(network.links).toHaveLength(3);
  });

  it("[OM-46] closes also who has not said hello yet, or has fallen behind", async () => {
    const scene = new Scene({ limits: { maxBufferedBytes: 100 } });
    const { server, network } = scene;
    const model = scene.addTree();
    const slow = await scene.visit();
    network.lastLink.toClient.isStalled = true;
    for (let count = 0; count < 9; count++) {
      model.root.title.set(`${count}`.repeat(100));
      server.flush();
    }
    const raw = new RawClient(network, "/model");
    await network.settle();
    const { taskCount } = network.clock;
    server.removeTree("/model");
    for (const { toClient } of network.links) toClient.isStalled = false;
    await network.settle();
    expect(slow.state).toMatchObject(GONE);
    expect(raw.closed).toEqual({ code: GONE.code, reason: GONE.reason });
    expect(network.clock.taskCount).toBeLessThan(taskCount);
    expect(server.clients).toEqual([]);
  });

  it("[OM-46] destroys its objects, the root too, each told once, children first", () => {
    const scene = new Scene();
    const tree = scene.addTree();
    const { root } = tree;
    const [part] = root.children as [Part];
    (part.children as [Part])[0].count.set(1);
    const gone = part.add(Part);
    gone.destroy();
    expect(ended.splice(0)).toEqual(["Part 0"]);
    scene.server.removeTree("/model");
    expect(ended).toEqual(["Part 1", "Part 0", "Model true"]);
    expect([part.isDestroyed, tree.size, scene.errors]).toEqual([true, 0, []]);
    for (const write of [
      () => root.title.set("x"),
      () => root.add(Part),
      () => part.destroy(),
      () => tree.clone(part, root),
      () => tree.save(root),
    ]) {
      expect(write).toThrow(withCode("destroyed"));
    }
    expect(() => tree.root).toThrow(withCode("not_found"));
    expect(() => tree.load(scene.server.tree().save())).toThrow(withCode("not_found"));
  });

  it("[OM-46] lets an `onDestroy` that throws, or writes to what has gone, keep nothing from ending", () => {
    class Fragile extends Part {
      override onDestroy(): void {
        throw new Error("no");
      }
    }
    class Late extends Part {
      override onDestroy(): void {
        this.count.set(1);
      }
    }
    const scene = new Scene({ models: [Model, Part, Fragile, Late] });
    const part = scene.addTree().root.find(Part);
    part.add(Fragile);
    part.add(Late);
    scene.server.removeTree("/model");
    expect(ended).toEqual(["Part 0", "Part 0", "Model true"]);
    expect(scene.errors).toEqual([new Error("no"), withCode("destroyed")]);
  });

  it("[OM-46] frees its path: who comes then is closed with 4404, or finds the tree that is there next", async () => {
    const scene = new Scene();
    const { server } = scene;
    scene.addTree().root.title.set("the first");
    server.removeTree("/model/");
    expect([...server.trees.keys()]).toEqual(["/"]);
    expect(() => server.tree("/model")).toThrow(withCode("not_found"));
    expect(() => server.removeTree("/model")).toThrow(withCode("not_found"));
    expect((await scene.visit()).state).toMatchObject({ name: "closed", code: 4404 });
    scene.addTree();
    expect((await scene.visit()).root.title.value).toBe("model");
  });

  it("[OM-46] lets go of its types", () => {
    const scene = new Scene();
    scene.addTree();
    expect(() => scene.server.unregister(Part)).toThrow(withCode("type_in_use"));
    scene.server.removeTree("/model");
    scene.server.unregister(Part);
  });

  it("[OM-46] is not the one at /", () => {
    const { server } = new Scene();
    for (const path of ["/", "/./"]) expect(() => server.removeTree(path)).toThrow(withCode("invalid_name"));
    server.root.add(Part);
    expect(server.tree().size).toBe(2);
  });

  it("[SE-02] has its clients told of as gone, once, with the tree still there to tidy up in and its path free", async () => {
    const scene = new Scene();
    const { server, network } = scene;
    const model = scene.addTree();
    const heard: unknown[] = [];
    server.on("disconnect", ({ id, tree }) => {
      heard.push(id, tree === model, server.trees.has("/model"));
      model.root.children.at(-1)?.destroy();
    });
    await scene.visit();
    await scene.visit();
    server.removeTree("/model");
    await network.settle();
    expect(heard).toEqual([1, true, false, 2, true, false]);
    expect(ended.at(-1)).toBe("Model true");
    expect(scene.errors).toMatchObject([]);
  });

  it("[OM-46] may be so while a client is introduced, or opens a branch", async () => {
    const scene = new Scene();
    const { server, network } = scene;
    scene.addTree();
    const comings: ServerClient[] = [];
    const unlisten = server.on("connect", (client) => {
      comings.push(client);
      server.removeTree("/model");
    });
    expect((await scene.visit()).state).toMatchObject(GONE);
    unlisten();
    expect([comings.length, server.clients.length, server.trees.size]).toEqual([1, 0, 1]);

    const { root } = scene.addTree(SObject);
    const [first, second] = [root.add(Folder), root.add(Folder)];
    first.add(Part);
    second.add(Part);
    const client = await scene.visit<SObject>();
    client.open(client.root.children[0] as never);
    await network.settle();
    ended.length = 0;
    second.opened = () => server.removeTree("/model");
    client.open(client.root.children[1] as never);
    await network.settle();
    expect(client.state).toMatchObject(GONE);
    expect(ended).toEqual(["closed, not destroyed", "closed, not destroyed", "Part 0", "Part 0"]);
    expect([scene.errors, server.clients.length]).toEqual([[], 0]);
  });
});

it("[OM-46] a path is free for hooks that run while its tree is removed", async () => {
  const scene = new Scene();
  const { server, network } = scene;
  const { root } = scene.addTree(SObject);
  const [first, second] = [root.add(Folder), root.add(Folder)];
  const client = await scene.visit<SObject>();
  client.open(client.root.children[0] as never);
  await network.settle();
  let next: unknown;
  first.closed = () => {
    next = server.addTree("/model");
  };
  // Out of the client's sight: so its branch is closed with the next frame.
  first.moveTo(second);
  server.removeTree("/model");
  await network.settle();
  expect(client.state).toMatchObject(GONE);
  expect([next === server.tree("/model"), server.tree("/model").size]).toEqual([true, 1]);
  expect([root.isDestroyed, scene.errors]).toEqual([true, []]);
});

describe("inside of a transaction", () => {
  it("[OM-47] no tree is made or removed", () => {
    const { server } = new Scene();
    server.addTree("/model");
    for (const attempt of [() => server.addTree("/other"), () => server.removeTree("/model"), () => new Server()]) {
      expect(() => transact(attempt)).toThrow(withCode("in_transaction"));
    }
    class Nested extends SObject {
      override build(): void {
        server.addTree("/below");
      }
    }
    expect(() => server.addTree("/nested", { root: Nested })).toThrow(withCode("in_transaction"));
    server.root.add(Part);
    const stop = server.tree().on("remove", () => {
      expect(() => server.addTree("/other")).toThrow(withCode("observer_write"));
      expect(() => server.removeTree("/model")).toThrow(withCode("observer_write"));
      stop();
    });
    server.root.children[0]?.destroy();
    expect([...server.trees.keys()]).toEqual(["/", "/model"]);
  });

  it("[OM-47] a client's write that would cause it is refused, and the tree stays", async () => {
    const scene = new Scene();
    const { root } = scene.addTree();
    root.title.rule("change", () => scene.server.removeTree("/model"));
    const client = await scene.visit();
    const outcome = client.transact(() => client.root.title.set("x"));
    await scene.network.settle();
    expect(await outcome).toMatchObject({ ok: false, code: "failed" });
    expect(scene.errors).toEqual([withCode("in_transaction")]);
    expect([client.state.name, root.title.value]).toEqual(["connected", "model"]);
  });
});

it("[OM-46] trees that were added and removed leave no timer, no client and no memory behind", async () => {
  const scene = new Scene();
  const { server, network } = scene;
  const stays = await scene.visit<SObject>("/");
  const before = network.clock.taskCount;
  const gone: WeakRef<object>[] = [];
  for (let turn = 0; turn < 50; turn++) {
    const tree = scene.addTree();
    const { root } = tree;
    const client = await scene.visit();
    root.find(Part).load.set(turn);
    void client.transact(() => client.root.title.set(`${turn}`));
    if (turn % 2 === 0) await network.settle();
    server.removeTree("/model");
    await network.settle();
    gone.push(new WeakRef(tree), new WeakRef(root), new WeakRef(client));
    for (const link of network.links.splice(1)) gone.push(new WeakRef(link));
  }
  network.host = undefined;
  for (let step = 0; step < 6; step++) {
    network.clock.advance(10_000);
    await network.settle();
  }
  expect([network.clock.taskCount, server.clients.length, server.trees.size]).toEqual([before, 1, 1]);
  // The last one may still be on the stack.
  for (let round = 0; round < 5; round++) {
    await new Promise(setImmediate);
    collectGarbage();
  }
  expect(gone).toHaveLength(200);
  expect(gone.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(4);
  expect(stays.state.name).toBe("connected");
  expect(scene.errors).toEqual([]);
});
