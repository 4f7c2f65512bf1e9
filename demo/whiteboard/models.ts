// What is on the whiteboard, as objects. What people may do is said by `access` and by `write`: they do it in their own
// mirrors, at once, and no code here is asked for it. What is code here are the rules, which have the last word.
//
// A drag is not a row of edits: while it lasts it is the person's, as the place of the cursor is, and the board is written
// when it ends. So it is one step to be undone, and it is gone with whoever closes the page in the midst of it.

import {
  type Access,
  type AnyTopic,
  currentClient,
  NumberTopic,
  ObjectSyncError,
  SObject,
  StringTopic,
  ValueTopic,
} from "objectsync/server";
import { COLORS, type Color, FORMS, type Form, MAX_CARRIED, MAX_NAME, MAX_TEXT, PAPER, SIDE } from "./paper.ts";

const everyone = { write: "everyone" } as const;
/** What is about people, and not about the board. */
const unrecorded = { write: "everyone", history: false } as const;
const newest = { write: "everyone", latest: true } as const;

/** The root. What lies on it are its children; what comes later lies on top. */
export class Board extends SObject {
  static override readonly frontendType = "board";
  static override readonly access: Access = { add: ["Shape", "Group"] };

  /** Somebody has opened the page. */
  welcome(client: number): void {
    this.add(Person, { client });
  }

  /** Somebody has closed it. */
  dismiss(client: number): void {
    const isMeant = (person: Person): boolean => person.client.value === client;
    this.childrenOfType(Person).find(isMeant)?.destroy();
  }
}

/** What lies on the board, at a place: seen from the upper left corner of what it is in. */
export abstract class Item extends SObject {
  static override readonly access: Access = { remove: "everyone", move: "everyone" };
  readonly x = new NumberTopic(0, everyone);
  readonly y = new NumberTopic(0, everyone);

  override init(): void {
    limit(this.x, -PAPER.width, PAPER.width);
    limit(this.y, -PAPER.height, PAPER.height);
  }
}

/** Things that move together: they are below it. */
export class Group extends Item {
  static override readonly frontendType = "group";
  static override readonly access: Access = { ...Item.access, add: ["Shape", "Group"] };
}

/** A note, a rectangle, an ellipse: with a text on it. */
export class Shape extends Item {
  static override readonly frontendType = "shape";
  readonly width = new NumberTopic(200, everyone);
  readonly height = new NumberTopic(160, everyone);
  readonly text = new StringTopic("", everyone);
  // One of a few: of two that are set at once one has to win. Two texts would be merged.
  readonly form = new ValueTopic<Form>("note", everyone);
  readonly color = new ValueTopic<Color>("yellow", everyone);

  override init(): void {
    super.init();
    limit(this.width, SIDE.min, SIDE.max);
    limit(this.height, SIDE.min, SIDE.max);
    this.form.rule("change", () => check(FORMS.includes(this.form.value), "There is no such form."));
    this.color.rule("change", () => check(COLORS.includes(this.color.value), "There is no such colour."));
    this.text.rule("change", () => check(this.text.length <= MAX_TEXT, `A text has at most ${MAX_TEXT} characters.`));
  }
}

/** Where somebody's pointer is, and what it drags. */
export interface Pointer {
  readonly x: number;
  readonly y: number;
  readonly carries: readonly Carried[];
}

/** Where something is while it is dragged, and how large. */
export interface Carried {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Somebody who has the page open. Only their own page may write what is here. */
export class Person extends SObject {
  static override readonly frontendType = "person";
  /** A page knows its own by the number. */
  readonly client = new NumberTopic();
  readonly name = new StringTopic("", unrecorded);
  /** Their colour, in degrees. */
  readonly hue = new NumberTopic(0, unrecorded);
  /** `null` while it is elsewhere. */
  readonly pointer = new ValueTopic<Pointer | null>(null, newest);

  override build({ client }: { client: number }): void {
    this.client.set(client);
    this.name.set(NAMES[client % NAMES.length] as string);
    this.hue.set(Math.round(client * GOLDEN_ANGLE) % 360);
  }

  override init(): void {
    for (const topic of [this.name, this.hue, this.pointer] as AnyTopic[])
      topic.rule("change", () => this.#checkAuthor());
    limit(this.hue, 0, 360);
    this.name.rule("change", () => check(this.name.length <= MAX_NAME, `A name has at most ${MAX_NAME} characters.`));
    this.pointer.rule("change", () => check(isPointer(this.pointer.value), "This is no pointer."));
  }

  #checkAuthor(): void {
    const author = currentClient();
    // 0 is the server itself.
    check(author === 0 || author === this.client.value, "This is somebody else.");
  }
}

/** Every class that the tree has objects of. */
export const models = [Board, Group, Shape, Person];

const NAMES = [
  "Ada",
  "Grace",
  "Alan",
  "Barbara",
  "Edsger",
  "Radia",
  "Donald",
  "Margaret",
  "Dennis",
  "Frances",
] as const;

/** However many there are, each has a hue far from those of the last ones. */
const GOLDEN_ANGLE = 137.508;

function limit(topic: NumberTopic, min: number, max: number): void {
  topic.rule("change", ({ value }) => check(value >= min && value <= max, `This has to be from ${min} to ${max}.`));
}

/** What a rule throws takes the whole transaction back, and its author is told. */
function check(isRight: boolean, message: string): void {
  if (!isRight) throw new ObjectSyncError("rejected", message);
}

/** What a client sends may be anything. */
function isPointer(value: Pointer | null): boolean {
  if (value === null) return true;
  const { carries, ...place } = Object(value) as Pointer;
  if (!Array.isArray(carries) || carries.length > MAX_CARRIED) return false;
  return hasNumbers(place, ["x", "y"]) && carries.every((each) => hasNumbers(each, CARRIED));
}

const CARRIED: readonly (keyof Carried)[] = ["id", "x", "y", "width", "height"];

/** Whether these are numbers, and it has nothing else. */
function hasNumbers(value: unknown, names: readonly string[]): boolean {
  const entries = Object.entries(Object(value));
  return (
    entries.length === names.length && entries.every(([name, each]) => names.includes(name) && Number.isFinite(each))
  );
}
