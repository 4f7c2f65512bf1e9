/**
 * References over two ends: what the server refers to is the mirror's own object on each client, whatever came first, and
 * what a client refers to is the server's.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { UncheckedOp } from "../core/kind.ts";
import { SObject } from "../core/object.ts";
import { RefDictTopic } from "../core/ref-dict-topic.ts";
import { RefListTopic } from "../core/ref-list-topic.ts";
import { RefSetTopic } from "../core/ref-set-topic.ts";
import { RefTopic } from "../core/ref-topic.ts";
import { StringTopic } from "../core/string-topic.ts";
import type { AnyTopic } from "../core/topic.ts";
import { track } from "../core/track.ts";
import { transact } from "../core/transaction.ts";
import { Sample, seen } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

class Person extends SObject {
  readonly name = new StringTopic();

  override build(name = ""): void {
    this.name.set(name);
  }
}

class Archive extends SObject {
  static override readonly lazy = true;
}

class Board extends SObject {
  readonly owner = new RefTopic<Person>(null, OPEN);
  readonly people = new RefListTopic<Person>([], OPEN);
  readonly voters = new RefSetTopic<Person>([], OPEN);
  readonly roles = new RefDictTopic<Person>({}, OPEN);
}

/** A board with ada and bob. */
function setUp() {
  const sample = new Sample({ root: Board, models: [Person, Archive] });
  const board = sample.server.root as Board;
  const [ada, bob] = [board.add(Person, "ada"), board.add(Person, "bob")];
  return { sample, board, ada, bob };
}

function boardOf(client: Client): Mirrored<Board> {
  return client.root as unknown as Mirrored<Board>;
}

/** Has the server's tree carry an op out. */
function topicWrite(topic: AnyTopic, op: UncheckedOp): void {
  topic.object?.tree.write(topic, op);
}

/** What all the references of a board show. */
function shown({ owner, people, voters, roles }: Board | Mirrored<Board>) {
  return [owner.value, people.value, voters.value, roles.value] as const;
}

describe("references on two ends", () => {
  it("[OM-31][OM-32] lead to the mirror's own objects, for those who join late too", async () => {
    const { sample, board, ada, bob } = setUp();
    const client = await sample.connect();
    transact(() => {
      board.owner.set(ada);
      board.people.push(ada, bob, ada);
      board.voters.add(bob);
      board.roles.put("chair", bob);
    });
    await sample.network.settle();
    for (const each of [client, await sample.connect()]) {
      const [first, second] = [seen(each, ada), seen(each, bob)];
      expect(first).not.toBe(ada);
      const [owner, people, voters, roles] = shown(boardOf(each));
      expect(owner).toBe(first);
      expect(people.map((person) => [first, second].indexOf(person as Mirrored<Person>))).toEqual([0, 1, 0]);
      expect([...voters].map((person) => person === second)).toEqual([true]);
      expect(roles.chair).toBe(second);
      expect((owner as Mirrored<Person>).name.value).toBe("ada");
    }
  });

  it("[OM-31][OM-32][OM-34] are written by clients with the mirror's objects, or ids", async () => {
    const { sample, board, ada, bob } = setUp();
    const [client, other] = [await sample.connect(), await sample.connect()];
    const mine = boardOf(client);
    const outcome = client.transact(() => {
      mine.owner.set(seen(client, bob));
      mine.people.setIds([bob.id, ada.id]);
      mine.people.move(0, 1);
      mine.voters.set([seen(client, ada)]);
      mine.voters.add(seen(client, bob));
      mine.roles.put("chair", seen(client, ada));
    });
    await sample.network.settle();
    expect(await outcome).toEqual({ ok: true });
    expect(shown(board)).toEqual([bob, [ada, bob], new Set([ada, bob]), { chair: ada }]);
    expect(board.owner.value).toBe(bob);
    expect(boardOf(other).owner.value).toBe(seen(other, bob));
    expect(boardOf(other).people.ids).toEqual([ada.id, bob.id]);
  });

  it("[OM-31] cannot be set by a client to what it does not see", async () => {
    const { sample, board, ada } = setUp();
    const hidden = board.add(Archive).add(Person, "eve");
    const client = await sample.connect();
    const { owner, people, voters, roles } = boardOf(client);
    for (const id of [hidden.id, 99]) {
      for (const write of [
        () => owner.setId(id),
        () => people.setIds([ada.id, id]),
        () => voters.setIds([id]),
        () => roles.setIds({ chair: id }),
      ]) {
        const outcome = client.transact(write);
        await sample.network.settle();
        expect(await outcome).toMatchObject({ ok: false, code: "not_found" });
      }
    }
    expect([board.owner.id, board.people.ids, board.voters.ids, board.roles.ids]).toEqual([0, [], [], {}]);
  });

  it("throw at once in a client for an object that it cannot refer to", async () => {
    const { sample, ada, bob } = setUp();
    const [client, other] = [await sample.connect(), await sample.connect()];
    const gone = seen(client, bob);
    bob.destroy();
    await sample.network.settle();
    const { owner } = boardOf(client);
    for (const [given, code] of [
      [gone, "destroyed"],
      [seen(other, ada), "wrong_tree"],
      // The compiler refuses the server's own object.
      [ada as unknown as Mirrored<Person>, "wrong_tree"],
    ] as const) {
      expect(() => owner.set(given)).toThrow(expect.objectContaining({ code }));
    }
  });

  it("[OM-33] tell who tracks them on a client that an object has gone", async () => {
    const { sample, board, ada, bob } = setUp();
    board.people.set([ada, bob]);
    const client = await sample.connect();
    const seen: string[] = [];
    const stop = track(() => {
      const names = boardOf(client).people.value.map((person) => person?.name.value ?? "nobody");
      seen.push(names.join(" and "));
    });
    ada.destroy();
    await sample.network.settle();
    expect(seen).toEqual(["ada and bob", "nobody and bob"]);
    stop();
    bob.destroy();
    await sample.network.settle();
    expect(seen).toHaveLength(2);
  });

  it("[OM-33] show an object of a branch only while the branch is open", async () => {
    const { sample, board } = setUp();
    const archive = board.add(Archive);
    const eve = archive.add(Person, "eve");
    board.owner.set(eve);
    const client = await sample.connect();
    const heard: (string | undefined)[] = [];
    const stop = track(() => heard.push(boardOf(client).owner.value?.name.value));
    const branch = client.open(seen(client, archive));
    await sample.network.settle();
    await branch.ready;
    branch.close();
    await sample.network.settle();
    expect(heard).toEqual([undefined, "eve", undefined]);
    expect(boardOf(client).owner.id).toBe(eve.id);
    stop();
  });

  it("[OM-32] are told with the objects, also with one that comes or goes in the same transaction", async () => {
    const { sample, board, ada } = setUp();
    board.people.set([ada]);
    const client = await sample.connect();
    const heard: unknown[] = [];
    const { people, owner } = boardOf(client);
    people.on("insert", ({ item }) => heard.push(["+", item?.name.value]));
    people.on("remove", ({ item }) => heard.push(["-", item?.name.value]));
    owner.on("change", ({ old, value }) => heard.push([old?.name.value, value?.name.value]));
    transact(() => {
      const eve = board.add(Person, "eve");
      board.people.put(0, eve);
      board.owner.set(eve);
      ada.destroy();
    });
    await sample.network.settle();
    expect(heard).toEqual([
      ["-", "ada"],
      ["+", "eve"],
      [undefined, "eve"],
    ]);
  });

  it("[OM-32] are told with objects that come later in the same transaction", async () => {
    const { sample, board } = setUp();
    const client = await sample.connect();
    const heard: unknown[] = [];
    const { owner, people, voters, roles } = boardOf(client);
    owner.on("change", ({ value }) => heard.push(value?.name.value));
    people.on("change", (change) => heard.push(change.type === "splice" && change.inserted[0]?.name.value));
    people.on("insert", ({ item }) => heard.push(item?.name.value));
    voters.on("add", ({ item }) => heard.push(item?.name.value));
    roles.on("put", ({ item }) => heard.push(item?.name.value));
    const next = board.tree.save().lastId + 1;
    const come = (name: string, ...writes: (() => void)[]): void => {
      transact(() => {
        for (const write of writes) write();
        board.add(Person, name);
      });
    };
    come(
      "eve",
      () => board.owner.setId(next),
      () => board.people.setIds([next]),
      () => board.voters.setIds([next]),
      () => board.roles.setIds({ chair: next }),
    );
    await sample.network.settle();
    expect(heard.splice(0)).toEqual(["eve", "eve", "eve", "eve", "eve"]);
    come("flo", () => {
      // By ids, as an undo does it.
      topicWrite(board.people, [2, 0, next + 1]);
      topicWrite(board.voters, [1, next + 1]);
      topicWrite(board.roles, [1, "chair", next + 1]);
    });
    await sample.network.settle();
    expect(heard).toEqual([false, "flo", "flo", "flo"]);
  });

  it("[OM-33] are told after a reconnect with objects that came meanwhile", async () => {
    const { sample, board, ada } = setUp();
    board.people.set([ada]);
    board.voters.set([ada]);
    const client = await sample.connect();
    const heard: unknown[] = [];
    const { people, voters, roles, owner } = boardOf(client);
    people.on("change", (change) => {
      if (change.type === "splice") heard.push([change.origin, change.inserted.map((each) => each?.name.value)]);
    });
    voters.on("change", (change) => {
      if (change.type === "set") heard.push([change.origin, change.added.map((each) => each?.name.value)]);
    });
    owner.on("change", ({ origin, value }) => heard.push([origin, value?.name.value]));
    roles.on("put", ({ origin, key, item }) => heard.push([origin, key, item?.name.value]));
    sample.network.lastLink.drop();
    const eve = board.add(Person, "eve");
    board.owner.set(eve);
    board.people.push(eve);
    board.voters.set([eve]);
    board.roles.put("chair", eve);
    sample.network.clock.advance(1000);
    await sample.network.settle();
    expect(heard).toEqual([
      ["restore", "eve"],
      ["restore", ["eve"]],
      ["restore", ["eve"]],
      ["restore", "chair", "eve"],
    ]);
  });
});
