import { readFileSync } from "node:fs";
import { platform, release } from "node:os";
import { bytes } from "./format.ts";
import type { Sample } from "./machine.ts";

/** The machine in one line: `Debian 13 · 8 cores · 64 GB`. */
export function describeSystem({ cores, memory }: Sample): string {
  return [systemName(), `${cores.length} ${cores.length === 1 ? "core" : "cores"}`, bytes(memory.total)].join(" · ");
}

function systemName(): string {
  if (platform() === "darwin") return "macOS";
  if (platform() === "win32") return "Windows";
  try {
    return parseRelease(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return `${platform()} ${release()}`;
  }
}

/** The name in `/etc/os-release`, as people say it: `Debian GNU/Linux 13 (trixie)` is Debian 13. */
export function parseRelease(text: string): string {
  const name = /^PRETTY_NAME="?(.*?)"?$/m.exec(text)?.[1] ?? "Linux";
  return name.replace(/ GNU\/Linux/, "").replace(/ \(.*\)$/, "");
}
