// What the page shows, as objects: an object for each folder and file, below the folder that it is in. How things look is
// not here, that is `elements/`; nor what is done to the disk, that is `disk.ts`.
//
// What is below a folder, or a file, comes when the first client opens it and goes when the last has closed it: a folder
// that nobody looks into is neither read nor watched. While it is open the disk says what is there, and nothing else does:
// a rename that a client asks for shows when it is found on the disk.

import { basename, join } from "node:path";
import { Image } from "objectsync/models";
import {
  afterCommit,
  BooleanTopic,
  EventTopic,
  NumberTopic,
  ObjectSyncError,
  SObject,
  StringTopic,
  transact,
  type WriteAccess,
} from "objectsync/server";
import { DirectoryWatch, type Hint } from "./directory-watch.ts";
import { type Disk, describe, type EntryKind, type Found, hasGone } from "./disk.ts";
import { compareNames } from "./format.ts";
import { Preview } from "./preview.ts";

/** Who may rename. It has to be said before the server is made. */
export const renaming: { write: WriteAccess } = { write: "nobody" };

/** How many entries are looked at, and shown, at a time. */
const BATCH = 500;

/** The root: everything on the page is below it. */
export class Explorer extends SObject {
  static override readonly frontendType = "explorer";
  /** Of the folder that is shown, on this machine. */
  readonly path = new StringTopic();
  readonly canRename = new BooleanTopic();
  /** How many clients look at it. */
  readonly viewers = new NumberTopic();

  #disk!: Disk;

  get disk(): Disk {
    return this.#disk;
  }

  /** Shows the folder of a disk. */
  show(disk: Disk): void {
    this.#disk = disk;
    this.path.set(disk.root);
    this.canRename.set(renaming.write === "everyone");
    const name = basename(disk.root) || disk.root;
    this.add(Folder, { name, kind: "folder", size: 0, modified: 0, target: "", identity: "" });
  }
}

/** What a folder has in it: a folder or a file. */
export class Entry extends SObject {
  readonly name = new StringTopic();
  /** What is the matter with it; empty if nothing is. */
  readonly problem = new StringTopic();

  /** Of the file on the disk, whatever its name. */
  identity = "";

  override build(found: Found): void {
    this.show(found);
  }

  /** Shows what was found on the disk. */
  show({ name, identity }: Found): void {
    this.name.set(name);
    this.identity = identity;
  }

  get path(): string {
    return this.parent instanceof Folder ? join(this.parent.path, this.name.value) : this.disk.root;
  }

  get disk(): Disk {
    return (this.tree.root as Explorer).disk;
  }
}

/** A folder. What it has in it is below it while somebody has it open: folders first, then the others, each by name. */
export class Folder extends Entry {
  static override readonly frontendType = "folder";
  static override readonly lazy = true;
  /** How many entries it has, while it is open. */
  readonly count = new NumberTopic();
  /** Whether it was opened just now, and there is more to come. */
  readonly isReading = new BooleanTopic();
  /** Asks for an entry to have another name. */
  readonly rename = new EventTopic<{ entry: number; name: string }>(renaming);

  readonly #entries = new Map<string, Entry>();
  #watch: DirectoryWatch | undefined;

  override init(): void {
    this.rename.rule("emit", ({ args }) => this.#ask(args));
  }

  override onOpen(): void {
    this.isReading.set(true);
    this.problem.set("");
    this.#follow();
  }

  override onClose(): void {
    this.#watch?.close();
    this.#watch = undefined;
    transact(() => this.#clear());
  }

  override onDestroy(): void {
    this.#watch?.close();
  }

  override show(found: Found): void {
    const hasMoved = this.name.value !== found.name;
    super.show(found);
    if (hasMoved) this.#followAnew();
  }

  /** Looks at the folder now and whenever it changes. */
  #follow(): void {
    this.#watch?.close();
    this.#watch = new DirectoryWatch(this.path, async (hint, watch) => {
      try {
        await this.#look(hint, watch);
      } catch (error) {
        if (!watch.isClosed) this.#fail(error);
      }
    });
  }

  /** Its path is another one. Some systems watch paths, and do not see what happens at the new one. */
  #followAnew(): void {
    if (!this.#watch) return;
    this.#follow();
    for (const entry of this.#entries.values()) if (entry instanceof Folder) entry.#followAnew();
  }

  /** Looks at the disk and shows what is there. */
  async #look({ names, isListDue }: Hint, watch: DirectoryWatch): Promise<void> {
    const { path } = this;
    const kinds = isListDue ? await this.disk.list(path) : undefined;
    if (watch.isClosed) return;
    const gone = kinds ? this.#without(kinds) : new Map<string, Entry>();
    const isToBeSeen = (name: string): boolean => names === "all" || names.has(name) || !this.#entries.has(name);
    const wanted = [...(kinds ?? this.#entries).keys()].filter(isToBeSeen);
    // In the order in which they will stand, so that what is seen first comes first.
    if (kinds) wanted.sort((a, b) => compare(a, kinds.get(a) === "folder", b, kinds.get(b) === "folder"));
    for (let at = 0; at === 0 || at < wanted.length; at += BATCH) {
      const found = await this.disk.look(path, wanted.slice(at, at + BATCH));
      if (watch.isClosed) return;
      transact(() => {
        this.#showAll(found, gone);
        if (at + BATCH < wanted.length) return;
        for (const entry of gone.values()) this.#drop(entry);
        this.isReading.set(false);
        this.problem.set(watch.error ? describe(watch.error) : "");
      });
    }
  }

  /** It cannot be looked at, so nobody knows what is there. */
  #fail(error: unknown): void {
    // The folder above knows, or is about to learn, whether it has another name or none.
    if (this.parent instanceof Folder && hasGone(error)) return this.parent.#watch?.touch(this.name.value);
    transact(() => {
      this.#clear();
      this.problem.set(describe(error));
    });
  }

  /** The entries that are not there any more, by their names. */
  #without(kinds: ReadonlyMap<string, EntryKind>): Map<string, Entry> {
    return new Map([...this.#entries].filter(([name]) => !kinds.has(name)));
  }

  #showAll(found: readonly Found[], gone: Map<string, Entry>): void {
    const siblings = [...this.children] as Entry[];
    const renamed = new Map([...gone.values()].map((entry) => [entry.identity, entry]));
    for (const each of found) {
      const { name, identity } = each;
      let entry = this.#entries.get(name);
      if (entry && !isStill(entry, each)) {
        siblings.splice(siblings.indexOf(entry), 1);
        this.#drop(entry);
        entry = undefined;
      }
      if (entry) {
        entry.show(each);
        continue;
      }
      entry = identity === "" ? undefined : renamed.get(identity);
      if (entry) {
        gone.delete(entry.name.value);
        this.#entries.delete(entry.name.value);
        siblings.splice(siblings.indexOf(entry), 1);
      }
      const index = placeFor(each, siblings);
      if (entry) {
        entry.show(each);
        entry.moveTo(this, { index });
      } else entry = each.kind === "folder" ? this.add(Folder, each, { index }) : this.add(File, each, { index });
      siblings.splice(index, 0, entry);
      this.#entries.set(name, entry);
    }
    this.count.set(this.#entries.size);
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.name.value);
    this.count.set(this.#entries.size);
    entry.destroy();
  }

  #clear(): void {
    for (const entry of this.children.toReversed()) entry.destroy();
    this.#entries.clear();
    this.count.set(0);
    this.isReading.set(false);
  }

  /** What a client asks for may be anything. */
  #ask(args: unknown): void {
    const { entry: id, name } = Object(args) as { readonly entry: unknown; readonly name: unknown };
    const entry = this.children.find((child) => child.id === id);
    if (!(entry instanceof Entry) || typeof name !== "string") {
      throw new ObjectSyncError("rejected", "It is not in this folder any more.");
    }
    const from = entry.name.value;
    const reason = this.disk.whyNotRename(this.path, from, name);
    if (reason !== undefined) throw new ObjectSyncError("rejected", reason);
    entry.problem.set("");
    afterCommit(() => {
      try {
        this.disk.rename(this.path, from, name);
        this.#watch?.touch(from, name);
      } catch (error) {
        entry.problem.set(`It keeps its name: ${describe(error)}`);
      }
    });
  }
}

/** Whatever is no folder. What is in it is below it while somebody has it open. */
export class File extends Entry {
  static override readonly frontendType = "file";
  static override readonly lazy = true;
  readonly kind = new StringTopic("file");
  readonly size = new NumberTopic();
  /** When it last changed: milliseconds since 1970. */
  readonly modified = new NumberTopic();
  /** Where a link points to, as it says itself. It is not followed. */
  readonly target = new StringTopic();

  #preview: Preview | undefined;

  override show(found: Found): void {
    super.show(found);
    const { kind, size, modified, target } = found;
    const hasChanged = this.kind.value !== kind || this.size.value !== size || this.modified.value !== modified;
    this.kind.set(kind);
    this.size.set(size);
    this.modified.set(modified);
    this.target.set(target);
    if (hasChanged) this.#preview?.refresh();
  }

  override onOpen(): void {
    this.#preview = this.add(Preview);
    this.#preview.refresh();
  }

  override onClose(): void {
    this.#preview?.destroy();
    this.#preview = undefined;
  }
}

/** Every class that the tree has objects of. */
export const models = [Explorer, Folder, File, Preview, Image];

/** Whether an entry is what was found by its name. A folder that was replaced is another one, with other things in it. */
function isStill(entry: Entry, { kind, identity }: Found): boolean {
  return entry instanceof Folder ? kind === "folder" && entry.identity === identity : kind !== "folder";
}

/** Where an entry stands among others that are in order. */
function placeFor({ name, kind }: Found, siblings: readonly Entry[]): number {
  let low = 0;
  let high = siblings.length;
  const isBehind = (entry: Entry): boolean =>
    compare(entry.name.value, entry instanceof Folder, name, kind === "folder") < 0;
  // Most come at the end.
  const last = siblings.at(-1);
  if (!last || isBehind(last)) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(siblings[middle] as Entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Folders first, then by name. */
function compare(a: string, isFolderA: boolean, b: string, isFolderB: boolean): number {
  return Number(isFolderB) - Number(isFolderA) || compareNames(a, b);
}
