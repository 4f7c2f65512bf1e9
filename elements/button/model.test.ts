import { describe, expect, it } from "vitest";
import { AuthorityTree } from "../../core/authority.ts";
import { SObject } from "../../core/object.ts";
import { NumberTopic } from "../../core/scalar-topics.ts";
import { TypeRegistry } from "../../core/types.ts";
import { Button } from "./model.ts";

class Counter extends SObject {
  count = new NumberTopic(0);
}

function root(): SObject {
  const types = new TypeRegistry();
  for (const each of [SObject, Button, Counter]) types.register(each);
  return new AuthorityTree(types, SObject).root;
}

describe("a button", () => {
  it("[CO-38] tells each press, and what its rules do belongs to the press", () => {
    const parent = root();
    const counter = parent.add(Counter);
    const button = parent.add(Button, { label: "More" });
    button.press.rule("emit", () => counter.count.add(1));
    button.press.emit();
    button.press.emit();
    expect([button.label.value, counter.count.value]).toEqual(["More", 2]);
  });

  it("[CO-38] refuses presses while it is disabled, before its other rules hear of them", () => {
    const button = root().add(Button, { disabled: true });
    let presses = 0;
    button.press.rule("emit", () => void presses++);
    expect(() => button.press.emit()).toThrow(expect.objectContaining({ code: "rejected" }));
    expect(presses).toBe(0);
    button.disabled.set(false);
    button.press.emit();
    expect(presses).toBe(1);
  });
});
