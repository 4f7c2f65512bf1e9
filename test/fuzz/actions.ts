// What can happen in the fuzz: actions, as plain data.
//
// An action holds all the chance that is in it: so a list of actions from which some are deleted still means something,
// and the rest of it happens as it did, as far as it can.

import { pickFrom } from "../everything.ts";

/** How often each of them happens, compared to the others. */
const WEIGHTS = {
  /** A client writes one thing. */
  edit: 18,
  /** A client writes several things in one transaction. */
  transact: 10,
  /** The same, which throws at its end: nothing has happened. */
  transactThatThrows: 2,
  /** The same, of which a part throws, and is caught. */
  transactInPart: 2,
  /** The same, not shown before it is confirmed. */
  transactUnseen: 4,
  /** A client takes back, or puts back, what it did, or what was done at an object. */
  undo: 4,
  redo: 2,
  /** A client shows several things to itself alone, on top of what there is. */
  pretend: 1.5,
  clearPretended: 0.7,
  /** A client gives up all that is not confirmed, and begins anew. */
  reset: 0.2,
  /** The server's own code does something in one transaction. */
  serve: 9,
  /** The server's own code takes back, or puts back, what was done at an object. */
  serveUndo: 1,
  /** The server's own code does something in one transaction, and throws. */
  serveAndThrow: 1,
  endTurn: 12,
  deliverOne: 26,
  deliverAll: 3,
  /** The connection breaks, and both ends know. */
  drop: 2,
  /** Only the client knows. */
  dropAtClient: 1,
  /** Only the server knows. */
  dropAtServer: 0.5,
  /** The server, too, learns of connections that have broken. */
  notice: 1,
  /** Milliseconds pass: clients come back, newest values are sent. */
  passTime: 6,
  /** What is on its way to a client piles up, or goes on. */
  stall: 2,
  openBranch: 4,
  closeBranch: 1,
  /** Another epoch begins: the tree becomes what it was before, as another one. */
  load: 0.3,
  /** The server ends, and another one begins. */
  restart: 0.1,
} as const;

/** The same, of what happens besides where the network is rough. */
const ROUGH_WEIGHTS = {
  /** From now on what is sent on a client's line takes another time, each way. */
  delay: 4,
  /** The connection breaks, and no other one can be made, for a while. */
  cut: 2,
  mend: 4,
  /** Milliseconds pass, and whatever is to arrive in them does, whoever is first by chance. */
  advance: 8,
} as const;

/** What can happen. */
export type ActionName = keyof typeof WEIGHTS | keyof typeof ROUGH_WEIGHTS;

/** See the head of this file. */
export interface Action {
  readonly name: ActionName;
  /** Which client it is about, if it is about one. */
  readonly client: number;
  /** For what is left to chance. */
  readonly salt: number;
  /** The same, of each of the edits that it is made of. */
  readonly parts: readonly number[];
}

type Weights = readonly (readonly [name: ActionName, weight: number])[];

const CALM = Object.entries(WEIGHTS) as unknown as Weights;
const ROUGH = [...CALM, ...(Object.entries(ROUGH_WEIGHTS) as unknown as Weights)];

/** All that can happen. */
export const ACTION_NAMES: readonly ActionName[] = ROUGH.map(([name]) => name);

/** So many parts an action may have. */
const MAX_PARTS = 4;

/** Actions that are made of edits. */
const COMPOUND: ReadonlySet<ActionName> = new Set([
  "edit",
  "transact",
  "transactThatThrows",
  "transactInPart",
  "transactUnseen",
  "pretend",
  "serve",
  "serveAndThrow",
]);

/** So many actions, by chance. */
export function randomActions(
  random: () => number,
  { count, clients, isRough }: { readonly count: number; readonly clients: number; readonly isRough: boolean },
): Action[] {
  const pick = pickFrom(random);
  const salt = (): number => pick(2 ** 31);
  const weights = isRough ? ROUGH : CALM;
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    const name = pickWeighted(weights, random() * total);
    const partCount = name === "edit" ? 1 : COMPOUND.has(name) ? 1 + pick(MAX_PARTS) : 0;
    return { name, client: pick(clients), salt: salt(), parts: Array.from({ length: partCount }, salt) };
  });
}

/** The action at a place, where each takes as much room as its weight. */
function pickWeighted(weights: Weights, place: number): ActionName {
  let end = 0;
  for (const [name, weight] of weights) {
    end += weight;
    if (place < end) return name;
  }
  return "endTurn";
}
