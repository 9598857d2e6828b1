import { table } from "#shared/cli/table.js";
import type { Adopted } from "./adopt-mail.ts";
import type { Plan, Row } from "./draft-plan.ts";
import { bad, type Line, type Problem } from "./lines.ts";

/** What an import has done, or would do: for people and for scripts, at hub and spoke. */
export interface ImportDone {
  readonly dryRun: boolean;
  readonly plan: Plan<unknown>;
  /** With one of them nothing was imported. */
  readonly problems: readonly Problem[];
  readonly adopted: readonly Adopted[];
  /** Mail that is still in the old Maildirs. */
  readonly waiting: readonly { readonly maildir: string; readonly messages: number }[];
}

/** The lines that are wrong, as problems. */
export function wrongLines({ rows }: Plan<unknown>): Problem[] {
  return rows.filter(({ verdict }) => verdict === "bad").map((row) => bad(row, row.becomes, row.cure ?? ""));
}

/** The part of `--json` that hub and spoke have in common; scripts read it, so its keys stay. */
export function reportDocument({ plan, problems, dryRun, adopted, waiting }: ImportDone) {
  return {
    dryRun,
    imported: !dryRun && problems.length === 0,
    lines: plan.rows.map(({ file, line, text, verdict, becomes, cure }) => ({
      file,
      line,
      text,
      verdict: verdict === "left" ? "not-carried" : verdict,
      becomes,
      ...(cure === undefined ? {} : { cure }),
    })),
    problems: problems.map(({ file, line, text, says, cure }) => ({ file, line, text, says, cure })),
    settings: plan.settings,
    toml: plan.toml,
    adopted,
    waiting,
  };
}

/** For people: a row for each line, then what is left to do. @param toml hub.toml or spoke.toml */
export function reportText(done: ImportDone, toml: string, more: readonly string[], summary: string): string {
  const { plan, adopted, waiting } = done;
  const rows = plan.rows.map((row) => [where(row), shown(row.text), becomes(row)]);
  const settings = Object.entries(plan.settings).map(([key, value]) => `${key} = ${value}`);
  const parts = [
    rows.length === 0 ? "" : table(rows, ["LINE", "TEXT", "BECOMES"]),
    settings.length === 0 ? "" : `Set in ${toml}, above the first [[…]]:\n\n${settings.join("\n")}`,
    plan.toml === "" ? "" : `Append to ${toml}:\n\n${plan.toml}`,
    ...more,
    [...adopted.filter(({ taken }) => taken > 0).map(takenFrom), ...waiting.map(stillIn)].join("\n"),
    summary,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** "Would import …; 2 lines are not carried over". */
export function summaryOf(done: ImportDone, all: string): string {
  const left = done.plan.rows.filter(({ verdict }) => verdict === "left").length;
  const rest = left === 0 ? "" : `; ${counted(left, "line is", "lines are")} not carried over`;
  if (done.problems.length > 0)
    return `Nothing was imported: ${counted(done.problems.length, "line is", "lines are")} wrong`;
  return done.dryRun ? `Would import ${all}${rest}` : `Imported ${all}${rest}`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function takenFrom({ maildir, taken }: Adopted): string {
  return `Took over ${counted(taken, "message", "messages")} from ${maildir}`;
}

function stillIn({ maildir, messages }: ImportDone["waiting"][number]): string {
  return `${counted(messages, "message waits", "messages wait")} in ${maildir}`;
}

/** For stderr: everything that is wrong, and everything that was left where it was. */
export function problemLines({ problems, adopted }: ImportDone): string[] {
  const wrong = problems.map((one) => `${where(one)}: ${one.says}: ${one.cure}`);
  const left = adopted.flatMap(({ maildir, left }) => left.map((text) => `left in ${maildir}: ${text}`));
  return problems.length === 0 ? left : [...wrong, "Nothing was imported", ...left];
}

function where({ file, line }: Line): string {
  return line === 0 ? file : `${file}:${line}`;
}

function becomes({ verdict, becomes, cure }: Row): string {
  if (verdict === "carried") return becomes;
  return `${VERDICT[verdict]}: ${becomes}; ${cure}`;
}

const VERDICT = { bad: "WRONG", left: "not carried over", note: "note" } as const;

/** Lines of a thousand members would push the last column out of sight. */
const SHOWN = 48;

function shown(text: string): string {
  const letters = [...text];
  return letters.length <= SHOWN ? text : `${letters.slice(0, SHOWN - 1).join("")}…`;
}
