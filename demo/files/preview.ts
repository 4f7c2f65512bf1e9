// Preview: what is in a file, for as long as somebody looks at it.
//
// It shows a part of a text, or a picture that is not too large; of anything else it says what it is. A file may change
// while it is read, and again before that is shown: it is read one time after the other, and the last time after the last
// change. Not here: who notices a change, which is the folder that the file is in.

import { Image } from "objectsync/models";
import { BooleanTopic, SObject, StringTopic, transact } from "objectsync/server";
import { imageType, textOf } from "./content.ts";
import { describe } from "./disk.ts";
import { bytes } from "./format.ts";
import type { File } from "./models.ts";

/** How much of a text is shown, and up to which size a picture is, in bytes. */
const MAX_TEXT = 64 * 1024;
const MAX_IMAGE = 2 * 1024 * 1024;

/** What is in a file, as far as it can be shown, and as it is now. A picture is an object below it. */
export class Preview extends SObject {
  static override readonly frontendType = "preview";
  readonly text = new StringTopic();
  /** What is left out, or why there is nothing. */
  readonly note = new StringTopic();
  /** Whether the text is the end of the file and not its beginning. */
  readonly isEnd = new BooleanTopic();

  /** Where in the file the text begins. */
  #start = 0;
  #size = 0;
  #isReading = false;
  #isDue = false;

  /** Looks at the file: now, or when it is done with looking. */
  async refresh(): Promise<void> {
    this.#isDue = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isDue && !this.isDestroyed) {
      this.#isDue = false;
      const show = await this.#read().catch((error) => () => this.#say(describe(error)));
      if (!this.isDestroyed) transact(show);
    }
    this.#isReading = false;
  }

  /** Reads what is to be shown; what is returned shows it. */
  async #read(): Promise<() => void> {
    const { disk, path, kind, target, name } = this.parent as File;
    if (kind.value === "link") return () => this.#say(`A link to ${target.value}. It is not followed.`);
    if (kind.value !== "file") return () => this.#say(`There is nothing to read in this: ${kind.value}.`);
    const start = this.#startFor((this.parent as File).size.value);
    const part = await disk.read(path, start, MAX_TEXT);
    const { size } = part;
    const type = start === 0 ? imageType(part.bytes) : undefined;
    if (type) {
      if (size > MAX_IMAGE) return () => this.#say(`A picture of ${bytes(size)}: that is too large to be shown here.`);
      const whole = await disk.read(path, 0, MAX_IMAGE);
      return () => this.#showImage(whole.bytes, type, name.value);
    }
    const end = start + part.bytes.length;
    const text = textOf(part.bytes, { isCutBefore: start > 0, isCutAfter: end < size });
    if (text === undefined) return () => this.#say("This is no text.");
    const shown = bytes(part.bytes.length);
    const note = start > 0 ? `The last ${shown} of ${bytes(size)}` : `The first ${shown} of ${bytes(size)}`;
    return () => this.#say(size === 0 ? "It is empty." : end - start < size ? note : "", text);
  }

  /** From its beginning; one that grows while it is shown, as a log does, from where the new is. */
  #startFor(size: number): number {
    const hasGrown = this.#size > 0 && size > this.#size;
    this.#size = size;
    if (size < this.#start) this.#start = 0;
    // By half: as long as it does not move, what is added is all that is sent.
    else if (hasGrown && size - this.#start > MAX_TEXT) this.#start = size - MAX_TEXT / 2;
    return this.#start;
  }

  #say(note: string, text = ""): void {
    for (const image of this.children) image.destroy();
    this.note.set(note);
    this.text.set(text);
    this.isEnd.set(this.#start > 0);
  }

  #showImage(content: Uint8Array, mediaType: string, alternative: string): void {
    const [image] = this.childrenOfType(Image);
    if (!image) {
      this.#say("");
      this.add(Image, { bytes: content, mediaType, alternative });
      return;
    }
    image.bytes.set(content);
    image.mediaType.set(mediaType);
  }
}
