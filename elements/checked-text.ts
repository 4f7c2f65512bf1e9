import type { UncheckedOp } from "../core/kind.ts";
import type { SObject } from "../core/object.ts";
import { StringTopic } from "../core/string-topic.ts";

/** Throws for a text that an attribute of `object` cannot be; `undefined` for a topic that stands alone. */
export type TextCheck = (text: string, object: SObject | undefined) => void;

/**
 * A text that the server's code can set to nothing that `check` throws for. It costs an object no listener, as a rule
 * would. What a client writes, where a subclass opens the attribute, it does not see, nor what comes out of a save: of
 * both the page is the judge.
 */
export class CheckedText extends StringTopic {
  readonly #check: TextCheck;

  constructor(initial: string, check: TextCheck) {
    super(initial);
    this.#check = check;
  }

  protected override write(op: UncheckedOp): void {
    const prepared = this.kind.prepare(this.state, op);
    if (prepared) this.#check(this.kind.apply(this.state, prepared), this.object);
    super.write(op);
  }
}
