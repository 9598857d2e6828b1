/** Where something stands: what every record and every problem of an import carries. */
export interface At {
  /** As the administrator knows it, such as `control/smtproutes`. */
  readonly file: string;
  /** Counted from 1; in a compiled file the number of the record. 0 for a file that is absent. */
  readonly line: number;
}

/** One line of a source, or what a compiled file has in place of one. */
export interface Line extends At {
  readonly text: string;
}

/** Something that a line does not become, and what to do about it. */
export interface Problem extends Line {
  readonly says: string;
  readonly cure: string;
  /** `bad`: the line is wrong, and nothing is imported until it is mended. `left`: it is not carried over. `note`: nothing is lost. */
  readonly weight: "bad" | "left" | "note";
}

export interface Read<T> {
  readonly records: readonly T[];
  readonly problems: readonly Problem[];
}

/** A file of the tree, as its reader gets it. */
export interface Source {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** An alias for a thousand people fits; what is longer is no line of such a file. */
export const MAX_LINE = 100_000;

export function bad(line: Line, says: string, cure: string): Problem {
  return { ...place(line), says, cure, weight: "bad" };
}

/** Legal in the old system, but nothing here can hold it, or it never had a meaning. */
export function told(line: Line, says: string, cure: string): Problem {
  return { ...place(line), says, cure, weight: "left" };
}

/** Worth knowing, and nothing is lost by it. */
export function noted(line: Line, says: string, cure: string): Problem {
  return { ...place(line), says, cure, weight: "note" };
}

/** `file`, `line` and `text` of something that may carry more. */
export function place({ file, line, text }: Line): Line {
  return { file, line, text };
}

/**
 * The lines of a text file, without line ends. A line that is not UTF-8, holds a control character or is too long
 * is a problem and not a line: nothing of it is guessed.
 */
export function linesOf({ file, bytes }: Source): { lines: Line[]; problems: Problem[]; unfinished: boolean } {
  const lines: Line[] = [];
  const problems: Problem[] = [];
  const unfinished = bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE;
  for (let start = 0, number = 1; start < bytes.length; number += 1) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const read = lineOf({ file, line: number, text: "" }, bytes.subarray(start, end));
    if ("says" in read) problems.push(read);
    else lines.push(read);
    start = end + 1;
  }
  return { lines, problems, unfinished };
}

const NEWLINE = 0x0a;

function lineOf(at: Line, bytes: Uint8Array): Line | Problem {
  const shown = { ...at, text: Buffer.from(bytes.subarray(0, 80)).toString("latin1") };
  if (bytes.length > MAX_LINE) return bad(shown, `longer than ${MAX_LINE} bytes`, "make it shorter");
  const text = utf8(bytes)?.replace(/\r$/, "");
  if (text === undefined) return bad(shown, "not UTF-8", "convert the file, for example with iconv -f latin1 -t utf-8");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return bad(shown, "it holds a control character", "take it out");
  return { ...at, text };
}

/** undefined for bytes that are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // TypeError: the bytes are in another charset.
    return undefined;
  }
}
