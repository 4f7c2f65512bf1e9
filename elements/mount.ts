// Mount: the page's picture of a mirror, one element per object.
//
// A frame is told change by change when all of it is in the mirror already. So a change is only a hint where to look: what
// is done is always read from the tree as it is now, and doing it twice changes nothing. What has been done is kept in a
// `Figure` per object. A figure stands *right* when the place that it was given is the one that its object has. All that
// stand right are in order in the document: each is put before the next one that stands right, so those still to come,
// left out as landmarks, may be anywhere. What is above comes first, so that no element is put below itself. Runs of
// objects are put right from the last to the first, so that building a tree, or adding many, takes one look per object;
// nothing that stands right is touched.
//
// An object without a frontend type has a figure without an element: what is below it hangs in the nearest element above.
//
// Not here: what an element shows (its class), what the server may do to it (`bindHost`), native elements' tags.

import type { Client } from "../client/client.ts";
import type { Mirrored } from "../client/mirrored.ts";
import type { SObject } from "../core/object.ts";
import { objectInternals } from "../core/object-internals.ts";
import { report } from "../core/report.ts";
import { StringTopic } from "../core/string-topic.ts";
import { ROOT_ID, type Tree, type TreeEvents } from "../core/tree.ts";
import { bindHost } from "./host-binding.ts";
import {
  createNative,
  createPlaceholder,
  isNativeType,
  isPlaceholder,
  namespaceOf,
  type StyledElement,
} from "./native-element.ts";
import { topicOf } from "./object-attributes.ts";
import { tagOf } from "./register.ts";
import { DEFAULT_POLICY, type SafetyPolicy } from "./safety.ts";
import { spawn } from "./seat.ts";
import { SObjectElement } from "./sobject-element.ts";
import { bindText } from "./text-binding.ts";
import { Warnings } from "./warnings.ts";

/** What an object is in the page. */
class Figure {
  readonly object: SObject;
  element: StyledElement | undefined;
  /** The place it was given. */
  parent: SObject | null = null;
  orderKey = 0;
  /** The parent that the hooks know of. */
  toldParent: SObject | null = null;
  hasStarted = false;
  /** Whether its element waits for a class. */
  isUndefined = false;
  unbind: (() => void) | undefined;
  unlink: (() => void) | undefined;

  constructor(object: SObject) {
    this.object = object;
  }

  get view(): SObjectElement | undefined {
    return this.element instanceof SObjectElement ? this.element : undefined;
  }
}

type ChildHook = "onChildAdded" | "onChildRemoved" | "onParentChangedFrom" | "onParentChangedTo";

/** See the head of this file. */
export class Mount {
  readonly #client: Client;
  readonly #tree: Tree;
  readonly #target: Element;
  readonly #policy: SafetyPolicy;
  readonly #warnings: Warnings;
  readonly #figures = new Map<SObject, Figure>();
  readonly #unlisten: readonly (() => void)[];
  /** Those that got their class just now, in document order. */
  #upgraded: Figure[] = [];

  /**
   * Shows a client's tree below `target`, from now until `close`, and keeps it so. `policy`: what native elements may be.
   */
  constructor(client: Client, target: Element, policy: SafetyPolicy = DEFAULT_POLICY) {
    // As it is, not as programs see it: the places of objects are needed.
    const tree = client.tree as unknown as Tree;
    this.#client = client;
    this.#tree = tree;
    this.#target = target;
    this.#policy = policy;
    this.#warnings = new Warnings(tree);
    this.#unlisten = [
      tree.on("add", ({ object }) => this.#settle(object)),
      tree.on("move", (move) => this.#moved(move)),
      tree.on("remove", ({ object }) => this.#removed(object)),
      tree.on("reset", ({ root }) => {
        this.#clear();
        this.#arrange([root], target, () => null);
      }),
    ];
    const root = tree.get(ROOT_ID);
    if (root) this.#arrange([root], target, () => null);
  }

  /** The element that shows an object, if one does. */
  elementOf(object: SObject): Element | undefined {
    return this.#figures.get(object)?.element;
  }

  /** Destroys all elements and listens no longer. */
  close(): void {
    for (const unlisten of this.#unlisten) unlisten();
    this.#clear();
  }

  // ---- what the tree tells

  /** Puts an object right that came or moved, and with it those behind that are not right yet either. */
  #settle(object: SObject): void {
    const { parent } = object;
    if (object.isDestroyed || !parent) return;
    // From the top: the parent's element may still be where it was, even below this one's.
    this.#settle(parent);
    if (!this.#figures.has(parent) || this.#isRight(object)) return;
    const siblings = objectInternals.siblings(parent);
    let index = siblings.indexOf(object) + 1;
    const run = [object];
    for (let next = siblings.at(index); next && !this.#isRight(next); next = siblings.at(++index)) run.push(next);
    const host = this.#hostFor(parent);
    this.#arrange(run, host, () => this.#nodeAfter(parent, index, host));
  }

  #moved({ object, from, to }: TreeEvents["move"]): void {
    const figure = this.#figures.get(object);
    this.#settle(object);
    // A figure that was made after this move knows another parent, or this one already.
    if (object.isDestroyed || !figure || from === to || figure.toldParent !== from) return;
    figure.toldParent = to;
    this.#tell(this.#figures.get(from), "onChildRemoved", object);
    this.#tell(figure, "onParentChangedFrom", from);
    this.#tell(figure, "onParentChangedTo", to);
    this.#tell(this.#figures.get(to), "onChildAdded", object);
  }

  /** An object without a figure, that came and went in one frame, may have taken others along. */
  #removed(object: SObject): void {
    this.#takeOut(object, undefined);
    this.#forget(object);
  }

  #clear(): void {
    // By figures, not by the tree: a reset also covers changes that were never told.
    const figures = [...this.#figures.values()].reverse();
    this.#figures.clear();
    for (const { element } of figures) if (element?.parentNode === this.#target) element.remove();
    for (const figure of figures) this.#end(figure);
  }

  // ---- places

  #isRight(object: SObject): boolean {
    const figure = this.#figures.get(object);
    return figure?.parent === object.parent && figure?.orderKey === objectInternals.orderKey(object);
  }

  /** The element that those below an object hang in. */
  #hostFor(object: SObject): Element {
    for (let each: SObject | null = object; each; each = each.parent) {
      const element = this.#figures.get(each)?.element;
      if (element) return element;
    }
    return this.#target;
  }

  /** The first node of `host` that shows something behind an object's children before `index`. */
  #nodeAfter(parent: SObject, index: number, host: Element): Node | null {
    for (let object = parent; ; ) {
      const siblings = objectInternals.siblings(object);
      for (let next = siblings.at(index); next; next = siblings.at(++index)) {
        const node = this.#firstNode(next, host);
        if (node) return node;
      }
      if (this.#figures.get(object)?.element || !object.parent) return null;
      index = objectInternals.siblings(object.parent).indexOf(object) + 1;
      object = object.parent;
    }
  }

  #firstNode(object: SObject, host: Element): Node | undefined {
    if (!this.#isRight(object)) return undefined;
    const element = this.#figures.get(object)?.element;
    if (element) return element.parentNode === host ? element : undefined;
    for (const child of object.children) {
      const node = this.#firstNode(child, host);
      if (node) return node;
    }
    return undefined;
  }

  /** Puts neighbours, with all below them that has no figure yet, before a node of `host`, then starts what is new. */
  #arrange(objects: readonly SObject[], host: Element, next: () => Node | null): void {
    const newcomers: Figure[] = [];
    this.#fill(objects, host, next, newcomers);
    for (const figure of newcomers) {
      const { parent } = figure.object;
      this.#start(figure);
      if (parent) this.#tell(this.#figures.get(parent), "onChildAdded", figure.object);
    }
  }

  #fill(objects: readonly SObject[], host: Element, next: () => Node | null, newcomers: Figure[]): void {
    const shown: Figure[] = [];
    const fresh: Figure[] = [];
    for (const object of objects) this.#gather(object, host, shown, fresh, newcomers);
    if (shown.length > 0) {
      let node = next();
      for (const figure of shown.toReversed()) {
        this.#place(figure, host, node);
        node = figure.element as Element;
      }
    }
    for (const { object, element } of fresh) this.#fill(object.children, element as Element, () => null, newcomers);
  }

  /**
   * Collects the figures to be put right for an object: its own, or where it has no element those below. `fresh` are those
   * whose elements are to be filled, `newcomers` the topmost ones that have yet to start.
   */
  #gather(object: SObject, host: Element, shown: Figure[], fresh: Figure[], newcomers: Figure[]): void {
    let figure = this.#figures.get(object);
    if (!figure) {
      figure = new Figure(object);
      this.#figures.set(object, figure);
      this.#dress(figure, host);
      if (figure.element) fresh.push(figure);
      if (!object.parent || this.#figures.get(object.parent)?.hasStarted) newcomers.push(figure);
    }
    figure.parent = object.parent;
    figure.orderKey = objectInternals.orderKey(object);
    if (figure.element) shown.push(figure);
    else for (const child of object.children) this.#gather(child, host, shown, fresh, newcomers);
  }

  #place(figure: Figure, host: Element, next: Node | null): void {
    const { object, element } = figure;
    const isInForeignPlace =
      isNativeType(object.frontendType) &&
      element?.parentNode &&
      !isPlaceholder(element) &&
      element.namespaceURI !== namespaceOf(object, host);
    if (isInForeignPlace) this.#renew(figure, host);
    move(figure.element as StyledElement, host, next);
  }

  #takeOut(object: SObject, removed: Element | undefined): void {
    const element = this.#figures.get(object)?.element;
    if (element && (!removed || element.parentNode !== removed)) element.remove();
    for (const child of object.children) this.#takeOut(child, element ?? removed);
  }

  // ---- elements

  #dress(figure: Figure, host: Element): void {
    const { object } = figure;
    if (object.frontendType === null) return;
    if (isNativeType(object.frontendType)) {
      figure.element = this.#native(figure, host);
      figure.unlink = topicOf(object, "tag", StringTopic)?.on("change", () => {
        const { parentElement } = figure.element as Element;
        if (parentElement) this.#renew(figure, parentElement);
      });
      return;
    }
    const tag = tagOf(object.frontendType);
    const element = spawn(tag, { client: this.#client, object, connected: () => this.#connected(figure) });
    figure.element = element;
    figure.isUndefined = customElements.get(tag) === undefined;
    if (figure.isUndefined) {
      // The package's own element that a page has to ask for.
      const isChart = object.frontendType === "chart";
      const source = isChart ? 'import "objectsync/elements/chart"' : `register("${object.frontendType}", …)`;
      const remedy = `${source} makes <${tag}> known`;
      this.#warnings.warn("unknown_type", `<${tag}>`, `no element for the frontend type yet: ${remedy}`);
    }
    this.#bind(figure);
  }

  #bind(figure: Figure): void {
    const { object, element, view } = figure;
    figure.unbind?.();
    const policy = (view?.constructor as typeof SObjectElement | undefined)?.policy ?? DEFAULT_POLICY;
    figure.unbind = bindHost(element as StyledElement, object, policy, this.#warnings);
  }

  #native(figure: Figure, host: Element): StyledElement {
    const { object } = figure;
    figure.unbind?.();
    figure.unbind = undefined;
    const element = createNative(object, host, this.#policy, this.#warnings);
    if (!element) return createPlaceholder();
    const unbindHost = bindHost(element, object, this.#policy, this.#warnings);
    const text = topicOf(object, "text", StringTopic);
    if (!text) {
      figure.unbind = unbindHost;
      return element;
    }
    const node = document.createTextNode("");
    element.append(node);
    const unbindText = bindText(node, text);
    figure.unbind = () => {
      unbindHost();
      unbindText();
    };
    return element;
  }

  /** Gives a native element's figure another element, in the place of the old and with its children. */
  #renew(figure: Figure, host: Element): void {
    const old = figure.element as StyledElement;
    const element = this.#native(figure, host);
    figure.element = element;
    old.before(element);
    const shown: Figure[] = [];
    for (const child of figure.object.children) this.#shownIn(child, old, shown);
    for (const child of shown) this.#place(child, element, null);
    old.remove();
  }

  /** Collects the figures that hang in an element, in order, as far as they stand right. */
  #shownIn(object: SObject, host: Element, shown: Figure[]): void {
    const figure = this.#figures.get(object);
    if (figure?.element) {
      if (figure.element.parentNode === host) shown.push(figure);
    } else if (figure) for (const child of object.children) this.#shownIn(child, host, shown);
  }

  // ---- hooks

  #start(figure: Figure): void {
    // A hook may have closed the mount, or made it begin anew: then this one has ended before it began.
    if (!this.#isShown(figure)) return;
    figure.hasStarted = true;
    figure.toldParent = figure.object.parent;
    this.#call(figure, (view) => view.onStart());
    for (const child of figure.object.children) {
      const below = this.#figures.get(child);
      if (!below || below.hasStarted) continue;
      this.#start(below);
      this.#tell(figure, "onChildAdded", child);
    }
    if (this.#isShown(figure)) this.#call(figure, (view) => view.onReady());
  }

  #isShown(figure: Figure): boolean {
    return this.#figures.get(figure.object) === figure;
  }

  /** An element was connected; one that has waited for its class has it now. */
  #connected(figure: Figure): void {
    if (!figure.isUndefined) return;
    figure.isUndefined = false;
    this.#bind(figure);
    if (!figure.hasStarted) return;
    this.#call(figure, (view) => view.onStart());
    for (const child of figure.object.children) {
      if (this.#figures.get(child)?.toldParent === figure.object) this.#tell(figure, "onChildAdded", child);
    }
    // The browser upgrades from the first to the last. Backwards, those below are ready before those above.
    if (this.#upgraded.push(figure) > 1) return;
    queueMicrotask(() => {
      const upgraded = this.#upgraded;
      this.#upgraded = [];
      for (const each of upgraded.toReversed()) {
        if (this.#isShown(each)) this.#call(each, (view) => view.onReady());
      }
    });
  }

  #forget(object: SObject): void {
    for (const child of object.children) this.#forget(child);
    const figure = this.#figures.get(object);
    if (!figure) return;
    this.#figures.delete(object);
    this.#end(figure);
    const parent = figure.toldParent;
    if (parent && !parent.isDestroyed) this.#tell(this.#figures.get(parent), "onChildRemoved", object);
  }

  #end(figure: Figure): void {
    figure.unlink?.();
    figure.unbind?.();
    this.#call(figure, (view) => view.destroy());
  }

  #tell(figure: Figure | undefined, hook: ChildHook, object: SObject): void {
    if (figure && this.#isShown(figure)) this.#call(figure, (view) => view[hook](object as unknown as Mirrored));
  }

  #call({ view, object }: Figure, hook: (view: SObjectElement) => void): void {
    if (!view) return;
    try {
      hook(view);
    } catch (error) {
      report(this.#tree.onError, error, `a hook of <${view.localName}> for ${object.type} ${object.id}`);
    }
  }
}

/** Puts an element before `next` where it is not there already; its state, as the focus, survives where that can be. */
function move(element: Element, host: Element, next: Node | null): void {
  if (element.parentNode === host && element.nextSibling === next) return;
  const canKeepState = "moveBefore" in host && element.isConnected && host.isConnected;
  if (canKeepState && element.getRootNode() === host.getRootNode()) host.moveBefore(element, next);
  else host.insertBefore(element, next);
}
