import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { type Branch, type Client, connect, type Mirrored } from "objectsync/client";
import { Server } from "objectsync/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Disk } from "./disk.ts";
import { type Entry, Explorer, type File, type Folder, models, renaming } from "./models.ts";
import type { Preview } from "./preview.ts";
import { asNobody, SampleFolder } from "./sample-folder.ts";

const isWindows = process.platform === "win32";
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let folder: SampleFolder;
let server: Server<Explorer>;
let url: string;
let errors: unknown[];
const clients: Client[] = [];

beforeEach(() => {
  folder = new SampleFolder();
  errors = [];
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
  folder[Symbol.dispose]();
  renaming.write = "nobody";
  expect(errors).toEqual([]);
});

/** Serves the folder, and connects a client that has it open. */
async function open(options: { write?: "everyone" } = {}): Promise<Mirrored<Folder>> {
  if (options.write) renaming.write = options.write;
  server = new Server({ root: Explorer, models, onError: ({ error }) => void errors.push(error) });
  server.root.show(new Disk(folder.path));
  ({ url } = await server.listen(0));
  return join();
}

async function join(): Promise<Mirrored<Folder>> {
  const client = await connect(url);
  clients.push(client);
  const root = client.root.find<Folder>("Folder");
  await openBelow(root);
  return root;
}

/** The client that an object is of. */
function clientOf(object: Mirrored): Client {
  return clients.find(({ tree }) => tree === object.tree) as Client;
}

async function openBelow(object: Mirrored<Folder> | Mirrored<File>): Promise<Branch> {
  const branch = clientOf(object).open(object);
  await branch.ready;
  if (object.type === "Folder") await expect.poll(() => (object as Mirrored<Folder>).isReading.value).toBe(false);
  return branch;
}

function names(of: { readonly children: readonly unknown[] }): string[] {
  return (of.children as Mirrored<Entry>[]).map(({ name }) => name.value);
}

function entry<T extends Entry = File>(of: Mirrored<Folder>, wanted: string): Mirrored<T> {
  const found = (of.children as Mirrored<Entry>[]).find(({ name }) => name.value === wanted);
  if (!found) throw new Error(`there is no ${wanted} in ${names(of)}`);
  return found as unknown as Mirrored<T>;
}

/** What is shown of a file. */
async function preview(of: Mirrored<Folder>, name: string): Promise<Mirrored<Preview>> {
  await openBelow(entry(of, name));
  await expect.poll(() => entry(of, name).children.length).toBe(1);
  const shown = entry(of, name).childOfType<Preview>("Preview");
  await expect.poll(() => shown.text.value !== "" || shown.note.value !== "" || shown.children.length > 0).toBe(true);
  return shown;
}

function rename(of: Mirrored<Folder>, from: string, to: string) {
  return clientOf(of).transact(() => of.rename.emit({ entry: entry(of, from).id, name: to }));
}

describe("a folder", () => {
  it("has what is on the disk, folders first, numbers as people count", async () => {
    for (const name of ["b10", "b9", "a", "B2", "z/", "10/", "9/"]) folder.write(name, "");
    const root = await open();
    expect(names(root)).toEqual(["9", "10", "z", "a", "B2", "b9", "b10"]);
    expect(root.count.value).toBe(7);
    expect(root.children.map(({ type }) => type)).toEqual([
      "Folder",
      "Folder",
      "Folder",
      "File",
      "File",
      "File",
      "File",
    ]);
  });

  it("[CM-16] that nobody has open is not read; [CM-18] what was in it goes when the last has closed it", async () => {
    folder.write("sub/deep/file", "");
    const root = await open();
    const other = await join();
    const inside = (): string[] => names(server.root.find<Folder>("Folder").childOfType<Folder>("Folder"));
    expect(inside()).toEqual([]);
    const sub = entry<Folder>(root, "sub");
    const branches = [await openBelow(sub), await openBelow(entry<Folder>(other, "sub"))];
    expect([names(sub), names(entry<Folder>(other, "sub")), inside()]).toEqual([["deep"], ["deep"], ["deep"]]);
    branches[0]?.close();
    expect(names(sub)).toEqual([]);
    folder.write("sub/new", "");
    await expect.poll(() => names(entry<Folder>(other, "sub"))).toEqual(["deep", "new"]);
    expect(names(sub)).toEqual([]);
    branches[1]?.close();
    await expect.poll(inside).toEqual([]);
    expect(entry<Folder>(root, "sub").count.value).toBe(0);
  });

  it("shows what comes, changes and goes, and leaves the others alone", async () => {
    for (const name of ["a", "b", "c"]) folder.write(name, name);
    const root = await open();
    const [a, b, c] = root.children as Mirrored<File>[];
    folder.write("b", "longer");
    folder.write("aa", "new");
    folder.remove("c");
    await expect.poll(() => names(root)).toEqual(["a", "aa", "b"]);
    await expect.poll(() => b?.size.value).toBe(6);
    expect([root.children[0], root.children[2], c?.isDestroyed]).toEqual([a, b, true]);
    expect(entry(root, "aa").size.value).toBe(3);
    expect(root.count.value).toBe(3);
  });

  it("keeps a file that is renamed on the disk, and puts it where it belongs", async () => {
    for (const name of ["a", "b", "c"]) folder.write(name, name);
    const root = await open();
    const a = entry(root, "a");
    folder.rename("a", "bb");
    await expect.poll(() => names(root)).toEqual(["b", "bb", "c"]);
    expect(root.children[1]).toBe(a);
    // Onto another one: that is the one that stays.
    const c = entry(root, "c");
    folder.rename("bb", "c");
    await expect.poll(() => names(root)).toEqual(["b", "c"]);
    expect([root.children[1], c.isDestroyed, a.isDestroyed]).toEqual([c, false, true]);
  });

  it("takes a file for new that was made when another had gone", async () => {
    folder.write("a", "a");
    const root = await open();
    const a = entry(root, "a");
    // Many file systems give it the number of the other.
    folder.remove("a");
    folder.write("b", "b");
    await expect.poll(() => names(root)).toEqual(["b"]);
    expect(a.isDestroyed).toBe(true);
  });

  it("goes on to be live, with all that is open in it, by another name", async () => {
    folder.write("sub/deep/file", "");
    const root = await open();
    const sub = entry<Folder>(root, "sub");
    await openBelow(sub);
    const deep = entry<Folder>(sub, "deep");
    await openBelow(deep);
    folder.rename("sub", "under");
    await expect.poll(() => names(root)).toEqual(["under"]);
    expect(root.children[0]).toBe(sub);
    folder.write("under/one", "");
    folder.write("under/deep/two", "2");
    await expect
      .poll(() => [names(sub), names(deep)])
      .toEqual([
        ["deep", "one"],
        ["file", "two"],
      ]);
    expect(entry(deep, "two").size.value).toBe(1);
  });

  it("that was replaced by another of its name is another", async () => {
    folder.write("sub/old", "");
    const root = await open();
    const sub = entry<Folder>(root, "sub");
    await openBelow(sub);
    folder.write("next/new", "");
    folder.rename("sub", "next/before");
    folder.rename("next", "sub");
    await expect.poll(() => sub.isDestroyed).toBe(true);
    await expect.poll(() => names(root)).toEqual(["sub"]);
    await openBelow(entry<Folder>(root, "sub"));
    expect(names(entry<Folder>(root, "sub"))).toEqual(["before", "new"]);
  });

  it("may become a file, and a file a link", async () => {
    folder.write("a/", "");
    folder.write("b", "");
    const root = await open();
    const b = entry(root, "b");
    folder.remove("a");
    folder.write("a", "");
    folder.remove("b");
    folder.link("b", "/etc/passwd");
    await expect.poll(() => root.children.map(({ type }) => type)).toEqual(["File", "File"]);
    await expect.poll(() => entry(root, "b").kind.value).toBe("link");
    expect(entry(root, "b")).toBe(b);
    expect(b.target.value).toBe("/etc/passwd");
    await expect
      .poll(async () => (await preview(root, "b")).note.value)
      .toBe("A link to /etc/passwd. It is not followed.");
  });

  it.skipIf(isWindows)("that cannot be read says so, and shows what is there when it can be", async () => {
    folder.write("sub/file", "");
    chmodSync(folder.at("sub"), 0);
    await asNobody(async () => {
      const root = await open();
      const sub = entry<Folder>(root, "sub");
      const branch = await openBelow(sub);
      await expect.poll(() => sub.problem.value).toBe("Permission denied.");
      expect([names(sub), root.problem.value]).toEqual([[], ""]);
      branch.close();
    });
    chmodSync(folder.at("sub"), 0o755);
    const root = clients[0]?.root.find<Folder>("Folder") as Mirrored<Folder>;
    const sub = entry<Folder>(root, "sub");
    await openBelow(sub);
    await expect.poll(() => [names(sub), sub.problem.value]).toEqual([["file"], ""]);
  });

  it("that is shown may go itself: nothing is left of it, and the page is told", async () => {
    folder.write("sub/file", "");
    const root = await open();
    await openBelow(entry<Folder>(root, "sub"));
    folder.remove(".");
    await expect.poll(() => root.problem.value).toBe("It is gone.");
    expect(names(root)).toEqual([]);
  });

  it("with thousands of files shows the first of them first, and misses none that come meanwhile", async () => {
    for (let index = 0; index < 3000; index++) folder.write(`file ${index}`, "");
    const root = await open();
    const parts: string[][] = [];
    const sub = await join();
    expect(names(sub)).toEqual(names(root));
    folder.write("many/", "");
    for (let index = 0; index < 2000; index++) folder.write(`many/${index}`, "");
    await expect.poll(() => names(root)[0]).toBe("many");
    const many = entry<Folder>(root, "many");
    many.count.on("change", ({ value }) => {
      parts.push(names(many));
      if (value === 500) folder.write("many/100.5", "");
    });
    await openBelow(many);
    expect(parts[0]).toEqual(Array.from({ length: 500 }, (_, index) => `${index}`));
    const all = Array.from({ length: 2000 }, (_, index) => `${index}`);
    await expect.poll(() => names(many)).toEqual(all.toSpliced(101, 0, "100.5"));
  });

  it("that is closed while it is read is left empty", async () => {
    for (let index = 0; index < 2000; index++) {
      folder.write(`many/${index}`, "");
      folder.write(`other/${index}`, "");
    }
    const root = await open();
    const many = entry<Folder>(root, "many");
    const branch = clientOf(many).open(many);
    await expect.poll(() => many.count.value).toBeGreaterThan(0);
    branch.close();
    const onServer = server.root.find<Folder>("Folder").childOfType<Folder>("Folder");
    await expect.poll(() => onServer.children.length).toBe(0);
    await openBelow(entry<Folder>(root, "other"));
    expect([onServer.children.length, onServer.count.value, many.isReading.value]).toEqual([0, 0, false]);
    await openBelow(many);
    await expect.poll(() => many.children.length).toBe(2000);
    expect(onServer.count.value).toBe(2000);
  });
});

describe("a preview", () => {
  it("[CM-16] is for those who have the file open, and no one else", async () => {
    folder.write("a.txt", "one");
    const root = await open();
    const other = await join();
    const shown = await preview(root, "a.txt");
    expect(shown.text.value).toBe("one");
    expect(entry(other, "a.txt").children).toEqual([]);
    expect(other.tree.get(shown.id)).toBeUndefined();
  });

  it("shows what is written, and sends only what is new of it", async () => {
    folder.write("a.log", "one\n");
    const root = await open();
    const { text } = await preview(root, "a.log");
    const inserted: string[] = [];
    text.on("insert", (part) => inserted.push(part.text));
    folder.append("a.log", "two\n");
    await expect.poll(() => text.value).toBe("one\ntwo\n");
    expect(inserted.join("")).toBe("two\n");
  });

  it("begins at the beginning, and follows the end of a long file that grows", async () => {
    folder.write("a.log", "a line of 20 letters\n".repeat(10_000));
    const root = await open();
    const { text, note } = await preview(root, "a.log");
    expect([text.value.length, note.value]).toEqual([65_536, "The first 64 kB of 205 kB"]);
    folder.append("a.log", "news\n");
    await expect.poll(() => text.value.slice(-6)).toBe("\nnews\n");
    expect([text.value.slice(0, 2), note.value]).toEqual(["a ", "The last 32 kB of 205 kB"]);
    const inserted: string[] = [];
    text.on("insert", (part) => inserted.push(part.text));
    folder.append("a.log", "more\n");
    await expect.poll(() => text.value.slice(-11)).toBe("\nnews\nmore\n");
    expect(inserted.join("")).toBe("more\n");
    folder.write("a.log", "anew");
    await expect.poll(() => [text.value, note.value]).toEqual(["anew", ""]);
  });

  it.each([
    ["empty", "", "", "It is empty."],
    ["bytes", Buffer.from([1, 0, 2]), "", "This is no text."],
    ["latin", Buffer.from("caf\xe9", "latin1"), "", "This is no text."],
    ["page.html", "<script>alert(1)</script>", "<script>alert(1)</script>", ""],
    [
      "a picture that is too large",
      Buffer.concat([PNG, Buffer.alloc(3_000_000)]),
      "",
      "A picture of 2.9 MB: that is too large to be shown here.",
    ],
  ])("of %s", async (name, content, text, note) => {
    folder.write(name, content);
    const shown = await preview(await open(), name);
    expect([shown.text.value, shown.note.value, shown.children]).toEqual([text, note, []]);
  });

  it("of a picture is a picture, whatever it is called, and changes with it", async () => {
    folder.write("a.txt", PNG);
    const shown = await preview(await open(), "a.txt");
    expect(shown.children.map(({ type }) => type)).toEqual(["Image"]);
    const [image] = shown.children as unknown as { bytes: { value: Uint8Array }; mediaType: { value: string } }[];
    expect([Buffer.from(image?.bytes.value ?? []).equals(PNG), image?.mediaType.value]).toEqual([true, "image/png"]);
    folder.write("a.txt", "no more");
    await expect.poll(() => [shown.children.length, shown.text.value]).toEqual([0, "no more"]);
    folder.write("a.txt", Buffer.concat([PNG, PNG]));
    await expect.poll(() => [shown.children.length, shown.text.value]).toEqual([1, ""]);
  });

  it("goes with its file, also while that is read", async () => {
    folder.write("a.txt", "x".repeat(60_000));
    const root = await open();
    const a = entry(root, "a.txt");
    clientOf(a).open(a);
    folder.remove("a.txt");
    await expect.poll(() => names(root)).toEqual([]);
    expect(a.isDestroyed).toBe(true);
  });

  it.skipIf(isWindows)("of what may not be read says so", async () => {
    folder.write("a.txt", "secret");
    chmodSync(folder.at("a.txt"), 0);
    await asNobody(async () => expect((await preview(await open(), "a.txt")).note.value).toBe("Permission denied."));
  });
});

describe("renaming", () => {
  it("is not open to clients unless the server was told so", async () => {
    folder.write("a", "");
    const root = await open();
    expect(() => root.rename.emit({ entry: entry(root, "a").id, name: "b" })).toThrow("is not open to clients");
    expect(() => entry(root, "a").name.set("b")).toThrow("is not open to clients");
  });

  it("happens on the disk, and shows to all by the same object", async () => {
    folder.write("a", "one");
    folder.write("sub/x", "");
    const root = await open({ write: "everyone" });
    const other = await join();
    const a = entry(other, "a");
    expect(await rename(root, "a", "z")).toEqual({ ok: true });
    expect(readdirSync(folder.path)).toEqual(["sub", "z"]);
    expect(await rename(root, "sub", "dir")).toEqual({ ok: true });
    await expect
      .poll(() => [names(root), names(other)])
      .toEqual([
        ["dir", "z"],
        ["dir", "z"],
      ]);
    expect(entry(other, "z")).toBe(a);
    expect(() => entry(root, "z").name.set("b")).toThrow("is not open to clients");
  });

  it("is refused with a reason, and nothing happens", async () => {
    folder.write("a", "one");
    folder.write("b", "two");
    const root = await open({ write: "everyone" });
    for (const [name, reason] of [
      ["b", "There is a b already."],
      ["../a", "A name cannot lead to another folder: no / and no \\ in it."],
    ] as const) {
      expect(await rename(root, "a", name)).toEqual({ ok: false, code: "rejected", message: reason });
    }
    expect(readdirSync(folder.path)).toEqual(["a", "b"]);
    expect(names(root)).toEqual(["a", "b"]);
  });

  it("to what no disk takes is refused to who asked, and the others go on", async () => {
    folder.write("a", "one");
    const root = await open({ write: "everyone" });
    const other = await join();
    for (const [name, reason] of [
      ["\ud800", "A name cannot have half a character, or a \uFFFD, in it."],
      ["a\udc00b", "A name cannot have half a character, or a \uFFFD, in it."],
      ["a\0", "A name cannot have control characters in it."],
      ["a".repeat(256), "A name has at most 255 bytes."],
    ] as const) {
      expect(await rename(root, "a", name)).toEqual({ ok: false, code: "rejected", message: reason });
    }
    expect([readdirSync(folder.path), names(root), entry(root, "a").problem.value]).toEqual([["a"], ["a"], ""]);
    expect(await rename(other, "a", "b")).toEqual({ ok: true });
    await expect.poll(() => names(root)).toEqual(["b"]);
  });

  it("is refused for whatever else a client may send", async () => {
    folder.write("a", "one");
    folder.write("sub/b", "two");
    const root = await open({ write: "everyone" });
    const sub = entry<Folder>(root, "sub");
    await openBelow(sub);
    const { id } = entry(sub, "b");
    const emit = (args: unknown) =>
      clientOf(root).transact(() => root.rename.emit(args as { entry: number; name: string }));
    for (const args of [
      null,
      1,
      "x",
      [],
      {},
      { entry: "1", name: "c" },
      { entry: id, name: "c" },
      { entry: root.id, name: "c" },
    ]) {
      expect(await emit(args)).toMatchObject({ ok: false, code: "rejected" });
    }
    expect(await emit({ entry: entry(root, "a").id, name: { length: 1 } })).toMatchObject({
      ok: false,
      code: "rejected",
    });
    expect([readdirSync(folder.path), readdirSync(folder.at("sub"))]).toEqual([["a", "sub"], ["b"]]);
  });

  it("of two that want the same name is given to the first", async () => {
    folder.write("a", "one");
    folder.write("b", "two");
    const root = await open({ write: "everyone" });
    const other = await join();
    const outcomes = await Promise.all([rename(root, "a", "c"), rename(other, "b", "c")]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    await expect.poll(() => names(root).length).toBe(2);
    expect(readdirSync(folder.path)).toHaveLength(2);
    expect(readdirSync(folder.path)).toContain("c");
  });

  it("does not happen when the system refuses it, and the entry says so", { skip: isWindows }, async () => {
    folder.write("a", "one");
    const root = await open({ write: "everyone" });
    await asNobody(async () => {
      expect(await rename(root, "a", "b")).toEqual({ ok: true });
      await expect.poll(() => entry(root, "a").problem.value).toBe("It keeps its name: Permission denied.");
    });
    expect(await rename(root, "a", "b")).toEqual({ ok: true });
    await expect.poll(() => names(root)).toEqual(["b"]);
    expect(entry(root, "b").problem.value).toBe("");
  });
});

describe("a name", () => {
  it("may have anything in it that the disk takes", { skip: isWindows }, async () => {
    const odd = ["line\nfeed", "<b>x", "__proto__", "constructor", "\u202Egpj.exe", " "];
    for (const name of odd) folder.write(name, name);
    const root = await open();
    expect([...names(root)].sort()).toEqual([...odd].sort());
    expect((await preview(root, "__proto__")).text.value).toBe("__proto__");
  });

  it("that is no text is shown, and what has it is not touched", { skip: process.platform !== "linux" }, async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0x61, 0xff])]), "odd");
    const root = await open({ write: "everyone" });
    expect([names(root), entry(root, "a\uFFFD").kind.value]).toEqual([["a\uFFFD"], "unknown"]);
    expect((await preview(root, "a\uFFFD")).note.value).toBe("There is nothing to read in this: unknown.");
    expect(await rename(root, "a\uFFFD", "b")).toMatchObject({ ok: false, message: "It is gone." });
  });
});
