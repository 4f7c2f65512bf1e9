/**
 * The figures of the machine that this runs on, read again at each call of `Machine.sample()`.
 *
 * - The system counts upwards; what is shown are rates. A sample is therefore a comparison with the reading before it,
 *   and the first one has no rates: its `cpu`, `cores` and each process's `cpu` are 0, and `network` is missing.
 * - A counter that went back (a reset, a wrap, an interface that was plugged in again) counts as no growth, once.
 * - Under Linux all comes from `/proc`, read synchronously: that was measured to cost a fifth of what promises do,
 *   because each file is tiny and does not wait for a disk. Elsewhere `node:os` and `ps` answer.
 * - All text is taken apart by pure functions, below the class; only the class reads files.
 *
 * Not here: intervals, and what the page shows of it.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { cpus, freemem, loadavg, totalmem, uptime } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** What a process is doing. `waiting` is the sleep that nothing can interrupt, mostly for a disk. */
export type ProcessState = "running" | "sleeping" | "waiting" | "stopped" | "zombie" | "idle";

/** One process, as it was when the sample was taken. */
export interface ProcessSample {
  pid: number;
  /** The program's name, without folder. */
  name: string;
  /** The command line in one line, cut at 200 characters; the program's path only where `ps` is the source. */
  command: string;
  /** Who runs it; the number where no name is known. */
  user?: string;
  /** Since the last sample, as a fraction of one core: 2 is two busy cores. From `ps`: its own recent average. */
  cpu: number;
  /** Resident bytes. */
  memory: number;
  threads?: number;
  state?: ProcessState;
}

/** Bytes of memory. The swap is missing where there is none. */
export interface MemorySample {
  used: number;
  total: number;
  swapUsed?: number;
  swapTotal?: number;
}

/** The machine at one moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  at: number;
  /** All cores since the last sample, 0 to 1. */
  cpu: number;
  /** Each core that is online since the last sample, 0 to 1. */
  cores: number[];
  /** Processes that want to run, on average over 1, 5 and 15 minutes; zeros under Windows. */
  load: [number, number, number];
  memory: MemorySample;
  uptimeSeconds: number;
  /** Bytes per second over all cards; missing in the first sample and outside of Linux. */
  network?: { receivedPerSecond: number; sentPerSecond: number };
  /** Bytes of the file system at `/`, as `df` counts them: total is used plus what users may still fill. */
  disk?: { used: number; total: number };
  /** The busiest, by cpu, then by memory. */
  processes: ProcessSample[];
  /** How many processes there are in all. */
  processCount: number;
  /** Where `processes` is from; `none` says that this machine has no source, and the list is empty. */
  processSource: "proc" | "ps" | "none";
}

/** Options of {@link Machine}. */
export interface MachineOptions {
  /** How many processes a sample lists at most. Default 40. */
  maxProcesses?: number;
  /** False leaves `command` without arguments. They may hold passwords: turn it off where strangers look. Default true. */
  hasArguments?: boolean;
  /** Where the kernel's files are; without a `stat` in it, `node:os` and `ps` are asked. Default `/proc`. */
  procFolder?: string;
  /** The processes as `ps -Ao pid=,user=,pcpu=,rss=,state=,comm=` prints them. Default: runs it. */
  ps?: () => Promise<string>;
  /** Milliseconds since 1970. Default `Date.now`. */
  now?: () => number;
}

const DEFAULTS: Required<MachineOptions> = {
  maxProcesses: 40,
  hasArguments: true,
  procFolder: "/proc",
  ps: runPs,
  now: Date.now,
};

/** What the counters said at one moment. */
interface Reading {
  at: number;
  cores: CoreTimes[];
  traffic: Map<string, Traffic> | undefined;
  processes: Map<number, ProcessTimes>;
}

/** Samples the machine that the program runs on. */
export class Machine {
  readonly #options: Required<MachineOptions>;
  #before: Reading | undefined;
  #users: Map<number, string> | undefined;

  constructor(options: MachineOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * What happened since the last call. Ask at most a few times a second: the kernel counts in hundredths of one.
   * Never rejects for a process that vanished meanwhile; it is left out.
   */
  async sample(): Promise<Sample> {
    const { procFolder, now } = this.#options;
    const hasProc = existsSync(join(procFolder, "stat"));
    const reading: Reading = {
      at: now(),
      cores: hasProc ? parseCores(this.#proc("stat")) : coresOfNode(),
      traffic: hasProc ? this.#traffic() : undefined,
      processes: hasProc ? this.#processTimes() : new Map(),
    };
    const before = this.#before;
    this.#before = reading;
    const seconds = before ? (reading.at - before.at) / 1000 : 0;
    const network = before?.traffic && reading.traffic && trafficRate(before.traffic, reading.traffic, seconds);
    const processes = hasProc ? this.#busiest(before, reading, seconds) : await this.#psProcesses();
    const disk = await diskSpace();
    return {
      at: reading.at,
      ...coreUsage(before?.cores ?? [], reading.cores),
      load: loadavg() as [number, number, number],
      memory: hasProc ? parseMemory(this.#proc("meminfo")) : { used: totalmem() - freemem(), total: totalmem() },
      uptimeSeconds: uptime(),
      ...(network && { network }),
      ...(disk && { disk }),
      ...processes,
    };
  }

  #proc(...path: (string | number)[]): string {
    return readFileSync(join(this.#options.procFolder, ...path.map(String)), "utf8");
  }

  #traffic(): Map<string, Traffic> | undefined {
    return attempt(() => parseTraffic(this.#proc("net/dev")));
  }

  #processTimes(): Map<number, ProcessTimes> {
    const found = new Map<number, ProcessTimes>();
    for (const name of readdirSync(this.#options.procFolder)) {
      if (!/^\d+$/.test(name)) continue;
      const times = attempt(() => parseProcess(this.#proc(name, "stat")));
      if (times) found.set(times.pid, times);
    }
    return found;
  }

  #busiest(before: Reading | undefined, reading: Reading, seconds: number): ProcessesSample {
    const { maxProcesses } = this.#options;
    const ranked = [...reading.processes.values()].map((times) => ({
      times,
      cpu: before ? processUsage(before.processes.get(times.pid), times, seconds, reading.cores.length) : 0,
      memory: times.pages,
      pid: times.pid,
    }));
    const processes: ProcessSample[] = [];
    for (const { times, cpu } of ranked.sort(byBusiness)) {
      if (processes.length >= maxProcesses) break;
      const process = attempt(() => this.#describe(times, cpu));
      if (process) processes.push(process);
    }
    // The memory is now known to the byte, and pages may have come and gone since: once more, so that the order holds.
    return { processes: processes.sort(byBusiness), processCount: ranked.length, processSource: "proc" };
  }

  /** Reads what is worth reading only of the few that are shown. Each time: a process may change its user and name. */
  #describe(times: ProcessTimes, cpu: number): ProcessSample {
    const { uid, memory } = parseStatus(this.#proc(times.pid, "status"));
    const words = parseCommand(this.#proc(times.pid, "cmdline"));
    return {
      pid: times.pid,
      name: programName(times.name, words),
      command: commandLine(this.#options.hasArguments ? words : words.slice(0, 1)) || times.name,
      ...(uid !== undefined && { user: this.#userName(uid) }),
      cpu,
      memory,
      threads: times.threads,
      ...(times.state && { state: times.state }),
    };
  }

  #userName(uid: number): string {
    this.#users ??= attempt(() => parseUsers(readFileSync("/etc/passwd", "utf8"))) ?? new Map();
    return this.#users.get(uid) ?? String(uid);
  }

  async #psProcesses(): Promise<ProcessesSample> {
    const { ps, maxProcesses } = this.#options;
    try {
      const all = parsePs(await ps()).sort(byBusiness);
      return { processes: all.slice(0, maxProcesses), processCount: all.length, processSource: "ps" };
    } catch {
      return { processes: [], processCount: 0, processSource: "none" };
    }
  }
}

type ProcessesSample = Pick<Sample, "processes" | "processCount" | "processSource">;

/** Time that one core has spent since the start of the machine, in any unit. */
export interface CoreTimes {
  id: number;
  busy: number;
  idle: number;
}

/** Bytes that one interface has carried since it exists. */
export interface Traffic {
  received: number;
  sent: number;
}

/** The counters of one process. */
export interface ProcessTimes {
  pid: number;
  /** As the kernel knows it: the first 15 bytes. */
  name: string;
  state?: ProcessState;
  /** Hundredths of a second of one core. */
  ticks: number;
  threads: number;
  /** Hundredths of a second since the start of the machine. With the pid it says which process this is. */
  startedAt: number;
  /** Resident memory, good for comparing only: the size of a page differs between machines. */
  pages: number;
}

/** The cores in `/proc/stat`, in its order. Numbers may be missing there: a core can be offline. */
export function parseCores(text: string): CoreTimes[] {
  return [...text.matchAll(/^cpu(\d+) (.+)$/gm)].map(([, id, times = ""]) => {
    // A guest's time, the ninth and tenth, is already in the first two.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = times
      .split(" ")
      .map(Number);
    return { id: Number(id), busy: user + nice + system + irq + softirq + steal, idle: idle + iowait };
  });
}

/** How busy each core was between two readings, and all of them together, 0 to 1. A core that is new: 0. */
export function coreUsage(before: CoreTimes[], now: CoreTimes[]): { cpu: number; cores: number[] } {
  const earlier = new Map(before.map((core) => [core.id, core]));
  let allBusy = 0;
  let all = 0;
  const cores = now.map((core) => {
    const past = earlier.get(core.id) ?? core;
    const busy = growth(past.busy, core.busy);
    const total = busy + growth(past.idle, core.idle);
    allBusy += busy;
    all += total;
    return ratio(busy, total);
  });
  return { cpu: ratio(allBusy, all), cores };
}

/** `/proc/meminfo`, in bytes. Used is what is not available: caches that would make room are free. */
export function parseMemory(text: string): MemorySample {
  const bytes = new Map(
    [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, size]) => [name, Number(size) * 1024]),
  );
  const of = (name: string) => bytes.get(name) ?? 0;
  const total = of("MemTotal");
  // Kernels before 3.14 do not say what is available.
  const available = bytes.get("MemAvailable") ?? of("MemFree") + of("Buffers") + of("Cached");
  const swapTotal = of("SwapTotal");
  const swap = swapTotal > 0 ? { swapUsed: swapTotal - of("SwapFree"), swapTotal } : {};
  return { used: growth(available, total), total, ...swap };
}

// What these carry is carried again by the card behind them, or never leaves the machine.
const virtual = /^(lo|veth|docker|br-|virbr|bond|ifb|dummy|tun|tap|wg|cni|cali|flannel|vmnet)/;

/** The interfaces in `/proc/net/dev` that are worth adding up, by name. */
export function parseTraffic(text: string): Map<string, Traffic> {
  const found = new Map<string, Traffic>();
  // Older kernels leave no space between the colon and a long number.
  for (const [, name = "", counters = ""] of text.matchAll(/^\s*(\S+?):\s*(\d.*)$/gm)) {
    const fields = counters.split(/\s+/).map(Number);
    if (!virtual.test(name)) found.set(name, { received: fields[0] ?? 0, sent: fields[8] ?? 0 });
  }
  return found;
}

/** Bytes per second between two readings. An interface that is new counts from the next time on. */
export function trafficRate(
  before: Map<string, Traffic>,
  now: Map<string, Traffic>,
  seconds: number,
): { receivedPerSecond: number; sentPerSecond: number } {
  let received = 0;
  let sent = 0;
  for (const [name, traffic] of now) {
    const past = before.get(name) ?? traffic;
    received += growth(past.received, traffic.received);
    sent += growth(past.sent, traffic.sent);
  }
  if (seconds <= 0) return { receivedPerSecond: 0, sentPerSecond: 0 };
  return { receivedPerSecond: received / seconds, sentPerSecond: sent / seconds };
}

const states: Record<string, ProcessState> = {
  R: "running",
  S: "sleeping",
  D: "waiting",
  U: "waiting",
  T: "stopped",
  t: "stopped",
  Z: "zombie",
  I: "idle",
};

/** `/proc/[pid]/stat`; undefined for text of another form. */
export function parseProcess(text: string): ProcessTimes | undefined {
  // The name may hold spaces, parentheses and line ends; nothing after it does.
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  if (open < 1 || close < open || fields.length < 22) return undefined;
  const number = (field: number) => Number(fields[field - 3]); // as proc(5) counts them: the state is the third
  const state = states[fields[0] ?? ""];
  return {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    ...(state && { state }),
    ticks: number(14) + number(15),
    threads: number(20),
    startedAt: number(22),
    pages: number(24),
  };
}

/** What Linux calls USER_HZ: 100 wherever Node runs, whatever the kernel's own clock does. */
const ticksPerSecond = 100;

/**
 * The cores that a process kept busy between two readings, at most `cores`. Without `before`, or where that is another
 * process of the same number, it began in between, and all that it has used counts.
 */
export function processUsage(
  before: ProcessTimes | undefined,
  now: ProcessTimes,
  seconds: number,
  cores: number,
): number {
  if (seconds <= 0) return 0;
  const past = before?.startedAt === now.startedAt ? before.ticks : 0;
  return Math.min(cores, growth(past, now.ticks) / ticksPerSecond / seconds);
}

/** Owner and resident bytes in `/proc/[pid]/status`. Threads of the kernel have no memory of their own: 0. */
export function parseStatus(text: string): { uid?: number; memory: number } {
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(text)?.[1]; // the second is the effective one
  const memory = Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  return uid === undefined ? { memory } : { uid: Number(uid), memory };
}

/** The words of `/proc/[pid]/cmdline`: none for a thread of the kernel, one for a process that wrote a title there. */
export function parseCommand(text: string): string[] {
  const words = text.replace(/\0+$/, "");
  return words === "" ? [] : words.split("\0");
}

const maxCommandLength = 200;

/** Words of a command in one line, without control characters, cut at 200 characters. */
export function commandLine(words: string[]): string {
  const line = words
    .join(" ")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length <= maxCommandLength ? line : `${characters.slice(0, maxCommandLength - 1).join("")}…`;
}

/** The name to show: the kernel's, unless that is cut, or says nothing, and the command line knows better. */
export function programName(name: string, command: string[]): string {
  const program = basename(command[0] ?? "");
  const isCut = Buffer.byteLength(name) >= 15 && program.startsWith(name);
  // Node gives its first thread, whose name is the process's, one of these.
  const saysNothing = program !== "" && /^(node-)?MainThread$/.test(name);
  return isCut || saysNothing ? program : name;
}

/** The names in `/etc/passwd`, by number; the first of several. */
export function parseUsers(text: string): Map<number, string> {
  const users = new Map<number, string>();
  for (const [, name = "", uid] of text.matchAll(/^([^:#\n]+):[^:\n]*:(\d+):/gm)) {
    if (!users.has(Number(uid))) users.set(Number(uid), name);
  }
  return users;
}

/** What `ps -Ao pid=,user=,pcpu=,rss=,state=,comm=` prints. Lines of another form are left out. */
export function parsePs(text: string): ProcessSample[] {
  return [...text.matchAll(/^ *(\d+) +(\S+) +(\d+(?:\.\d+)?) +(\d+) +(\S+) +(\S.*?) *$/gm)].map(
    ([, pid, user = "", percent, kibibytes, letters = "", command = ""]) => {
      const state = states[letters.charAt(0)];
      return {
        pid: Number(pid),
        name: basename(command),
        command: commandLine([command]),
        user,
        cpu: Number(percent) / 100,
        memory: Number(kibibytes) * 1024,
        ...(state && { state }),
      };
    },
  );
}

async function runPs(): Promise<string> {
  const options = { env: { ...process.env, LC_ALL: "C" }, timeout: 5000, maxBuffer: 8 * 1024 * 1024 };
  return (await promisify(execFile)("ps", ["-Ao", "pid=,user=,pcpu=,rss=,state=,comm="], options)).stdout;
}

function coresOfNode(): CoreTimes[] {
  return cpus().map(({ times }, id) => ({
    id,
    busy: times.user + times.nice + times.sys + times.irq,
    idle: times.idle,
  }));
}

async function diskSpace(): Promise<Sample["disk"]> {
  try {
    const { blocks, bfree, bavail, bsize } = await statfs("/");
    return { used: (blocks - bfree) * bsize, total: (blocks - bfree + bavail) * bsize };
  } catch {
    return undefined;
  }
}

type Business = Pick<ProcessSample, "cpu" | "memory" | "pid">;

function byBusiness(a: Business, b: Business): number {
  return b.cpu - a.cpu || b.memory - a.memory || a.pid - b.pid;
}

function growth(before: number, now: number): number {
  return Math.max(0, now - before);
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

const absent = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

/** For files that may be gone, or closed to us, by the time they are read. Any other error is one of ours. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
