// What stands in the bars that float on the paper.

import type { Mirrored } from "objectsync/client";
import { html } from "objectsync/elements";
import type { Person } from "../models.ts";
import { MAX_NAME } from "../paper.ts";
import { type IconName, icon } from "./icons.ts";

/** Milliseconds that a message takes each way, or that none arrives. */
export type Delay = (typeof DELAYS)[number];

const DELAYS = [0, 150, 600, "none arrives"] as const;

/** How the page is connected. */
export type ConnectionName = "live" | "offline" | "closed";

/** The title, with how the page is connected and whether edits are on their way. */
export function connection(name: ConnectionName, waiting: number): unknown {
  const edits = `${waiting} ${waiting === 1 ? "edit" : "edits"}`;
  const more = waiting === 0 ? "" : name === "live" ? " · sending" : ` · ${edits} waiting`;
  const text = { live: "Live", offline: "Offline", closed: "Closed" }[name];
  return html`<div class="bar title">
    <h1>Whiteboard</h1><span class="pill"><span role="status">${text}</span>${more}</span>
  </div>`;
}

/** Who is here. `me` can have another name. */
export function people(
  all: readonly Mirrored<Person>[],
  me: Mirrored<Person> | undefined,
  rename: (input: HTMLInputElement) => void,
): unknown {
  const who = ({ name, hue }: Mirrored<Person>, more: unknown): unknown =>
    html`<li class="who" data-hue=${hue.value} title=${name.value}>
      <span aria-hidden="true">${name.value.charAt(0)}</span>${more}
    </li>`;
  return html`<ul class="bar people" aria-label="Who is here">
    ${all
      .filter((person) => person !== me)
      .map((person) => who(person, html`<span class="unseen">${person.name.value}</span>`))}
    ${
      me &&
      who(
        me,
        html`<input aria-label="Your name" maxlength=${MAX_NAME} autocomplete="off" spellcheck="false"
          .value=${me.name.value} @change=${(event: Event) => rename(event.target as HTMLInputElement)}>`,
      )
    }
  </ul>`;
}

/** How slow the line is. */
export function delays(present: Delay, choose: (delay: Delay) => void): unknown {
  return html`<div class="bar line" role="radiogroup" aria-labelledby="delay"><b id="delay">Delay</b>
    ${DELAYS.map((delay) => {
      const [label, title] =
        typeof delay === "number"
          ? [delay === 0 ? "None" : `${delay} ms`, `Each message takes ${delay} ms, both ways`]
          : ["Offline", "No message arrives"];
      return html`<label title=${title}
        ><input type="radio" name="delay" .checked=${delay === present} @change=${() => choose(delay)}
        ><span>${label}</span></label
      >`;
    })}
  </div>`;
}

/** A button. `key` does the same. */
export function tool(name: IconName, label: string, key: string, press: () => void, isDisabled = false): unknown {
  return html`<button type="button" aria-label=${label} title="${label} (${key})" ?disabled=${isDisabled} @click=${press}>
    ${icon(name)}
  </button>`;
}
