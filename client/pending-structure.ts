// PendingStructure: the edits of the tree's shape that are pending, in the order in which they were made.
//
// Frames are applied to the tree as the server has it. So before a frame touches the shape, or names an object that is
// not to be seen, all edits are taken back, the newest first; when the frame is complete those that still make sense are
// shown again. Listeners hear only the difference. Frames that do neither pay nothing.

import type { SObject } from "../core/object.ts";
import { CreateEdit, DestroyEdit, type Structure, type StructureEdit } from "./structure-edits.ts";

/** See the head of this file. */
export class PendingStructure {
  readonly #structure: Structure;
  /** What is local stands last. */
  #edits: StructureEdit[] = [];
  /** What the program has made, by id. */
  readonly #made = new Map<number, SObject>();
  #isHidden = false;

  constructor(structure: Structure) {
    this.#structure = structure;
  }

  /** Whether the tree is as the server has it. */
  get isHidden(): boolean {
    return this.#isHidden || this.#edits.length === 0;
  }

  /** The object that the program has made under an id. */
  creationOf(id: number): SObject | undefined {
    return this.#made.get(id);
  }

  /** Whether the program has destroyed an object that the server still has. */
  hasDestroyed(object: SObject): boolean {
    return this.#edits.some((edit) => edit instanceof DestroyEdit && edit.isShown && edit.object.contains(object));
  }

  /** Shows one more. */
  add(edit: StructureEdit): void {
    if (edit instanceof CreateEdit) this.#made.set(edit.object.id, edit.object);
    if (edit.isLocal || !this.#edits.at(-1)?.isLocal) {
      this.#edits.push(edit);
      if (!this.#isHidden) edit.show(this.#structure);
      return;
    }
    // It was made for what is shown, but what is local stays on top of it.
    this.hide();
    const local = this.#edits.findIndex(({ isLocal }) => isLocal);
    this.#edits.splice(local, 0, edit);
    this.show();
  }

  /** Makes the tree as the server has it. */
  hide(): void {
    if (this.isHidden) return;
    this.#isHidden = true;
    for (const edit of this.#edits.toReversed()) edit.hide(this.#structure);
  }

  /** Shows what is pending on top of what the server has. */
  show(): void {
    if (!this.#isHidden) return;
    this.#isHidden = false;
    for (const edit of this.#edits) edit.show(this.#structure);
  }

  /** Takes edits back for good. To be shown again by `show`. */
  remove(isMeant: (edit: StructureEdit) => boolean): void {
    if (!this.#edits.some(isMeant)) return;
    this.hide();
    this.#isHidden = true;
    this.#edits = this.#edits.filter((edit) => {
      const isRemoved = isMeant(edit);
      if (isRemoved && edit instanceof CreateEdit) this.#made.delete(edit.object.id);
      return !isRemoved;
    });
  }

  /** Forgets all: the tree is another one. */
  clear(): void {
    this.#edits = [];
    this.#made.clear();
    this.#isHidden = false;
  }
}
