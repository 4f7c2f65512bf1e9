import { DictTopic } from "../../core/dict-topic.ts";
import { describeValue, ObjectSyncError } from "../../core/error.ts";
import { SObject } from "../../core/object.ts";
import { StringTopic } from "../../core/string-topic.ts";
import type { Json } from "../../core/value.ts";
import { CheckedText } from "../checked-text.ts";
import { DEFAULT_POLICY, isAllowedTag, type SafetyPolicy } from "../safety.ts";

/** A native element, named by its tag. What the page's allow-list refuses is not shown. */
export class Html extends SObject {
  static override readonly frontendType: string | null = "html";
  /** Which tags the server may give it: `widen(DEFAULT_POLICY, …)` for more, which the page's code does too. */
  static policy: SafetyPolicy = DEFAULT_POLICY;
  /** Throws `invalid_name` for a tag that is not on the allow-list. Custom elements are: the page knows which it has. */
  readonly tag: StringTopic = new CheckedText("div", assertTag);
  readonly text = new StringTopic();
  readonly style = new DictTopic<string>();
  readonly classes = new DictTopic<boolean>();
  readonly attributes = new DictTopic<Json>();

  /** `text` stands before what is below the object. Default: an empty `div`. */
  override build({
    tag = "div",
    text = "",
    style = {},
    attributes = {},
  }: {
    tag?: string;
    text?: string;
    style?: Readonly<Record<string, string>>;
    attributes?: Readonly<Record<string, Json>>;
  } = {}): void {
    this.tag.set(tag);
    this.text.set(text);
    this.style.set(style);
    this.attributes.set(attributes);
  }
}

function assertTag(tag: string, object: SObject | undefined): void {
  const { policy } = (object?.constructor ?? Html) as typeof Html;
  // None is a div. What begins with `os-` the page makes itself, for the objects of that frontend type.
  if (tag === "" || isAllowedTag(tag, policy, (name) => !name.startsWith("os-"))) return;
  const remedy = "spell it as HTML does, or widen `Html.policy`, and the page's";
  throw new ObjectSyncError("invalid_name", `expected a tag of the allow-list, got ${describeValue(tag)}: ${remedy}`);
}
