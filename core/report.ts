/** An error that the library caught in code of the application, and where. */
export interface ErrorReport {
  readonly error: unknown;
  /** What was running, as `listener "change" of Card.title`. */
  readonly where: string;
}

/** Is told of errors in the application's code. */
export type OnError = (report: ErrorReport) => void;

/** Whoever has listeners and can say who is told of their errors. */
export interface Reporter {
  /** What it is, for an error message, and who is told: nobody where it stands alone. */
  reporting(): { readonly where: string; readonly onError: OnError | undefined };
}

/**
 * Tells `onError`. Where there is nobody to tell, the error becomes an uncaught one of the program: what nobody asked for
 * must not vanish. What `onError` throws becomes one too.
 */
export function report(onError: OnError | undefined, error: unknown, where: string): void {
  if (!onError) return throwLater(error);
  try {
    onError({ error, where });
  } catch (another) {
    throwLater(another);
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
