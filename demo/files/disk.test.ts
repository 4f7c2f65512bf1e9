import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs, { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Disk } from "./disk.ts";
import { asNobody, SampleFolder } from "./sample-folder.ts";

const isWindows = process.platform === "win32";

let folder: SampleFolder;
let outside: SampleFolder;
let disk: Disk;

beforeEach(() => {
  folder = new SampleFolder({ "a.txt": "one", "sub/b.txt": "two" });
  outside = new SampleFolder({ "b.txt": "secret" });
  disk = new Disk(folder.path);
});

afterEach(() => {
  folder[Symbol.dispose]();
  outside[Symbol.dispose]();
});

async function look(name: string) {
  const [found] = await disk.look(folder.path, [name]);
  return found;
}

async function text(name: string, start = 0, maxBytes = 1000): Promise<string> {
  return Buffer.from((await disk.read(folder.at(name), start, maxBytes)).bytes).toString();
}

describe("a disk", () => {
  it("lists a folder, and says of each name what it is", async () => {
    folder.link("link", "a.txt");
    const kinds = await disk.list(folder.path);
    expect(Object.fromEntries(kinds)).toEqual({ "a.txt": "file", sub: "folder", link: "link" });
    expect(await disk.look(folder.path, [...kinds.keys()].sort())).toEqual([
      expect.objectContaining({ name: "a.txt", kind: "file", size: 3, target: "" }),
      expect.objectContaining({ name: "link", kind: "link", target: "a.txt" }),
      expect.objectContaining({ name: "sub", kind: "folder" }),
    ]);
  });

  it("reads a part of a file, and as much as there is", async () => {
    expect([await text("a.txt"), await text("a.txt", 1, 1), await text("a.txt", 7)]).toEqual(["one", "n", ""]);
    expect((await disk.read(folder.at("a.txt"), 1, 1)).size).toBe(3);
  });

  it("knows a file again by another name, and no other one by the same", async () => {
    const before = await look("a.txt");
    folder.rename("a.txt", "c.txt");
    folder.write("a.txt", "one");
    expect((await look("c.txt"))?.identity).toBe(before?.identity);
    expect((await look("a.txt"))?.identity).not.toBe(before?.identity);
  });

  it("is of a folder, and of nothing else", () => {
    expect(() => new Disk(folder.at("a.txt"))).toThrow("is not a folder");
    expect(() => new Disk(folder.at("none"))).toThrow("ENOENT");
  });
});

describe("what is outside of the folder", () => {
  it("is not read by a path that leads out", async () => {
    await expect(disk.list(outside.path)).rejects.toThrow("not in the folder");
    await expect(disk.look(folder.at(".."), ["x"])).rejects.toThrow("not in the folder");
    await expect(disk.read(`${folder.path}/sub/../../x`, 0, 10)).rejects.toThrow("not in the folder");
    // A name that merely begins alike is no way out.
    folder.write("..x", "in");
    expect(await text("..x")).toBe("in");
  });

  it("is not read through a link, neither a file's nor a folder's", async () => {
    folder.link("file", outside.at("b.txt"));
    folder.link("folder", outside.path);
    expect(await look("file")).toMatchObject({ kind: "link", target: outside.at("b.txt") });
    await expect(text("file")).rejects.toThrow("link");
    await expect(text("folder/b.txt")).rejects.toThrow("link");
    await expect(disk.list(folder.at("folder"))).rejects.toThrow("link");
    await expect(disk.look(folder.at("folder"), ["b.txt"])).rejects.toThrow("link");
  });

  it("is not read where a folder that was listed has become a link", async () => {
    expect([...(await disk.list(folder.at("sub"))).keys()]).toEqual(["b.txt"]);
    folder.rename("sub", "away");
    folder.link("sub", outside.path);
    await expect(disk.look(folder.at("sub"), ["b.txt"])).rejects.toThrow("link");
    await expect(text("sub/b.txt")).rejects.toThrow("link");
    expect(disk.whyNotRename(folder.at("sub"), "b.txt", "c.txt")).toContain("link");
    expect(() => disk.rename(folder.at("sub"), "b.txt", "c.txt")).toThrow("link");
    expect(readdirSync(outside.path)).toEqual(["b.txt"]);
  });
});

describe("what cannot be read", () => {
  it.skipIf(isWindows)("is a pipe, a socket or a device: it is listed, and not opened for long", async () => {
    execFileSync("mkfifo", [folder.at("pipe")]);
    const server = createServer().listen(folder.at("socket"));
    await once(server, "listening");
    expect(Object.fromEntries(await disk.list(folder.path))).toMatchObject({ pipe: "pipe", socket: "socket" });
    for (const name of ["pipe", "socket"]) await expect(text(name)).rejects.toThrow("no file");
    server.close();
    const devices = new Disk("/dev");
    expect(await devices.look("/dev", ["null"])).toMatchObject([{ kind: "device" }]);
    await expect(devices.read("/dev/null", 0, 10)).rejects.toThrow("no file");
  });

  it("is what has gone: it is left out of a look, and a reader is told", async () => {
    expect(await disk.look(folder.path, ["none", "a.txt"])).toMatchObject([{ name: "a.txt" }]);
    await expect(text("none")).rejects.toThrow("It is gone.");
    await expect(disk.list(folder.at("none"))).rejects.toThrow("It is gone.");
    await expect(disk.look(folder.at("none"), ["x"])).rejects.toThrow("It is gone.");
  });

  it("is a file that becomes shorter meanwhile: what is left of it comes", async () => {
    folder.write("long", "x".repeat(1_000_000));
    const reading = disk.read(folder.at("long"), 0, 1_000_000);
    folder.write("long", "");
    expect((await reading).bytes.every((byte) => byte === "x".charCodeAt(0))).toBe(true);
  });

  it.skipIf(process.platform !== "linux")("is a file that has less in it than it says", async () => {
    const { bytes, size } = await new Disk("/sys/kernel").read("/sys/kernel/uevent_seqnum", 0, 1000);
    expect(size).toBeGreaterThan(bytes.length);
    expect(Buffer.from(bytes).toString()).toMatch(/^\d+\n$/);
  });

  it.skipIf(isWindows)("is what this user may not read", async () => {
    chmodSync(folder.at("a.txt"), 0);
    chmodSync(folder.at("sub"), 0);
    await asNobody(async () => {
      expect(await look("a.txt")).toMatchObject({ kind: "file", size: 3 });
      await expect(text("a.txt")).rejects.toThrow(/^Permission denied\.$/);
      await expect(disk.list(folder.at("sub"))).rejects.toThrow(/^Permission denied\.$/);
    });
    chmodSync(folder.at("sub"), 0o755);
  });

  it.skipIf(process.platform !== "linux")("is what has a name that is no text: it is listed, as unknown", async () => {
    writeFileSync(Buffer.concat([Buffer.from(folder.at("")), Buffer.from([0x2f, 0xff, 0x61])]), "odd");
    expect((await disk.list(folder.path)).get("\uFFFDa")).toBe("file");
    expect(await look("\uFFFDa")).toMatchObject({ name: "\uFFFDa", kind: "unknown" });
  });

  it("takes any other name as it is", async () => {
    const names = ["line\nfeed", " space ", "-rf", "$(id)", "%00", "\u202Egpj.exe", "🌲", "CON", "__proto__"];
    if (!isWindows) for (const name of names) folder.write(name, name);
    const kinds = await disk.list(folder.path);
    if (!isWindows) for (const name of names) expect([kinds.get(name), await text(name)]).toEqual(["file", name]);
  });
});

describe("a rename on the disk", () => {
  it.each([
    ["", "something"],
    ["  ", "something"],
    [".", "another folder"],
    ["..", "another folder"],
    ["../a.txt", "another folder"],
    ["sub/a.txt", "another folder"],
    ["sub\\a.txt", "another folder"],
    ["/etc/x", "another folder"],
    ["a\0b", "control"],
    ["a\nb", "control"],
    ["\ud800", "half a character"],
    ["a\udfff.txt", "half a character"],
    ["a\uFFFD", "half a character"],
    ["ä".repeat(128), "at most 255 bytes"],
    ["sub", "There is a sub already."],
    ["b.txt", "There is a b.txt already."],
  ])("to %j is refused, and changes nothing", (name, reason) => {
    folder.write("b.txt", "two");
    const before = readdirSync(folder.path);
    expect(disk.whyNotRename(folder.path, "a.txt", name)).toContain(reason);
    expect(() => disk.rename(folder.path, "a.txt", name)).toThrow(reason);
    expect(readdirSync(folder.path)).toEqual(before);
    expect(readFileSync(folder.at("b.txt"), "utf8")).toBe("two");
  });

  it("happens otherwise, also of a link, which stays one", async () => {
    folder.link("link", outside.at("b.txt"));
    disk.rename(folder.path, "a.txt", "…name with ¿anything");
    disk.rename(folder.path, "link", "other");
    disk.rename(folder.path, "sub", "sub");
    expect(readdirSync(folder.path).sort()).toEqual(["other", "sub", "…name with ¿anything"]);
    expect(await look("other")).toMatchObject({ kind: "link", target: outside.at("b.txt") });
  });

  it("does not spare a link that leads nowhere: it is there", () => {
    folder.link("dead", "nowhere");
    expect(disk.whyNotRename(folder.path, "a.txt", "dead")).toBe("There is a dead already.");
  });

  it.each([
    ["EILSEQ", "This disk takes no such name."],
    ["EINVAL", "This disk takes no such name."],
    ["ENAMETOOLONG", "The name is too long."],
    ["ENOSPC", "The disk is full."],
    ["EIO", "The system says EIO."],
  ])("that the system refuses with %s says so in words", (code, reason) => {
    vi.spyOn(fs, "renameSync").mockImplementation(() => {
      throw Object.assign(new Error(`${code}: ${folder.path}`), { code });
    });
    syncBuiltinESMExports();
    try {
      expect(() => disk.rename(folder.path, "a.txt", "new")).toThrow(expect.objectContaining({ message: reason }));
    } finally {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    }
    expect(readdirSync(folder.path)).toEqual(["a.txt", "sub"]);
  });

  it.skipIf(process.platform !== "linux")("is refused where its whole path would be too long", () => {
    // Of 4096 bytes with the zero at its end.
    const parts = Math.floor((4095 - folder.path.length - 2) / 201);
    const deep = Array.from({ length: parts }, () => "d".repeat(200)).join("/");
    folder.write(`${deep}/a`, "");
    const there = new Disk(folder.at(deep));
    expect(there.whyNotRename(there.root, "a", "b".repeat(255))).toBe("The name is too long.");
    there.rename(there.root, "a", "b");
    expect(readdirSync(there.root)).toEqual(["b"]);
  });

  it("says what is the matter with the old one, and what the system says", async () => {
    expect(disk.whyNotRename(folder.path, "none", "new")).toBe("It is gone.");
    if (isWindows) return;
    await asNobody(() => expect(() => disk.rename(folder.path, "a.txt", "new")).toThrow(/^Permission denied\.$/));
  });
});
