/** Comma-separated values (RFC 4180), read strictly: a list that decides who has a mailbox is not guessed at. */

/** One record; its line is where it begins, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What is wrong with a line of a file, for people. */
export interface Problem {
  readonly line: number;
  readonly text: string;
}

export type Separator = "," | ";";

/** Records in order, without empty lines; cells without the space around them. */
export function readCsv(text: string, separator: Separator): { rows: CsvRow[]; problems: Problem[] } {
  const reader = new CsvReader(text, separator);
  const rows: CsvRow[] = [];
  const problems: Problem[] = [];
  while (!reader.done) {
    const { line, cells, problem } = reader.record();
    if (problem !== undefined) problems.push({ line, text: problem });
    else if (cells.length > 1 || cells[0] !== "") rows.push({ line, cells });
  }
  return { rows, problems };
}

/** A cell as `readCsv` takes it back, with either separator. */
export function csvCell(text: string): string {
  return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

class CsvReader {
  readonly #text: string;
  readonly #separator: Separator;
  readonly #plain: RegExp;
  #at = 0;
  #line = 1;

  constructor(text: string, separator: Separator) {
    this.#text = text;
    this.#separator = separator;
    this.#plain = separator === "," ? /[^,\r\n]*/y : /[^;\r\n]*/y;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  record(): CsvRow & { readonly problem: string | undefined } {
    const line = this.#line;
    const cells: string[] = [];
    let problem: string | undefined;
    do {
      const cell = this.#text[this.#at] === '"' ? this.#quotedCell() : this.#plainCell();
      cells.push(cell.text);
      problem ??= cell.problem;
    } while (this.#took(this.#separator));
    // Some spreadsheets end lines with CR alone, RFC 4180 §2 wants CRLF, most programs write LF.
    const ended = [this.#took("\r"), this.#took("\n")].includes(true);
    if (ended) this.#line += 1;
    return { line, cells, problem };
  }

  #plainCell(): { text: string; problem?: string } {
    const text = this.#upToSeparator().trim();
    return text.includes('"')
      ? { text, problem: "a quote stands inside a field that does not begin with one" }
      : { text };
  }

  #quotedCell(): { text: string; problem?: string } {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    while (end >= 0 && this.#text[end + 1] === '"') end = this.#text.indexOf('"', end + 2);
    if (end < 0) {
      // All after it is doubtful: nothing more is read.
      this.#at = this.#text.length;
      return { text: "", problem: "a quote is opened here and never closed" };
    }
    const inside = this.#text.slice(start, end);
    this.#line += inside.match(/\r\n|\r|\n/g)?.length ?? 0;
    this.#at = end + 1;
    const rest = this.#upToSeparator().trim();
    const text = inside.replaceAll('""', '"').trim();
    return rest === "" ? { text } : { text, problem: "text follows a closing quote" };
  }

  #upToSeparator(): string {
    this.#plain.lastIndex = this.#at;
    const found = this.#plain.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #took(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }
}
