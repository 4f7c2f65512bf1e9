// `<object-sync>`: where a page's connection begins and where it ends.
//
// Client and mount are made together and end together. The element has them while it is in the document. One that stands
// in the page is upgraded as soon as the package is imported, before the page's own script has said anything: so they are
// made in a microtask, when all that runs now is through. Whether taking it out was a move shows only at the end of the
// turn, so they are kept until then.
//
// Not here: the elements of the tree (mount.ts), and the states of the connection, which are the client's.

import { css, html, LitElement, nothing } from "lit";
import { Client, type ClientOptions } from "../client/client.ts";
import type { ConnectionState } from "../client/connection-state.ts";
import { Mount } from "./mount.ts";
import { DEFAULT_POLICY, type SafetyPolicy } from "./safety.ts";

/**
 * `<object-sync url="…">`: a server's tree in the page. It connects when it has come into the document, as soon as the
 * script that runs is through, shows the tree as its children, and closes the connection when it is taken out; a move is
 * neither. `url` may be relative; default: the page's own address. Setting another one connects anew.
 *
 * The attribute `state` is the name of the connection's state, for styles. While what is shown is not live, a notice says
 * so: `::part(notice)`. Errors of listeners and hooks, and warnings, go to the page's `error` event.
 */
export class ObjectSyncElement extends LitElement {
  /** What native elements may be: `widen(DEFAULT_POLICY, …)` for more, before the element connects. */
  static policy: SafetyPolicy = DEFAULT_POLICY;

  /** How its client behaves, from the next connection on. Default: as `Client` does, with errors to the page. */
  static clientOptions: ClientOptions = {};

  static override properties = { notice: { state: true } };

  static override styles = css`
    :host {
      display: block;
    }
    :host([hidden]) {
      display: none;
    }
    [part="notice"] {
      position: fixed;
      inset-block-end: 1rem;
      inset-inline: 1rem;
      width: fit-content;
      max-width: 100%;
      box-sizing: border-box;
      margin-inline: auto;
      padding: 0.5rem 1rem;
      border-radius: 0.5rem;
      background: #333;
      color: #fff;
      font: 0.875rem / 1.4 system-ui, sans-serif;
      box-shadow: 0 2px 8px rgb(0 0 0 / 30%);
      pointer-events: none;
      z-index: 2147483647;
    }
    [part="notice"]:empty {
      display: none;
    }
  `;

  declare private notice: string;
  #client: Client | undefined;
  #mount: Mount | undefined;
  #unlisten: (() => void) | undefined;

  constructor() {
    super();
    this.notice = "";
  }

  static override get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: named, the base class would prepare itself and not this one
    return [...super.observedAttributes, "url"];
  }

  /** The connection; `undefined` before it is made, and while the element is not in the document. */
  get client(): Client | undefined {
    return this.#client;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    queueMicrotask(() => this.isConnected && this.#open());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Whoever moves it takes it out and puts it back in at once.
    setTimeout(() => {
      if (!this.isConnected) this.#close();
    });
  }

  /** A move by `moveBefore`: nothing has ended. */
  connectedMoveCallback(): void {}

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value);
    if (name !== "url" || old === value || !this.#client) return;
    this.#close();
    this.#open();
  }

  override render(): unknown {
    // A status is read out when its text changes, so it is there before.
    return html`<slot></slot><div part="notice" role="status">${this.notice || nothing}</div>`;
  }

  /** Makes the client. */
  protected createClient(url: string): Client {
    const { clientOptions } = this.constructor as typeof ObjectSyncElement;
    return new Client(url, { onError: ({ error }) => reportError(error), ...clientOptions });
  }

  #open(): void {
    if (this.#client) return;
    const client = this.createClient(this.#url());
    this.#client = client;
    this.#unlisten = client.on("state", (state) => this.#show(state));
    this.#mount = new Mount(client, this, (this.constructor as typeof ObjectSyncElement).policy);
    this.#show(client.state);
  }

  #close(): void {
    this.#unlisten?.();
    this.#mount?.close();
    this.#client?.close();
    this.#client = undefined;
    this.removeAttribute("state");
    this.notice = "";
  }

  #show(state: ConnectionState): void {
    this.setAttribute("state", state.name);
    if (state.name === "connected") this.notice = "";
    if (state.name === "offline") this.notice = "Connection lost. Trying to reconnect …";
    if (state.name === "closed")
      this.notice = `Disconnected${state.reason && `: ${state.reason}`}. Reload to try again.`;
    // Connecting: at first there is nothing to warn of; later the notice stays until it is done.
  }

  #url(): string {
    const given = this.getAttribute("url");
    const url = new URL(given ?? "", document.baseURI);
    if (given === null) url.search = "";
    url.hash = "";
    url.protocol = url.protocol.replace(/^http/, "ws");
    return url.href;
  }
}
