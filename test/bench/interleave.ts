import type { Contender, Measured } from "./contenders.ts";
import type { BenchOptions } from "./suite.ts";

export interface Series {
  readonly contender: Contender;
  /** One a round. */
  readonly measured: readonly Measured[];
}

/** Not counted: the server's code is compiled, its tables are read, the disk's journal is warm. */
const WARM_UP_S = 2;

/**
 * Measures everybody in each round, A B C then B C A…, so that what the machine does beside falls on all of them.
 * Nothing here compares times of different rounds.
 */
export async function interleave(contenders: readonly Contender[], options: BenchOptions): Promise<Series[]> {
  const { rounds, seconds, say } = options;
  const series = contenders.map((contender) => ({ contender, measured: [] as Measured[] }));
  for (const { contender } of series) await contender.measure(Math.min(WARM_UP_S, seconds));
  for (let round = 0; round < rounds; round++) {
    const speeds: string[] = [];
    for (let turn = 0; turn < series.length; turn++) {
      const one = series[(round + turn) % series.length] as (typeof series)[number];
      const measured = await one.contender.measure(seconds);
      one.measured.push(measured);
      speeds.push(`${one.contender.key} ${Math.round(measured.perSecond)}`);
    }
    say(`round ${round + 1} of ${rounds}, messages/s: ${speeds.join(", ")}`);
  }
  return series;
}
