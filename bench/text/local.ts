// What an edit costs where the text is, and whether the edits before it make it dearer.

import { median } from "../measure.ts";
import { processorTime } from "./processor-time.ts";
import type { EditableText, MakeText } from "./texts.ts";
import { type Edit, edited, type Trace } from "./trace.ts";

/** Medians over the rounds. */
export interface LocalCost {
  /** Processor time of an edit in microseconds, over the whole session. */
  readonly edit: number;
  /** The same as a multiple of the first kind's, of the same round. */
  readonly ratio: number;
  /** An edit of the last part of the session, as a multiple of what it costs a text that has not been edited before. */
  readonly ageing: number;
}

interface Sample {
  readonly edit: number;
  readonly late: number;
  readonly early: number;
}

/**
 * Has each kind of text take the whole session, in turn, round by round. `late`: how many edits at its end are timed once
 * more, on a fresh text that begins as they found it. Throws if a text does not end as it should.
 */
export async function measureLocal(
  kinds: ReadonlyMap<string, MakeText>,
  trace: Trace,
  { rounds, late }: { readonly rounds: number; readonly late: number },
): Promise<Map<string, LocalCost>> {
  const before = trace.edits.slice(0, -late);
  const last = trace.edits.slice(-late);
  const between = edited(trace.start, before);
  const samples = new Map<string, Sample[]>(Array.from(kinds.keys(), (name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, make] of kinds) {
      const text = make(trace.start);
      globalThis.gc?.();
      const beforeTime = timeOfEdits(text, before);
      globalThis.gc?.();
      const lateTime = timeOfEdits(text, last);
      const fresh = make(between);
      globalThis.gc?.();
      const earlyTime = timeOfEdits(fresh, last);
      for (const each of [text, fresh]) if (each.read() !== trace.end) throw new Error(`${name} ends otherwise`);
      samples.get(name)?.push({
        edit: (beforeTime + lateTime) / trace.edits.length,
        late: lateTime / last.length,
        early: earlyTime / last.length,
      });
      // What a server is to do at the end of a turn is not the next one's cost.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const [base = []] = samples.values();
  return new Map(
    Array.from(samples, ([name, own]) => [
      name,
      {
        edit: median(own.map(({ edit }) => edit)),
        ratio: median(own.map(({ edit }, round) => edit / (base[round] as Sample).edit)),
        ageing: median(own.map((sample) => sample.late / sample.early)),
      },
    ]),
  );
}

/** Microseconds of them all. */
function timeOfEdits(text: EditableText, edits: readonly Edit[]): number {
  const start = processorTime();
  for (const [position, count, inserted] of edits) text.splice(position, count, inserted);
  return processorTime() - start;
}
