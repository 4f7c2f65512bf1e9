import { DictTopic } from "../../core/dict-topic.ts";
import { describeValue, ObjectSyncError } from "../../core/error.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";
import { CheckedText } from "../checked-text.ts";
import { DEFAULT_POLICY, isAllowedSvgTag, type SafetyPolicy } from "../safety.ts";

/** A drawing: a native `<svg>`. Its shapes are the `SvgShape`s below it. */
export class Svg extends SObject {
  static override readonly frontendType: string | null = "svg";
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /**
   * `viewBox`: the part of the plane that is seen, as `0 0 100 50`; `label`: what the drawing says, for whoever cannot
   * see it. Both are keys of `attributes` afterwards: `viewBox` and `aria-label`.
   */
  override build({
    viewBox,
    label,
    style = {},
    attributes = {},
  }: {
    viewBox?: string;
    label?: string;
    style?: Readonly<Record<string, string>>;
    attributes?: Readonly<Record<string, Json>>;
  } = {}): void {
    this.style.set(style);
    this.attributes.set(attributes);
    if (viewBox !== undefined) this.attributes.put("viewBox", viewBox);
    if (label === undefined) return;
    this.attributes.put("role", "img");
    this.attributes.put("aria-label", label);
  }
}

/**
 * A shape of a drawing: the native SVG element of its tag, as `circle`, `path`, `text` or `g`. `attributes` say all else:
 * `attributes.put("fill", "coral")`. `url(…)` in them is only for what is in the page: `url(#gradient)`.
 */
export class SvgShape extends SObject {
  static override readonly frontendType: string | null = "svg";
  /** Which tags the server may give it: `widen(DEFAULT_POLICY, …)` for more, which the page's code does too. */
  static policy: SafetyPolicy = DEFAULT_POLICY;
  /** Throws `invalid_name` for a tag that is not on the allow-list, or no part of a drawing. */
  readonly tag: StringTopic = new CheckedText("g", assertTag);
  readonly text = new StringTopic();
  readonly attributes = new DictTopic<Json>();

  /** `text`: for the tags `text`, `title` and `desc`. Default: an empty group. */
  override build({
    tag = "g",
    text = "",
    attributes = {},
  }: {
    tag?: string;
    text?: string;
    attributes?: Readonly<Record<string, Json>>;
  } = {}): void {
    this.tag.set(tag);
    this.text.set(text);
    this.attributes.set(attributes);
  }
}

function assertTag(tag: string, object: SObject | undefined): void {
  const { policy } = (object?.constructor ?? SvgShape) as typeof SvgShape;
  if (tag === "" || isAllowedSvgTag(tag, policy)) return;
  const expected = "expected a tag of SVG that is on the allow-list";
  const remedy = "spell it as SVG does, or widen `SvgShape.policy`, and the page's";
  throw new ObjectSyncError("invalid_name", `${expected}, got ${describeValue(tag)}: ${remedy}`);
}
