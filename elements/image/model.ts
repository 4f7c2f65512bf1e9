import { BinaryTopic } from "../../core/binary-topic.ts";
import { DictTopic } from "../../core/dict-topic.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";

/** A picture, from a URL or from bytes of its own. */
export class Image extends SObject {
  static override readonly frontendType: string | null = "image";
  /** Its URL, as the page may load it. Counts while there are no `bytes`. */
  readonly source = new StringTopic();
  /** The picture itself, as the file has it. */
  readonly bytes = new BinaryTopic();
  /** What `bytes` are: PNG, JPEG, GIF, WebP or AVIF. */
  readonly mediaType = new StringTopic("image/png");
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
  }: {
    source?: string;
    bytes?: Uint8Array;
    mediaType?: string;
    alternative?: string;
  } = {}): void {
    this.source.set(source);
    if (bytes) this.bytes.set(bytes);
    this.mediaType.set(mediaType);
    this.alternative.set(alternative);
  }
}
