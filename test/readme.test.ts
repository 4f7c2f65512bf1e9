import { describe, expect, it } from "vitest";
import { snippets } from "../scripts/snippets.ts";

const text = (...lines: string[]) => lines.join("\n");

describe("the snippets of a Markdown text", () => {
  it("carry language, file, code and the line where the code begins", () => {
    const markdown = text(
      "# Title",
      "",
      "```ts server.ts",
      "const a = 1;",
      "",
      "a;",
      "```",
      "",
      "```sh",
      "node .",
      "```",
    );
    expect(snippets(markdown)).toEqual([
      { language: "ts", file: "server.ts", code: "const a = 1;\n\na;\n", line: 4 },
      { language: "sh", code: "node .\n", line: 10 },
    ]);
  });

  it("may have neither language nor code", () => {
    expect(snippets(text("```", "```"))).toEqual([{ language: "", code: "", line: 2 }]);
  });

  it("lose the indentation of the list that they stand in, and only that", () => {
    const markdown = text("1. First", "", "   ```ts", "   if (a) {", "     b();", "   }", "   ```");
    expect(snippets(markdown)[0]?.code).toBe("if (a) {\n  b();\n}\n");
  });

  it("hold shorter fences and fences of the other sign", () => {
    const markdown = text("````md", "```ts", "inner", "```", "````", "~~~ts", "```", "~~~");
    expect(snippets(markdown).map(({ code }) => code)).toEqual(["```ts\ninner\n```\n", "```\n"]);
  });

  it("are not made of code in a line of prose", () => {
    expect(snippets("Use ```x``` here.\n```y``` too.")).toEqual([]);
  });

  it("have to end", () => {
    expect(() => snippets(text("Text", "```ts", "const a = 1;"))).toThrow("line 2: the code block does not end");
  });

  it("are the same with the line ends of Windows", () => {
    expect(snippets("```ts\r\na\r\n```\r\n")[0]?.code).toBe("a\n");
  });
});
