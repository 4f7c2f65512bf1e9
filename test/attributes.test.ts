/**
 * Attributes and tags that single objects have beyond those of their type: on the server, and on clients that were there,
 * that come later, and that come back.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { EventTopic } from "../core/event-topic.ts";
import { ListTopic } from "../core/list-topic.ts";
import { SObject } from "../core/object.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { track } from "../core/track.ts";
import { transact } from "../core/transaction.ts";
import { Sample, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;
const LATEST = { latest: true } as const;
const INTERVAL_MS = 50;
const RETRY_MS = 10;

class Node extends SObject {
  name = new StringTopic("");
  remark = "of the server only";
}

class Branch extends Node {
  static override readonly lazy = true;
}

function setUp() {
  const sample = new Sample({ models: [Node, Branch], limits: { latestIntervalMs: INTERVAL_MS } });
  const { server, network } = sample;
  const node = server.root.add(Node);
  const connect = (): Promise<Client> => sample.connect({ minRetryMs: RETRY_MS, maxRetryMs: RETRY_MS });
  return { sample, server, network, node, connect };
}

/** The client loses its connection; `meanwhile` happens before it has another. */
async function whileAway({ network }: Sample, client: Client, meanwhile: () => void): Promise<void> {
  network.links[0]?.drop();
  meanwhile();
  await network.settle();
  network.clock.advance(RETRY_MS);
  await network.settle();
  expect(client.state.name).toBe("connected");
}

function code(error: string): unknown {
  return expect.objectContaining({ code: error });
}

describe("[OM-25] an attribute that is added to one object", () => {
  it("is there on the server and on every client, also on those who come later, and on no other object", async () => {
    const { server, network, node, connect } = setUp();
    const other = server.root.add(Node);
    const early = await connect();
    const size = node.addAttribute("size", new NumberTopic(3));
    expect(node.attribute("size", NumberTopic)).toBe(size);
    expect([node.hasAttribute("size"), other.hasAttribute("size")]).toEqual([true, false]);
    await network.settle();
    const late = await connect();
    size.set(4);
    await network.settle();
    for (const client of [early, late]) {
      expect(seen(client, node).attribute("size", NumberTopic).value).toBe(4);
      expect(seen(client, other).hasAttribute("size")).toBe(false);
      expect(client.state.name).toBe("connected");
    }
  });

  it("has the value that it has at the end of the transaction, with an object that is new or not", async () => {
    const { server, network, node, connect } = setUp();
    const client = await connect();
    const added = transact(() => {
      node.addAttribute("lines", new ListTopic(["a"])).push("b");
      const object = server.root.add(Node);
      object.addAttribute("size", new NumberTopic(1)).set(2);
      object.addAttribute("size2", new NumberTopic(1));
      object.removeAttribute("size2");
      return object;
    });
    await network.settle();
    expect(seen(client, node).attribute("lines", ListTopic).value).toEqual(["a", "b"]);
    expect(seen(client, added).attribute("size", NumberTopic).value).toBe(2);
    expect(seen(client, added).hasAttribute("size2")).toBe(false);
  });

  it("may be of any kind: each of its changes arrives, and events are told", async () => {
    const { server, network, node, connect } = setUp();
    const client = await connect();
    const press = node.addAttribute("press", new EventTopic<number>());
    const reference = node.addAttribute("target", new RefTopic());
    await network.settle();
    const heard: unknown[] = [];
    const mirror = seen(client, node);
    mirror.attribute("press", EventTopic).on("emit", ({ args }) => heard.push(args));
    const target = mirror.attribute("target", RefTopic);
    expect(target.value).toBe(null);
    press.emit(7);
    reference.set(server.root);
    await network.settle();
    expect(heard).toEqual([7]);
    expect(target.value).toBe(client.root);
    const late = await connect();
    expect(seen(late, node).attribute("target", RefTopic).value).toBe(late.root);
    expect(seen(late, node).hasAttribute("press")).toBe(true);
  });

  it("is open to clients or not, as its topic says, and has its rules", async () => {
    const { network, node, connect } = setUp();
    const size = node.addAttribute("size", new NumberTopic(0, OPEN));
    const double = node.addAttribute("double", new NumberTopic());
    size.rule("change", ({ value }) => double.set(2 * value));
    const client = await connect();
    const mirror = seen(client, node);
    const outcome = client.transact(() => mirror.attribute("size", NumberTopic).set(5));
    await network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect([size.value, mirror.attribute("double", NumberTopic).value]).toEqual([5, 10]);
    expect(() => mirror.attribute("double", NumberTopic).set(1)).toThrow(code("forbidden"));
    for (const refused of [
      () => (mirror as unknown as Node).addAttribute("more", new NumberTopic()),
      () => (mirror as unknown as Node).removeAttribute("size"),
    ]) {
      expect(refused).toThrow(code("forbidden"));
    }
  });

  it("has a name that no other attribute and nothing else of the object has, and a topic that is nobody's", () => {
    const { node } = setUp();
    const topic = node.addAttribute("size", new NumberTopic());
    for (const name of ["size", "name", "children", "toString", "~tags", "two words", "", 7 as unknown as string]) {
      expect(() => node.addAttribute(name, new NumberTopic())).toThrow(code("invalid_name"));
    }
    expect(() => node.addAttribute("more", topic)).toThrow(code("invalid_value"));
    expect(() => node.addAttribute("more", node.name)).toThrow(code("invalid_value"));
    expect(() => node.addAttribute("more", 3 as unknown as NumberTopic)).toThrow(code("wrong_type"));
    node.destroy();
    expect(() => node.addAttribute("more", new NumberTopic())).toThrow(code("destroyed"));
    expect(node.hasAttribute("more")).toBe(false);
  });

  it("and any other is found by its name, on both ends: a wrong class throws, and so does a name that there is not", async () => {
    const { node, connect } = setUp();
    const size = node.addAttribute("size", new NumberTopic());
    const client = await connect();
    expect(node.attribute("name", StringTopic)).toBe(node.name);
    expect(node.attribute("size", NumberTopic)).toBe(size);
    const mirror = seen(client, node);
    expect(mirror.attribute("name", StringTopic)).toBe(mirror.name);
    for (const end of [node, mirror]) {
      expect(() => end.attribute("size", StringTopic)).toThrow(code("wrong_type"));
      expect(() => end.attribute("name", NumberTopic)).toThrow("name is a string, not a NumberTopic");
      for (const name of ["remark", "more", "children"]) {
        expect(() => end.attribute(name, StringTopic)).toThrow(code("not_found"));
        expect(end.hasAttribute(name)).toBe(false);
      }
    }
  });

  it("is told by the tree as it comes and goes, on both ends", async () => {
    const { server, network, node, connect } = setUp();
    const client = await connect();
    const heard: string[] = [];
    server.tree().on("attribute", ({ object, name, isAddition, origin }) => {
      heard.push(`server ${object.id} ${isAddition ? "+" : "-"}${name} ${origin}`);
    });
    client.tree.on("attribute", ({ object, name, isAddition, origin }) => {
      heard.push(`client ${object.id} ${isAddition ? "+" : "-"}${name} ${origin}`);
    });
    node.addAttribute("size", new NumberTopic());
    await network.settle();
    node.removeAttribute("size");
    await network.settle();
    await whileAway({ network } as Sample, client, () => node.addAttribute("more", new NumberTopic()));
    expect(heard).toEqual([
      `server ${node.id} +size local`,
      `client ${node.id} +size remote`,
      `server ${node.id} -size local`,
      `client ${node.id} -size remote`,
      `server ${node.id} +more local`,
      `client ${node.id} +more restore`,
    ]);
  });
});

describe("[OM-26] an attribute that is removed", () => {
  it("is gone on both ends: what somebody still has of it can be read, and throws `destroyed` when it is written", async () => {
    const { network, node, connect } = setUp();
    const size = node.addAttribute("size", new NumberTopic(3, OPEN));
    const client = await connect();
    const mirror = seen(client, node);
    const mirrored = mirror.attribute("size", NumberTopic);
    node.removeAttribute("size");
    await network.settle();
    expect(() => node.attribute("size", NumberTopic)).toThrow(code("not_found"));
    expect(() => mirror.attribute("size", NumberTopic)).toThrow(code("not_found"));
    expect([size.value, mirrored.value]).toEqual([3, 3]);
    expect(() => size.set(4)).toThrow(code("destroyed"));
    expect(() => mirrored.set(4)).toThrow(code("destroyed"));
    expect([size.value, mirrored.value]).toEqual([3, 3]);
    expect(seen(await connect(), node).hasAttribute("size")).toBe(false);
  });

  it("must be one that was added", () => {
    const { node } = setUp();
    for (const name of ["name", "size", "remark"]) {
      expect(() => node.removeAttribute(name)).toThrow(code("not_found"));
    }
    node.addAttribute("size", new NumberTopic());
    node.removeAttribute("size");
    expect(() => node.removeAttribute("size")).toThrow(code("not_found"));
    node.destroy();
    expect(() => node.removeAttribute("size")).toThrow();
  });

  it("is refused to clients who write it before they know", async () => {
    const { network, node, connect } = setUp();
    node.addAttribute("size", new NumberTopic(3, OPEN));
    const client = await connect();
    const size = seen(client, node).attribute("size", NumberTopic);
    const [first, second] = [client.transact(() => size.set(4)), client.transact(() => size.add(1))];
    node.removeAttribute("size");
    await network.settle();
    expect(await first).toMatchObject({ ok: false, code: "not_found" });
    expect(await second).toMatchObject({ ok: false });
    expect(client.state.name).toBe("connected");
  });

  it("comes back with its topic and its value when its removal is taken back, and one that was added goes", async () => {
    const { network, node, connect } = setUp();
    const size = node.addAttribute("size", new NumberTopic(3));
    const client = await connect();
    const { messages } = network.lastLink.toClient.sent;
    const heard: string[] = [];
    node.tree.on("attribute", ({ name, isAddition, origin }) =>
      heard.push(`${isAddition ? "+" : "-"}${name} ${origin}`),
    );
    const failing = (): void =>
      transact(() => {
        node.removeAttribute("size");
        node.addAttribute("size", new StringTopic("another"));
        node.addAttribute("more", new NumberTopic());
        throw new Error("no");
      });
    expect(failing).toThrow("no");
    await network.settle();
    expect(network.lastLink.toClient.sent.messages).toBe(messages);
    expect(heard).toEqual([
      "-size local",
      "+size local",
      "+more local",
      "-more rollback",
      "-size rollback",
      "+size rollback",
    ]);
    expect(node.attribute("size", NumberTopic)).toBe(size);
    expect(node.hasAttribute("more")).toBe(false);
    size.set(4);
    node.addAttribute("more", new NumberTopic(5));
    await network.settle();
    expect(seen(client, node).attribute("size", NumberTopic).value).toBe(4);
    expect(seen(client, node).attribute("more", NumberTopic).value).toBe(5);
  });
});

describe("[TO-35] attributes that come and go", () => {
  it("do so with their transaction: where it fails they are as before, also where a part of it is caught", async () => {
    const { network, node, connect } = setUp();
    const client = await connect();
    transact(() => {
      node.addAttribute("kept", new NumberTopic(1));
      const part = (): void =>
        transact(() => {
          node.removeAttribute("kept");
          node.addAttribute("lost", new NumberTopic(2));
          throw new Error("a part");
        });
      expect(part).toThrow("a part");
    });
    await network.settle();
    for (const end of [node, seen(client, node)]) {
      expect(end.attribute("kept", NumberTopic).value).toBe(1);
      expect(end.hasAttribute("lost")).toBe(false);
    }
  });
});

describe("[TO-37] a name that is free again", () => {
  it("may be given to another topic of another kind: what was had of the old one stays what it was", async () => {
    const { network, node, connect } = setUp();
    const old = node.addAttribute("size", new NumberTopic(3, OPEN));
    const client = await connect();
    const mirror = seen(client, node);
    const oldMirrored = mirror.attribute("size", NumberTopic);
    const heard: unknown[] = [];
    oldMirrored.on("change", ({ value }) => heard.push(value));
    transact(() => {
      node.removeAttribute("size");
      node.addAttribute("size", new StringTopic("large", OPEN));
    });
    await network.settle();
    const [now, nowMirrored] = [node.attribute("size", StringTopic), mirror.attribute("size", StringTopic)];
    now.insert(0, "very ");
    await network.settle();
    expect(nowMirrored.value).toBe("very large");
    expect([old.value, oldMirrored.value, heard]).toEqual([3, 3, []]);
    expect(() => oldMirrored.set(1)).toThrow(code("destroyed"));
    expect(seen(await connect(), node).attribute("size", StringTopic).value).toBe("very large");
  });
});

describe.each([
  ["with the changes since", false],
  ["with the state anew", true],
])("[OM-25][OM-26] a client that comes back, and is given a snapshot %s,", (_, isAnew) => {
  /** More than a server keeps beside a snapshot. */
  const outgrowLog = (node: Node): void => {
    for (const text of ["long".repeat(500), "short"]) if (isAnew) node.name.set(text);
  };

  it("keeps topics and listeners of attributes that are still there, and has what else there is", async () => {
    const { sample, node, connect } = setUp();
    const [size, gone] = [node.addAttribute("size", new NumberTopic(1)), node.addAttribute("gone", new NumberTopic(1))];
    const client = await connect();
    const mirror = seen(client, node);
    const [kept, lost] = [mirror.attribute("size", NumberTopic), mirror.attribute("gone", NumberTopic)];
    const heard: string[] = [];
    kept.on("change", ({ value, origin }) => heard.push(`size ${value} ${origin}`));
    client.tree.on("reset", () => heard.push("reset"));
    await whileAway(sample, client, () => {
      size.set(2);
      gone.set(2);
      node.removeAttribute("gone");
      node.addAttribute("come", new StringTopic("new"));
      outgrowLog(node);
    });
    expect(heard).toEqual(["size 2 restore"]);
    expect(mirror.attribute("size", NumberTopic)).toBe(kept);
    expect(mirror.attribute("come", StringTopic).value).toBe("new");
    expect(mirror.hasAttribute("gone")).toBe(false);
    expect(() => lost.set(1)).toThrow(code("destroyed"));
    size.set(3);
    await sample.network.settle();
    expect(kept.value).toBe(3);
  });

  it("finds another attribute under the name of one that went meanwhile, and keeps everything else", async () => {
    const { sample, node, connect } = setUp();
    node.addAttribute("size", new NumberTopic(1));
    const client = await connect();
    const mirror = seen(client, node);
    const events: string[] = [];
    client.tree.on("reset", () => events.push("reset"));
    client.on("state", ({ name }) => events.push(name));
    await whileAway(sample, client, () => {
      node.removeAttribute("size");
      node.addAttribute("size", new StringTopic("large"));
      outgrowLog(node);
    });
    expect(events).toEqual(["offline", "connecting", "connected"]);
    expect(seen(client, node)).toBe(mirror);
    expect(mirror.attribute("size", StringTopic).value).toBe("large");
  });
});

describe("[OM-25][SC-01] an object that moves from one open branch to another", () => {
  it("has the attributes that it has at the end, with the topics that it had", async () => {
    const { server, network, connect } = setUp();
    const [from, to] = [server.root.add(Branch), server.root.add(Branch)];
    const node = from.add(Node);
    node.addAttribute("size", new NumberTopic(1));
    node.addAttribute("gone", new NumberTopic(1));
    const client = await connect();
    for (const branch of [from, to]) client.open(seen(client, branch) as Mirrored);
    await network.settle();
    const mirror = seen(client, node);
    const size = mirror.attribute("size", NumberTopic);
    transact(() => {
      node.moveTo(to);
      node.attribute("size", NumberTopic).set(2);
      node.removeAttribute("gone");
      node.addAttribute("come", new NumberTopic(3));
      node.addTag("moved");
    });
    await network.settle();
    expect(seen(client, node)).toBe(mirror);
    expect(mirror.attribute("size", NumberTopic)).toBe(size);
    expect([size.value, mirror.attribute("come", NumberTopic).value]).toEqual([2, 3]);
    expect([mirror.hasAttribute("gone"), mirror.hasTag("moved")]).toEqual([false, true]);
  });

  it("may have another attribute under the name of one that went as it moved", async () => {
    const { server, network, connect } = setUp();
    const [from, to] = [server.root.add(Branch), server.root.add(Branch)];
    const node = from.add(Node);
    node.addAttribute("size", new NumberTopic(1));
    const client = await connect();
    for (const branch of [from, to]) client.open(seen(client, branch) as Mirrored);
    await network.settle();
    const mirror = seen(client, node);
    transact(() => {
      node.moveTo(to);
      node.removeAttribute("size");
      node.addAttribute("size", new StringTopic("large"));
    });
    await network.settle();
    expect(client.state.name).toBe("connected");
    expect(seen(client, node)).toBe(mirror);
    expect(mirror.attribute("size", StringTopic).value).toBe("large");
  });
});

describe("[TO-30][TO-34] an added attribute of which only the newest value counts", () => {
  it("shows its newest value to who is there, who comes and who comes back, as others of the kind do", async () => {
    const { sample, network, node, connect } = setUp();
    const client = await connect();
    const progress = node.addAttribute("progress", new NumberTopic(1, LATEST));
    progress.set(2);
    await network.settle();
    const mirrored = seen(client, node).attribute("progress", NumberTopic);
    expect(mirrored.value).toBe(2);
    const heard: number[] = [];
    mirrored.on("change", ({ value }) => heard.push(value));
    for (let value = 3; value <= 9; value++) progress.set(value);
    await network.settle();
    const late = await connect();
    expect(seen(late, node).attribute("progress", NumberTopic).value).toBe(9);
    network.clock.advance(INTERVAL_MS);
    await network.settle();
    expect(heard).toEqual([9]);
    await whileAway(sample, client, () => progress.set(1));
    expect(seen(client, node).attribute("progress", NumberTopic)).toBe(mirrored);
    expect(mirrored.value).toBe(1);
  });

  it("tells nothing any more when it is removed, and another may have its name", async () => {
    const { network, node, connect } = setUp();
    const client = await connect();
    const first = node.addAttribute("progress", new NumberTopic(0, LATEST));
    await network.settle();
    network.clock.advance(INTERVAL_MS);
    first.set(5);
    transact(() => {
      node.removeAttribute("progress");
      node.addAttribute("progress", new NumberTopic(7, LATEST));
    });
    await network.settle();
    network.clock.advance(INTERVAL_MS);
    await network.settle();
    expect(client.state.name).toBe("connected");
    for (const each of [client, await connect()]) {
      expect(seen(each, node).attribute("progress", NumberTopic).value).toBe(7);
    }
  });
});

describe("[OM-28] a tag", () => {
  it("is on the object for the server and all clients, also for those who come later or come back", async () => {
    const { sample, server, network, node, connect } = setUp();
    const other = server.root.add(Node);
    const early = await connect();
    node.addTag("urgent");
    node.addTag("urgent");
    node.addTag("ours");
    await network.settle();
    const late = await connect();
    for (const end of [node, seen(early, node), seen(late, node)]) {
      expect([...end.tagNames].sort()).toEqual(["ours", "urgent"]);
      expect([end.hasTag("urgent"), end.hasTag("theirs")]).toEqual([true, false]);
    }
    await whileAway(sample, early, () => {
      node.removeTag("ours");
      node.removeTag("never had");
      node.addTag("back");
      other.addTag("too");
    });
    for (const client of [early, late]) {
      expect([...seen(client, node).tagNames].sort()).toEqual(["back", "urgent"]);
      expect(seen(client, other).tagNames).toEqual(["too"]);
    }
  });

  it("is taken back with its transaction, and cannot be written by clients or on what is destroyed", async () => {
    const { node, connect } = setUp();
    expect(() =>
      transact(() => {
        node.addTag("urgent");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(node.tagNames).toEqual([]);
    expect(() => node.addTag(7 as unknown as string)).toThrow(code("wrong_type"));
    node.addTag("urgent");
    const client = await connect();
    const mirror = seen(client, node) as unknown as Node;
    expect(() => mirror.addTag("mine")).toThrow(code("forbidden"));
    expect(() => mirror.removeTag("urgent")).toThrow(code("forbidden"));
    node.destroy();
    expect(() => node.addTag("late")).toThrow(code("destroyed"));
    expect(() => node.removeTag("urgent")).toThrow(code("destroyed"));
    expect(node.hasTag("urgent")).toBe(true);
  });

  it("and an added attribute run what read them again as they come and go, on both ends", async () => {
    const { network, node, connect } = setUp();
    const client = await connect();
    const runs: string[] = [];
    const ends = { server: node, client: seen(client, node) as unknown as Node };
    const stops = Object.entries(ends).map(([end, object]) =>
      track(() => {
        const size = object.hasAttribute("size") ? object.attribute("size", NumberTopic).value : "no";
        runs.push(`${end}: ${size} size, ${object.tagNames.join() || "no"} tags, ${object.hasTag("a")}`);
      }),
    );
    const ran = async (step: () => void): Promise<string[]> => {
      runs.length = 0;
      step();
      await network.settle();
      return runs;
    };
    runs.length = 0;
    const both = (what: string): string[] => [`server: ${what}`, `client: ${what}`];
    expect(await ran(() => node.addAttribute("size", new NumberTopic(3)))).toEqual(both("3 size, no tags, false"));
    expect(await ran(() => node.attribute("size", NumberTopic).set(4))).toEqual(both("4 size, no tags, false"));
    expect(new Set(await ran(() => node.addTag("a")))).toEqual(
      new Set(both("4 size, a tags, true")).add("server: 4 size, no tags, false"),
    );
    expect(await ran(() => node.removeTag("a"))).toEqual(both("4 size, no tags, false"));
    expect(await ran(() => node.removeAttribute("size"))).toEqual(both("no size, no tags, false"));
    for (const stop of stops) stop();
    expect(await ran(() => node.addTag("b"))).toEqual([]);
  });
});
