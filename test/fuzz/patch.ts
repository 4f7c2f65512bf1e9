// Code that is replaced for a while: to count what it does, or to break it on purpose.

/** Gives an object another method in place of one that it has. Returns what puts the old one back. */
export function patch<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  make: (original: Target[Name]) => Target[Name],
): () => void {
  const original = target[name];
  target[name] = make(original);
  return () => {
    target[name] = original;
  };
}
