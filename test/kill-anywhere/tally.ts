/** Counts what the cases found, by step, and prints it. */
import type { Kill } from "./kill.ts";
import type { CaseResult } from "./one-case.ts";

interface Line {
  calls: number;
  kills: number;
  /** The call did not come in this run: work in the background falls a little differently each time. */
  missed: number;
  stake: number;
  promised: number;
  lost: number;
  doubled: number;
  repeats: number;
  wrong: number;
}

const COLUMNS: readonly [keyof Line, string][] = [
  ["calls", "calls"],
  ["kills", "kills"],
  ["missed", "missed"],
  ["stake", "at stake"],
  ["promised", "acknowledged"],
  ["lost", "lost"],
  ["doubled", "doubled"],
  ["wrong", "wrong"],
  ["repeats", "repeats outside"],
];

export class Tally {
  readonly #lines = new Map<string, Line>();

  calls(step: string, labels: readonly string[]): void {
    this.#line(step).calls = labels.length;
  }

  /** @returns whether all was well */
  add(step: string, kill: Kill, result: CaseResult): boolean {
    const line = this.#line(step);
    const dry = kill.kind === "call" && kill.at === 0;
    if (result.killedAt !== undefined) line.kills += 1;
    else if (!dry) line.missed += 1;
    line.stake += result.stake;
    line.promised += result.promised;
    line.lost += result.lost.length;
    line.doubled += result.doubled.length;
    line.wrong += result.wrong.length;
    line.repeats += result.repeats;
    return result.lost.length + result.doubled.length + result.wrong.length === 0;
  }

  /** The harness itself could not go on. */
  broken(step: string): void {
    this.#line(step).wrong += 1;
  }

  get good(): boolean {
    const { lost, doubled, wrong } = this.#sum();
    return lost + doubled + wrong === 0;
  }

  table(steps: readonly string[]): string {
    const rows = [
      ["step", ...COLUMNS.map(([, title]) => title)],
      ...steps.map((step) => [step, ...COLUMNS.map(([key]) => String(this.#line(step)[key]))]),
      ["all", ...COLUMNS.map(([key]) => String(this.#sum()[key]))],
    ];
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
    const line = (row: readonly string[]): string =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ");
    return `${rows.map(line).join("\n")}\n`;
  }

  total(done: number, planned: number, seconds: number): string {
    const { kills, stake, lost, doubled, wrong } = this.#sum();
    const share = done === planned ? "all" : `${done} of ${planned}`;
    return `kills tried ${kills} (${share}), mail at stake ${stake}, lost ${lost}, doubled ${doubled}, wrong ${wrong}, in ${seconds} s`;
  }

  #line(step: string): Line {
    const line = this.#lines.get(step) ?? empty();
    this.#lines.set(step, line);
    return line;
  }

  #sum(): Line {
    const sum = empty();
    for (const line of this.#lines.values()) for (const [key] of COLUMNS) sum[key] += line[key];
    return sum;
  }
}

function empty(): Line {
  return { calls: 0, kills: 0, missed: 0, stake: 0, promised: 0, lost: 0, doubled: 0, repeats: 0, wrong: 0 };
}
