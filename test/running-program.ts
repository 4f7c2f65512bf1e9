import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A program as somebody starts it: in a process of its own. */
export interface RunningProgram {
  readonly server: ChildProcess;
  /** Its exit code and signal, when it has ended and all that it wrote is there. */
  readonly ended: Promise<unknown[]>;
  /** What it wrote, both streams, up to now. */
  readonly output: () => string;
  /** Where it says that it is. Rejects with what it wrote if it ends before. */
  readonly url: Promise<string>;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const running = new Set<ChildProcess>();

/** Runs a script of this repository, from the sources of the library. `environment`: beside the variables that there are. */
export function run(script: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): RunningProgram {
  const server = spawn(process.execPath, ["--conditions=objectsync-source", script, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(server);
  const ended = once(server, "close");
  let output = "";
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (text) => {
        output += text;
        const [found] = /http:\/\/\S+(?=\n)/.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
    }
    ended.then(() => reject(new Error(output)), reject);
  });
  // Not everybody asks for it.
  url.catch(() => {});
  return { server, ended, output: () => output, url };
}

/** Ends at once whatever still runs: for `afterEach`. */
export function endPrograms(): void {
  for (const server of running) server.kill("SIGKILL");
  running.clear();
}
