// What a bundler leaves out: modules that nobody asked for, and the other rooms.
import { describe, expect, it } from "vitest";
import { bundle } from "../scripts/size.ts";

/** The modules of a bundle that match. */
async function found(code: string, modules: RegExp): Promise<string[]> {
  return [...(await bundle(code)).modules.keys()].filter((module) => modules.test(module));
}

const topic = /^core\/[\w-]+-topics?\.ts$/;
const authority = /^(server\/|ws$|immer$|core\/(authority|drafts|globals)\.ts$)/;
const page = /^(elements\/|client\/|lit|@lit)/;

describe("a bundle", () => {
  it.each([
    ["StringTopic", "core/string-topic.ts"],
    ["DictTopic", "core/dict-topic.ts"],
    ["BooleanTopic", "core/scalar-topics.ts"],
  ])("[DX-21] of %s has no other kind of topic, no tree, no wire and no other room", async (name, file) => {
    const code = `export { ${name} } from "objectsync/core";`;
    expect(await found(code, topic)).toEqual([file]);
    expect(await found(code, /^core\/((mirror-)?tree|authority|types|kinds|stream|wire|encode|decode)\.ts$/)).toEqual(
      [],
    );
    expect(await found(code, authority)).toEqual([]);
    expect(await found(code, page)).toEqual([]);
  });

  it("[DX-21] of the client has nothing of the server, of immer or of the elements", async () => {
    const code = 'export { connect } from "objectsync/client";';
    expect(await found(code, /^client\/client\.ts$/)).toHaveLength(1);
    expect(await found(code, authority)).toEqual([]);
    expect(await found(code, /^(elements\/|lit|@lit)/)).toEqual([]);
  });

  it("[DX-21] of one model has neither the others nor a view", async () => {
    const code = 'export { Text } from "objectsync/models";';
    expect(await found(code, /^elements\//)).toEqual(["elements/text/model.ts"]);
    expect(await found(code, authority)).toEqual([]);
    expect(await found(code, /^(client\/|lit|@lit)/)).toEqual([]);
  });

  it("[DX-21] of nothing but an import is empty, except where the import itself does something", async () => {
    for (const room of ["core", "client", "models"]) {
      expect((await bundle(`import {} from "objectsync/${room}";`)).modules.size).toBe(0);
    }
    expect(await found('import "objectsync/elements";', /^elements\/(index|text\/view)\.ts$/)).toHaveLength(2);
  });
});
