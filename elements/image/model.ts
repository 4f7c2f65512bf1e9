import { BinaryTopic } from "../../core/binary-topic.ts";
import { DictTopic } from "../../core/dict-topic.ts";
import { describeValue, ObjectSyncError } from "../../core/error.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";
import { CheckedText } from "../checked-text.ts";
import { isAllowedImageType } from "../safety.ts";

/** A picture, from a URL or from bytes of its own. */
export class Image extends SObject {
  static override readonly frontendType: string | null = "image";
  /** Its URL, as the page may load it. Counts while there are no `bytes`. */
  readonly source = new StringTopic();
  /** The picture itself, as the file has it. */
  readonly bytes = new BinaryTopic();
  /** What `bytes` are: PNG, JPEG, GIF, WebP or AVIF. Throws `invalid_value` for anything else. */
  readonly mediaType: StringTopic = new CheckedText("image/png", assertImageType);
  /** What the picture says, for whoever cannot see it. None: it is but decoration. */
  readonly alternative = new StringTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** By the names of the attributes. */
  override build({
    source = "",
    bytes,
    mediaType = "image/png",
    alternative = "",
    style = {},
  }: {
    source?: string;
    bytes?: Uint8Array;
    mediaType?: string;
    alternative?: string;
    style?: Readonly<Record<string, string>>;
  } = {}): void {
    this.source.set(source);
    if (bytes) this.bytes.set(bytes);
    this.mediaType.set(mediaType);
    this.alternative.set(alternative);
    this.style.set(style);
  }
}

function assertImageType(mediaType: string): void {
  if (isAllowedImageType(mediaType)) return;
  throw new ObjectSyncError(
    "invalid_value",
    `expected image/png, image/jpeg, image/gif, image/webp or image/avif, got ${describeValue(mediaType)}: ` +
      "convert the picture, or give the URL of it as `source`",
  );
}
