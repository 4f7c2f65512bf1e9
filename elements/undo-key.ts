/** What of a key event tells whether it asks for an undo. */
type Key = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/**
 * Whether a key asks for an undo or a redo, as it does everywhere on the machine: on Apple's by Command, elsewhere by
 * Control, and there by Y, too. With an alphabet that has no Z it is the key where that would be. For the rest of a page:
 * fields that are bound with a history see to their keys themselves. `isApple`: default, whether this machine is.
 */
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
