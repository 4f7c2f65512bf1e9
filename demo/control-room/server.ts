// The control room: the figures of this machine, live in every window that has the page open.
//
// `npm start`. PORT: where it listens, 8765 by default, 0 for any free port. HOST: an address that other machines reach
// too, as 0.0.0.0; by default only this one does.

import { hostname, networkInterfaces } from "node:os";
import { setInterval } from "node:timers/promises";
import { ObjectSyncError, Server, transact } from "objectsync/server";
import { Machine } from "./machine.ts";
import { Dashboard, models } from "./models.ts";
import { describeSystem } from "./system.ts";

const { PORT = "8765", HOST = "localhost" } = process.env;
const isLocal = ["localhost", "127.0.0.1", "::1"].includes(HOST);

const server = new Server({ root: Dashboard, models });
const dashboard = server.root;
// Command lines may hold passwords: where others look they are left out.
const machine = new Machine({ maxProcesses: 500, hasArguments: isLocal });

server.on("connect", ({ id }) => dashboard.welcome(id));
server.on("disconnect", ({ id }) => dashboard.dismiss(id));

const ended = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => ended.abort());

// Rates are a comparison with the sample before, so this one is not shown.
dashboard.introduce(hostname(), describeSystem(await machine.sample()));

try {
  const { url } = await server.listen(readPort(), {
    client: new URL("client.ts", import.meta.url),
    title: `${hostname()} · Control room`,
    host: HOST,
    ...(!isLocal && { hosts: ownNames() }),
  });
  await update();
  process.stdout.write(`The control room is at ${url}\n`);
} catch (error) {
  fail(error);
}

try {
  for await (const _ of setInterval(1000, undefined, { signal: ended.signal })) await update();
} catch (error) {
  if (!ended.signal.aborted) throw error;
} finally {
  await server.close();
}

/** Shows the machine as it is now: in one transaction, so that every window gets the whole second in one message. */
async function update(): Promise<void> {
  const sample = await machine.sample();
  transact(() => dashboard.show(sample));
}

function readPort(): number {
  const port = Number(PORT);
  if (/^\d+$/.test(PORT) && port < 65536) return port;
  return fail(new Error(`PORT is a number from 0 to 65535, not ${JSON.stringify(PORT)}`));
}

/** By which names other machines may ask for the page. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const names = addresses.map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));
  return ["localhost", HOST, hostname(), `${hostname()}.local`, ...names];
}

function fail(error: unknown): never {
  const { message } = error as Error;
  const isTaken = error instanceof ObjectSyncError && error.code === "port_taken";
  const reason = isTaken ? `Port ${PORT} is taken. Another one: PORT=${Number(PORT) + 1} npm start` : message;
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
