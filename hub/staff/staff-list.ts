import { personNameProblem } from "#hub/directory/names.js";
import { ROLES } from "#hub/routing/roles.js";
import { addressKey } from "#shared/mail/address.js";
import type { Problem } from "./csv.ts";
import type { Column, StaffRows } from "./staff-rows.ts";

/** Somebody as the list has her. */
export interface Listed {
  readonly line: number;
  /** Lower case, NFC. */
  readonly name: string;
  readonly office: string;
  readonly fullName?: string;
  readonly suspended: boolean;
}

export interface StaffList {
  readonly people: readonly Listed[];
  /** Whether the list has these columns at all: what it does not speak of stays as it is. */
  readonly tells: { readonly fullName: boolean; readonly suspended: boolean };
  readonly problems: readonly Problem[];
  /** Columns that nobody here reads. */
  readonly unknown: readonly string[];
}

const MAX_FULL_NAME = 200;

/** A stored full name as a list can say it, so that an export taken back is no change; undefined when nothing is left. */
export function tidyFullName(stored: string | undefined): string | undefined {
  const text = (stored ?? "").replace(/\p{Cc}+/gu, " ").trim();
  return [...text].slice(0, MAX_FULL_NAME).join("").trim() || undefined;
}

/** HR's list, judged by itself; what only the directory can tell is `listProblems`'. */
export function readStaffList({ rows, columns, unknown, problems: broken }: StaffRows): StaffList {
  const people = new Map<string, Listed>();
  const problems: Problem[] = [...broken];
  for (const { line, values } of rows) {
    const name = addressKey(values.name ?? "");
    const first = people.get(name);
    const found = [...valueProblems(name, values), ...(first ? [`${name} is already in line ${first.line}`] : [])];
    problems.push(...found.map((text) => ({ line, text })));
    if (found.length > 0) continue;
    const { full_name: fullName = "", office = "", suspended = "" } = values;
    people.set(name, {
      line,
      name,
      office: office.toLowerCase(),
      ...(fullName === "" ? {} : { fullName }),
      suspended: YES_OR_NO.get(suspended.toLowerCase()) === true,
    });
  }
  return {
    people: [...people.values()],
    tells: { fullName: columns.has("full_name"), suspended: columns.has("suspended") },
    problems: problems.toSorted((a, b) => a.line - b.line),
    unknown,
  };
}

const YES_OR_NO = new Map([
  ["yes", true],
  ["true", true],
  ["no", false],
  ["false", false],
  ["", false],
]);

function valueProblems(name: string, values: Readonly<Partial<Record<Column, string>>>): string[] {
  const { full_name: fullName = "", office = "", suspended = "" } = values;
  const problems: string[] = [];
  const badName = ROLES.includes(name) ? `"${name}" is a role address: leave it out` : personNameProblem(name);
  if (badName !== undefined) problems.push(badName);
  if (office === "") problems.push(`${name} has no office`);
  if (/\p{Cc}/u.test(fullName)) problems.push(`the full name of ${name} contains a control character or a line end`);
  if ([...fullName].length > MAX_FULL_NAME)
    problems.push(`the full name of ${name} is longer than ${MAX_FULL_NAME} characters`);
  if (!YES_OR_NO.has(suspended.toLowerCase()))
    problems.push(`suspended is ${JSON.stringify(suspended)} for ${name}: wanted yes or no`);
  return problems;
}
