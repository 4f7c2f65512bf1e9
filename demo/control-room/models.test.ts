import { Server, type SObject, transact } from "objectsync/server";
import { describe, expect, it } from "vitest";
import type { ProcessSample, Sample } from "./machine.ts";
import { Core, Dashboard, Filter, models, Notes, Process, Processes, Trend, Viewer } from "./models.ts";

const GB = 1024 ** 3;

function sampleOf(processes: readonly ProcessSample[], others: Partial<Sample> = {}): Sample {
  return {
    at: 0,
    cpu: 0.34,
    cores: [0.72, 0.8, 0.96],
    load: [2.71, 1.98, 1.64],
    memory: { used: 21.4 * GB, total: 64 * GB },
    uptimeSeconds: 3600,
    processes: [...processes],
    processCount: 212,
    processSource: "proc",
    ...others,
  };
}

function processesOf(...busy: [name: string, cpu: number][]): ProcessSample[] {
  return busy.map(([name, cpu]) => ({
    pid: name.charCodeAt(0),
    name,
    command: `/usr/bin/${name}`,
    user: "ada",
    cpu,
    memory: 1024,
  }));
}

function room(): { dashboard: Dashboard; show: (sample: Sample) => void; rows: () => Process[]; names: () => string } {
  const dashboard = new Server({ root: Dashboard, models }).root as Dashboard;
  const rows = () => dashboard.search<Process>({ type: Process });
  return {
    dashboard,
    show: (sample) => transact(() => dashboard.show(sample)),
    rows,
    names: () => rows().reduce((text, row) => text + row.name.value, ""),
  };
}

describe("the list of processes", () => {
  it("is in the order of each sample; rows stay the same objects, and those in order do not move", () => {
    const { dashboard, show, rows, names } = room();
    const moved: SObject[] = [];
    dashboard.tree.on("move", ({ object }) => moved.push(object));
    show(sampleOf(processesOf(["a", 0.9], ["b", 0.8], ["c", 0.7], ["d", 0.6])));
    expect(names()).toBe("abcd");
    const [a, b, c, d] = rows();
    show(sampleOf(processesOf(["b", 0.9], ["e", 0.8], ["d", 0.7], ["a", 0.6])));
    expect(names()).toBe("beda");
    const [newB, e, newD, newA] = rows();
    expect([newA, newB, newD]).toEqual([a, b, d]);
    expect(moved).toEqual([e, a]);
    expect(c?.isDestroyed).toBe(true);
    expect([a?.isDestroyed, b?.isDestroyed, d?.isDestroyed]).toEqual([false, false, false]);
  });

  it("keeps to what matches the filter, from the moment that it is typed", () => {
    const { dashboard, show, names } = room();
    show(sampleOf(processesOf(["a", 0.9], ["b", 0.8], ["c", 0.7])));
    const filter = dashboard.find(Filter).value;
    filter.set("BIN/B");
    expect(names()).toBe("b");
    filter.set("ada 99");
    expect(names()).toBe("c");
    filter.set("nobody");
    expect(names()).toBe("");
    expect(dashboard.find(Processes).summary.value).toBe("0 of 212");
    filter.set("");
    expect(names()).toBe("abc");
  });

  it("has the pinned ones on top at once, whatever they do and whatever is typed", () => {
    const { dashboard, show, rows, names } = room();
    show(sampleOf(processesOf(["a", 0.9], ["b", 0.8], ["c", 0.7])));
    rows()[2]?.pinned.set(true);
    expect(names()).toBe("cab");
    dashboard.find(Filter).value.set("bin/b");
    expect(names()).toBe("cb");
    show(sampleOf(processesOf(["b", 0.9], ["a", 0.8], ["c", 0])));
    expect(names()).toBe("cb");
    rows()[0]?.pinned.set(false);
    expect(names()).toBe("b");
  });

  it("keeps pinned ones beyond the number of rows, and forgets those that ended", () => {
    const { show, rows, names } = room();
    const many = Array.from({ length: 60 }, (_, index) => ({
      ...(processesOf(["x", 1])[0] as ProcessSample),
      pid: index,
    }));
    show(sampleOf(many));
    expect(rows()).toHaveLength(40);
    rows()[39]?.pinned.set(true);
    show(sampleOf(many.toReversed()));
    expect(rows()).toHaveLength(40);
    expect(rows()[0]?.pid.value).toBe("39");
    show(sampleOf(processesOf(["b", 1])));
    expect(names()).toBe("b");
  });
});

describe("the figures", () => {
  it("say in words what was measured", () => {
    const { dashboard, show } = room();
    show(sampleOf(processesOf(["a", 1.426]), { network: { receivedPerSecond: 4.2 * 1024 ** 2, sentPerSecond: 0 } }));
    const [cpu, memory] = dashboard.childrenOfType(Trend);
    expect([cpu?.value.value, cpu?.note.value]).toEqual(["34", "1.0 of 3 cores"]);
    expect([memory?.value.value, memory?.unit.value, memory?.note.value]).toEqual(["21.4", "GB", "of 64 GB"]);
    expect([dashboard.received.value, dashboard.sent.value]).toEqual(["4.2 MB/s", "0 B/s"]);
    const row = dashboard.find(Process);
    expect([row.cpu.value, row.memory.value, row.style.get("--value")]).toEqual(["143", "1 kB", "100"]);
  });

  it("colour what has little left", () => {
    const { dashboard, show } = room();
    show(sampleOf([]));
    const levels = dashboard.childrenOfType(Core).map(({ classes }) => [classes.get("warm"), classes.get("hot")]);
    expect(levels).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
  });

  it("have as many cores as the machine has at the moment", () => {
    const { dashboard, show } = room();
    const cores = () => dashboard.childrenOfType(Core).map(({ percent }) => percent.value);
    show(sampleOf([], { cores: [0.1, 0.2, 0.3] }));
    show(sampleOf([], { cores: [0.4] }));
    expect(cores()).toEqual([40]);
    show(sampleOf([], { cores: [0.4, 0.5] }));
    expect(cores()).toEqual([40, 50]);
  });

  it("go back five minutes, as two small ops a second", () => {
    const { dashboard, show } = room();
    const { points, span } = dashboard.find(Trend);
    for (let second = 0; second < 60; second++) show(sampleOf([], { cpu: second / 1000 }));
    expect([points.length, points.at(-1), span.value]).toEqual([60, 5.9, 60]);
    for (let second = 60; second < 300; second++) show(sampleOf([], { cpu: second / 1000 }));
    expect([points.length, span.value]).toEqual([300, 300]);
    const changes: unknown[] = [];
    points.on("change", (change) => changes.push(change));
    show(sampleOf([], { cpu: 1 }));
    expect([points.length, points.at(0), points.at(-1)]).toEqual([300, 0.1, 100]);
    expect(changes).toMatchObject([
      { type: "splice", index: 300, deleted: [], inserted: [100] },
      { type: "splice", index: 0, deleted: [0], inserted: [] },
    ]);
  });
});

describe("the viewers", () => {
  it("come and go, each with a name", () => {
    const { dashboard } = room();
    dashboard.welcome(1);
    dashboard.welcome(2);
    expect(dashboard.watching.value).toBe("2 watching");
    dashboard.dismiss(1);
    expect(dashboard.childrenOfType(Viewer).map(({ name }) => name.value)).toEqual(["Teal Lynx"]);
    expect(dashboard.watching.value).toBe("1 watching");
  });
});

describe("the texts that everybody may edit", () => {
  it("have a limit", () => {
    const { dashboard } = room();
    const { value } = dashboard.find(Notes);
    expect(() => value.set("x".repeat(10_001))).toThrow("at most 10000 characters");
    expect(value.value).toBe("");
  });
});
