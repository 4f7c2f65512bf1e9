import { expect, it } from "vitest";
import { integerIn } from "./range.ts";

it("says what is expected of a number outside a range, and that an empty list has no index", () => {
  expect(integerIn(0, 3, 3, "an index")).toBe(3);
  expect(() => integerIn(0, 3, 4, "an index")).toThrow("expected an index from 0 to 3, got 4");
  expect(() => integerIn(0, -1, 0, "an index")).toThrow("expected an index, got 0: the list is empty");
  expect(() => integerIn(0, 3, 1.5, "an index")).toThrow("expected an integer as an index, got 1.5");
});
