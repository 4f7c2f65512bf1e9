import { afterEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { EventTopic } from "../../core/event-topic.ts";
import { SObject } from "../../core/object.ts";
import { type JoinedPage, MirrorPage } from "../../test/mirror-page.ts";
import "../index.ts";
import type { ButtonElement } from "../index.ts";
import { Text } from "../text/model.ts";
import { Button } from "./model.ts";

/** Only the server presses it. */
class Lamp extends SObject {
  static override frontendType = "button";
  press = new EventTopic();
}

const pages: JoinedPage[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

async function open(args: { label?: string; disabled?: boolean } = {}) {
  const server = new MirrorPage(Button, Text, Lamp);
  const button = server.frame(() => server.root.add(Button, args));
  const page = server.join();
  pages.push(page);
  const element = page.element<ButtonElement>(button);
  await element.updateComplete;
  const control = element.shadowRoot?.querySelector("button") as HTMLButtonElement;
  const presses = (): number => page.writes.splice(0).filter(({ object }) => object.id === button.id).length;
  return { server, page, button, element, control, presses };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

describe("a button", () => {
  it("[CO-38] is a native button with its label, and emits once for a click", async () => {
    const { server, button, element, control, presses } = await open({ label: "Order" });
    expect(control.textContent).toBe("Order");
    expect(control.type).toBe("button");
    await userEvent.click(control);
    expect(presses()).toBe(1);
    server.frame(() => button.label.set("Order again"));
    await element.updateComplete;
    expect(control.textContent).toBe("Order again");
    await userEvent.dblClick(control);
    expect(presses()).toBe(2);
  });

  it("[CO-38][DE-21] is pressed by the keyboard, once however long the key is held", async () => {
    const { element, control, presses } = await open();
    element.focus();
    expect(element.shadowRoot?.activeElement).toBe(control);
    await userEvent.keyboard("{Enter}");
    expect(presses()).toBe(1);
    await userEvent.keyboard(" ");
    expect(presses()).toBe(1);
    const repeated = new KeyboardEvent("keydown", { key: "Enter", repeat: true, cancelable: true, composed: true });
    control.dispatchEvent(repeated);
    expect(repeated.defaultPrevented).toBe(true);
  });

  it("[CO-38] emits nothing while it is disabled, by a click on what is below it neither", async () => {
    const { server, page, button, element, control, presses } = await open({ disabled: true });
    const icon = server.frame(() => button.add(Text, { text: "*" }));
    expect(page.element(icon).assignedSlot?.parentElement).toBe(control);
    expect(control.disabled).toBe(true);
    page.element(icon).click();
    control.click();
    expect(presses()).toBe(0);
    server.frame(() => button.disabled.set(false));
    await element.updateComplete;
    page.element(icon).click();
    expect(presses()).toBe(1);
  });

  it("is disabled where clients may not press it", async () => {
    const { server, page } = await open();
    const lamp = server.frame(() => server.root.add(Lamp));
    await page.element<ButtonElement>(lamp).updateComplete;
    expect(page.element(lamp).shadowRoot?.querySelector("button")?.disabled).toBe(true);
  });

  it("says why a press was refused, until the next one", async () => {
    const { page, element, control } = await open();
    const status = (): string => element.shadowRoot?.querySelector("[role=status]")?.textContent ?? "";
    control.click();
    await page.answer({ ok: false, code: "rejected", message: "Sold out." });
    await settled();
    await element.updateComplete;
    expect(status()).toBe("Sold out.");
    control.click();
    await page.answer({ ok: true });
    await settled();
    await element.updateComplete;
    expect(status()).toBe("");
  });
});
