// The only file that touches the disk, and the fence around the folder that is shown.
//
// - No symbolic link is followed, wherever it points: a link is an entry of its own, and whether a path led through one is
//   looked at again when its content is there. So what somebody swaps meanwhile, a folder for a link say, shows nothing.
// - Only regular files are read, and of these so many bytes as were asked for: a pipe would block, a device may do
//   anything. Whether it is one is asked of the file that is open, not of its name.
// - What goes wrong is an `Error` with a sentence for whoever looks at the page; it names no path.
//
// Not here: when something is read again (directory-watch.ts), what becomes of it (models.ts).

import { constants, lstatSync, realpathSync, renameSync, type Stats } from "node:fs";
import { lstat, open, readdir, readlink, realpath } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { bytes } from "./format.ts";

export type EntryKind = "folder" | "file" | "link" | "pipe" | "socket" | "device" | "unknown";

/** What a directory has of one name. */
export interface Found {
  readonly name: string;
  readonly kind: EntryKind;
  /** In bytes. */
  readonly size: number;
  /** When it last changed: milliseconds since 1970. */
  readonly modified: number;
  /** Where a link points to, as it says itself. */
  readonly target: string;
  /** The same for the same file, whatever it is called. */
  readonly identity: string;
}

/** A part of a file. */
export interface Part {
  readonly bytes: Uint8Array;
  /** How many bytes the whole file has. */
  readonly size: number;
}

/** See the head of this file. */
export class Disk {
  /** The folder that is shown, as an absolute path without links. */
  readonly root: string;

  /** Throws where there is no such folder. */
  constructor(folder: string) {
    this.root = realpathSync.native(folder);
    if (!lstatSync(this.root).isDirectory()) throw new Error(`${folder} is not a folder`);
  }

  /** The names in a folder at or below the root, with what kind of entry each one is. */
  async list(folder: string): Promise<Map<string, EntryKind>> {
    return told(async () => {
      this.#assertInside(folder);
      const entries = await readdir(folder, { withFileTypes: true });
      assertNoLink(folder, await realpath(folder));
      return new Map(entries.map((entry) => [entry.name, kindOf(entry)]));
    });
  }

  /** What a folder has of each of these names, in their order; nothing of those that have gone. */
  async look(folder: string, names: readonly string[]): Promise<Found[]> {
    return told(async () => {
      this.#assertInside(folder);
      const found = await Promise.all(names.map((name) => lookAt(join(folder, name), name)));
      assertNoLink(folder, await realpath(folder));
      return found.filter((each) => each !== undefined);
    });
  }

  /** At most `maxBytes` of a regular file, from `start` on. */
  async read(path: string, start: number, maxBytes: number): Promise<Part> {
    return told(async () => {
      this.#assertInside(path);
      // A pipe without a writer would keep it waiting. Windows has neither flag, and no such pipes.
      const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
      await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const stats = await file.stat();
      if (!stats.isFile()) throw new Error("It is no file that could be read.");
      assertNoLink(path, await realpath(path));
      const { dev, ino } = await lstat(path);
      if (dev !== stats.dev || ino !== stats.ino) throw new Error("It was replaced while it was read.");
      const buffer = Buffer.alloc(Math.max(0, Math.min(maxBytes, stats.size - start)));
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, start + length);
        if (bytesRead === 0) break; // it has become shorter
        length += bytesRead;
      }
      return { bytes: buffer.subarray(0, length), size: stats.size };
    });
  }

  /** Says why an entry of a folder cannot be given another name; `undefined` if it can. */
  whyNotRename(folder: string, from: string, to: string): string | undefined {
    if (to.trim() === "") return "A name has to say something.";
    if (/[/\\]/.test(to) || to === "." || to === "..")
      return "A name cannot lead to another folder: no / and no \\ in it.";
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
    if (/[\u0000-\u001f\u007f]/.test(to)) return "A name cannot have control characters in it.";
    // What a system writes for half a pair of units, and reads for bytes that are no text: the sign is many names' name.
    if (!to.isWellFormed() || to.includes("\uFFFD")) return "A name cannot have half a character, or a \uFFFD, in it.";
    if (process.platform === "win32" && /[<>:"|?*]/.test(to)) return 'A name cannot have any of < > : " | ? * in it.';
    if (Buffer.byteLength(to) > 255) return `A name has at most ${bytes(255)}.`;
    try {
      this.#assertInside(join(folder, to));
      assertNoLink(folder, realpathSync.native(folder));
      const source = lstatSync(join(folder, from));
      const present = lstatSync(join(folder, to), { throwIfNoEntry: false });
      // A file system that takes A for a finds the file itself.
      if (present && !isSame(source, present)) return `There is a ${to} already.`;
    } catch (error) {
      return describe(error, RENAME_REASONS);
    }
    return undefined;
  }

  /**
   * Gives an entry of a folder another name. Throws what `whyNotRename` says. It is synchronous on purpose: Node has no
   * rename that spares what is there, but between this look and the rename no other one of this program can run.
   */
  rename(folder: string, from: string, to: string): void {
    const reason = this.whyNotRename(folder, from, to);
    if (reason !== undefined) throw new Error(reason);
    try {
      renameSync(join(folder, from), join(folder, to));
    } catch (error) {
      throw new Error(describe(error, RENAME_REASONS), { cause: error });
    }
  }

  #assertInside(path: string): void {
    const way = relative(this.root, path);
    if (isAbsolute(way) || way.split(/[/\\]/)[0] === "..") throw new Error("It is not in the folder that is shown.");
  }
}

/** What went wrong, for whoever looks at the page. */
export function describe(error: unknown, reasons = REASONS): string {
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error ? error.message : "It cannot be read.";
  return reasons[code] ?? `The system says ${code}.`;
}

/** Whether there is nothing at a path, or nothing that it was the path of. */
export function hasGone(error: unknown): boolean {
  const code = codeOf(error) ?? codeOf((error as Error).cause);
  return code === "ENOENT" || code === "ENOTDIR";
}

const REASONS: Partial<Record<string, string>> = {
  EACCES: "Permission denied.",
  EPERM: "Permission denied.",
  EROFS: "Nothing can be written on this disk.",
  ENOENT: "It is gone.",
  ENOTDIR: "It is no folder any more.",
  ELOOP: "It is a link, which is not followed.",
  ENXIO: "It is no file that could be read.",
  ENAMETOOLONG: "The name is too long.",
  ENOSPC: "The system watches as many folders as it can: changes are not seen here.",
  EMFILE: "The system has too many files open.",
};

/** Where a rename means something else by a code. */
const RENAME_REASONS: typeof REASONS = {
  ...REASONS,
  EINVAL: "This disk takes no such name.",
  EILSEQ: "This disk takes no such name.",
  EBUSY: "It is in use.",
  ENOSPC: "The disk is full.",
};

async function lookAt(path: string, name: string): Promise<Found | undefined> {
  try {
    const stats = await lstat(path);
    const kind = kindOf(stats);
    const { size, mtimeMs, dev, ino, birthtimeMs } = stats;
    const target = kind === "link" ? await readlink(path) : "";
    // A file that is made when another has gone may get its number. It is not as old.
    return { name, kind, size, modified: mtimeMs, target, identity: `${dev} ${ino} ${birthtimeMs}` };
  } catch (error) {
    if (codeOf(error) === "ENOENT" && !name.includes("\uFFFD")) return undefined;
    // It is there and cannot be asked: a name that is no UTF-8 leads nowhere from here.
    return { name, kind: "unknown", size: 0, modified: 0, target: "", identity: "" };
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(describe(error), { cause: error });
  }
}

function assertNoLink(path: string, real: string): void {
  if (path !== real) throw new Error("A link leads there, which is not followed.");
}

type Asked = Pick<Stats, "isFile" | "isDirectory" | "isSymbolicLink" | "isFIFO" | "isSocket"> &
  Pick<Stats, "isBlockDevice" | "isCharacterDevice">;

function kindOf(entry: Asked): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFIFO()) return "pipe";
  if (entry.isSocket()) return "socket";
  return entry.isBlockDevice() || entry.isCharacterDevice() ? "device" : "unknown";
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
