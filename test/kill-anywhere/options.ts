import { parseArgs } from "node:util";
import { type Kill, parseKill } from "./kill.ts";
import { STEPS, type Step } from "./steps.ts";

export interface Options {
  readonly steps: readonly Step[];
  /** Only these kills, instead of all. */
  readonly at: readonly Kill[] | undefined;
  /** Every so-manieth kill. */
  readonly every: number;
  /** No new case is begun after this. */
  readonly seconds: number | undefined;
  readonly jobs: number;
  /** Kills at moments of the clock, for each step. */
  readonly moments: number;
}

export const USAGE = `npm run test:kill -- [--step NAME]… [--at N|N:before|N:after|Nms]… [--every K] [--seconds S] [--jobs J] [--moments M]
Steps:
${STEPS.map(({ name, says }) => `  ${name.padEnd(20)}${says}`).join("\n")}
`;

/** Two processors are kept busy: while one case starts a node another waits for its disk. */
const JOBS = 3;
const MOMENTS = 3;

/** @returns the options, or what is wrong with them */
export function readOptions(words: string[]): Options | string {
  const { values } = parseArgs({
    args: words,
    options: {
      step: { type: "string", multiple: true },
      at: { type: "string", multiple: true },
      every: { type: "string" },
      seconds: { type: "string" },
      jobs: { type: "string" },
      moments: { type: "string" },
    },
  });
  const unknown = values.step?.find((name) => !STEPS.some((step) => step.name === name));
  if (unknown !== undefined) return `There is no step "${unknown}"`;
  const at = values.at?.map((text) => parseKill(text));
  if (at?.includes(undefined)) return "--at wants a number, N:before, N:after or Nms";
  const every = count(values.every, 1);
  const jobs = count(values.jobs, JOBS);
  const moments = values.moments === "0" ? 0 : count(values.moments, MOMENTS);
  const seconds = values.seconds === undefined ? undefined : count(values.seconds, 1);
  if ([every, jobs, moments, seconds].some(Number.isNaN))
    return "--every, --seconds, --jobs and --moments want numbers";
  return {
    steps: STEPS.filter(({ name }) => values.step?.includes(name) ?? true),
    at: at?.flatMap((kills) => kills ?? []),
    every,
    seconds,
    jobs,
    moments,
  };
}

function count(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
}
