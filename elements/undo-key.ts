/** What of a key event tells whether it asks for an undo. */
type Key = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** What a key asks for: on Apple's machines by Command, elsewhere by Control, and there by Y, too. */
export function undoKey(event: Key, isApple: boolean = isAppleMachine()): "undo" | "redo" | undefined {
  const { key, code, ctrlKey, metaKey, shiftKey, altKey } = event;
  if (altKey || !(isApple ? metaKey && !ctrlKey : ctrlKey && !metaKey)) return undefined;
  // The letter that is on it, wherever that is; with another alphabet, that which would be there.
  const letter = /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace("Key", "").toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" && !isApple && !shiftKey ? "redo" : undefined;
}

function isAppleMachine(): boolean {
  return /^(?:Mac|iP)/.test(navigator.platform);
}
