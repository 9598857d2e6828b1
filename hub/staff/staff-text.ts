import type { Person } from "#hub/directory/people.js";
import { csvCell } from "./csv.ts";
import { isStaff, type StaffDiff } from "./staff-diff.ts";
import { tidyFullName } from "./staff-list.ts";
import { COLUMNS, type ListFormat } from "./staff-rows.ts";

/** One line a change, `+` for who comes and `-` for who goes, as in any diff. */
export function diffLines(diff: StaffDiff): string[] {
  return [
    ...diff.added.map(
      ({ name, office, fullName, suspended }) =>
        `+ ${name}: ${office}${fullName === undefined ? "" : `, ${fullName}`}${suspended ? ", suspended" : ""}`,
    ),
    ...diff.moved.map(({ name, from, to }) => `> ${name}: ${from} -> ${to}`),
    ...diff.changed.map(({ name, fullName }) => `~ ${name}: ${shown(fullName.from)} -> ${shown(fullName.to)}`),
    ...diff.suspended.map((name) => `~ ${name}: suspended`),
    ...diff.resumed.map((name) => `~ ${name}: no longer suspended`),
    ...diff.removed.map(({ name, office }) => `- ${name}: ${office}`),
  ];
}

/** `2 added, 1 moved`, or that there is nothing. */
export function diffSummary(diff: StaffDiff): string {
  const parts = Object.entries(diff)
    .map(([what, { length }]: [string, readonly unknown[]]) => ({ what, length }))
    .filter(({ length }) => length > 0);
  return parts.length === 0 ? "nothing to change" : parts.map(({ what, length }) => `${length} ${what}`).join(", ");
}

/** The directory's people as a list that `directory sync` takes back without a change. */
export function formatStaffList(people: readonly Person[], format: ListFormat): string {
  const rows = people.filter(isStaff).map(({ name, office, fullName, suspended }) => ({
    name,
    office,
    full_name: tidyFullName(fullName) ?? "",
    suspended: suspended ? "yes" : "no",
  }));
  if (format === "json")
    return rows.length === 0 ? "[]\n" : `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]\n`;
  const lines = rows.map((row) => COLUMNS.map((column) => csvCell(row[column])).join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\n");
}

function shown(fullName: string | null): string {
  return fullName === null ? "no full name" : JSON.stringify(fullName);
}
