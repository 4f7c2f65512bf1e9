import { describe, expect, it } from "vitest";
import { withCode } from "../test/with-code.ts";
import { AuthorityTree } from "./authority.ts";
import { DictTopic } from "./dict-topic.ts";
import { SObject } from "./object.ts";
import { NumberTopic } from "./scalar-topics.ts";
import { StringTopic } from "./string-topic.ts";
import { TypeRegistry } from "./types.ts";

class Card extends SObject {
  static override readonly frontendType: string | null = "card";
  readonly title = new StringTopic("untitled", { write: "everyone" });
  readonly plain = 5;
  readonly votes = new NumberTopic(3);
}

class BigCard extends Card {
  readonly more = new DictTopic();
}

describe("register", () => {
  it("[OM-02] learns the attributes from the fields that hold a topic, inherited ones first", () => {
    const types = new TypeRegistry();
    expect(types.register(Card).shape).toMatchObject({
      name: "Card",
      frontendType: "card",
      attributes: [
        { name: "title", kind: { name: "string" }, initial: "untitled", write: "everyone" },
        { name: "votes", kind: { name: "number" }, initial: 3, write: "nobody" },
      ],
    });
    expect(types.register(BigCard).shape.attributes.map(({ name }) => name)).toEqual(["title", "votes", "more"]);
  });

  it("learns without `build` and `init`", () => {
    let calls = 0;
    class Counted extends SObject {
      override build(): void {
        calls++;
      }
      override init(): void {
        calls++;
      }
    }
    new TypeRegistry().register(Counted);
    expect(calls).toBe(0);
  });

  it("[OM-03] tells a class that is known from another one with its name", () => {
    const types = new TypeRegistry();
    types.register(Card);
    const other = { Card: class Card extends SObject {} };
    expect(() => types.register(Card)).toThrow("the type Card is registered already");
    expect(() => types.register(Card, "Karte")).toThrow("the type Card is registered already");
    expect(() => types.register(other.Card)).toThrow("another class has the name Card");
    expect(() => types.register(other.Card)).toThrow(withCode("duplicate_type"));
    expect(types.register(other.Card, "Karte").shape.name).toBe("Karte");
  });

  it.each<[string, unknown, string]>([
    ["another class", class Stranger {}, "Stranger"],
    ["a function", () => {}, "a function"],
    ["an object", {}, "an Object"],
    ["a name", "Card", '"Card"'],
    ["nothing", undefined, "undefined"],
  ])("refuses what is no class of objects: %s", (_, given, got) => {
    const types = new TypeRegistry();
    expect(() => types.register(given as never)).toThrow(withCode("wrong_type"));
    expect(() => types.register(given as never)).toThrow(`expected a class that extends SObject, got ${got}`);
  });

  it("[OM-03] takes a name of its own, and lists all names", () => {
    const types = new TypeRegistry();
    types.register(Card, "Karte");
    types.register(BigCard);
    expect(types.names).toEqual(["Karte", "BigCard"]);
    expect(types.get("Karte")).toBe(types.get(Card));
    expect(() => types.get("Card")).toThrow(withCode("unknown_type"));
    expect(() => types.get(SObject)).toThrow(withCode("unknown_type"));
  });

  it("[OM-03] refuses a class or a name the second time", () => {
    const types = new TypeRegistry();
    types.register(Card);
    expect(() => types.register(Card)).toThrow(withCode("duplicate_type"));
    expect(() => types.register(Card, "Other")).toThrow(withCode("duplicate_type"));
    expect(() => types.register(BigCard, "Card")).toThrow(withCode("duplicate_type"));
    expect(types.names).toEqual(["Card"]);
  });

  it("refuses a class without a name, unless it gets one", () => {
    const types = new TypeRegistry();
    const nameless = (() => class extends SObject {})();
    expect(() => types.register(nameless)).toThrow(withCode("invalid_name"));
    expect(types.register(nameless, "Named").shape.name).toBe("Named");
  });

  it.each(["add", "children", "id", "find", "tree", "constructor", "toString", "__proto__"])(
    "refuses an attribute called %s, which every object has already",
    (name) => {
      class Clash extends SObject {
        constructor() {
          super();
          Object.defineProperty(this, name, { value: new StringTopic(), enumerable: true });
        }
      }
      const types = new TypeRegistry();
      expect(() => types.register(Clash)).toThrow(withCode("invalid_name"));
      expect(types.names).toEqual([]);
    },
  );

  it("[OM-05] takes the element of a type from the class or inherits it; several types may share one", () => {
    const types = new TypeRegistry();
    class Invisible extends Card {
      static override readonly frontendType = null;
    }
    expect([Card, BigCard, Invisible, SObject].map((type) => types.register(type).shape.frontendType)).toEqual([
      "card",
      "card",
      null,
      null,
    ]);
  });

  it.each(["", "Card", "1card", "my card", "karte-ä", "card\n"])(
    "[OM-05] refuses the element name %j",
    (frontendType) => {
      const named = class Named extends SObject {
        static override readonly frontendType = frontendType;
      };
      expect(() => new TypeRegistry().register(named)).toThrow(withCode("invalid_name"));
    },
  );

  it("does not let an instance's values into the shape", () => {
    const types = new TypeRegistry();
    types.register(BigCard);
    const tree = new AuthorityTree(types, BigCard);
    (tree.root as BigCard).more.put("a", 1);
    (tree.root as BigCard).title.set("changed");
    const [other] = [new AuthorityTree(types, BigCard).root as BigCard];
    expect([other.more.value, other.title.value]).toEqual([{}, "untitled"]);
    expect(types.get(BigCard).shape.attributes[0]?.initial).toBe("untitled");
  });
});

describe("an attribute", () => {
  it("stays the topic that it is: another one cannot be put in its place", () => {
    class Loose extends SObject {
      title = new StringTopic("first");

      override build(replace: boolean): void {
        if (replace) this.title = new StringTopic("second");
      }
    }
    const types = new TypeRegistry();
    types.register(SObject);
    types.register(Loose);
    const { root } = new AuthorityTree(types, SObject);
    expect(() => root.add(Loose, true)).toThrow(withCode("invalid_name"));
    expect(root.children).toEqual([]);
    expect(root.add(Loose, false).title.value).toBe("first");
  });
});
