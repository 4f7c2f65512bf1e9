// The board: the paper with all that lies on it, the tools, and who is here.
//
// What is selected is this page's own. What is done to it is a transaction of `edits.ts`, which shows at once; what the
// server says comes later, and only a refusal is told. While something is dragged, that is written to this page's
// `Person` and nowhere else: see models.ts.

import type { Mirrored } from "objectsync/client";
import { html, nothing, SObjectElement, undoKey } from "objectsync/elements";
import { create, drop, group, isShape, paint, put, stack, ungroup } from "../edits.ts";
import { type Area, moved, overlap, type Point, within } from "../geometry.ts";
import { line } from "../line.ts";
import type { Board, Carried, Group, Item, Person } from "../models.ts";
import { COLORS, type Color, type Form, MAX_CARRIED, PAPER } from "../paper.ts";
import { whyNothing } from "../reasons.ts";
import { type ConnectionName, connection, type Delay, delays, people, tool } from "./bars.ts";
import { boardStyles } from "./board-styles.ts";
import { type Dropped, Gestures, pointOn } from "./gestures.ts";
import { ItemElement } from "./item.ts";

const NEW: Readonly<Record<Form, { readonly width: number; readonly height: number }>> = {
  note: { width: 200, height: 160 },
  rectangle: { width: 240, height: 144 },
  ellipse: { width: 224, height: 144 },
};

/** How long something that is said can be read. */
const MESSAGE_MS = 5_000;

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -8, y: 0 },
  ArrowRight: { x: 8, y: 0 },
  ArrowUp: { x: 0, y: -8 },
  ArrowDown: { x: 0, y: 8 },
};

/** See the head of this file. */
export class BoardElement extends SObjectElement<Board> {
  static override properties = {
    selection: { state: true },
    area: { state: true },
    message: { state: true },
    waiting: { state: true },
    delay: { state: true },
    state: { reflect: true },
  };

  static override styles = boardStyles;

  /** The ids of what is selected. */
  declare selection: readonly number[];
  declare private area: Area | undefined;
  declare private message: string;
  /** How many edits the server has not answered yet. */
  declare private waiting: number;
  declare private delay: Delay;
  declare private state: ConnectionName;

  readonly #gestures = new Gestures(this);
  #color: Color = "yellow";
  /** What this page's person is called, also after the connection was lost. */
  #self: { name: string; readonly hue: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override onStart(): void {
    // After a restart of the server it is another board, over the same line.
    Object.assign(this, { selection: [], message: "", waiting: 0, delay: line.delayMs });
    this.#showState();
    this.untilDestroyed(this.client.on("state", () => this.#showState()));
    this.untilDestroyed(
      this.client.on("reject", ({ message, edits }) => {
        // Whoever was here before the connection was lost is somebody else now.
        if (edits.some(({ object }) => object.type !== "Person")) this.#say(`Taken back: ${message}`);
      }),
    );
    this.listen(window, "keydown", (event) => this.#keyPressed(event));
    this.listen(this, "focusin", ({ target }) => {
      const isByKey = target instanceof ItemElement && target.isOuter && target.matches(":focus-visible");
      if (isByKey) this.select([target.object.id]);
    });
  }

  override onDestroy(): void {
    clearTimeout(this.#timer);
  }

  override onChildAdded(child: Mirrored): void {
    const me = this.#me;
    if (child === me) this.client.afterUpdate(() => this.#introduce(me));
  }

  override onChildRemoved(): void {
    this.select(this.selection.filter((id) => ItemElement.get(id)?.isOuter));
  }

  // ---- what is shown

  override render(): unknown {
    const { area } = this;
    return html`
      <div class="desk">
        <div class="paper"
          @pointerdown=${(event: PointerEvent) => this.#gestures.down(event)}
          @pointermove=${(event: PointerEvent) => this.#gestures.move(event)}
          @pointerup=${(event: PointerEvent) => this.#gestures.up(event)}
          @pointercancel=${() => this.#gestures.cancel()}
          @pointerleave=${() => this.#gestures.leave()}
          @dblclick=${(event: MouseEvent) => event.target === this.paper && this.#add("note", event)}
        >
          <slot></slot><slot name="people"></slot>
          <div class="area" ?hidden=${!area}></div>
        </div>
      </div>
      <header>
        ${connection(this.state, this.waiting)}
        ${people(this.#people, this.#me, (input) => this.#rename(input))}
        ${delays(this.delay, (delay) => this.#setDelay(delay))}
      </header>
      <div class="dock">
        <div role="status"><p class="message">${this.message}</p></div>
        ${this.selection.length > 0 ? this.#renderSelected() : nothing}
        <div class="bar" role="toolbar" aria-label="Tools">
          ${tool("note", "Note", "N", () => this.#add("note"))}
          ${tool("rectangle", "Rectangle", "R", () => this.#add("rectangle"))}
          ${tool("ellipse", "Ellipse", "E", () => this.#add("ellipse"))}
          <span class="gap"></span>
          ${tool("undo", "Undo", "Ctrl Z", () => this.#travel("undo"))}
          ${tool("redo", "Redo", "Ctrl Shift Z", () => this.#travel("redo"))}
        </div>
      </div>`;
  }

  protected override updated(): void {
    const { style } = this.paper;
    style.width = `${PAPER.width}px`;
    style.height = `${PAPER.height}px`;
    for (const [name, length] of Object.entries(this.area ?? {})) style.setProperty(`--area-${name}`, `${length}px`);
    for (const who of this.renderRoot.querySelectorAll<HTMLElement>(".who")) {
      who.style.setProperty("--hue", who.dataset.hue ?? "");
    }
  }

  #renderSelected(): unknown {
    const items = this.#selected;
    const [first] = items;
    const isGroup = items.length === 1 && first?.type === "Group";
    const colors = new Set(items.filter(isShape).map(({ color }) => color.value));
    return html`<div class="bar" role="toolbar" aria-label="What is selected">
      ${COLORS.map(
        (color) => html`<button type="button" class="swatch" color=${color} aria-label=${color} title=${color}
          aria-pressed=${colors.has(color)} @click=${() => this.#paint(color)}></button>`,
      )}
      <span class="gap"></span>
      ${
        isGroup
          ? tool("ungroup", "Ungroup", "G", () => this.#regroup())
          : tool("group", "Group", "G", () => this.#regroup(), items.length < 2)
      }
      ${tool("front", "To the front", "]", () => this.#act(() => stack(items, true)))}
      ${tool("back", "To the back", "[", () => this.#act(() => stack(items, false)))}
      ${tool("remove", "Delete", "Del", () => this.#remove())}
    </div>`;
  }

  // ---- what gestures do

  get paper(): HTMLElement {
    return this.renderRoot.querySelector(".paper") as HTMLElement;
  }

  select(ids: readonly number[]): void {
    const next = ids.slice(0, MAX_CARRIED);
    for (const id of this.selection) ItemElement.get(id)?.toggleAttribute("selected", next.includes(id));
    for (const id of next) ItemElement.get(id)?.toggleAttribute("selected", true);
    this.selection = next;
  }

  idsIn(area: Area): readonly number[] {
    return this.#items.flatMap(({ id }) => {
      const room = ItemElement.get(id)?.room;
      return room && overlap(room, area) ? [id] : [];
    });
  }

  frame(area: Area | undefined): void {
    this.area = area;
  }

  point(at: Point | undefined, carries: readonly Carried[] = []): void {
    this.#me?.pointer.set(at ? { x: Math.round(at.x), y: Math.round(at.y), carries } : null);
  }

  drop(places: readonly Dropped[]): void {
    this.#act(() => {
      for (const { id, ...place } of places) {
        const item = ItemElement.get(id)?.object;
        if (item) drop(item, place);
      }
    });
    // By itself: what it is about is not the board's.
    const { x, y } = this.#me?.pointer.value ?? { x: 0, y: 0 };
    this.point({ x, y });
  }

  // ---- what tools do

  /** Does something to the tree, as one step. */
  #act(edit: () => void): void {
    try {
      void this.#await(this.client.transact(edit));
    } catch (error) {
      this.#say((error as Error).message);
    }
  }

  async #await<T>(answer: Promise<T>): Promise<T> {
    this.waiting++;
    try {
      return await answer;
    } finally {
      this.waiting--;
    }
  }

  async #travel(direction: "undo" | "redo"): Promise<void> {
    const { reason } = await this.#await(this.client[direction]());
    if (reason) this.#say(whyNothing(direction, reason));
  }

  /** Adds a shape: in the middle, or where somebody points at. Its text can be written at once. */
  #add(form: Form, at?: MouseEvent): void {
    const desk = (this.renderRoot.querySelector(".desk") as HTMLElement).getBoundingClientRect();
    const { clientX, clientY } = at ?? {
      clientX: desk.left + desk.width / 2 + (this.#items.length % 5) * 24 - 48,
      clientY: desk.top + desk.height / 2 + (this.#items.length % 5) * 24 - 48,
    };
    const { width, height } = NEW[form];
    const middle = pointOn(this.paper, { clientX, clientY });
    const x = Math.round(within(middle.x - width / 2, 0, PAPER.width - width));
    const y = Math.round(within(middle.y - height / 2, 0, PAPER.height - height));
    this.#act(() => {
      const { id } = create(this.object, form, this.#color, { x, y, width, height });
      this.client.afterUpdate(() => {
        this.select([id]);
        ItemElement.get(id)?.edit();
      });
    });
  }

  #paint(color: Color): void {
    this.#color = color;
    this.#act(() => {
      for (const item of this.#selected) paint(item, color);
    });
  }

  /** Makes one of what is selected, or takes it apart. */
  #regroup(): void {
    const items = this.#selected;
    const [first] = items;
    const rooms = items.flatMap(({ id }) => ItemElement.get(id)?.room ?? []);
    let selection: readonly number[] = [];
    this.#act(() => {
      if (items.length === 1 && first?.type === "Group") {
        selection = ungroup(this.object, first as Mirrored<Group>).map(({ id }) => id);
      } else if (items.length > 1) {
        const corner = { x: Math.min(...rooms.map(({ x }) => x)), y: Math.min(...rooms.map(({ y }) => y)) };
        selection = [group(this.object, items, corner).id];
      }
    });
    if (selection.length > 0) this.select(selection);
  }

  #remove(): void {
    this.#act(() => {
      for (const item of this.#selected) item.destroy();
    });
  }

  #nudge(by: Point): void {
    const places = moved(ItemElement.takeAll(this.selection), by);
    this.#act(() => {
      for (const { id, x, y } of places) {
        const item = ItemElement.get(id)?.object;
        if (item) put(item, { x, y });
      }
    });
  }

  readonly #keys: Readonly<Record<string, () => unknown>> = {
    n: () => this.#add("note"),
    r: () => this.#add("rectangle"),
    e: () => this.#add("ellipse"),
    g: () => this.#regroup(),
    "]": () => this.#act(() => stack(this.#selected, true)),
    "[": () => this.#act(() => stack(this.#selected, false)),
    Delete: () => this.#remove(),
    Backspace: () => this.#remove(),
    Escape: () => this.#gestures.cancel() || this.select([]),
  };

  #keyPressed(event: KeyboardEvent): void {
    const [target] = event.composedPath();
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (target instanceof HTMLTextAreaElement) {
      if (event.key === "Escape") (event.target as HTMLElement).focus();
      return;
    }
    if (target instanceof HTMLInputElement && target.type !== "radio") return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isCommand = event.ctrlKey || event.metaKey;
    const arrow = ARROWS[key];
    const travel = undoKey(event);
    if (travel) void this.#travel(travel);
    else if (isCommand && key === "a") this.select(this.#items.map(({ id }) => id));
    else if (isCommand) return;
    else if (arrow && target instanceof ItemElement) this.#nudge(arrow);
    else if (key === "Enter" && target instanceof ItemElement) target.edit();
    else if (this.#keys[key]) this.#keys[key]();
    else return;
    event.preventDefault();
  }

  // ---- who is here, and how they are connected

  get #people(): readonly Mirrored<Person>[] {
    return this.object.childrenOfType<Person>("Person");
  }

  /** Who this page is. */
  get #me(): Mirrored<Person> | undefined {
    return this.#people.find(({ client }) => client.value === this.client.id);
  }

  get #items(): readonly Mirrored<Item>[] {
    return (this.object.children as readonly Mirrored<Item>[]).filter(({ type }) => type !== "Person");
  }

  /** What is selected, as it lies on each other. */
  get #selected(): readonly Mirrored<Item>[] {
    return this.#items.filter(({ id }) => this.selection.includes(id));
  }

  /** Somebody who was here before keeps name and colour. */
  #introduce(me: Mirrored<Person>): void {
    this.#self ??= { name: me.name.value, hue: me.hue.value };
    me.name.set(this.#self.name);
    me.hue.set(this.#self.hue);
  }

  #rename(input: HTMLInputElement): void {
    const name = input.value.trim();
    const me = this.#me;
    if (!me || !this.#self) return;
    if (name) this.#self.name = name;
    me.name.set(this.#self.name);
    input.value = this.#self.name;
    input.blur();
  }

  #setDelay(delay: Delay): void {
    this.delay = delay;
    if (typeof delay !== "number") return line.cut();
    line.delayMs = delay;
    line.mend();
  }

  #showState(): void {
    const { name } = this.client.state;
    this.state = name === "connected" ? "live" : name === "closed" ? "closed" : "offline";
  }

  #say(message: string): void {
    this.message = message;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.message = "";
    }, MESSAGE_MS);
  }
}
