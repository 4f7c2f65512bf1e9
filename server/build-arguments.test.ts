import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SObject } from "../core/object.ts";
import { buildArguments } from "./build-arguments.ts";

class Plain extends SObject {}

class Optional extends SObject {
  override build(_args: { title?: string } = {}): void {}
}

class Closed extends SObject {
  override build(_args: { title: string }): void {}
}

class Titled extends SObject {
  static override readonly args = z.object({ title: z.string().trim().max(8), size: z.number().default(1) });
  override build(_args: z.infer<typeof Titled.args>): void {}
}

class Special extends Titled {}

class Anything extends SObject {
  static override readonly args = z.string().optional();
}

describe("what `build` is given of what a client sent", () => {
  it("is nothing, where the class takes nothing", () => {
    expect(buildArguments(Plain, [])).toBeUndefined();
    expect(buildArguments(Optional, [])).toBeUndefined();
  });

  it.each([
    [Plain, [{}]],
    [Optional, [{ title: "x" }]],
    [Closed, []],
    [Closed, [{ title: "x" }]],
  ])("is refused, where the class takes something and has no schema", (objectClass, sent) => {
    expect(() => buildArguments(objectClass, sent)).toThrow(
      expect.objectContaining({ code: "forbidden", message: expect.stringContaining("static args") }),
    );
  });

  it("is what the schema makes of it", () => {
    expect(buildArguments(Titled, [{ title: "  a ", more: true }])).toEqual({ title: "a", size: 1 });
    expect(buildArguments(Special, [{ title: "b", size: 3 }])).toEqual({ title: "b", size: 3 });
    expect([buildArguments(Anything, []), buildArguments(Anything, ["x"])]).toEqual([undefined, "x"]);
  });

  it.each([
    ["nothing", []],
    ["null", [null]],
    ["of the wrong type", [{ title: 5 }]],
    ["too long", [{ title: "x".repeat(9) }]],
  ])("is refused with the schema's words where it is %s", (_, sent) => {
    expect(() => buildArguments(Titled, sent)).toThrow(
      expect.objectContaining({ code: "invalid_value", message: expect.stringMatching(/^Titled: ./) }),
    );
  });

  it("is refused with the path of what is wrong with it", () => {
    class Nested extends SObject {
      static override readonly args = z.object({
        title: z.string().max(3),
        tags: z.array(z.object({ name: z.string() })),
      });
    }
    expect(() => buildArguments(Nested, [{ title: "long", tags: [{ name: "x" }, { name: 5 }] }])).toThrow(
      /^Nested: title: Too big.*; tags\.1\.name: Invalid input/,
    );
  });

  it("is refused in a thousand characters at the most", () => {
    class Tagged extends SObject {
      static override readonly args = schema(() => ({
        issues: Array.from({ length: 10_000 }, (_, index) => ({ path: [{ key: "tags" }, index], message: "no" })),
      }));
    }
    class Wordy extends SObject {
      static override readonly args = schema(() => ({ issues: [{ message: "\u{1f600}".repeat(10_000) }] }));
    }
    for (const objectClass of [Tagged, Wordy]) {
      const attempt = (): unknown => buildArguments(objectClass, ["x"]);
      expect(attempt).toThrow(/^(Tagged: tags\.0: no; tags\.1: no; |Wordy: )/);
      const isShort = ({ message }: Error): boolean => message.length <= 1_000 && message.isWellFormed();
      expect(attempt).toThrow(expect.toSatisfy(isShort));
    }
  });

  it("has nothing of the prototypes of objects", () => {
    const given = buildArguments(Titled, [JSON.parse('{"title":"x","__proto__":{"isAdmin":true},"constructor":1}')]);
    expect(Object.keys(given as object)).toEqual(["title", "size"]);
    expect((given as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it("is refused where the schema is asynchronous, and nothing comes of what it began", async () => {
    class Slow extends SObject {
      static override readonly args = z.string().refine(async () => true);
    }
    class Failing extends SObject {
      static override readonly args = schema(() => Promise.reject(new Error("nobody waits for it")));
    }
    for (const objectClass of [Slow, Failing]) {
      expect(() => buildArguments(objectClass, ["x"])).toThrow(expect.objectContaining({ code: "forbidden" }));
    }
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("throws what a schema throws", () => {
    class Broken extends SObject {
      static override readonly args = schema(() => {
        throw new RangeError("a mistake in the application");
      });
    }
    expect(() => buildArguments(Broken, ["x"])).toThrow(RangeError);
  });
});

/** A schema without a library. */
function schema(validate: StandardSchemaV1["~standard"]["validate"]): StandardSchemaV1 {
  return { "~standard": { version: 1, vendor: "test", validate } };
}
