/** The tables of `docs/protocol.md` that say who wins where two write at once, each line with real clients. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { MirrorTree } from "../client/mirror-tree.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { Wire } from "../core/codec.ts";
import type { EventTopic } from "../core/event-topic.ts";
import type { AnyKind, UncheckedOp } from "../core/kind.ts";
import { kindNamed, makeTopic, TOPIC_CLASSES } from "../core/kinds.ts";
import { type ObjectClass, SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import { TestWorld } from "../testing/test-world.ts";
import { expectEqual } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

/** How the two arrive: the first one's frame before the second one's batch, with it, or while the second one waits to be sent. */
const WAYS = ["one after the other", "in one turn", "while the other waits"] as const;

interface Line {
  readonly title: string;
  readonly cells: readonly string[];
}

const text = readFileSync(new URL("../docs/protocol.md", import.meta.url), "utf8");

/** The lines of the tables with so many columns below a heading. */
function linesOf(columns: number): readonly Line[] {
  const section = text.slice(text.indexOf("## Who wins"), text.indexOf("\n## ", text.indexOf("## Who wins") + 1));
  return [...section.matchAll(/^\| `.*\|$/gm)]
    .map(([line]) => line.slice(1, -1).split(" |"))
    .filter(({ length }) => length === columns)
    .map((cells) => cells.map((cell) => cell.trim()))
    .map((cells) => ({ title: cells.slice(0, -1).join(" · ").replaceAll("`", ""), cells }));
}

const VALUES = linesOf(7);
const TREES = linesOf(6);

/** What is in backticks at the beginning of a cell, if anything is. */
const code = (cell: string | undefined): string => /^`([^`]*)`/.exec(cell ?? "")?.[1] ?? "";

/** The name and the arguments of a call. */
function callOf(cell: string | undefined): readonly [name: string, args: Wire[]] {
  const [, name = "", args = ""] = /^(\w+)\((.*)\)$/.exec(code(cell)) ?? expect.fail(`no call: ${cell}`);
  return [name, JSON.parse(`[${args}]`)];
}

/** What is left of a cell behind its value: who is refused, and by which code. */
const refusalsOf = (cell: string | undefined): Record<string, string> =>
  Object.fromEntries([...(cell ?? "").matchAll(/(Ann|Bob): `(\w+)`/g)].map(([, who, why]) => [who, why]));

type Outcome = Awaited<ReturnType<Client["transact"]>>;

/** Two who write at once, and somebody who only looks. */
class Race {
  readonly world: TestWorld;
  readonly ann: Client;
  readonly bob: Client;
  readonly carl: Client;
  outcomes: Record<string, string> = {};

  private constructor(world: TestWorld, [ann, bob, carl]: [Client, Client, Client]) {
    this.world = world;
    this.ann = ann;
    this.bob = bob;
    this.carl = carl;
  }

  static async begin(world: TestWorld): Promise<Race> {
    await world.settle();
    return new Race(world, await world.connectMany(3));
  }

  async run(writes: Record<"Ann" | "Bob", (client: Client) => void>, first: "Ann" | "Bob", way: string): Promise<void> {
    const { world } = this;
    const second = first === "Ann" ? "Bob" : "Ann";
    const [early, late] = first === "Ann" ? [this.ann, this.bob] : [this.bob, this.ann];
    if (way === "while the other waits") late.root.attribute("busy", NumberTopic).add(1);
    await null;
    const [one, other] = [early.transact(() => writes[first](early)), late.transact(() => writes[second](late))];
    await null;
    world.line(early).toServer.deliver();
    if (way !== "in one turn") {
      world.network.endTurn();
      for (const client of [early, late, this.carl]) while (world.line(client).toClient.deliver());
    }
    await world.settle();
    for (const [who, outcome] of [
      [first, await one],
      [second, await other],
    ] as [string, Outcome][]) {
      if (!outcome.ok) this.outcomes[who] = outcome.code;
    }
  }

  /** Everybody, also who comes late; nothing is pending any more. */
  async everybody(): Promise<readonly Client[]> {
    for (const client of [this.ann, this.bob]) {
      expect([client.isSynced, (client.tree as unknown as MirrorTree).isConsistent()]).toEqual([true, true]);
    }
    return [this.ann, this.bob, this.carl, await this.world.connect()];
  }
}

describe.each(VALUES)("[WI-08][OC-22] two ops at once on one attribute: $title", ({ cells }) => {
  const [kindCell, before, anns, bobs, annFirst, bobFirst] = cells;
  const kind = kindNamed(code(kindCell)) as AnyKind;
  /** Bytes are arrays of numbers. */
  const wire = (data: Wire): Wire =>
    kind.name === "binary" && Array.isArray(data) ? Uint8Array.from(data as number[]) : data;

  const opOf = (cell: string | undefined): UncheckedOp => {
    const [name, args] = callOf(cell);
    const form = kind.ops.findIndex((each) => each.name === name);
    expect([name, args.length]).toEqual([kind.ops[form]?.name, kind.ops[form]?.arity]);
    return [form, ...args.map(wire)];
  };

  it.each(WAYS.flatMap((way) => (["Ann", "Bob"] as const).map((first) => ({ way, first }))))(
    "$first's first, $way",
    async ({ way, first }) => {
      class Sheet extends SObject {
        readonly topic = makeTopic(kind, OPEN);
        readonly busy = new NumberTopic(0, OPEN);
        override build(): void {
          if (!kind.isEvent) this.tree.write(this.topic, [0, wire(JSON.parse(code(before)))]);
        }
      }
      const world = new TestWorld<SObject>({ root: Sheet });
      // Ids 1 and 2 are those of objects.
      world.server.root.add(SObject);
      const race = await Race.begin(world);
      const topicOf = (client: Client): AnyTopic => (client.root as unknown as Mirrored<Sheet>).topic as AnyTopic;
      const heard: unknown[] = [];
      if (kind.isEvent) (topicOf(race.carl) as unknown as EventTopic<Wire>).on("emit", ({ args }) => heard.push(args));
      const write = (cell: string | undefined) => (client: Client) => {
        const topic = topicOf(client);
        (client.tree as unknown as MirrorTree).write(topic, opOf(cell));
      };
      await race.run({ Ann: write(anns), Bob: write(bobs) }, first, way);
      const expected = first === "Ann" ? annFirst : bobFirst;
      expect(race.outcomes).toEqual(refusalsOf(expected));
      const value = wire(JSON.parse(code(expected)));
      if (kind.isEvent) expect(heard).toEqual(value);
      else {
        const clients = await race.everybody();
        const topics = [(world.server.root as Sheet).topic, ...clients.map(topicOf)];
        // The order of a set or dict means nothing.
        const wrong = topics.map(topicInternals.state).filter((state) => !kind.equals(state, kind.fromWire(value)));
        expect(wrong.map((state) => kind.toWire(state))).toEqual([]);
      }
      await world.end();
    },
  );
});

describe("the table of values", () => {
  it("has lines for each kind", () => {
    const kinds = new Set(VALUES.map(({ cells }) => code(cells[0])));
    expect([...kinds].toSorted()).toEqual(TOPIC_CLASSES.map((each) => new each().kind.name).toSorted());
  });
});

class Item extends SObject {
  static override readonly access = { add: ["Item"], remove: "everyone", move: "everyone" } as const;
  readonly number = new NumberTopic(0, OPEN);
}

class Board extends SObject {
  static override readonly access = { add: ["Item"] };
  readonly busy = new NumberTopic(0, OPEN);
}

/** What is below an object, as the table has it. */
function shapeBelow({ children }: SObject | Mirrored): string {
  return (children as readonly (SObject & Mirrored<Item>)[])
    .map((child) => {
      const below = shapeBelow(child);
      return `${child.key}${child.number.value === 0 ? "" : `=${child.number.value}`}${below && `(${below})`}`;
    })
    .join(" ");
}

/** Makes what the table says. */
function plant(root: SObject, tree: string): void {
  let [parent, last] = [root, root];
  for (const [token] of tree.matchAll(/\w+|[()]/g)) {
    if (token === "(") parent = last;
    else if (token === ")") parent = parent.parent as SObject;
    else last = parent.add<SObject>(Item as ObjectClass, undefined, { key: token });
  }
}

describe.each(TREES)("[WI-08][OC-22] two edits of a tree at once: $title", ({ cells }) => {
  const [before, anns, bobs, annFirst, bobFirst] = cells;

  it.each(WAYS.flatMap((way) => (["Ann", "Bob"] as const).map((first) => ({ way, first }))))(
    "$first's first, $way",
    async ({ way, first }) => {
      const world = new TestWorld<SObject>({ root: Board, models: [Item] });
      plant(world.server.root, code(before));
      const race = await Race.begin(world);
      const write = (cell: string | undefined) => (client: Client) => {
        const [name, [key, ...rest]] = callOf(cell) as [string, [string, ...unknown[]]];
        const object = client.tree.get(key) as Mirrored<Item>;
        const [parent = "", index] = rest as [string?, number?];
        const to = parent === "" ? client.root : (client.tree.get(parent) as Mirrored);
        const options = index === undefined ? {} : { index };
        if (name === "add") to.add("Item", undefined, { key, ...options });
        else if (name === "destroy") object.destroy();
        else if (name === "move") object.moveTo(to, options);
        else object.number.set(rest[0] as number);
      };
      await race.run({ Ann: write(anns), Bob: write(bobs) }, first, way);
      expectEqual(world.server, ...(await race.everybody()));
      const expected = first === "Ann" ? annFirst : bobFirst;
      expect(shapeBelow(world.server.root)).toBe(code((expected ?? "").replace(/(Ann|Bob): .*/, "")));
      expect(race.outcomes).toEqual(refusalsOf(expected));
      await world.end();
    },
  );
});
