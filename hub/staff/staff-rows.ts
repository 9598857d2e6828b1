import { type CsvRow, type Problem, readCsv, type Separator } from "./csv.ts";
import { type JsonRow, readJsonRows } from "./json-rows.ts";

/** Columns of the list, in the order in which an export writes them. */
export const COLUMNS = ["name", "office", "full_name", "suspended"] as const;
export type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ["name", "office"];

export type ListFormat = "csv" | "json";

/** The same for either format: text by column. */
export interface StaffRows {
  readonly rows: readonly { readonly line: number; readonly values: Partial<Record<Column, string>> }[];
  /** All that any row has. */
  readonly columns: ReadonlySet<Column>;
  /** Columns that nobody here reads, as written. */
  readonly unknown: readonly string[];
  readonly problems: readonly Problem[];
}

/** A hundred times the people of the largest organisation this is for. */
const MAX_ROWS = 200_000;

/** By the file's name; one that says nothing is known by how it begins. */
export function formatOf(file: string, text: string): ListFormat {
  if (/\.json$/i.test(file)) return "json";
  if (/\.csv$/i.test(file)) return "csv";
  return /^\s*[[{]/.test(text) ? "json" : "csv";
}

export function readStaffRows(text: string, format: ListFormat): StaffRows {
  const read = format === "json" ? jsonRows(text) : csvRows(text);
  if (read.rows.length <= MAX_ROWS) return read;
  const problem = { line: 1, text: `the list has ${read.rows.length} rows, at most ${MAX_ROWS} are read` };
  return { ...read, rows: [], problems: [problem] };
}

function csvRows(text: string): StaffRows {
  const { rows, problems, header } = withHeader(text);
  if (header === undefined) return nothing(problems[0] ?? { line: 1, text: `the list is empty: ${WANTED}` });
  const columns = header.cells.map(columnOf);
  const named = columns.filter((column) => column !== undefined);
  const missing = REQUIRED.filter((column) => !named.includes(column));
  if (missing.length > 0) return nothing({ line: header.line, text: `no column ${missing.join(" or ")}: ${WANTED}` });
  const twice = named.find((column, index) => named.indexOf(column) < index);
  if (twice !== undefined) return nothing({ line: header.line, text: `the column ${twice} is there twice` });
  const good = rows.filter(({ cells }) => cells.length === columns.length);
  const odd = rows.filter(({ cells }) => cells.length !== columns.length);
  return {
    rows: good.map(({ line, cells }) => ({ line, values: valuesOf(columns, cells) })),
    columns: new Set(named),
    unknown: header.cells.filter((_, index) => columns[index] === undefined),
    problems: [
      ...problems,
      ...odd.map(({ line, cells }) => ({ line, text: `${cells.length} fields, the header has ${columns.length}` })),
    ],
  };
}

const WANTED = `the first line names the columns: ${COLUMNS.join(",")} (the last two are optional)`;

/** Spreadsheets of half the world write semicolons; the header tells which. */
function withHeader(text: string): { rows: CsvRow[]; problems: Problem[]; header: CsvRow | undefined } {
  const line = /[^\r\n]+/.exec(text)?.[0] ?? "";
  const known = (separator: Separator): number =>
    (readCsv(line, separator).rows[0]?.cells ?? []).filter((cell) => columnOf(cell) !== undefined).length;
  const { rows, problems } = readCsv(text, known(";") > known(",") ? ";" : ",");
  const [header, ...rest] = rows;
  return { rows: rest, problems, header };
}

function valuesOf(columns: readonly (Column | undefined)[], cells: readonly string[]): Partial<Record<Column, string>> {
  const pairs = columns.map((column, index) => [column, cells[index] ?? ""] as const);
  return Object.fromEntries(pairs.filter(([column]) => column !== undefined));
}

function jsonRows(text: string): StaffRows {
  const { rows, problems } = readJsonRows(text);
  const read = rows.map(jsonRow);
  return {
    rows: read.flatMap((row) => (row.problems.length === 0 ? [{ line: row.line, values: row.values }] : [])),
    columns: new Set(read.flatMap(({ values }) => Object.keys(values) as Column[])),
    unknown: [...new Set(read.flatMap((row) => row.unknown))],
    problems: [...problems, ...read.flatMap((row) => row.problems.map((said) => ({ line: row.line, text: said })))],
  };
}

function jsonRow({ line, value }: JsonRow) {
  const values: Partial<Record<Column, string>> = {};
  const unknown: string[] = [];
  const problems: string[] = [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) problems.push("wanted an object");
  else {
    for (const [key, given] of Object.entries(value)) {
      const column = columnOf(key);
      const text = asText(given);
      if (column === undefined) unknown.push(key);
      else if (text === undefined) problems.push(`${key} is ${JSON.stringify(given).slice(0, 50)}: wanted text`);
      else if (column in values) problems.push(`${key} is there twice`);
      else values[column] = text;
    }
  }
  return { line, values, unknown, problems };
}

function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim();
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === null ? "" : undefined;
}

/** `Full Name` and `fullName` are `full_name`. */
function columnOf(given: string): Column | undefined {
  const name = given
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/[\s-]+/g, "_")
    .toLowerCase();
  return COLUMNS.find((column) => column === name);
}

function nothing(problem: Problem): StaffRows {
  return { rows: [], columns: new Set(), unknown: [], problems: [problem] };
}
