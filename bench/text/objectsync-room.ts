import { connect } from "objectsync/client";
import { Server } from "objectsync/server";
import { countingServer, type OpenRoom } from "./room.ts";
import { Document } from "./texts.ts";

/** A program may be faster than any person, so what a server takes of a client must not be the limit here. */
const limits = { maxMessagesPerSecond: 1e9, maxStepsPerSecond: 1e12, maxBufferedBytes: 1e9 };

/** A room of ObjectSync's. */
export const openObjectSyncRoom: OpenRoom = async (start) => {
  const counting = await countingServer();
  const server = new Server({ root: Document, limits });
  const { text } = server.root;
  text.set(start);
  server.attach(counting.http);
  return {
    port: counting.port,
    async join(port) {
      const client = await connect<Document>(`ws://127.0.0.1:${port}/objectsync`);
      const mirrored = client.root.text;
      return {
        text: () => mirrored.value,
        async write(edits) {
          const outcome = await client.transact(() => {
            for (const edit of edits) mirrored.splice(...edit);
          });
          return !outcome.ok;
        },
        close: () => client.close(),
      };
    },
    text: () => text.value,
    traffic: counting.traffic,
    async close() {
      await server.close();
      await counting.close();
    },
  };
};
