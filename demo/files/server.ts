// Files: a folder of this machine, live in every window that has the page open.
//
// `npm run files -- [folder] [--write] [--port 8765]`. The folder is the working directory by default. With `--write` the
// page can rename. Without a port it takes 8765, or the next one that is free.

import { basename } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Listening, ObjectSyncError, Server } from "objectsync/server";
import { Disk } from "./disk.ts";
import { Explorer, models, renaming } from "./models.ts";

const FIRST_PORT = 8765;
const LAST_PORT = 8799;

const options = { write: { type: "boolean" }, port: { type: "string" } } satisfies ParseArgsConfig["options"];

try {
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const [folder = ".", ...more] = positionals;
  if (more.length > 0) throw new Error(`one folder can be shown, not ${positionals.length}`);
  const port = readPort(values.port);
  const disk = new Disk(folder);

  if (values.write) renaming.write = "everyone";
  const server = new Server({ root: Explorer, models });
  server.root.show(disk);
  server.on("connect", () => server.root.viewers.set(server.clients.length));
  server.on("disconnect", () => server.root.viewers.set(server.clients.length));

  const { url } = await listen(server, port, `${basename(disk.root) || disk.root} · Files`);
  process.stdout.write(`${disk.root}${values.write ? " (its names can be changed)" : ""} is at ${url}\n`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
} catch (error) {
  const isTaken = error instanceof ObjectSyncError && error.code === "port_taken";
  process.stderr.write(`${(error as Error).message}${isTaken ? "; or leave --port out" : ""}\n`);
  process.exitCode = 1;
}

/** Listens at the port that was asked for, or else at the first free one. */
async function listen(server: Server<Explorer>, port: number | undefined, title: string): Promise<Listening> {
  const client = new URL("client.ts", import.meta.url);
  for (let next = port ?? FIRST_PORT; ; next++) {
    try {
      return await server.listen(next, { client, title });
    } catch (error) {
      const isTaken = error instanceof ObjectSyncError && error.code === "port_taken";
      if (!isTaken || port !== undefined || next === LAST_PORT) throw error;
    }
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65536) return port;
  throw new Error(`--port is a number from 0 to 65535, not ${JSON.stringify(text)}`);
}
