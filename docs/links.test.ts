// The links between the documents: each leads to a file, and each anchor to a heading.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const documents = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root }).sort()];

/** The text outside of fenced blocks of code. */
function withoutBlocks(markdown: string): string {
  return markdown.replace(/^ *(`{3,}|~{3,}).*\n(?:.*\n)*? *\1.*$/gm, "");
}

/** The text outside of all code. */
function prose(markdown: string): string {
  return withoutBlocks(markdown).replace(/(`+)(?!`).*?[^`]\1(?!`)/g, "");
}

/** Where the links and images of a text lead within the repository. */
function targets(markdown: string): string[] {
  const text = prose(markdown);
  const found = [
    ...text.matchAll(/\]\(<?([^)\s>]+)/g),
    ...text.matchAll(/^ *\[[^\]]+\]: *<?([^\s>]+)/gm),
    ...text.matchAll(/\b(?:href|src|srcset)="([^"\s]+)/g),
  ];
  return found.map(([, target = ""]) => target).filter((target) => !/^[a-z]+:|^\/\//i.test(target));
}

/** The anchors of a text's headings, as GitHub makes them. */
function anchors(markdown: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(markdown).matchAll(/^#{1,6} +(.+?) *#* *$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; found.has(anchor); count++) anchor = `${slug}-${count}`;
    found.add(anchor);
  }
  return found;
}

/** Those links of a document, at `file`, that lead nowhere. */
function deadLinks(markdown: string, file: string): string[] {
  return targets(markdown).filter((target) => {
    const [path = "", anchor] = decodeURI(target).split("#");
    const destination = path === "" ? file : join(dirname(file), path);
    if (path !== "" && (relative(root, destination).startsWith("..") || !existsSync(destination))) return true;
    if (anchor === undefined || !destination.endsWith(".md")) return false;
    return !anchors(path === "" ? markdown : readFileSync(destination, "utf8")).has(anchor);
  });
}

describe("the documents", () => {
  it.each(documents)("link to what is there: %s", (document) => {
    const file = join(root, document);
    expect(deadLinks(readFileSync(file, "utf8"), file)).toEqual([]);
  });

  it("have links", () => {
    const all = documents.flatMap((document) => targets(readFileSync(join(root, document), "utf8")));
    expect(all.length).toBeGreaterThan(20);
  });
});

describe("the check of links", () => {
  const dead = (markdown: string) => deadLinks(markdown, join(root, "docs/guide.md"));

  it.each([
    ["a file that is not there", "[a](nothing.md)", "nothing.md"],
    ["an anchor that is no heading", "# One\n[a](#two)", "#two"],
    ["an anchor that another file lacks", "[a](protocol.md#nothing)", "protocol.md#nothing"],
    ["an image that is not there", '<img src="nothing.png">', "nothing.png"],
    ["a definition that leads nowhere", "[a]: nothing.md", "nothing.md"],
    ["what lies outside of the repository", "[a](../../)", "../../"],
  ])("finds %s", (_, markdown, target) => {
    expect(dead(markdown)).toEqual([target]);
  });

  it.each([
    ["a file", "[a](protocol.md) and [b](../README.md)"],
    ["a folder", "[a](decisions/)"],
    ["a heading, also a second one of its name", "# The `one` thing!\n# The one thing\n[a](#the-one-thing-1)"],
    ["a heading of another file", "[a](protocol.md#close-codes)"],
    ["another site", "[a](https://example.com/nothing.md#x)"],
    ["what is code", "`[a](nothing.md)`\n\n```md\n[a](nothing.md)\n```\n"],
  ])("lets %s pass", (_, markdown) => {
    expect(dead(markdown)).toEqual([]);
  });
});
