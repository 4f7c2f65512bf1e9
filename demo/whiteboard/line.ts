import { dialWebSocket } from "objectsync/client";
import { SlowLine } from "./slow-line.ts";

/** What this page is connected by. */
export const line = new SlowLine(dialWebSocket);
