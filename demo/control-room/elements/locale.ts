// uPlot asks `Intl` for the page's language as it is loaded. A machine without a locale gives `en-US@posix`, which `Intl`
// refuses; so this has to be imported first.

try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US" });
}

export {};
