import { describe, expect, it, vi } from "vitest";
import { AuthorityTree } from "../core/authority.ts";
import { SObject } from "../core/object.ts";
import { ShapeTable, writeSnapshot } from "../core/object-writer.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { OpStream } from "../core/stream.ts";
import { TypeRegistry } from "../core/types.ts";
import type { ParsedSection } from "../core/wire.ts";
import { DEAF } from "../test/recorders.ts";
import { Branches } from "./branches.ts";
import { MirrorTree } from "./mirror-tree.ts";
import { Replica } from "./replica.ts";

class Folder extends SObject {
  static override readonly lazy = true;
  readonly size = new NumberTopic();
}

/** A replica of a root with two folders, both open, and a folder in each. */
function setUp() {
  const types = new TypeRegistry();
  for (const each of [SObject, Folder]) types.register(each);
  const authority = new AuthorityTree(types, SObject);
  const hosts = [authority.root.add(Folder), authority.root.add(Folder)] as const;
  for (const host of hosts) host.add(Folder);
  const mirror = new MirrorTree(DEAF, undefined);
  const unwanted: number[] = [];
  const branches = new Branches(
    () => {},
    (scope) => replica.forget(scope),
  );
  const replica: Replica = new Replica(mirror, branches, {
    ownNumber: () => undefined,
    inFlight: () => undefined,
    reset: () => {},
    arriving: () => {},
    arrived: () => {},
    unwanted: (scope) => unwanted.push(scope),
  });
  const state = (scope: number): ParsedSection => {
    const ops = writeSnapshot(authority, new ShapeTable(), scope);
    return { type: "state", scope, snapshot: { version: 1, ops }, transactions: [], end: undefined };
  };
  const apply = (...sections: readonly ParsedSection[]): void => {
    replica.apply(sections);
    mirror.announce();
  };
  replica.begin("epoch");
  apply(state(ROOT_SCOPE));
  const [first, second] = hosts.map(({ id }) => branches.open(mirror.get(id) as SObject));
  apply(...hosts.map(({ id }) => state(id)));
  const below = (): number[] => hosts.map(({ id }) => mirror.get(id)?.children.length ?? -1);
  return { hosts, mirror, replica, first, second, state, apply, below, unwanted };
}

function changes(scope: number, ops: OpStream): ParsedSection {
  const transaction = { author: undefined, derived: [], ops };
  return { type: "state", scope, snapshot: undefined, transactions: [transaction], end: undefined };
}

describe("what is below an object that was opened", () => {
  it("goes when the server says that it is open no more", async () => {
    const { hosts, replica, first, second, apply, below } = setUp();
    expect(below()).toEqual([1, 1]);
    apply({ type: "refused", scope: hosts[0].id, code: "not_found" });
    expect([below(), [...replica.versions.keys()]]).toEqual([
      [0, 1],
      [ROOT_SCOPE, hosts[1].id],
    ]);
    expect([first?.isOpen, second?.isOpen, await first?.ended]).toEqual([false, true, "not_found"]);
  });

  it("goes when the state comes anew and it is not in it", async () => {
    const { hosts, first, second, state, apply, below } = setUp();
    apply(state(ROOT_SCOPE), state(hosts[1].id));
    expect([below(), first?.isOpen, second?.isOpen]).toEqual([[0, 1], false, true]);
  });

  it("goes with the object", async () => {
    const { hosts, mirror, replica, first, second, apply } = setUp();
    const inside = mirror.get(hosts[0].id)?.children[0];
    apply(changes(ROOT_SCOPE, [-1 - 2 * hosts[0].id, 1]));
    expect([inside?.isDestroyed, [...replica.versions.keys()]]).toEqual([true, [ROOT_SCOPE, hosts[1].id]]);
    expect([first?.isOpen, second?.isOpen, await first?.ended]).toEqual([false, true, "destroyed"]);
  });

  it("is not looked for where a frame only changes values", () => {
    const { hosts, mirror, apply } = setUp();
    const look = vi.spyOn(mirror, "isGone");
    apply(changes(hosts[0].id, [-1 - 2 * (hosts[1].id + 1), 8, 5]), changes(ROOT_SCOPE, [-1 - 2 * hosts[1].id, 8, 7]));
    expect((mirror.get(hosts[1].id) as Folder).size.value).toBe(7);
    expect(look).not.toHaveBeenCalled();
  });
});
