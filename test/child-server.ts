// A server as a process of its own, for a test that kills it. Writes the port that it listens at.

import { Server } from "../server/server.ts";
import { Card, KeptLog } from "./sample-tree.ts";

const server = new Server({ models: [Card], logger: new KeptLog() });
server.root.add(Card);
const { port } = await server.listen(Number(process.argv[2]));
process.stdout.write(`${port}\n`);
