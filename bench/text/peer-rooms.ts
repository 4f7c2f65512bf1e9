// Rooms of what ObjectSync is measured against. They send the least that would do: no heartbeat, no answers, no rights.

import { type RawData, type WebSocket as ServerSocket, WebSocketServer } from "ws";
import { spliceY, type Yjs } from "../peers/yjs.ts";
import { type CountingServer, countingServer, type Member, type OpenRoom, type Room } from "./room.ts";
import { type Edit, edited } from "./trace.ts";

type Message = string | Uint8Array<ArrayBuffer>;

/**
 * A string on each side, and JSON of the edits between them. Without anything that would make concurrent edits meet: for
 * one writer only.
 */
export const openStringRoom: OpenRoom = async (start) => {
  let text = start;
  return openRoom({
    text: () => text,
    state: () => text,
    take(message) {
      text = edited(text, JSON.parse(message.toString()) as Edit[]);
    },
    member(first, send) {
      let own = first.toString();
      return {
        text: () => own,
        take(message) {
          own = edited(own, JSON.parse(message.toString()) as Edit[]);
        },
        write(edits) {
          own = edited(own, edits);
          send(JSON.stringify(edits));
        },
      };
    },
  });
};

/** A document of Yjs on each side, and its updates between them. */
export function openYjsRoom({ Doc, applyUpdate, encodeStateAsUpdate }: Yjs): OpenRoom {
  const bytesOf = (message: Message): Uint8Array => message as Uint8Array;
  return async (start) => {
    const doc = new Doc();
    doc.getText("text").insert(0, start);
    return openRoom({
      text: () => doc.getText("text").toString(),
      state: () => encodeStateAsUpdate(doc) as Uint8Array<ArrayBuffer>,
      take: (message) => applyUpdate(doc, bytesOf(message)),
      member(first, send) {
        const own = new Doc();
        const text = own.getText("text");
        applyUpdate(own, bytesOf(first), "remote");
        own.on("update", (update, origin) => {
          if (origin !== "remote") send(update as Uint8Array<ArrayBuffer>);
        });
        return {
          text: () => text.toString(),
          take: (message) => applyUpdate(own, bytesOf(message), "remote"),
          write(edits) {
            own.transact(() => {
              for (const edit of edits) spliceY(own, text, ...edit);
            });
          },
        };
      },
    });
  };
}

/** A text that hears of what others write. */
interface Replica {
  text(): string;
  take(message: Message): void;
  write(edits: readonly Edit[]): void;
}

interface Model {
  text(): string;
  /** What who joins is sent. */
  state(): Message;
  take(message: Message): void;
  member(state: Message, send: (message: Message) => void): Replica;
}

async function openRoom(model: Model): Promise<Room> {
  const counting = await countingServer();
  passOn(counting, model);
  return {
    port: counting.port,
    join: (port) => join(port, model),
    text: model.text,
    traffic: counting.traffic,
    close: counting.close,
  };
}

/** What one sends is taken and sent to the others. */
function passOn({ http }: CountingServer, model: Model): void {
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on("connection", (socket: ServerSocket) => {
    socket.send(model.state());
    socket.on("message", (data: RawData, isBinary) => {
      const message = isBinary ? new Uint8Array(data as Buffer) : data.toString();
      model.take(message);
      for (const other of server.clients) if (other !== socket) other.send(message);
    });
  });
}

function join(port: number, model: Model): Promise<Member> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  socket.binaryType = "arraybuffer";
  let replica: Replica | undefined;
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("the room is not there"));
    socket.onmessage = ({ data }) => {
      const message: Message = typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer);
      if (replica) return replica.take(message);
      const own = model.member(message, (sent) => socket.send(sent));
      replica = own;
      return resolve({
        text: own.text,
        async write(edits) {
          own.write(edits);
          return false;
        },
        close: () => socket.close(),
      });
    };
  });
}
