// The element of an `Image`.
//
// What it shows is one URL: the object's own, if the allow-list lets a page load it, or one that the page makes for the
// bytes. Such a URL keeps its bytes in memory for as long as it is not revoked, so there is one at most, and none after
// the end of the element. It is made anew only when bytes or media type have changed.
//
// While the URL of a picture that is shown changes, the old one stays until the new one is there: else a picture that
// is sent again and again would flicker.

import { type CSSResultGroup, css, html, nothing } from "lit";
import { BinaryTopic } from "../../core/binary-topic.ts";
import { ObjectSyncError } from "../../core/error.ts";
import { report } from "../../core/report.ts";
import { StringTopic } from "../../core/string-topic.ts";
import { topicOf } from "../object-attributes.ts";
import { isAllowedAttribute, isAllowedImageType } from "../safety.ts";
import { SObjectElement } from "../sobject-element.ts";
import type { Image } from "./model.ts";

/**
 * Shows the attribute `bytes` of an object, or else its `source`. The attribute `state` of the element is `empty`,
 * `loading`, `shown` or `failed`, for styles. While there is no picture to see its alternative text stands in its place.
 */
export class ImageElement extends SObjectElement<Image> {
  static override styles: CSSResultGroup = css`
    :host {
      display: inline-block;
      max-width: 100%;
    }
    :host([hidden]) {
      display: none;
    }
    img {
      display: block;
      width: 100%;
      height: 100%;
      object-fit: inherit;
    }
    img[hidden] {
      display: none;
    }
    [part="alternative"] {
      display: inline-block;
      padding: 0.4em 0.6em;
      border: 1px dashed color-mix(in srgb, currentcolor 40%, transparent);
      overflow-wrap: anywhere;
    }
    :host([state="loading"]) [part="alternative"] {
      opacity: 0.6;
    }
  `;

  #state: "empty" | "loading" | "shown" | "failed" = "empty";
  /** What the picture is loaded from. */
  #url = "";
  /** The URL of the bytes; `undefined` while none is made of them as they are now. */
  #bytesUrl: string | undefined;

  override onStart(): void {
    const forget = (): void => this.#forgetBytes();
    const bytes = topicOf(this.object, "bytes", BinaryTopic);
    const mediaType = topicOf(this.object, "mediaType", StringTopic);
    if (bytes) this.link(bytes, "change", forget);
    if (mediaType) this.link(mediaType, "change", forget);
    this.untilDestroyed(forget);
  }

  override render(): unknown {
    const alternative = this.#text("alternative");
    this.#turnTo(this.#wantedUrl());
    const isShown = this.#state === "shown";
    const notice = alternative || (this.#state === "failed" && "This picture cannot be shown.");
    return html`<img part="image" alt=${alternative} src=${this.#url || nothing} ?hidden=${!isShown} decoding="async"
        @load=${this.#loaded} @error=${this.#failed}>
      ${isShown || this.#state === "empty" || !notice ? nothing : html`<span part="alternative">${notice}</span>`}
      <slot></slot>`;
  }

  protected override updated(): void {
    this.setAttribute("state", this.#state);
  }

  #text(name: string): string {
    return topicOf(this.object, name, StringTopic)?.value ?? "";
  }

  /** Empty for no picture, `undefined` for one that is refused. */
  #wantedUrl(): string | undefined {
    const bytes = topicOf(this.object, "bytes", BinaryTopic);
    if (bytes && bytes.length > 0) {
      const type = this.#text("mediaType");
      if (!isAllowedImageType(type)) return undefined;
      this.#bytesUrl ??= URL.createObjectURL(new Blob([bytes.value as Uint8Array<ArrayBuffer>], { type }));
      return this.#bytesUrl;
    }
    const source = this.#text("source");
    const { policy } = this.constructor as typeof SObjectElement;
    return source === "" || isAllowedAttribute("img", "src", source, policy) ? source : undefined;
  }

  #turnTo(url: string | undefined): void {
    if (url === undefined) {
      if (this.#state !== "failed") this.#reportRefusal();
      this.#url = "";
      this.#state = "failed";
    } else if (url !== this.#url) {
      this.#url = url;
      if (url === "") this.#state = "empty";
      else if (this.#state !== "shown") this.#state = "loading";
    } else if (url === "") this.#state = "empty";
  }

  #reportRefusal(): void {
    const { type, id, tree } = this.object;
    const message = "a picture is a raster image: its media type, or the scheme of its source, is refused";
    report(tree.onError, new ObjectSyncError("forbidden", message), `<${this.localName}> for ${type} ${id}`);
  }

  #forgetBytes(): void {
    if (this.#bytesUrl !== undefined) URL.revokeObjectURL(this.#bytesUrl);
    this.#bytesUrl = undefined;
  }

  #loaded(): void {
    this.#state = "shown";
    this.requestUpdate();
  }

  #failed(): void {
    this.#state = "failed";
    this.requestUpdate();
  }
}
