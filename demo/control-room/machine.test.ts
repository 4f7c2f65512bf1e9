import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  commandLine,
  coreUsage,
  Machine,
  parseCommand,
  parseCores,
  parseMemory,
  parseProcess,
  parsePs,
  parseStatus,
  parseTraffic,
  parseUsers,
  processUsage,
  programName,
  trafficRate,
} from "./machine.ts";

const procStat = `cpu  300 10 60 2000 40 5 5 0 0 0
cpu0 200 10 40 900 20 5 5 0 100 0
cpu2 100 0 20 1100 20 0 0 7 0 0
intr 123456 7 8 9
ctxt 99
btime 1700000000
`;

const meminfo = `MemTotal:       16000 kB
MemFree:         1000 kB
MemAvailable:    9000 kB
Buffers:          500 kB
Cached:          6500 kB
SwapTotal:       2000 kB
SwapFree:        1500 kB
HugePages_Total:     0
`;

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9566124    1166    0    0    0     0          0         0  9566124    1166    0    0    0     0       0          0
  eth0: 331706332    8157    0    0    0     0          0         0   462491    4522    0    0    0     0       0          0
 wlan0:4294967295 1 0 0 0 0 0 0 77 1 0 0 0 0 0 0
veth12: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0
`;

function processStat({ pid = 7, name = "sh", state = "S", user = 0, system = 0, startedAt = 500, pages = 10 } = {}) {
  const before = `1 7 7 0 -1 4194304 101 0 0 0 ${user} ${system} 9 9 20 0 3 0 ${startedAt}`;
  return `${pid} (${name}) ${state} ${before} 3133440 ${pages} 18446744073709551615 94226 9422 0 0 0\n`;
}

describe("the files of the kernel", () => {
  it("gives each core online its times, and counts a guest's once", () => {
    expect(parseCores(procStat)).toEqual([
      { id: 0, busy: 260, idle: 920 },
      { id: 2, busy: 127, idle: 1120 },
    ]);
    expect(parseCores("")).toEqual([]);
  });

  it("takes what is not available as used memory", () => {
    expect(parseMemory(meminfo)).toEqual({
      used: 7000 * 1024,
      total: 16000 * 1024,
      swapUsed: 500 * 1024,
      swapTotal: 2000 * 1024,
    });
  });

  it("estimates available memory for a kernel that does not name it, and leaves swap out where there is none", () => {
    const old = meminfo.replace(/MemAvailable.*\n/, "").replace(/SwapTotal.*/, "SwapTotal: 0 kB");
    expect(parseMemory(old)).toEqual({ used: 8000 * 1024, total: 16000 * 1024 });
  });

  it("lists real interfaces, also when no space follows the colon", () => {
    expect([...parseTraffic(netDev)]).toEqual([
      ["eth0", { received: 331706332, sent: 462491 }],
      ["wlan0", { received: 4294967295, sent: 77 }],
    ]);
  });

  it.each([
    ["a plain name", "sh"],
    ["spaces", "Web Content"],
    ["parentheses and spaces", "a) b"],
    ["an inner pair of parentheses", "(sd-pam)"],
    ["what looks like the rest of the line", "x) R 1 2 3"],
    ["a line end", "a\nb"],
    ["nothing", ""],
  ])("reads a process whose name has %s", (_, name) => {
    expect(parseProcess(processStat({ pid: 4711, name, state: "D", user: 30, system: 12, pages: 99 }))).toEqual({
      pid: 4711,
      name,
      state: "waiting",
      ticks: 42,
      threads: 3,
      startedAt: 500,
      pages: 99,
    });
  });

  it("says nothing of a state that it does not know", () => {
    expect(parseProcess(processStat({ state: "X" }))).not.toHaveProperty("state");
  });

  it.each(["", "12", "12 (sh", "12 (sh) S 1 2", "(sh) S"])("refuses %j as a process", (text) => {
    expect(parseProcess(text)).toBeUndefined();
  });

  it("reads owner and memory of a process, and no memory of a thread of the kernel", () => {
    const status = "Name:\tsu\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t33\t0\t0\nGid:\t5\t5\t5\t5\n";
    expect(parseStatus(`${status}VmHWM:\t    9999 kB\nVmRSS:\t    1784 kB\n`)).toEqual({
      uid: 33,
      memory: 1784 * 1024,
    });
    expect(parseStatus(status)).toEqual({ uid: 33, memory: 0 });
    expect(parseStatus("")).toEqual({ memory: 0 });
  });

  it.each([
    ["node\0server.ts\0--port\x008765\0", "node server.ts --port 8765"],
    ["postgres: writer\0\0\0\0", "postgres: writer"],
    ["sh\0-c\0\0echo \x1b[1m a\n\n\tb\0", "sh -c echo [1m a b"],
    ["", ""],
    ["x".repeat(200), "x".repeat(200)],
    ["x".repeat(201), `${"x".repeat(199)}…`],
    ["🙂".repeat(201), `${"🙂".repeat(199)}…`],
  ])("shows the command line %j in one short line", (text, line) => {
    expect(commandLine(parseCommand(text))).toBe(line);
  });

  it.each([
    ["bash", ["-bash"], "bash"],
    ["gnome-terminal-", ["/usr/libexec/gnome-terminal-server", "-x"], "gnome-terminal-server"],
    ["a-fifteen-bytes", ["/bin/other"], "a-fifteen-bytes"],
    ["MainThread", ["/usr/bin/node", "server.ts"], "node"],
    ["MainThread", [], "MainThread"],
    ["kworker/0:1", [], "kworker/0:1"],
  ])("names the process %j of %j %j", (name, command, shown) => {
    expect(programName(name, command)).toBe(shown);
  });

  it("keeps the first name of a user number", () => {
    const users = parseUsers(
      "root:x:0:0:root:/root:/bin/sh\n# toor:x:1:0\ntoor:x:0:0::/:/bin/sh\nann:x:1000:1000::/:\n",
    );
    expect([...users]).toEqual([
      [0, "root"],
      [1000, "ann"],
    ]);
  });

  it("reads the table that ps prints", () => {
    const table = [
      "    1 root      0.3 13968 Ss   /sbin/launchd",
      "  612 ann      150.5 204800 R+   /Applications/Some Browser.app/Contents/MacOS/Some Browser",
      "  613 ann      no 1 S x",
      "",
    ].join("\n");
    expect(parsePs(table)).toEqual([
      {
        pid: 1,
        name: "launchd",
        command: "/sbin/launchd",
        user: "root",
        cpu: 0.003,
        memory: 13968 * 1024,
        state: "sleeping",
      },
      {
        pid: 612,
        name: "Some Browser",
        command: "/Applications/Some Browser.app/Contents/MacOS/Some Browser",
        user: "ann",
        cpu: 1.505,
        memory: 204800 * 1024,
        state: "running",
      },
    ]);
  });
});

describe("the change between two readings", () => {
  const core = (id: number, busy: number, idle: number) => ({ id, busy, idle });

  it.each([
    ["no time passed", [core(0, 5, 5)], [core(0, 5, 5)], 0, [0]],
    ["a core was half busy", [core(0, 5, 5)], [core(0, 15, 15)], 0.5, [0.5]],
    ["one of two was busy", [core(0, 0, 0), core(1, 0, 0)], [core(0, 10, 0), core(1, 0, 10)], 0.5, [1, 0]],
    ["the idle time went back a little", [core(0, 0, 100)], [core(0, 10, 99)], 1, [1]],
    ["all began at zero again", [core(0, 900, 900)], [core(0, 1, 1)], 0, [0]],
    ["a core came online", [core(0, 0, 0)], [core(0, 1, 3), core(1, 70, 30)], 0.25, [0.25, 0]],
    ["a core went offline", [core(0, 0, 0), core(1, 0, 0)], [core(1, 3, 1)], 0.75, [0.75]],
    ["nothing was read before", [], [core(0, 70, 30)], 0, [0]],
  ])("gives the use of the cores when %s", (_, before, now, cpu, cores) => {
    expect(coreUsage(before, now)).toEqual({ cpu, cores });
  });

  it.each([
    ["it worked half of the time", { user: 100 }, { user: 140, system: 60 }, 2, 0.5],
    ["it has several busy threads", { user: 0 }, { user: 350 }, 1, 3.5],
    ["it claims more than there is", { user: 0 }, { user: 1000 }, 1, 4],
    ["its counter went back", { user: 100 }, { user: 20 }, 1, 0],
    ["another process took its number", { user: 100 }, { user: 20, startedAt: 900 }, 1, 0.2],
    ["it is new", undefined, { user: 30 }, 1, 0.3],
    ["no time passed", { user: 0 }, { user: 100 }, 0, 0],
    ["the clock was set back", { user: 0 }, { user: 100 }, -3, 0],
  ])("gives the use by a process when %s", (_, before, now, seconds, cpu) => {
    const times = (of: Parameters<typeof processStat>[0]) => parseProcess(processStat(of));
    const current = times(now);
    expect(current && processUsage(before && times(before), current, seconds, 4)).toBe(cpu);
  });

  const bytes = (received: number, sent: number) => ({ received, sent });

  it.each([
    [
      "two cards carried something",
      { a: bytes(0, 0), b: bytes(5, 5) },
      { a: bytes(200, 20), b: bytes(5, 25) },
      2,
      100,
      20,
    ],
    ["a counter wrapped", { a: bytes(4294967290, 0) }, { a: bytes(10, 8) }, 1, 0, 8],
    ["a card was plugged in", {}, { a: bytes(1e9, 1e9) }, 1, 0, 0],
    ["a card went away", { a: bytes(7, 7), b: bytes(0, 0) }, { b: bytes(1, 2) }, 1, 1, 2],
    ["no time passed", { a: bytes(0, 0) }, { a: bytes(9, 9) }, 0, 0, 0],
  ])("gives the traffic when %s", (_, before, now, seconds, receivedPerSecond, sentPerSecond) => {
    const rate = trafficRate(new Map(Object.entries(before)), new Map(Object.entries(now)), seconds);
    expect(rate).toEqual({ receivedPerSecond, sentPerSecond });
  });
});

describe("a machine of files", () => {
  let folder: string;
  let time: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "machine-"));
    time = 1_000_000;
    write("stat", procStat);
    write("meminfo", meminfo);
    write("net/dev", netDev);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  function run(of: NonNullable<Parameters<typeof processStat>[0]> & { pid: number }, command = ""): void {
    write(`${of.pid}/stat`, processStat(of));
    write(`${of.pid}/status`, `Uid:\t987654\t987654\t0\t0\nVmRSS:\t${(of.pages ?? 10) * 4} kB\n`);
    write(`${of.pid}/cmdline`, command);
  }

  const machine = (options = {}) => new Machine({ procFolder: folder, now: () => time, ...options });
  const pids = (sample: Awaited<ReturnType<Machine["sample"]>>) => sample.processes.map(({ pid }) => pid);

  it("knows no rates at first", async () => {
    run({ pid: 7, user: 5000 }, "sh\0-l\0");
    const sample = await machine().sample();
    expect(sample).toMatchObject({ at: 1_000_000, cpu: 0, cores: [0, 0], processCount: 1, processSource: "proc" });
    expect(sample).not.toHaveProperty("network");
    expect(sample.processes).toEqual([
      { pid: 7, name: "sh", command: "sh -l", user: "987654", cpu: 0, memory: 40960, threads: 3, state: "sleeping" },
    ]);
  });

  it("compares the next sample with it", async () => {
    const room = machine();
    run({ pid: 7, user: 100 });
    await room.sample();
    time += 2000;
    run({ pid: 7, user: 150, system: 10 });
    write("stat", procStat.replace("cpu0 200", "cpu0 300").replace("cpu2 100 0 20 1100", "cpu2 150 0 20 1150"));
    write("net/dev", netDev.replace("331706332", "331708332").replace("462491", "462493"));
    const sample = await room.sample();
    expect(sample).toMatchObject({ at: 1_002_000, cpu: 0.75, cores: [1, 0.5] });
    expect(sample.network).toEqual({ receivedPerSecond: 1000, sentPerSecond: 1 });
    expect(sample.processes).toMatchObject([{ pid: 7, cpu: 0.3 }]);
  });

  it("lists the busiest by cpu, then memory, and counts them all", async () => {
    const room = machine({ maxProcesses: 3 });
    run({ pid: 1, pages: 10 });
    run({ pid: 2, pages: 30 });
    run({ pid: 3, pages: 20 });
    run({ pid: 4, pages: 0 });
    expect(pids(await room.sample())).toEqual([2, 3, 1]);
    time += 1000;
    run({ pid: 4, pages: 0, user: 1 });
    const sample = await room.sample();
    expect(pids(sample)).toEqual([4, 2, 3]);
    expect(sample.processCount).toBe(4);
  });

  it("leaves out a process that vanishes while it is read, and takes the next one instead", async () => {
    mkdirSync(join(folder, "5"));
    write("6/stat", processStat({ pid: 6, pages: 999 }));
    run({ pid: 7 });
    expect(pids(await machine({ maxProcesses: 1 }).sample())).toEqual([7]);
  });

  it("shows a thread of the kernel by its name", async () => {
    run({ pid: 2, name: "kworker/0:1 (x)", pages: 0 });
    const [process] = (await machine().sample()).processes;
    expect(process).toMatchObject({ name: "kworker/0:1 (x)", command: "kworker/0:1 (x)", memory: 0 });
  });

  it("keeps the arguments to itself when told so", async () => {
    run({ pid: 7 }, "/bin/sh\0--password=secret\0");
    const [process] = (await machine({ hasArguments: false }).sample()).processes;
    expect(process?.command).toBe("/bin/sh");
  });

  it("asks ps where the kernel has no files, and says so", async () => {
    rmSync(join(folder, "stat"));
    const ps = async () => "1 root 0.0 10 S init\n2 ann 5.0 20 R sh\n";
    const sample = await machine({ ps }).sample();
    expect(pids(sample)).toEqual([2, 1]);
    expect(sample).toMatchObject({ processSource: "ps", processCount: 2 });
    expect(sample.memory.used).toBeGreaterThan(0);
  });

  it("says when there is no source of processes at all", async () => {
    rmSync(join(folder, "stat"));
    const ps = () => Promise.reject(new Error("no such program"));
    expect(await machine({ ps }).sample()).toMatchObject({ processes: [], processCount: 0, processSource: "none" });
  });
});

describe("this machine", () => {
  it("gives plausible figures twice", async () => {
    const machine = new Machine();
    const first = await machine.sample();
    // Something to count in between; the kernel says when it is enough.
    const begin = process.cpuUsage();
    const used = ({ user, system } = process.cpuUsage(begin)) => user + system;
    while (used() < 100_000);
    const second = await machine.sample();
    expect(second.at).toBeGreaterThan(first.at);
    expect(second.cores.length).toBeGreaterThan(0);
    for (const share of [second.cpu, ...second.cores]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    expect(second.load).toHaveLength(3);
    expect(second.memory.used).toBeGreaterThan(0);
    expect(second.memory.used).toBeLessThan(second.memory.total);
    expect(second.uptimeSeconds).toBeGreaterThan(0);
    if (second.processSource === "none") return;
    expect(second.processes.length).toBeLessThanOrEqual(40);
    expect(second.processCount).toBeGreaterThanOrEqual(second.processes.length);
    for (const { pid, name, cpu, memory } of second.processes) {
      expect(pid).toBeGreaterThan(0);
      expect(name).not.toBe("");
      expect(cpu).toBeGreaterThanOrEqual(0);
      expect(memory).toBeGreaterThanOrEqual(0);
    }
    if (second.processSource !== "proc") return;
    const own = second.processes.find(({ pid }) => pid === process.pid);
    expect(own?.cpu).toBeGreaterThan(0);
    expect(own?.memory).toBeGreaterThan(1024 * 1024);
    expect(second.network?.receivedPerSecond).toBeGreaterThanOrEqual(0);
  });
});
