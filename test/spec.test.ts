import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { citations, mismatches, readSpec, rules } from "../scripts/spec.ts";

// The titles below are put together here, or this file would cite rules that are none.
const titled = (call: string, ids: string, quote = '"') => `${call}(${quote}[${ids}] does it${quote}, () => {});`;

describe("the rule book", () => {
  it("has a test for each rule and a rule for each citation", ({ skip }) => {
    const spec = readSpec(fileURLToPath(new URL("..", import.meta.url)));
    if (spec.rules.length === 0) skip("docs/spec.md has no rules yet");
    expect(mismatches(spec.rules, spec.citations)).toEqual([]);
  });

  it("takes a line that begins with an id in bold for a rule", () => {
    const markdown = "# Rules\n\n- **AB-01** One.\n- AB-02 not bold\ntext **AB-03** inside\n- **AB-4** Two.\n";
    expect(rules(markdown, "spec.md")).toEqual([
      { id: "AB-01", at: "spec.md:3" },
      { id: "AB-4", at: "spec.md:6" },
    ]);
  });

  it("refuses an id that stands twice", () => {
    expect(() => rules("- **AB-01** One.\n- **AB-01** Two.", "spec.md")).toThrow("spec.md:2: AB-01 is a rule already");
  });

  it.each([
    ["one id", titled("it", "AB-01"), ["AB-01"]],
    ["ids side by side", titled("test", "AB-01][AB-02"), ["AB-01", "AB-02"]],
    ["ids in one bracket", titled("describe", "AB-01, AB-02"), ["AB-01", "AB-02"]],
    ["a template title", titled("it", "AB-01", "`"), ["AB-01"]],
    ["a title on the next line", titled("it", "AB-01").replace("(", "(\n  "), ["AB-01"]],
    ["a table of cases", titled("it.each(cases)", "AB-01"), ["AB-01"]],
    ["a skipped test", titled("it.skip", "AB-01"), []],
    ["a test to do", titled("it.todo", "AB-01"), []],
    ["an id inside a title", 'it("see [AB-01]", () => {});', []],
    ["an index", titled("it", "0"), []],
  ])("reads the citations of %s", (_, source, ids) => {
    expect(citations(source, "a.test.ts").map(({ id }) => id)).toEqual(ids);
  });

  it("says where a rule has no test and where a citation has no rule", () => {
    const cited = citations(`\n${titled("it", "AB-01][AB-03")}`, "a.test.ts");
    expect(mismatches(rules("- **AB-01** One.\n- **AB-02** Two.", "spec.md"), cited)).toEqual([
      "spec.md:2: no test cites AB-02",
      "a.test.ts:2: AB-03 is no rule",
    ]);
  });
});
