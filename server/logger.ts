/** Where the library logs to: pino's signature, so that a pino logger, or one like it, fits as it is. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Writes warnings and errors to the standard error stream, a line each, errors with their stacks. */
export const stderrLogger: Logger = {
  debug() {},
  info() {},
  warn: (details, message) => write("warning", details, message),
  error: (details, message) => write("error", details, message),
};

function write(level: string, details: object, message: string): void {
  const { error, ...rest } = details as { error?: unknown };
  const tail = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : "";
  const stack = error === undefined ? "" : `\n${error instanceof Error ? error.stack : String(error)}`;
  process.stderr.write(`objectsync ${level}: ${message}${tail}${stack}\n`);
}
