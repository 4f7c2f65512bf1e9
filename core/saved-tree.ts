// What a saved tree looks like: plain JSON, for files, people and migrations.
//
// `format` is the library's: how objects are written. `version` is the application's: what its types are called and what
// they hold; it is one more than the number of migrations that there are. Bytes are `{ "$bytes": "<base64>" }`.

import type { WriteAccess } from "./access.ts";
import type { Json } from "./value.ts";

/** The format of what is saved now. Older ones can be read. */
export const SAVED_FORMAT = 1;

/** A tree, or an object with all below it, as plain JSON. */
export interface SavedTree {
  format: number;
  /** Of the application. */
  version: number;
  /** No object was given a larger id by then. */
  lastId: number;
  root: SavedObject;
}

/** An object with all below it. */
export interface SavedObject {
  id: number;
  type: string;
  key?: string;
  /** By attribute; those that are missing are as a new object has them. */
  values?: Record<string, Json>;
  /** Attributes that it has beyond those of its type, by name. */
  added?: Record<string, SavedAttribute>;
  tags?: string[];
  /** Fields that hold a child, by its id, or an added attribute, by its name. */
  fields?: Record<string, number | string>;
  children?: SavedObject[];
}

/** An attribute beyond those of a type. */
export interface SavedAttribute {
  kind: string;
  value?: Json;
  write?: WriteAccess;
  latest?: boolean;
  optimistic?: boolean;
  history?: boolean;
}

/**
 * Makes saved data of one version that of the next: changes the tree that it is given, or returns another. The data may
 * come from anybody; what a migration leaves wrong is found afterwards.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most change what they are given and return nothing
export type Migration = (saved: SavedTree) => SavedTree | void;

/** Calls `visit` for each saved object, from the top. For migrations. */
export function forEachSaved({ root }: SavedTree, visit: (object: SavedObject) => void): void {
  const walk = (object: SavedObject): void => {
    visit(object);
    for (const child of object.children ?? []) walk(child);
  };
  walk(root);
}

/** A migration that gives types other names, wherever they occur: `renameTypes({ Todo: "Task" })`. */
export function renameTypes(names: Readonly<Record<string, string>>): Migration {
  const map = new Map(Object.entries(names));
  return (saved) =>
    forEachSaved(saved, (object) => {
      object.type = map.get(object.type) ?? object.type;
    });
}
