import { describe, expect, it } from "vitest";
import { MemoryNetwork } from "./memory-network.ts";
import { ServerProcess } from "./server-process.ts";

function setUp() {
  const network = new MemoryNetwork();
  const process = new ServerProcess(network);
  const ran: string[] = [];
  return { network, process, ran };
}

describe("[TE-09] the process of a server", () => {
  it("has the time of the network, and its turns", async () => {
    const { network, process, ran } = setUp();
    const { clock, defer } = process;
    network.clock.advance(5);
    expect(clock.now()).toBe(5);
    clock.after(10, () => ran.push("timer"));
    const cancel = clock.after(10, () => ran.push("cancelled"));
    defer(() => ran.push("turn"));
    await network.settle();
    expect(ran).toEqual(["turn"]);
    cancel();
    expect(network.clock.taskCount).toBe(1);
    network.clock.advance(10);
    expect(ran).toEqual(["turn", "timer"]);
  });

  it("runs nothing more when it has ended, also of what is begun then", async () => {
    const { network, process, ran } = setUp();
    const { clock, defer } = process;
    clock.after(10, () => ran.push("timer"));
    defer(() => ran.push("turn"));
    process.end();
    clock.after(10, () => ran.push("late timer"))();
    clock.after(10, () => ran.push("late timer"));
    defer(() => ran.push("late turn"));
    expect(network.clock.taskCount).toBe(0);
    await network.advance(60_000);
    expect(ran).toEqual([]);
  });
});
