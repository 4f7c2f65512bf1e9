// Random tests are the same in every run, so that a red one can be looked at and a green one means the same everywhere.
// FUZZ_SEED=N for other ones: what `npm run test:fuzz` does.
import * as fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 1) });
