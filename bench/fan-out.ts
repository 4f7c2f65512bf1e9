// What a frame to 200 sockets costs the server, beside raw `ws` that sends as many bytes. In turn, in processes of their
// own; the clients share one more. `--clients=N`, `--frames=N`.

import { fork } from "node:child_process";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { figure, median } from "./measure.ts";

const option = (name: string, fallback: number): number =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? fallback);
const clients = option("clients", 200);
const frames = option("frames", 2000);
const rounds = 5;

interface Cost {
  readonly user: number;
  readonly system: number;
}

const ours: Cost[] = [];
const raw: Cost[] = [];
let bytesPerFrame = 0;
for (let round = 0; round < rounds; round++) {
  ours.push(await run("objectsync"));
  raw.push(await run("raw"));
}
console.log(
  `One frame of ${bytesPerFrame} bytes (20 ops) to each of ${clients} sockets, processor time per socket in µs:\n`,
);
console.log("| part | ObjectSync | raw ws | ratio |\n| --- | ---: | ---: | ---: |");
for (const part of ["user", "system"] as const) {
  const [a, b] = [median(ours.map((cost) => cost[part])), median(raw.map((cost) => cost[part]))];
  const ratio = median(ours.map((cost, round) => cost[part] / (raw[round] as Cost)[part]));
  console.log(`| ${part} | ${figure(a)} | ${figure(b)} | ${ratio.toFixed(2)} |`);
}

async function run(kind: "objectsync" | "raw"): Promise<Cost> {
  const child = fork(
    new URL("fan-out-server.ts", import.meta.url),
    [kind, `${clients}`, `${frames}`, `${bytesPerFrame}`],
    {
      execArgv: ["--conditions=objectsync-source"],
    },
  );
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  let received = 0;
  const sockets = await Promise.all(
    Array.from({ length: clients }, () =>
      openSocket(port, kind, (bytes) => {
        received += bytes;
      }),
    ),
  );
  const [cost] = (await once(child, "message")) as [Cost];
  if (kind === "objectsync") {
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Without the two bytes that WebSocket puts around it; the first state is negligible.
    bytesPerFrame = Math.round(received / clients / (frames * 1.25)) - 4;
  }
  for (const socket of sockets) socket.destroy();
  child.kill();
  return cost;
}

/** A WebSocket client that only counts: decoding 200 times would measure the client. */
async function openSocket(port: number, kind: string, onBytes: (bytes: number) => void) {
  const socket = connectSocket(port, "127.0.0.1");
  const protocol = kind === "objectsync" ? "Sec-WebSocket-Protocol: objectsync.1\r\n" : "";
  socket.write(
    `GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${protocol}` +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  await once(socket, "data");
  // A masked frame that says hello.
  socket.write(Buffer.from([0x82, 0x82, 0, 0, 0, 0, 0x91, 0x01]));
  socket.on("data", (chunk) => onBytes(chunk.length));
  return socket;
}
