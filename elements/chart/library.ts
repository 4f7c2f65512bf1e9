import type uPlot from "uplot";
import { ObjectSyncError } from "../../core/error.ts";

/** The library that draws charts. */
export type Plotter = typeof uPlot;

let loading: Promise<Plotter> | undefined;

/**
 * The library, loaded when the first chart asks for it. Rejects with `missing_dependency` where it cannot be loaded; the
 * next chart tries again.
 */
export function loadPlotter(): Promise<Plotter> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Plotter> {
  const restore = namePlainLanguage();
  try {
    // Inside of a `try`, so that bundlers leave it as it is where they do not find it.
    return (await import("uplot")).default;
  } catch (cause) {
    loading = undefined;
    throw new ObjectSyncError(
      "missing_dependency",
      "charts need the package uplot, which cannot be loaded: `npm install uplot`",
      {
        cause,
      },
    );
  } finally {
    restore();
  }
}

/**
 * The library asks `Intl` for the page's language as it is loaded. On a machine without a locale that is `en-US@posix`,
 * which `Intl` refuses; then it is told another one for so long. Returns what takes that back.
 */
function namePlainLanguage(): () => void {
  try {
    Intl.getCanonicalLocales(navigator.language);
    return () => {};
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
    return () => Reflect.deleteProperty(navigator, "language");
  }
}
