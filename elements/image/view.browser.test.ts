import { afterEach, describe, expect, it, vi } from "vitest";
import { StringTopic } from "../../core/string-topic.ts";
import { type JoinedPage, MirrorPage } from "../../test/mirror-page.ts";
import "../index.ts";
import type { ImageElement } from "../index.ts";
import { Image } from "./model.ts";

/** As of a server that checks no media types. */
class AnyImage extends Image {
  override readonly mediaType = new StringTopic();
}

const pages: JoinedPage[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) page.close();
  vi.restoreAllMocks();
});

/** A PNG of one colour, so wide and one pixel high. */
async function png(width: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, 1);
  canvas.getContext("2d")?.fillRect(0, 0, width, 1);
  return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
}

function open(args: Parameters<Image["build"]>[0], imageClass = Image) {
  const made = vi.spyOn(URL, "createObjectURL");
  const revoked = vi.spyOn(URL, "revokeObjectURL");
  const server = new MirrorPage(imageClass);
  const image = server.frame(() => server.root.add(imageClass, args));
  const page = server.join();
  pages.push(page);
  const element = page.element<ImageElement>(image);
  const img = (): HTMLImageElement => element.shadowRoot?.querySelector("img") as HTMLImageElement;
  const state = (): string | null => element.getAttribute("state");
  const text = (): string => element.shadowRoot?.querySelector("[part=alternative]")?.textContent ?? "";
  return { server, page, image, element, img, state, text, made, revoked };
}

describe("an image", () => {
  it("[CO-10] shows its bytes by a URL that is gone with them", async () => {
    const { server, image, img, state, made, revoked } = open({ bytes: await png(3) });
    await expect.poll(state).toBe("shown");
    const first = img().src;
    expect(first).toMatch(/^blob:/);
    expect(img().naturalWidth).toBe(3);
    expect(img().checkVisibility()).toBe(true);
    const bytes = await png(5);
    server.frame(() => image.bytes.set(bytes));
    await expect.poll(() => img().naturalWidth).toBe(5);
    expect(state()).toBe("shown");
    expect(revoked.mock.calls).toEqual([[first]]);
    server.frame(() => image.alternative.set("Another text makes no other URL"));
    server.frame(() => image.destroy());
    expect(made).toHaveBeenCalledTimes(2);
    expect(revoked).toHaveBeenCalledTimes(2);
    await expect(fetch(first)).rejects.toThrow();
  });

  it("[CO-10] shows its source, and keeps the old picture until the new one is there", async () => {
    const [red, green] = ["%23f00", "%230f0"].map(
      (fill) =>
        `data:image/png;name=${fill};base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==`,
    ) as [string, string];
    const { server, image, element, img, state } = open({ source: red, alternative: "A dot" });
    await expect.poll(state).toBe("shown");
    expect(img().alt).toBe("A dot");
    server.frame(() => image.source.set(green));
    await element.updateComplete;
    expect(state()).toBe("shown");
    expect(img().getAttribute("src")).toBe(green);
    server.frame(() => image.source.set(""));
    await element.updateComplete;
    expect([state(), img().hasAttribute("src"), img().hidden]).toEqual(["empty", false, true]);
  });

  it("[CO-10] shows its alternative text while it loads, and when it cannot", async () => {
    const { server, image, element, img, state, text } = open({ source: "/none.png", alternative: "The plan" });
    await element.updateComplete;
    expect([state(), text(), img().alt]).toEqual(["loading", "The plan", "The plan"]);
    await expect.poll(state).toBe("failed");
    expect(text()).toBe("The plan");
    expect(img().checkVisibility()).toBe(false);
    server.frame(() => image.alternative.set(""));
    await element.updateComplete;
    expect(img().getAttribute("alt")).toBe("");
    expect(text()).not.toBe("");
    const bytes = await png(2);
    server.frame(() => image.bytes.set(bytes));
    await expect.poll(state).toBe("shown");
    expect(text()).toBe("");
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml,<svg/>",
    "file:///etc",
  ])("[CO-10][OP-13] does not ask for %s, and says so once", async (source) => {
    const { server, image, element, img, state } = open({ source, alternative: "No" });
    await element.updateComplete;
    expect([state(), img().hasAttribute("src")]).toEqual(["failed", false]);
    server.frame(() => image.alternative.set("Still no"));
    await element.updateComplete;
    expect(server.takeErrors()).toEqual([expect.stringContaining("is refused")]);
  });

  it.each(["text/html", "image/svg+xml", "image/png,text/html", "image/png;charset=x", ""])(
    "[CO-10][OP-13] makes no URL of bytes that say they are %j",
    async (mediaType) => {
      const { server, element, state, made } = open({ bytes: await png(1), mediaType }, AnyImage);
      await element.updateComplete;
      expect(state()).toBe("failed");
      expect(made).not.toHaveBeenCalled();
      expect(server.takeErrors()).toHaveLength(1);
    },
  );
});
