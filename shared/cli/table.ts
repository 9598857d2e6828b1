import { printable } from "./io.ts";

const GAP = "  ";

/** Rows in columns under a header, for a terminal; the last column is not padded. No final line end. */
export function table(rows: readonly (readonly string[])[], header: readonly string[]): string {
  const lines = [header, ...rows].map((row) => row.map(cell));
  const widths = header.map((_, column) => Math.max(...lines.map((row) => width(row[column] ?? ""))));
  return lines.map((row) => line(row, widths)).join("\n");
}

/** A line end or tab inside a cell would break the columns. */
function cell(text: string): string {
  return printable(text).replace(/[\n\t]+/g, " ");
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((text, column) => text + " ".repeat(Math.max(0, (widths[column] ?? 0) - width(text))))
    .join(GAP)
    .trimEnd();
}

/** Counted in characters, not UTF-16 units: names in our directories are not all ASCII. */
function width(text: string): number {
  return [...text].length;
}
