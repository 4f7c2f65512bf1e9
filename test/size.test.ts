import { expect, it } from "vitest";
import { bundle, PARTS } from "../scripts/size.ts";

it.each(PARTS)("[DX-21] $name: at most $maxBytes bytes, gzipped (`npm run size` shows what they are)", async (part) => {
  const { gzipBytes } = await bundle(part.code, part.without);
  expect(gzipBytes).toBeLessThanOrEqual(part.maxBytes);
});
