// The texts that are measured side by side in one process, all edited by the same call.

import { Server, SObject, StringTopic } from "objectsync/server";
import { watched } from "../measure.ts";
import { spliceY, type Yjs } from "../peers/yjs.ts";
import type { Edit } from "./trace.ts";

/** A text that can be edited. */
export interface EditableText {
  splice(...edit: Edit): void;
  read(): string;
  /** Stops what goes on by itself, and would keep the text alive. */
  end?(): void;
}

/** Makes one with a text in it. */
export type MakeText = (start: string) => EditableText;

const writable = { write: "everyone" } as const;

/** The root of a tree that is nothing but a text. */
export class Document extends SObject {
  readonly text = new StringTopic("", writable);
}

/** The least that an edit can cost. */
const makeString: MakeText = (start) => {
  let text = start;
  return {
    splice(position, count, inserted) {
      text = text.slice(0, position) + inserted + text.slice(position + count);
    },
    read: () => text,
  };
};

const makeTopic: MakeText = (start) => {
  const topic = new StringTopic(start);
  return {
    splice: (position, count, inserted) => topic.splice(position, count, inserted),
    read: () => topic.value,
  };
};

/** On a server to which nobody is connected. */
const makeServed: MakeText = (start) => {
  const { text } = new Server({ root: Document }).root;
  text.set(start);
  return {
    splice: (position, count, inserted) => text.splice(position, count, inserted),
    read: () => text.value,
  };
};

/** On a server that sends each edit, in a frame of its own, to a client in memory that throws it away. */
const makeWatched: MakeText = (start) => {
  const server = new Server({ root: Document });
  const { text } = server.root;
  text.set(start);
  server.flush();
  const channel = watched(server);
  return {
    splice(position, count, inserted) {
      text.splice(position, count, inserted);
      server.flush();
    },
    read: () => text.value,
    end: () => channel.close(1000, ""),
  };
};

function makeYText({ Doc }: Yjs, isSent: boolean): MakeText {
  return (start) => {
    const doc = new Doc();
    const text = doc.getText("text");
    if (start) text.insert(0, start);
    // It encodes an update only if somebody listens.
    if (isSent) doc.on("update", () => {});
    return {
      splice: (position, count, inserted) => spliceY(doc, text, position, count, inserted),
      read: () => text.toString(),
    };
  };
}

/** The first is what the others are measured by. Those of a peer that is not installed are left out. */
export function textKinds(yjs: Yjs | undefined): ReadonlyMap<string, MakeText> {
  const ours: [string, MakeText][] = [
    ["a string, sliced", makeString],
    ["StringTopic alone", makeTopic],
    ["StringTopic in a tree", makeServed],
    ["StringTopic in a tree, each edit sent", makeWatched],
  ];
  const theirs: [string, MakeText][] = yjs
    ? [
        ["Y.Text", makeYText(yjs, false)],
        ["Y.Text, each edit encoded", makeYText(yjs, true)],
      ]
    : [];
  return new Map([...ours, ...theirs]);
}
