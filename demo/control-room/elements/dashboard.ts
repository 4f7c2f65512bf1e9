import { css, html, SObjectElement } from "objectsync/elements";
import type { Dashboard } from "../models.ts";

/** The page itself: where everything is, and whether it is live. */
export class DashboardElement extends SObjectElement<Dashboard> {
  static override properties = { state: { reflect: true } };

  static override styles = css`
    :host { display: block; max-width: 1240px; margin: 0 auto; padding: 28px 24px 32px; }
    h1, h2, p, dl, dd { margin: 0; }

    header { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 12px 24px; margin-bottom: 22px; }
    .machine { flex: 1 1 300px; min-width: 0; }
    .eyebrow { color: var(--ink-3); font-size: 13px; font-weight: 500; }
    h1 { font-size: 30px; line-height: 1.15; font-weight: 680; letter-spacing: -0.022em; overflow-wrap: anywhere; }
    .facts { margin-top: 5px; color: var(--ink-2); font-size: 14px; }
    .presence { display: flex; align-items: center; gap: 14px; }
    .viewers { display: flex; flex-wrap: wrap; row-gap: 4px; padding-left: 5px; }
    .watching { color: var(--ink-2); font-size: 14px; white-space: nowrap; }

    .pill {
      position: relative; display: inline-flex; align-items: center; gap: 8px; padding: 5px 12px 5px 10px; border-radius: 99px;
      font-size: 13px; font-weight: 600; white-space: nowrap; color: var(--good); background: var(--good-soft);
    }
    .pill::before {
      content: ""; width: 8px; height: 8px; border-radius: 50%; background: currentColor;
    }
    .pill::after {
      content: ""; position: absolute; left: 6px; width: 16px; height: 16px; border-radius: 50%; background: currentColor;
      opacity: 0;
    }
    :host([state="reconnecting"]) .pill {
      color: var(--warm); background: color-mix(in srgb, var(--warm) 13%, var(--surface));
    }
    :host([state="closed"]) .pill { color: var(--hot); background: color-mix(in srgb, var(--hot) 13%, var(--surface)); }
    /* Only while something is on its way: an animation without end costs a lot where no GPU draws it. */
    @media (prefers-reduced-motion: no-preference) {
      :host([state="reconnecting"]) .pill::after { animation: breathe 2.4s ease-in-out infinite; }
    }
    @keyframes breathe { from, to { opacity: 0; transform: scale(0.5); } 50% { opacity: 0.22; transform: none; } }

    main {
      display: grid; gap: var(--gap); grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr);
      grid-template-areas: "charts charts charts" "processes processes side";
    }
    .charts { grid-area: charts; display: grid; gap: var(--gap); grid-template-columns: 1fr 1fr; }
    .processes { grid-area: processes; min-width: 0; }
    .side { grid-area: side; display: flex; flex-direction: column; gap: var(--gap); min-width: 0; }
    slot[name="notes"]::slotted(*) { flex: 1; }

    .card {
      background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow);
      padding: 16px 18px 18px;
    }
    h2 { font-size: 15px; font-weight: 620; letter-spacing: -0.005em; }
    .cores { display: grid; grid-template-columns: repeat(auto-fit, minmax(26px, 1fr)); gap: 14px 8px; margin-top: 14px; }
    :host(.many-cores) .cores { --core-height: 44px; gap: 12px 6px; }
    dl {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); gap: 12px 20px; margin-top: 18px;
      padding-top: 15px; border-top: 1px solid var(--line);
    }
    dt { color: var(--ink-3); font-size: 13px; }
    dd { font-size: 16px; font-weight: 600; letter-spacing: -0.01em; white-space: pre; }
    dd span { margin-left: 6px; color: var(--ink-3); font-size: 13px; font-weight: 450; letter-spacing: 0; }

    .charts, .processes, .card { transition: opacity 0.4s, filter 0.4s; }
    /* The figures are old. The notes may still be edited: what is typed waits. */
    :host(:not([state="live"])) :is(.charts, .processes, .card) { opacity: 0.72; filter: saturate(0.35); }

    footer { margin-top: 22px; color: var(--ink-3); font-size: 13px; text-align: center; text-wrap: balance; }

    @media (prefers-reduced-motion: reduce) {
      .charts, .processes, .card { transition: none; }
    }
    @media (max-width: 920px) {
      main { grid-template-columns: minmax(0, 1fr); grid-template-areas: "charts" "side" "processes"; }
    }
    @media (max-width: 640px) {
      :host { padding: 20px 14px 28px; --gap: 12px; }
      header { gap: 14px; margin-bottom: 18px; }
      .machine { flex-basis: 100%; }
      h1 { font-size: 27px; }
      .presence { flex: 1; }
      .watching { display: none; }
      .viewers { margin-left: auto; }
      .charts { grid-template-columns: minmax(0, 1fr); }
      .card { padding: 14px 16px 16px; }
    }
  `;

  declare private state: "live" | "reconnecting" | "closed";

  override onStart(): void {
    this.#showState();
    this.untilDestroyed(this.client.on("state", () => this.#showState()));
  }

  override render(): unknown {
    const { host, system, uptime, watching, load, loadBefore, disk, received, sent } = this.object;
    const stateText = { live: "Live", reconnecting: "Reconnecting…", closed: "Closed" }[this.state];
    return html`
      <header>
        <div class="machine">
          <p class="eyebrow">Control room</p>
          <h1>${host.value}</h1>
          <p class="facts">${system.value} · up ${uptime.value}</p>
        </div>
        <div class="presence">
          <span class="pill" role="status">${stateText}</span>
          <div class="viewers" role="list" aria-label="Who is watching"><slot name="viewers"></slot></div>
          <span class="watching">${watching.value}</span>
        </div>
      </header>
      <main>
        <div class="charts"><slot name="charts"></slot></div>
        <div class="processes"><slot name="processes"></slot></div>
        <div class="side">
          <section class="card" aria-labelledby="cores">
            <h2 id="cores">Cores</h2>
            <div class="cores"><slot name="cores"></slot></div>
            <dl>
              <div><dt>Load</dt><dd>${load.value}<span>${loadBefore.value}</span></dd></div>
              <div><dt>Disk</dt><dd>${disk.value}</dd></div>
              <div><dt>Received</dt><dd>${received.value}</dd></div>
              <div><dt>Sent</dt><dd>${sent.value}</dd></div>
            </dl>
          </section>
          <slot name="notes"></slot>
        </div>
      </main>
      <footer>One tree of objects on the server, mirrored in every window. Open a second one and type.</footer>
    `;
  }

  #showState(): void {
    const { name } = this.client.state;
    this.state = name === "connected" ? "live" : name === "closed" ? "closed" : "reconnecting";
  }
}
