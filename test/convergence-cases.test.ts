/** What the fuzz has found (convergence.test.ts), each as the shortest course of events that went wrong. */
import { afterEach, describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { Access } from "../core/access.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { SetTopic } from "../core/set-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import { TestWorld, type TestWorldOptions } from "../testing/index.ts";
import { seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

class File extends SObject {
  static override readonly access: Access = { add: ["File", "Folder"], remove: "everyone", move: "everyone" };
  text = new StringTopic("", OPEN);
  items = new ListTopic<number>([], OPEN);
  tags = new SetTopic<string>([], OPEN);
  slow = new StringTopic("", { write: "everyone", optimistic: false });
  newest = new ListTopic<string>([], { write: "everyone", latest: true });
}

/** What is below it is a branch. */
class Folder extends File {
  static override readonly lazy = true;
}

class Root extends SObject {
  static override readonly access: Access = { add: ["File", "Folder"] };
}

const worlds: TestWorld<Root>[] = [];

function newWorld(options: TestWorldOptions<Root> = {}): TestWorld<Root> {
  const world = new TestWorld({ root: Root, models: [File, Folder], ...options });
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end();
});

/** Brings what a client has sent to the server, which does not end its turn. */
async function arrive(world: TestWorld<Root>, client: Client): Promise<void> {
  await null;
  while (world.line(client).toServer.deliver());
}

describe("[CM-25] a mirror equals the server, and all is answered", () => {
  it("after a list of which only the newest value counts was written by a client", async () => {
    const world = newWorld();
    const file = world.server.root.add(File);
    const [ann, ben] = await world.connectMany(2);
    const { newest } = seen(ann, file);
    world.line(ann).toServer.isStalled = true;
    newest.push("first");
    await null;
    seen(ben, file).newest.set(["x", "y"]);
    await world.advance(1_000);
    expect([newest.value, (ann.tree as unknown as MirrorTree).isConsistent()]).toEqual([["first"], true]);
    world.line(ann).toServer.isStalled = false;
    await world.advance(1_000);
    expect([file, seen(ann, file), seen(ben, file)].map((each) => each.newest.value)).toEqual(Array(3).fill(["first"]));
    newest.set([]);
    newest.push("a", "b");
    newest.move(0, 1);
    newest.insert(1, "c");
    expect(newest.value).toEqual(["b", "c", "a"]);
    expect((ann.tree as unknown as MirrorTree).isConsistent()).toBe(true);
    await world.advance(1_000);
    expect([file, seen(ann, file), seen(ben, file)].map((each) => each.newest.value)).toEqual(
      Array(3).fill(["b", "c", "a"]),
    );
  });

  it("after an item was added to a set, and deleted, while something else was on its way", async () => {
    const world = newWorld();
    const file = world.server.root.add(File);
    const client = await world.connect();
    seen(client, file).text.set("on its way");
    await null;
    seen(client, file).tags.add("a");
    seen(client, file).tags.delete("a");
    await world.settle();
    expect([client.isSynced, [...seen(client, file).tags]]).toEqual([true, []]);
  });

  it("after a client wrote to what is in a branch, and closed the branch before it could hear of it", async () => {
    const world = newWorld();
    const folder = world.server.root.add(Folder);
    const file = folder.add(File);
    const client = await world.connect();
    const branch = client.open(seen(client, folder));
    await world.settle();
    const outcome = client.transact(() => seen(client, file).text.set("written"));
    await null;
    branch.close();
    await world.settle();
    expect([await outcome, client.isSynced, file.text.value]).toEqual([{ ok: true }, true, "written"]);
  });

  it("after a client wrote to what is in a branch whose host is destroyed before the turn ends", async () => {
    const world = newWorld();
    const folder = world.server.root.add(Folder);
    const file = folder.add(File);
    const client = await world.connect();
    client.open(seen(client, folder));
    await world.settle();
    const outcome = client.transact(() => seen(client, file).text.set("written"));
    await arrive(world, client);
    folder.destroy();
    await world.settle();
    expect([await outcome, client.isSynced]).toEqual([{ ok: true }, true]);
  });

  it("after a branch moved out of another one, which was destroyed in the same turn", async () => {
    const world = newWorld();
    const outer = world.server.root.add(File).add(Folder);
    const inner = outer.add(Folder);
    const file = inner.add(File);
    const client = await world.connect();
    for (const folder of [outer, inner]) {
      client.open(seen(client, folder));
      await world.settle();
    }
    const [mirrored, gone] = [seen(client, file), seen(client, outer)];
    const events: string[] = [];
    client.tree.on("move", ({ object, to }) => events.push(`${object.id} moves below ${to.id}`));
    client.tree.on("remove", ({ object }) => events.push(`${object.id} goes`));
    file.text.set("before");
    inner.moveTo(world.server.root);
    outer.parent?.destroy();
    await world.settle();
    expect(client.state.name).toBe("connected");
    expect(seen(client, file)).toBe(mirrored);
    expect([mirrored.text.value, mirrored.parent?.parent?.id, gone.isDestroyed]).toEqual(["before", 1, true]);
    expect(events).toEqual([`${inner.id} moves below 1`, `${outer.id - 1} goes`]);
  });

  it("after what holds a branch moved into one that its client has only just asked for, and others into it", async () => {
    const world = newWorld();
    const [file, other, moving] = [File, Folder, Folder].map((type) => world.server.root.add(type)) as [
      File,
      Folder,
      Folder,
    ];
    const client = await world.connect();
    client.open(seen(client, moving));
    await world.settle();
    client.open(seen(client, other));
    transact(() => {
      moving.moveTo(file);
      moving.moveTo(other);
      file.moveTo(moving);
    });
    await world.settle();
    expect(client.state.name).toBe("connected");
    expect(seen(client, other).children).toEqual([seen(client, moving)]);
    expect(seen(client, moving).children).toEqual([]);
  });

  it("after an attribute came back with another value to begin with, where only the newest counts", async () => {
    const world = newWorld();
    const { root } = world.server;
    const file = root.add(File);
    const size = file.addAttribute("size", new NumberTopic(1, { latest: true }));
    const client = await world.connect();
    size.set(2);
    await world.advance(1_000);
    const line = world.line(client);
    line.cut();
    const saved = root.tree.save(file);
    file.destroy();
    const restored = root.tree.restore<File>(saved, root);
    line.mend();
    await world.advance(10_000);
    expect(seen(client, restored).attribute("size", NumberTopic).value).toBe(2);
  });
});

describe("[CM-18] a branch", () => {
  it("stays open where the program destroys its host, frames come, and the server refuses", async () => {
    const world = newWorld();
    const { root } = world.server;
    const [folder, other, third] = [root.add(Folder), root.add(File), root.add(File)];
    const file = folder.add(File);
    const client = await world.connect();
    const branch = client.open(seen(client, folder));
    await world.settle();
    world.line(client).toServer.isStalled = true;
    const mirrored = seen(client, folder);
    // Refused whole, as one of the two is gone by then.
    const outcome = client.transact(() => {
      seen(client, other).destroy();
      mirrored.destroy();
    });
    third.text.set("a frame that has nothing to do with it");
    await world.settle();
    expect([mirrored.isDestroyed, branch.isOpen]).toEqual([true, true]);
    root.add(File);
    file.text.set("and one that has");
    await world.settle();
    expect([mirrored.isDestroyed, branch.isOpen]).toEqual([true, true]);
    other.destroy();
    world.line(client).toServer.isStalled = false;
    await world.settle();
    expect([await outcome, branch.isOpen]).toMatchObject([{ ok: false, code: "not_found" }, true]);
    expect(seen(client, file).text.value).toBe("and one that has");
  });
});

describe("[TO-27] an op on what has come from another branch", () => {
  it("is not taken for one that was made before what had been done there", async () => {
    const world = newWorld();
    const { root } = world.server;
    const [file, folder] = [root.add(File), root.add(Folder)];
    file.items.set([1, 2, 3]);
    const client = await world.connect();
    file.items.move(0, 2);
    // Nobody has it open.
    file.moveTo(folder);
    await world.settle();
    client.open(seen(client, folder));
    await world.settle();
    seen(client, file).items.move(2, 0);
    await world.settle();
    expect([file.items.value, seen(client, file).items.value]).toEqual(Array(2).fill([1, 2, 3]));
  });
});

describe("[OM-10] the id of an object that a client makes", () => {
  it("is not one of the next tree's while the mirror is of the one before", async () => {
    const world = newWorld();
    const client = await world.connect();
    const made = client.root.add<File>("File");
    await world.settle();
    const line = world.line(client);
    const { tree } = world.server.root;
    tree.load(tree.save());
    // The welcome to the new tree, and not its state.
    line.toClient.deliver();
    expect(client.tree.get(made.id)).toBe(made);
    expect(() => client.root.add("File")).toThrow(expect.objectContaining({ code: "no_ids" }));
    await world.settle();
    client.root.add("File");
    await world.settle();
    expect(world.server.root.children).toHaveLength(2);
  });
});

describe("what is pretended", () => {
  it("shows also where writes else wait for the server, and gives way to them", async () => {
    const world = newWorld();
    const file = world.server.root.add(File);
    const client = await world.connect();
    const { slow } = seen(client, file);
    client.pretend(() => slow.set("pretended"));
    expect(slow.value).toBe("pretended");
    slow.insert(0, "written ");
    expect([slow.value, (client.tree as unknown as MirrorTree).isConsistent()]).toEqual(["pretended", true]);
    await world.settle();
    expect([slow.value, file.slow.value]).toEqual(["pretendedwritten ", "written "]);
  });

  it("is told of once, though it changes nothing any more when something is written below it", async () => {
    const world = newWorld();
    const file = world.server.root.add(File);
    file.tags.set(["a"]);
    const client = await world.connect();
    const { tags } = seen(client, file);
    const heard: unknown[] = [];
    tags.on("add", ({ item }) => heard.push(["add", item]));
    tags.on("delete", ({ item }) => heard.push(["delete", item]));
    client.pretend(() => {
      tags.add("b");
      tags.delete("b");
      tags.delete("a");
    });
    file.tags.delete("a");
    await world.settle();
    tags.add("c");
    await world.settle();
    expect(heard).toEqual([
      ["delete", "a"],
      ["add", "c"],
    ]);
    expect([...tags.value]).toEqual(["c"]);
  });

  it("is nothing that a server could be asked to open or to undo", async () => {
    const world = newWorld();
    const client = await world.connect();
    let folder: Mirrored<Folder> | undefined;
    client.pretend(() => {
      folder = client.root.add<Folder>("Folder");
    });
    const pretended = folder as Mirrored<Folder>;
    const refusal = expect.objectContaining({ code: "invalid_value" });
    expect(() => client.open(pretended)).toThrow(refusal);
    expect(() => pretended.undo()).toThrow(refusal);
    await world.settle();
    expect(client.state.name).toBe("connected");
  });
});
