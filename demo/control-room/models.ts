// What the page shows, as objects. A class is a thing on the page, its topics are what can change about it, and setting
// one is all that it takes to change it in every window. How things look is not here: that is `elements/`.

import { Input, Textarea } from "objectsync/models";
import {
  BooleanTopic,
  DictTopic,
  ListTopic,
  NumberTopic,
  ObjectSyncError,
  SObject,
  StringTopic,
} from "objectsync/server";
import { aligned, bytes, duration, inUnit, percent, relativeCommand, unitFor } from "./format.ts";
import type { ProcessSample, Sample } from "./machine.ts";
import { putInOrder } from "./order.ts";

/** For topics that every window may write. */
const everyone = { write: "everyone" } as const;

/** The root: everything on the page is below it. */
export class Dashboard extends SObject {
  static override readonly frontendType = "dashboard";
  readonly host = new StringTopic();
  readonly system = new StringTopic();
  readonly uptime = new StringTopic();
  readonly watching = new StringTopic();
  readonly load = new StringTopic();
  readonly loadBefore = new StringTopic();
  readonly received = new StringTopic();
  readonly sent = new StringTopic();
  readonly disk = new StringTopic();
  readonly classes = new DictTopic<boolean>();

  #cpu!: Trend;
  #memory!: Trend;
  #processes!: Processes;

  override build(): void {
    this.#cpu = this.add(Trend, { title: "CPU", color: "var(--accent)" });
    this.#memory = this.add(Trend, { title: "Memory", color: "var(--second)" });
    this.#processes = this.add(Processes);
    this.add(Notes);
  }

  /** Says which machine it is. */
  introduce(host: string, system: string): void {
    this.host.set(host);
    this.system.set(system);
  }

  /** Shows the machine as it is now. */
  show(sample: Sample): void {
    const { cpu, cores, memory, load, network, disk } = sample;
    const unit = unitFor(memory.total);
    this.#cpu.show(
      cpu,
      (cpu * 100).toFixed(0),
      "%",
      `${aligned(cpu * cores.length)} of ${count(cores.length, "core")}`,
    );
    this.#cpu.scale("100 %", "50 %");
    this.#memory.show(
      memory.used / memory.total,
      aligned(inUnit(memory.used, unit)),
      unit,
      `of ${bytes(memory.total)}`,
    );
    this.#memory.scale(bytes(memory.total), bytes(memory.total / 2));
    this.#showCores(cores);
    this.#processes.show(sample);

    this.uptime.set(duration(sample.uptimeSeconds));
    this.load.set(load[0].toFixed(2));
    this.loadBefore.set(`${load[1].toFixed(2)}  ${load[2].toFixed(2)}`);
    this.received.set(network ? `${bytes(network.receivedPerSecond)}/s` : "–");
    this.sent.set(network ? `${bytes(network.sentPerSecond)}/s` : "–");
    this.disk.set(disk ? percent(disk.used / disk.total) : "–");
  }

  /** Somebody has opened the page. */
  welcome(client: number): void {
    this.add(Viewer, { client });
    this.#countViewers();
  }

  /** Somebody has closed it. */
  dismiss(client: number): void {
    this.childrenOfType(Viewer)
      .find((viewer) => viewer.client.value === client)
      ?.destroy();
    this.#countViewers();
  }

  #countViewers(): void {
    this.watching.set(`${this.childrenOfType(Viewer).length} watching`);
  }

  #showCores(shares: readonly number[]): void {
    const cores = this.childrenOfType(Core);
    for (const [index, share] of shares.entries()) (cores[index] ?? this.add(Core, { name: `${index}` })).show(share);
    for (const core of cores.slice(shares.length)) core.destroy();
    this.classes.put("many-cores", shares.length > 16);
  }
}

/** A figure over the last minutes. */
export class Trend extends SObject {
  static override readonly frontendType = "trend";
  /** How many seconds it shows, one point each: more when there is more to show. */
  static readonly spans = [60, 120, 300] as const;

  readonly title = new StringTopic();
  readonly value = new StringTopic();
  readonly unit = new StringTopic();
  readonly note = new StringTopic();
  /** The captions of the scale. */
  readonly top = new StringTopic();
  readonly middle = new StringTopic();
  /** One for each second, the newest last, in percent of what the scale holds. */
  readonly points = new ListTopic<number>();
  /** In seconds. */
  readonly span = new NumberTopic();
  readonly style = new DictTopic<string>();

  override build({ title, color }: { title: string; color: string }): void {
    this.title.set(title);
    this.style.put("--series", color);
  }

  /** Adds a point, and says what it means. */
  show(share: number, value: string, unit: string, note: string): void {
    const longest = Trend.spans[2];
    this.points.push(Math.round(share * 1000) / 10);
    if (this.points.length > longest) this.points.splice(0, 1);
    this.span.set(Trend.spans.find((span) => span >= this.points.length) ?? longest);
    this.value.set(value);
    this.unit.set(unit);
    this.note.set(note);
  }

  /** Names the top of the scale, and its middle. */
  scale(top: string, middle: string): void {
    this.top.set(top);
    this.middle.set(middle);
  }
}

/** One core of the processor. */
export class Core extends SObject {
  static override readonly frontendType = "core";
  readonly name = new StringTopic();
  readonly percent = new NumberTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();

  override build({ name }: { name: string }): void {
    this.name.set(name);
  }

  show(share: number): void {
    const percent = Math.round(share * 100);
    this.percent.set(percent);
    fill(this, percent);
  }
}

/** The processes that are worth a look: those that somebody has pinned, then the busiest that match the filter. */
export class Processes extends SObject {
  static override readonly frontendType = "processes";
  static readonly maxRows = 40;

  readonly summary = new StringTopic();
  /** What stands there instead of rows. */
  readonly hint = new StringTopic();

  #filter!: Filter;
  /** The rows. It has no element of its own, so theirs hang in that of `Processes`. */
  #list!: SObject;
  #samples: readonly ProcessSample[] = [];
  #total = 0;

  override build(): void {
    this.#filter = this.add(Filter);
    this.#list = this.add(SObject);
  }

  override init(): void {
    // A rule runs at once, within the transaction of whoever typed: the text and what it leaves over come together.
    this.#filter.value.rule("change", () => this.#arrange());
  }

  show({ processes, processCount, processSource }: Sample): void {
    this.#samples = processes;
    this.#total = processCount;
    this.hint.set(processSource === "none" ? "This machine does not say what runs on it." : "No process matches.");
    this.#arrange();
  }

  /** Makes the rows what they should be: some go, some come, some move, and the others are left alone. */
  #arrange(): void {
    const rows = new Map(this.#list.childrenOfType(Process).map((row) => [row.pid.value, row]));
    const isPinned = ({ pid }: ProcessSample): boolean => rows.get(`${pid}`)?.pinned.value ?? false;
    const pinned = this.#samples.filter(isPinned);
    const others = this.#samples.filter((sample) => !isPinned(sample) && this.#filter.matches(sample));
    const wanted = [...pinned, ...others.slice(0, Math.max(0, Processes.maxRows - pinned.length))];

    const pids = new Set(wanted.map(({ pid }) => `${pid}`));
    for (const [pid, row] of rows) if (!pids.has(pid)) row.destroy();
    const ordered = wanted.map((sample) => {
      const row = rows.get(`${sample.pid}`) ?? this.#addRow(sample.pid);
      row.show(sample);
      return row;
    });
    putInOrder(this.#list, ordered);
    this.summary.set(`${wanted.length} of ${this.#total}`);
  }

  #addRow(pid: number): Process {
    const row = this.#list.add(Process, { pid });
    row.pinned.rule("change", () => this.#arrange());
    return row;
  }
}

/** A row of the list. */
export class Process extends SObject {
  static override readonly frontendType = "process";
  readonly pid = new StringTopic();
  readonly name = new StringTopic();
  readonly command = new StringTopic();
  readonly user = new StringTopic();
  readonly cpu = new StringTopic();
  readonly memory = new StringTopic();
  readonly pinned = new BooleanTopic(false, everyone);
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();

  override build({ pid }: { pid: number }): void {
    this.pid.set(`${pid}`);
  }

  show({ name, command, user = "–", cpu, memory }: ProcessSample): void {
    this.name.set(name);
    this.command.set(relativeCommand(command));
    this.user.set(user);
    this.cpu.set(aligned(cpu * 100));
    this.memory.set(memory > 0 ? bytes(memory) : "–");
    fill(this, Math.round(cpu * 100));
  }
}

/** The filter of the list: a text field, the same in every window. */
export class Filter extends Input {
  static override readonly frontendType = "filter";

  override build(): void {
    super.build({ placeholder: "Filter" });
  }

  override init(): void {
    limit(this, 100);
  }

  matches({ pid, name, command, user = "" }: ProcessSample): boolean {
    const words = this.value.value.toLowerCase().split(/\s+/);
    const text = `${pid} ${name} ${user} ${command}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }
}

/** A text that everybody may edit. */
export class Notes extends Textarea {
  static override readonly frontendType = "notes";

  override build(): void {
    super.build({ label: "Notes", placeholder: "Write something. Everybody sees it at once." });
  }

  override init(): void {
    limit(this, 10_000);
  }
}

/** Somebody who has the page open, under an invented name. */
export class Viewer extends SObject {
  static override readonly frontendType = "viewer";
  /** Which client it is: a window looks for its own number. */
  readonly client = new NumberTopic();
  readonly name = new StringTopic();
  readonly initials = new StringTopic();
  /** Each window says it of itself. */
  readonly isTyping = new BooleanTopic(false, everyone);
  readonly style = new DictTopic<string>();

  override build({ client }: { client: number }): void {
    const [colorName, color] = pick(COLORS, client);
    const animal = pick(ANIMALS, client);
    this.client.set(client);
    this.name.set(`${colorName} ${animal}`);
    this.initials.set(colorName.charAt(0) + animal.charAt(0));
    this.style.put("--color", color);
  }
}

/** Every class that the tree has objects of. */
export const models = [Dashboard, Trend, Core, Processes, Process, Filter, Notes, Viewer];

/** As many of one as of the other have no divisor in common, so that it takes long until a name comes again. */
const COLORS = [
  ["Indigo", "#3f4fd8"],
  ["Ruby", "#b3245c"],
  ["Teal", "#0b7a70"],
  ["Copper", "#a8510a"],
  ["Violet", "#7a3bbf"],
  ["Green", "#2a7a2e"],
  ["Slate", "#4a5a70"],
] as const;
const ANIMALS = ["Heron", "Otter", "Lynx", "Fox", "Wren", "Badger", "Marten", "Seal", "Raven", "Panda"] as const;

function pick<T>(list: readonly T[], number: number): T {
  return list[number % list.length] as T;
}

/** Fills a bar, and colours it where there is little left. */
function fill({ style, classes }: Core | Process, percent: number): void {
  style.put("--value", `${Math.min(100, percent)}`);
  classes.put("warm", percent >= 75 && percent < 90);
  classes.put("hot", percent >= 90);
}

/** Refuses what makes a text longer than that. Whoever wrote it is told why. */
function limit({ value }: Input | Textarea, maxLength: number): void {
  value.rule("change", () => {
    if (value.length > maxLength) throw new ObjectSyncError("rejected", `at most ${maxLength} characters`);
  });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
