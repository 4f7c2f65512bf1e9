// For the tests: a folder of its own below the system's temporary one, and ways to change it.

import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class SampleFolder {
  readonly path = realpathSync.native(mkdtempSync(join(tmpdir(), "files-")));

  /** Makes it, with these files. A name that ends with a slash is a folder's. */
  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    // The other user of `asNobody` has to get in.
    chmodSync(this.path, 0o755);
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  at(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(name.endsWith("/") ? this.at(name) : dirname(this.at(name)), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(this.at(name), content);
  }

  append(name: string, content: string): void {
    appendFileSync(this.at(name), content);
  }

  link(name: string, target: string): void {
    symlinkSync(target, this.at(name));
  }

  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to));
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.remove(".");
  }
}

/** Runs `work` as somebody who may not do everything: the superuser is never denied a thing. */
export async function asNobody<T>(work: () => T | Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
