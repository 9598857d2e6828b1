/** All kills that were asked for: planned from dry runs, done in parallel, counted, and reported when something is wrong. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { unseen } from "./blind.ts";
import { allKills, formatKill, type Kill, NO_KILL } from "./kill.ts";
import { type CaseResult, runCase } from "./one-case.ts";
import type { Options } from "./options.ts";
import { Snapshots } from "./snapshots.ts";
import type { Step } from "./steps.ts";
import { Tally } from "./tally.ts";

interface Planned {
  readonly step: Step;
  readonly kill: Kill;
}

export class Run {
  readonly #options: Options;
  readonly #dir: string;
  readonly #snapshots: Snapshots;
  readonly #tally = new Tally();
  readonly #began = performance.now();
  #case = 0;
  #stopped = false;

  constructor(options: Options, dir: string) {
    this.#options = options;
    this.#dir = dir;
    this.#snapshots = new Snapshots(dir);
  }

  /** No new case is begun; `all` ends with what was counted so far. */
  stop(): void {
    this.#stopped = true;
  }

  async all(): Promise<boolean> {
    const { steps, jobs } = this.#options;
    const plans: { step: Step; kills: Kill[] }[] = [];
    await inParallel(steps, jobs, async (step) => {
      const dry = await this.#one(step, NO_KILL);
      this.#tally.calls(step.name, dry?.calls ?? []);
      for (const what of unseen(dry?.calls ?? [])) {
        this.#tally.broken(step.name);
        process.stdout.write(`FAILED ${step.name}: ${what}\n`);
      }
      plans.push({ step, kills: this.#kills(dry) });
    });
    const planned = spread(plans).filter((_, index) => index % this.#options.every === 0);
    let skipped = 0;
    let done = 0;
    const progress = setInterval(() => process.stderr.write(`${done} of ${planned.length} kills\n`), PROGRESS_MS);
    await inParallel(planned, jobs, async ({ step, kill }) => {
      if (this.#timeIsUp()) skipped += 1;
      else await this.#one(step, kill);
      done += 1;
    });
    clearInterval(progress);
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    process.stdout.write(this.#tally.table(steps.map(({ name }) => name)));
    process.stdout.write(`${this.#tally.total(planned.length - skipped, planned.length, seconds)}\n`);
    return this.#tally.good;
  }

  #kills(dry: CaseResult | undefined): Kill[] {
    if (dry === undefined) return [];
    return [...(this.#options.at ?? allKills(dry.calls, dry.durationMs, this.#options.moments))];
  }

  #timeIsUp(): boolean {
    const { seconds } = this.#options;
    return this.#stopped || (seconds !== undefined && performance.now() - this.#began > seconds * 1000);
  }

  /** A case in a folder of its own, which stays when something is wrong. */
  async #one(step: Step, kill: Kill): Promise<CaseResult | undefined> {
    this.#case += 1;
    const dir = join(this.#dir, `${this.#case}-${step.name}-${formatKill(kill).replace(":", "-")}`);
    try {
      const result = await runCase(step, kill, await this.#snapshots.get(step.snapshot), dir);
      if (this.#tally.add(step.name, kill, result)) await rm(dir, { recursive: true, force: true });
      else this.#report(step, kill, dir, result);
      return result;
    } catch (error) {
      this.#tally.broken(step.name);
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stdout.write(`FAILED ${step.name} at ${formatKill(kill)}: ${text}\n  evidence: ${dir}\n`);
      return undefined;
    }
  }

  #report(step: Step, kill: Kill, dir: string, result: CaseResult): void {
    const lines = [
      `FAILED ${step.name} at ${formatKill(kill)} (${result.killedAt ?? "nobody was killed"})`,
      ...result.lost.map((what) => `  lost: ${what}`),
      ...result.doubled.map((what) => `  doubled: ${what}`),
      ...result.wrong.map((what) => `  wrong: ${what}`),
      `  evidence: ${dir}`,
      `  repeat: npm run test:kill -- --step ${step.name} --at ${formatKill(kill)}`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
}

const PROGRESS_MS = 30_000;

/** All steps in turn, and within a step far apart, so that a share of any size says something about every step. */
function spread(plans: readonly { step: Step; kills: readonly Kill[] }[]): Planned[] {
  const planned: (Planned & { at: number })[] = [];
  for (const { step, kills } of plans) {
    kills.forEach((kill, index) => {
      planned.push({ step, kill, at: (index * GOLDEN) % 1 });
    });
  }
  return planned.sort((a, b) => a.at - b.at);
}

/** Multiples of the golden ratio, without their whole part, fill the space between 0 and 1 evenly at every length. */
const GOLDEN = 0.618033988749895;

async function inParallel<T>(items: readonly T[], jobs: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
