/**
 * `client.afterUpdate`: what listeners of a mirror leave for later, as they cannot write themselves.
 */
import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import { SObject } from "../core/object.ts";
import { NumberTopic } from "../core/scalar-topics.ts";
import { StringTopic } from "../core/string-topic.ts";
import { transact } from "../core/transaction.ts";
import { expectEqual, Sample } from "./sample-tree.ts";

const OPEN = { write: "everyone" } as const;

class Sheet extends SObject {
  readonly a = new StringTopic("", OPEN);
  readonly b = new StringTopic("", OPEN);
  readonly c = new NumberTopic(0, OPEN);
  readonly total = new NumberTopic(0);

  override init(): void {
    this.c.rule("change", ({ value }) => this.total.set(value));
  }
}

function setUp() {
  const errors: unknown[] = [];
  const sample = new Sample({ models: [Sheet], root: Sheet, onError: ({ error }) => errors.push(error) });
  const onError = ({ error }: { readonly error: unknown }): void => {
    errors.push(error);
  };
  return { sample, root: sample.server.root as unknown as Sheet, errors, onError };
}

function sheetOf(client: Client): Mirrored<Sheet> {
  return client.root as unknown as Mirrored<Sheet>;
}

/** What a task sees when it runs. */
function stateOf({ a, b, c }: Pick<Sheet, "a" | "b" | "c">): string {
  return `${a.value}|${b.value}|${c.value}`;
}

describe("a task for after an update", () => {
  it("[OC-13] runs at once where nothing is being applied, and what it throws comes out", async () => {
    const { sample } = setUp();
    const client = await sample.connect();
    const order: string[] = [];
    client.afterUpdate(() => order.push("task"));
    order.push("after");
    expect(order).toEqual(["task", "after"]);
    const fail = (): never => {
      throw new Error("no");
    };
    expect(() => client.afterUpdate(fail)).toThrow("no");
  });

  it("[OC-13] runs once, when a frame is in place and all its listeners have run, and may write", async () => {
    const { sample, root } = setUp();
    const [client, other] = await sample.connectMany(2);
    const sheet = sheetOf(client);
    const order: string[] = [];
    sheet.a.on("change", () => {
      order.push("listener of a");
      client.afterUpdate(() => {
        order.push(`task: ${stateOf(sheet)}`);
        sheet.b.set("from the task");
      });
    });
    sheet.c.on("change", () => order.push("listener of c"));
    transact(() => {
      root.a.set("1");
      root.c.set(2);
    });
    await sample.network.settle();
    expect(order).toEqual(["listener of a", "listener of c", "task: 1||2"]);
    expect(root.b.value).toBe("from the task");
    expectEqual(sample.server, client, other);
    root.c.set(3);
    await sample.network.settle();
    expect(order.slice(3)).toEqual(["listener of c"]);
  });

  it("[OC-13] runs after what the program writes: one op, several together, or what it pretends", async () => {
    const { sample } = setUp();
    const client = await sample.connect();
    const sheet = sheetOf(client);
    const order: string[] = [];
    sheet.a.on("change", ({ value }) => {
      order.push(value);
      client.afterUpdate(() => order.push(`task: ${stateOf(sheet)}`));
    });
    sheet.a.set("1");
    expect(order.splice(0)).toEqual(["1", "task: 1||0"]);
    client.transact(() => {
      sheet.a.set("2");
      client.afterUpdate(() => order.push("asked for inside"));
      sheet.b.set("x");
      expect(order).toEqual([]);
    });
    expect(order.splice(0)).toEqual(["2", "asked for inside", "task: 2|x|0"]);
    client.pretend(() => {
      sheet.a.set("3");
      client.afterUpdate(() => order.push("asked for inside"));
      sheet.c.set(9);
    });
    expect(order.splice(0)).toEqual(["3", "asked for inside", "task: 3|x|9"]);
    client.clearPretended();
    expect(order).toEqual(["2", "task: 2|x|0"]);
    await sample.network.settle();
  });

  it("[OC-13] writes a transaction of its own, which goes after the one that it follows", async () => {
    const { sample, root } = setUp();
    const client = await sample.connect();
    const sheet = sheetOf(client);
    const seen: string[] = [];
    for (const name of ["a", "b"] as const) root[name].on("change", ({ value }) => seen.push(`${name}=${value}`));
    const outcomes: unknown[] = [];
    sheet.a.on("change", ({ value, origin }) => {
      if (origin !== "local") return;
      client.afterUpdate(() => outcomes.push(client.transact(() => sheet.b.set(`after ${value}`))));
    });
    const outcome = client.transact(() => {
      sheet.b.set("first");
      sheet.a.set("1");
    });
    await sample.network.settle();
    expect(seen).toEqual(["b=first", "a=1", "b=after 1"]);
    expect([await outcome, await outcomes[0]]).toEqual([{ ok: true }, { ok: true }]);
    expectEqual(sample.server, client);
  });

  it("[OC-13] is dropped where the transaction that asked for it throws, or the part of it that did", async () => {
    const { sample } = setUp();
    const client = await sample.connect();
    const sheet = sheetOf(client);
    const order: string[] = [];
    const fail = (): void => {
      sheet.a.set("1");
      client.afterUpdate(() => order.push("dropped"));
      throw new Error("no");
    };
    expect(() => client.transact(fail)).toThrow("no");
    client.transact(() => {
      client.afterUpdate(() => order.push("kept"));
      expect(() => client.transact(fail)).toThrow("no");
      sheet.b.set("1");
    });
    expect(order).toEqual(["kept"]);
  });

  it("[OC-13] runs after the listeners of a refusal or a new epoch, and what it writes then is not refused with the rest", async () => {
    const { sample } = setUp();
    const client = await sample.connect();
    const order: string[] = [];
    const leave = (name: string): void => {
      order.push(name);
      client.afterUpdate(() => {
        order.push(`task of ${name}`);
        const { b } = sheetOf(client);
        b.set(`${b.value}+${name}`);
      });
    };
    client.on("reject", ({ code }) => leave(`reject ${code}`));
    client.tree.on("reset", () => leave("reset"));
    const server = sample.server.root as unknown as Sheet;
    server.a.rule("change", () => {
      throw new Error("no");
    });
    sheetOf(client).a.set("1");
    await sample.network.settle();
    expect(order.splice(0)).toEqual(["reject failed", "task of reject failed"]);
    expect(server.b.value).toBe("+reject failed");

    sheetOf(client).c.set(1);
    sample.killServer();
    await sample.network.settle();
    sample.startServer();
    await sample.advance(1_000);
    // What waited for the old tree is refused; what the tasks write is for the new one.
    expect(order).toEqual(["reset", "reject destroyed", "task of reset", "task of reject destroyed"]);
    expect(sheetOf(client).b.value).toBe("+reset+reject destroyed");
    expectEqual(sample.server, client);
  });

  it("[OC-13] that throws is reported, and the others run", async () => {
    const { sample, root, errors, onError } = setUp();
    const client = await sample.connect({ onError });
    const order: string[] = [];
    sheetOf(client).a.on("change", () => {
      client.afterUpdate(() => {
        throw new Error("task");
      });
      client.afterUpdate(() => order.push("other"));
    });
    root.a.set("1");
    await sample.network.settle();
    expect(order).toEqual(["other"]);
    expect(errors).toEqual([new Error("task")]);
  });

  it("[OC-13] leads on to others, each after the update before", async () => {
    const { sample, root } = setUp();
    const client = await sample.connect();
    const sheet = sheetOf(client);
    sheet.c.on("change", ({ value }) => {
      if (value > 0 && value < 5) client.afterUpdate(() => sheet.c.add(1));
    });
    root.c.set(1);
    await sample.network.settle();
    expect([sheet.c.value, root.c.value, root.total.value]).toEqual([5, 5, 5]);
    expectEqual(sample.server, client);
  });
});

describe("a listener of a mirror that writes", () => {
  it("[TX-06] is told of `client.afterUpdate`, on which occasion ever, and nothing is written", async () => {
    const { sample, root, errors, onError } = setUp();
    const client = await sample.connect({ onError });
    const sheet = sheetOf(client);
    const writes = [
      () => sheet.b.set("no"),
      () => client.transact(() => sheet.b.set("no")),
      () => sheet.add("Sheet"),
      () => sheet.destroy(),
    ];
    for (const write of writes) sheet.a.on("change", write);
    root.a.set("1");
    await sample.network.settle();
    sheet.a.set("2");
    expect(errors).toHaveLength(2 * writes.length);
    for (const error of errors) {
      expect(error).toMatchObject({
        code: "observer_write",
        message: expect.stringContaining("client.afterUpdate"),
      });
    }
    await sample.network.settle();
    expect([root.a.value, root.b.value, root.children]).toEqual(["2", "", []]);
    expectEqual(sample.server, client);
  });
});
