// The page itself: what is shown, whether it is live, and the tree, with its keys and clicks.
//
// Keys are those of any tree: up and down, right and left to open and close, Home and End, Enter for a file, F2 for its
// name, Escape, and the letters that a name begins with. One row at a time can be reached by Tab, and it is the one that had the focus last.

import { css, html, SObjectElement } from "objectsync/elements";
import type { Explorer } from "../models.ts";
import { EntryElement } from "./entry.ts";
import { FileElement } from "./file.ts";
import { FolderElement } from "./folder.ts";

/** Letters that are typed within that time belong to one word. */
const PAUSE_MS = 800;

const NARROW = matchMedia("(max-width: 900px)");

/** See the head of this file. */
export class ExplorerElement extends SObjectElement<Explorer> {
  static override properties = {
    state: { reflect: true },
    isShowing: { type: Boolean, reflect: true, attribute: "showing" },
  };

  static override styles = css`
    :host { display: block; padding: 28px 24px 40px; }
    .page { max-width: 980px; margin: 0 auto; }
    /* Its place is kept: were there a file to be seen, nothing else would move below somebody's double click. */
    .nothing {
      position: fixed; inset: 16px 16px 16px auto; width: var(--panel); display: grid; place-items: center; margin: 0;
      box-sizing: border-box; border: 1px dashed var(--line); border-radius: 14px; color: var(--ink-3); font-size: 14px;
    }
    header { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 12px 24px; margin-bottom: 20px; }
    .place { flex: 1 1 260px; min-width: 0; }
    .eyebrow, h1, .facts { margin: 0; }
    .eyebrow { color: var(--ink-3); font-size: 13px; font-weight: 500; }
    h1 { font-size: 28px; line-height: 1.15; font-weight: 680; letter-spacing: -0.022em; overflow-wrap: anywhere; }
    .facts { margin-top: 5px; color: var(--ink-2); font-size: 14px; overflow-wrap: anywhere; }
    .presence { display: flex; align-items: center; gap: 14px; color: var(--ink-2); font-size: 14px; white-space: nowrap; }
    .pill {
      display: inline-flex; align-items: center; gap: 8px; padding: 5px 12px 5px 10px; border-radius: 99px; font-size: 13px;
      font-weight: 600; color: var(--good); background: var(--good-soft);
    }
    .pill::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: currentColor; }
    :host([state="reconnecting"]) .pill { color: var(--warm); background: color-mix(in srgb, var(--warm) 13%, var(--surface)); }
    :host([state="closed"]) .pill { color: var(--bad); background: color-mix(in srgb, var(--bad) 13%, var(--surface)); }
    main {
      padding: 10px; background: var(--surface); border: 1px solid var(--line); border-radius: 14px;
      box-shadow: 0 1px 2px light-dark(#10141810, #0000); transition: opacity 0.4s;
    }
    :host(:not([state="live"])) main { opacity: 0.7; }
    footer { margin-top: 18px; color: var(--ink-3); font-size: 13px; text-align: center; text-wrap: balance; }
    kbd { padding: 0 4px; border: 1px solid var(--line); border-radius: 4px; font: 12px var(--mono); background: var(--surface); }
    @media (max-width: 640px) { :host { padding: 20px 10px 28px; } main { padding: 6px; } }
    @media (min-width: 901px) { :host { padding-right: calc(var(--panel) + 36px); } }
    @media (max-width: 900px) {
      .nothing { display: none; }
      :host([showing]) { padding-bottom: min(60vh, 600px); }
    }
  `;

  declare private state: "live" | "reconnecting" | "closed";
  declare private isShowing: boolean;

  /** The file that is shown. */
  #shown: FileElement | undefined;
  /** The row that was in use last. */
  #current: EntryElement | undefined;
  /** The letters that were typed last, and when. */
  #typed = "";
  #typedAt = 0;

  override onStart(): void {
    this.#showState();
    this.untilDestroyed(this.client.on("state", () => this.#showState()));
    this.untilDestroyed(this.client.tree.on("remove", () => this.#forget()));
    this.listen(this, "click", (event) => this.#clicked(event));
    this.listen(this, "dblclick", (event) => this.#edit(entryOf(event, ".name")));
    this.listen(this, "keydown", (event) => this.#keyPressed(event));
    this.listen(this, "focusin", (event) => this.#focused(event.target));
  }

  override onReady(): void {
    this.#focused(this.firstElementChild);
  }

  override render(): unknown {
    const { path, canRename, viewers } = this.object;
    const stateText = { live: "Live", reconnecting: "Reconnecting…", closed: "Closed" }[this.state];
    const name = path.value.split(/[/\\]/).findLast((part) => part !== "") ?? path.value;
    return html`<div class="page">
      <header>
        <div class="place">
          <p class="eyebrow">Files</p>
          <h1><bdi>${name}</bdi></h1>
          <p class="facts">${path.value} · ${canRename.value ? "double click a name to change it" : "read only"}</p>
        </div>
        <div class="presence">
          <span class="pill" role="status">${stateText}</span><span>${viewers.value} watching</span>
        </div>
      </header>
      <main role="tree" aria-label=${path.value}><slot></slot></main>
      <footer>
        The folder as it is on the disk, in every window.
        <kbd>↑</kbd> <kbd>↓</kbd> <kbd>→</kbd> <kbd>←</kbd> <kbd>Enter</kbd>
        ${canRename.value ? html`<kbd>F2</kbd>` : ""}
      </footer>
      <p class="nothing">What is in a file is shown here.</p>
    </div>`;
  }

  #clicked(event: MouseEvent): void {
    if (event.composedPath().some((node) => node instanceof HTMLElement && node.dataset.action === "close")) {
      return this.#show(undefined);
    }
    const entry = entryOf(event, ".row");
    if (!entry || event.composedPath()[0] instanceof HTMLInputElement) return;
    this.#focus(entry);
    // The second click of two is for the name.
    if (event.detail < 2) this.#use(entry);
  }

  #keyPressed(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    if (event.key === "Escape") return this.#show(undefined);
    const [entry] = event.composedPath();
    if (!(entry instanceof EntryElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = KEYS[event.key];
    if (!key && event.key.length > 1) return;
    event.preventDefault();
    const next = key ? key(entry, this) : this.#find(entry, event);
    if (next === "use") this.#use(entry);
    else if (next === "edit") this.#edit(entry);
    else if (next) {
      this.#focus(next);
      next.scrollIntoView({ block: "nearest" });
    }
  }

  /** The next row whose name begins with what has been typed without a pause. */
  #find(entry: EntryElement, { key, timeStamp }: KeyboardEvent): EntryElement | undefined {
    const goesOn = timeStamp - this.#typedAt < PAUSE_MS;
    this.#typed = (goesOn ? this.#typed : "") + key.toLowerCase();
    this.#typedAt = timeStamp;
    const after = (row: EntryElement) => below(row) ?? behind(row) ?? asEntry(this.firstElementChild);
    const start = goesOn ? entry : after(entry);
    let row = start;
    do {
      if (row?.label.toLowerCase().startsWith(this.#typed)) return row;
      row = row && after(row);
    } while (row !== start);
    return undefined;
  }

  #use(entry: EntryElement): void {
    if (entry instanceof FileElement) this.#show(entry === this.#shown && entry.isOpen ? undefined : entry);
    else entry.setOpen(!entry.isOpen);
  }

  #edit(entry: EntryElement | undefined): void {
    entry?.edit(this.object.canRename.value);
  }

  /** Shows what is in a file, and what is in no other. */
  #show(file: FileElement | undefined): void {
    const shown = this.#shown;
    this.#shown = file;
    if (shown?.isConnected && shown !== file) {
      shown.setOpen(false);
      if (!file && shown.matches(":focus-within")) this.#focus(shown);
    }
    file?.setOpen(true);
    this.isShowing = file !== undefined;
    // On a small screen what is in it may be above it.
    if (file && NARROW.matches) this.updateComplete.then(() => file.scrollIntoView({ block: "nearest" }));
  }

  /** A row has gone, and maybe it is one of those. */
  #forget(): void {
    if (this.#shown?.isConnected === false) this.#show(undefined);
    if (this.#current?.isConnected === false) this.#focused(this.firstElementChild);
  }

  #focus(entry: EntryElement): void {
    this.#focused(entry);
    entry.focus({ preventScroll: true });
  }

  #focused(target: EventTarget | null): void {
    if (!(target instanceof EntryElement) || target === this.#current) return;
    this.#current?.removeAttribute("tabindex");
    this.#current = target;
    target.tabIndex = 0;
  }

  #showState(): void {
    const { name } = this.client.state;
    this.state = name === "connected" ? "live" : name === "closed" ? "closed" : "reconnecting";
  }
}

/** What a key does to the row that has the focus: the row that gets it, or what is done with this one. */
const KEYS: Partial<Record<string, (entry: EntryElement, tree: Element) => EntryElement | "use" | "edit" | undefined>> =
  {
    ArrowDown: (entry) => below(entry) ?? behind(entry),
    ArrowUp: (entry) => {
      const before = entry.previousElementSibling;
      return before instanceof EntryElement ? lastOf(before) : above(entry);
    },
    ArrowRight: (entry) => (entry instanceof FolderElement && !entry.isOpen ? "use" : below(entry)),
    ArrowLeft: (entry) => (entry instanceof FolderElement && entry.isOpen ? "use" : above(entry)),
    Home: (_entry, tree) => asEntry(tree.firstElementChild),
    End: (_entry, tree) => (tree.lastElementChild instanceof EntryElement ? lastOf(tree.lastElementChild) : undefined),
    Enter: () => "use",
    " ": () => "use",
    F2: () => "edit",
  };

function asEntry(element: Element | null): EntryElement | undefined {
  return element instanceof EntryElement ? element : undefined;
}

/** The folder that it is in. */
function above(entry: EntryElement): EntryElement | undefined {
  return asEntry(entry.parentElement);
}

/** The first that is in it. */
function below(entry: EntryElement): EntryElement | undefined {
  return asEntry(entry.firstElementChild);
}

/** The next that is not in it. */
function behind(entry: EntryElement): EntryElement | undefined {
  for (let each: EntryElement | undefined = entry; each; each = above(each)) {
    if (each.nextElementSibling instanceof EntryElement) return each.nextElementSibling;
  }
  return undefined;
}

/** The last that is in it, or is in what is in it: what stands lowest. */
function lastOf(entry: EntryElement): EntryElement {
  const last = asEntry(entry.lastElementChild);
  return last ? lastOf(last) : entry;
}

/** The row that an event happened in, where it was in such a part of it. */
function entryOf(event: Event, part: string): EntryElement | undefined {
  const path = event.composedPath();
  const isInPart = path.some((node) => node instanceof Element && node.matches(part));
  return isInPart ? path.find((node) => node instanceof EntryElement) : undefined;
}
