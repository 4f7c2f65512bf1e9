// Editor: what the program wants done to a mirror. Each write is checked, as far as the client knows the server's rules, shown
// in the mirror, and given to the `Recorder`, which sends it.

import { accessOf, canAdd, canMove, canRemove } from "../core/access.ts";
import { ObjectSyncError } from "../core/error.ts";
import { type AnyKind, type Op, SET, type UncheckedOp } from "../core/kind.ts";
import { type AddOptions, attributeOf, type SObject, type TypeReference, typeName } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { type AnyTopic, topicInternals } from "../core/topic.ts";
import { assertWritable } from "../core/transaction.ts";
import type { Tree } from "../core/tree.ts";
import type { UndoResult } from "../core/undo-result.ts";
import { adoptData, checkKey } from "../core/value.ts";
import type { MirrorParts } from "./mirror-changes.ts";
import { type Edit, PendingTransaction } from "./pending.ts";
import type { OpenTransaction } from "./recording.ts";
import { CreateEdit, DestroyEdit, MoveEdit, type Visibility } from "./structure-edits.ts";

/** Takes what the program wants changed. */
export interface Recorder {
  /** Refuses an edit where nothing will be sent any more, and tells whether it has: then it is not shown. */
  refuseIfClosed(edit: Edit): boolean;
  /** Takes an edit that has been shown. */
  record(edit: Edit): void;
  /** What `fn` writes happens together. */
  group(fn: () => void): void;
  /** What is being written together: listeners are told when it is complete. Nothing where each write is by itself. */
  recording(): OpenTransaction | undefined;
  /** Asks the server to undo or redo what was done at an object or below it. */
  undo(object: SObject, isRedo: boolean): Promise<UndoResult>;
  /** The id for a new object. Throws `no_ids`. */
  nextId(): number;
}

/** What an editor does with a mirror. */
export interface Edited extends MirrorParts {
  /** The program is about to change something. */
  begin(): void;
  /** Tells the listeners. */
  end(): void;
}

/** What a listener does instead of writing. */
const RATHER = "use `client.afterUpdate(…)`, which runs when all that is being applied is in place";

/** How a write by itself is shown. */
const ALONE: Visibility = { isOptimistic: true, isLocal: false };

/** See the head of this file. */
export class Editor {
  readonly #tree: Tree;
  readonly #recorder: Recorder;
  readonly #edited: Edited;

  constructor(recorder: Recorder, edited: Edited) {
    this.#tree = edited.tree;
    this.#recorder = recorder;
    this.#edited = edited;
  }

  write(topic: AnyTopic, unchecked: UncheckedOp): void {
    assertWritable(RATHER);
    const object = topic.object as SObject;
    this.#assertReal(object);
    const slot = topicInternals.slot(topic);
    const attribute = attributeOf(object, slot);
    if (!attribute || this.#tree.topicOf(object, slot) !== topic) {
      throw new ObjectSyncError("destroyed", `the attribute of ${object.type} ${object.id} was removed`);
    }
    const { isLocal, isOptimistic } = this.#visibility;
    if (attribute.write === "nobody" && !isLocal) {
      throw new ObjectSyncError(
        "forbidden",
        `${object.type}.${attribute.name} is not open to clients: give it { write: "everyone" }`,
      );
    }
    const op = attribute.kind.prepare(topicInternals.state(topic), unchecked);
    if (!op) return;
    // What is pretended is not waited for.
    const isShown = isLocal || (attribute.isOptimistic && isOptimistic);
    const ops = [attribute.isLatest ? wholeAfter(attribute.kind, topicInternals.state(topic), op) : op];
    this.#edit({ type: "topic", object, slot, ops, isShown, isLocal, transaction: undefined });
  }

  group(fn: () => void): void {
    this.#recorder.group(fn);
  }

  create(parent: SObject, reference: TypeReference, args: unknown, { key, index }: AddOptions): SObject {
    assertWritable(RATHER);
    this.#assertReal(parent);
    const name = typeName(reference);
    const { isLocal } = this.#visibility;
    if (!isLocal && !canAdd(parent, name)) {
      const open = accessOf(parent).add.join(", ") || "nothing";
      throw forbidden(
        `add a ${name} below`,
        parent,
        `its class lets clients add ${open} (\`static access = { add: […] }\`)`,
      );
    }
    const shape = this.#edited.shapes.named(name);
    if (!shape) throw new ObjectSyncError("unknown_type", `no type ${name} is registered at the server`);
    if (key !== undefined && this.#tree.get(checkKey(key))) {
      throw new ObjectSyncError("duplicate_key", `the key ${key} is in use`);
    }
    const data = args === undefined ? [] : [adoptData(args)];
    const orderKey = orderKeyAt(parent, index) as number;
    const object = new (this.#edited.shapes.classOf(shape))();
    objectInternals.bind(object, this.#tree, this.#recorder.nextId(), shape, key);
    this.#edit(new CreateEdit(object, { parent, orderKey }, data, this.#visibility));
    return object;
  }

  destroy(object: SObject): void {
    assertWritable(RATHER);
    this.#assertReal(object);
    if (!object.parent) throw new ObjectSyncError("root", "the root cannot be destroyed");
    if (!canRemove(object) && !this.#visibility.isLocal)
      throw forbidden("destroy", object, 'give its class `static access = { remove: "everyone" }`');
    this.#edit(new DestroyEdit(object, this.#visibility));
  }

  move(object: SObject, parent: SObject, index: number | undefined): void {
    assertWritable(RATHER);
    this.#assertReal(object, parent);
    if (!object.parent) throw new ObjectSyncError("root", "the root cannot be moved");
    if ((parent.tree as Tree) !== this.#tree)
      throw new ObjectSyncError("wrong_tree", "an object cannot be moved to another tree");
    if (parent.isDestroyed) throw new ObjectSyncError("destroyed", `${parent.type} ${parent.id} is destroyed`);
    if (object.contains(parent)) throw new ObjectSyncError("cycle", "an object cannot be moved below itself");
    if (!canMove(object, object.parent, parent) && !this.#visibility.isLocal) {
      throw forbidden(
        "move",
        object,
        'give its class `static access = { move: "everyone" }`, to another parent also `remove`, and that one `add`',
      );
    }
    const orderKey = orderKeyAt(parent, index, object);
    if (orderKey !== undefined) this.#edit(new MoveEdit(object, { parent, orderKey }, this.#visibility));
  }

  undo(object: SObject, isRedo: boolean): Promise<UndoResult> {
    this.#assertReal(object);
    return this.#recorder.undo(object, isRedo);
  }

  /** Throws `invalid_value` for what is only pretended, outside of `client.pretend`: no server knows it. */
  #assertReal(...objects: readonly SObject[]): void {
    if (this.#visibility.isLocal) return;
    const pretended = objects.find(({ id }) => id < 0);
    if (!pretended) return;
    throw new ObjectSyncError(
      "invalid_value",
      `${pretended.type} ${pretended.id} is pretended: what is written about it belongs in \`client.pretend\`, too`,
    );
  }

  get #visibility(): Visibility {
    return this.#recorder.recording() ?? ALONE;
  }

  /** Shows what the program has written, and has it sent. */
  #edit(edit: Edit): void {
    const { topics, structure, begin, end } = this.#edited;
    begin();
    if (this.#recorder.refuseIfClosed(edit)) return;
    const recording = this.#recorder.recording();
    edit.transaction = recording?.transaction ?? new PendingTransaction(false);
    if (edit.type === "topic") topics.add(edit);
    else structure.add(edit);
    this.#recorder.record(edit);
    if (!recording) end();
  }
}

/** What the whole comes to with an op. */
function wholeAfter(kind: AnyKind, state: unknown, op: Op): Op {
  // A copy: `apply` may change the state that it is given.
  return [SET, kind.toWire(kind.apply(kind.fromWire(kind.toWire(state)), op))];
}

/** The order key of a place among the children of `parent`; nothing if `object` is there already. Throws `out_of_range`. */
function orderKeyAt(parent: SObject, index: number | undefined, object?: SObject): number | undefined {
  const siblings = objectInternals.siblings(parent);
  const at = siblings.indexFor(index, object?.parent === parent ? object : undefined);
  if (at === undefined) return undefined;
  const before = siblings.at(at - 1);
  // Where no number is left between two, the server finds one.
  return siblings.keyBefore(at) ?? (before ? objectInternals.orderKey(before) : 0);
}

/** The error of a client that wants what is not open to it. `way`: how it may be done. */
export function forbidden(what: string, object: SObject, way = "the server can"): ObjectSyncError {
  return new ObjectSyncError("forbidden", `a client cannot ${what} ${object.type} ${object.id}: ${way}`);
}
