import type { Change, Row } from "#hub/importers/draft-plan.js";
import { table } from "#shared/cli/table.js";
import type { Problem } from "#shared/qmail/lines.js";
import type { ImportDone } from "./import-qmail.ts";

/** The document of `import qmail --json`; scripts read it, so its keys stay. */
export function importDocument(done: ImportDone) {
  const { plan, problems, dryRun, adopted, waiting } = done;
  return {
    dryRun,
    imported: !dryRun && problems.length === 0,
    counts: counts(done),
    lines: plan.rows.map(({ file, line, text, verdict, becomes, cure }) => ({
      file,
      line,
      text,
      verdict: verdict === "left" ? "not-carried" : verdict,
      becomes,
      ...(cure === undefined ? {} : { cure }),
    })),
    problems: problems.map(({ file, line, text, says, cure }) => ({ file, line, text, says, cure })),
    toml: plan.toml,
    adopted,
    waiting,
  };
}

/** For people: a row for each line, then what is left to do. */
export function importText(done: ImportDone): string {
  const { plan, adopted, waiting } = done;
  const rows = plan.rows.map((row) => [where(row), shown(row.text), becomes(row)]);
  const parts = [
    rows.length === 0 ? "" : table(rows, ["LINE", "TEXT", "BECOMES"]),
    plan.toml === "" ? "" : `Append to hub.toml:\n\n${plan.toml}`,
    [...adopted.flatMap(takenFrom), ...waiting.map(stillIn)].join("\n"),
    summary(done),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function takenFrom({ maildir, taken }: ImportDone["adopted"][number]): string[] {
  return Object.entries(taken).map(
    ([queue, count]) => `Took over ${count} waiting messages from ${maildir} into queue/${queue}`,
  );
}

function stillIn({ maildir, messages }: ImportDone["waiting"][number]): string {
  return `${messages} messages wait in ${maildir}`;
}

/** For stderr: everything that is wrong, and everything that was left where it was. */
export function problemLines({ problems, adopted }: ImportDone): string[] {
  const wrong = problems.map((one) => `${where(one)}: ${one.says}: ${one.cure}`);
  const left = adopted.flatMap(({ maildir, left }) => left.map((text) => `left in ${maildir}: ${text}`));
  return problems.length === 0 ? left : [...wrong, "Nothing was imported", ...left];
}

function where({ file, line }: Row | Problem): string {
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

function counts({ plan }: ImportDone): Record<Change["kind"], number> {
  const found = { domain: 0, office: 0, person: 0, alias: 0, instructions: 0, route: 0 };
  for (const { change } of plan.changes) found[change.kind] += 1;
  return found;
}

function summary(done: ImportDone): string {
  const { domain, office, person, alias, instructions, route } = counts(done);
  const told = done.plan.rows.filter(({ verdict }) => verdict === "left").length;
  const all = `${domain} domains, ${office} offices, ${person} people, ${alias} aliases, ${instructions} instructions, ${route} routes`;
  const rest = told === 0 ? "" : `; ${told} lines are not carried over`;
  if (done.problems.length > 0) return `Nothing was imported: ${done.problems.length} lines are wrong`;
  return done.dryRun ? `Would import ${all}${rest}` : `Imported ${all}${rest}`;
}
