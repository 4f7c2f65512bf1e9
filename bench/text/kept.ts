/** Bytes that what `make` returns, or promises, keeps alive: the heap with it, less the heap without it. Needs a `gc` to call. */
export async function kept(make: () => unknown): Promise<number> {
  const holder: { value?: unknown } = { value: await make() };
  const withIt = await heapAtRest();
  delete holder.value;
  return withIt - (await heapAtRest());
}

/** After what a server does at the end of a turn. */
async function heapAtRest(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
