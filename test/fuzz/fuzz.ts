// The fuzz: scenarios by seed, and of one that fails what is needed to see why.

import { seededRandom } from "../../testing/index.ts";
import { type Action, randomActions } from "./actions.ts";
import { shrink } from "./shrink.ts";
import { CLIENTS, type Counts, happen, type Scenario, type Watch } from "./world.ts";

const ACTIONS = 120;

/** The scenario of a seed: of every third one the network is rough. */
export function scenarioOf(seed: number): Scenario {
  const isRough = seed % 3 === 0;
  return { seed, isRough, actions: randomActions(seededRandom(seed), { count: ACTIONS, clients: CLIENTS, isRough }) };
}

/** Has the scenario of a seed happen. If it fails, throws an `Error` with the seed and the shortest log of how it fails. */
export async function fuzz(seed: number, counts: Counts): Promise<void> {
  const scenario = scenarioOf(seed);
  const message = await failureOf(scenario, { counts });
  if (message === undefined) return;
  const log: string[] = [];
  const last = await failureOf(await shrunkOf(scenario), { note: (line) => log.push(line), lookEvery: 1 });
  throw new Error([`seed ${seed}: ${message}`, "", ...log, "", `and then: ${last}`].join("\n"));
}

/** What is wrong with a scenario; nothing if nothing is. */
export async function failureOf(scenario: Scenario, watch?: Watch): Promise<string | undefined> {
  try {
    await happen(scenario, watch);
    return undefined;
  } catch (error) {
    return error instanceof Error && error.constructor === Error ? error.message : `${(error as Error).stack}`;
  }
}

/** A scenario that fails, with as few actions, and these with as few parts, as still do. */
export async function shrunkOf(scenario: Scenario): Promise<Scenario> {
  const fails = async (fewer: readonly Action[]): Promise<boolean> =>
    (await failureOf({ ...scenario, actions: fewer }, { lookEvery: 1 })) !== undefined;
  const few = [...(await shrink(scenario.actions, fails))];
  for (const [index, action] of few.entries()) {
    const parts = await shrink(action.parts, (fewer) => fails(few.with(index, { ...action, parts: fewer })));
    few[index] = { ...action, parts };
  }
  return { ...scenario, actions: few };
}
