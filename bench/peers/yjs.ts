// Yjs, where it is installed. Nothing else here may know the package: types and tests do without it.

/** What the benchmarks use of a `Y.Text`. */
export interface YText {
  insert(position: number, text: string): void;
  delete(position: number, count: number): void;
  toString(): string;
}

/** What they use of a `Y.Doc`. */
export interface YDoc {
  getText(name: string): YText;
  transact(fn: () => void, origin?: unknown): void;
  on(event: "update", listener: (update: Uint8Array, origin: unknown) => void): void;
  destroy(): void;
}

/** What they use of the package. */
export interface Yjs {
  readonly Doc: new () => YDoc;
  applyUpdate(doc: YDoc, update: Uint8Array, origin?: unknown): void;
  encodeStateAsUpdate(doc: YDoc): Uint8Array;
}

/** The package, unless it is not installed. */
export async function loadYjs(): Promise<Yjs | undefined> {
  const name: string = "yjs";
  try {
    return (await import(name)) as Yjs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Carries a splice out on a `Y.Text`, as one transaction. */
export function spliceY(doc: YDoc, text: YText, position: number, count: number, inserted: string): void {
  if (count > 0 && inserted) doc.transact(() => replace(text, position, count, inserted));
  else replace(text, position, count, inserted);
}

function replace(text: YText, position: number, count: number, inserted: string): void {
  if (count > 0) text.delete(position, count);
  if (inserted) text.insert(position, inserted);
}
