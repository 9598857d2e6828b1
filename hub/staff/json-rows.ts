import type { Problem } from "./csv.ts";

/** One element of the list; its line is where it begins, counted from 1. */
export interface JsonRow {
  readonly line: number;
  readonly value: unknown;
}

/** The elements of a JSON array, or of the array `people` that is all of an object, with their lines. */
export function readJsonRows(text: string): { rows: JsonRow[]; problems: Problem[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { rows: [], problems: [syntaxProblem(text, error)] };
  }
  const list = listOf(parsed);
  if (list === undefined) {
    return { rows: [], problems: [{ line: 1, text: 'wanted an array of people, or {"people": [...]}' }] };
  }
  const lines = elementLines(text, Array.isArray(parsed) ? 1 : 2);
  return { rows: list.map((value, index) => ({ line: lines[index] ?? 1, value })), problems: [] };
}

function listOf(parsed: unknown): unknown[] | undefined {
  if (Array.isArray(parsed)) return parsed;
  if (typeof parsed !== "object" || parsed === null) return undefined;
  // With another key beside it the lines could not be told, and something was left unread.
  const [[key, list] = [], ...more] = Object.entries(parsed);
  return key === "people" && more.length === 0 && Array.isArray(list) ? list : undefined;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},\n]|[^\s[\]{},"]+/g;

/** Where the elements of the array at this depth begin. The text is known to be JSON, so signs are all there is to watch. */
function elementLines(text: string, depth: number): number[] {
  const lines: number[] = [];
  let line = 1;
  let open = 0;
  let expecting = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "\n") {
      line += 1;
      continue;
    }
    if (expecting && token !== "]") lines.push(line);
    expecting = false;
    if (token === "[" || token === "{") open += 1;
    if (token === "]" || token === "}") open -= 1;
    expecting = open === depth && ((token === "[" && lines.length === 0) || token === ",");
  }
  return lines;
}

/** The parser tells the position only of some mistakes. */
function syntaxProblem(text: string, error: unknown): Problem {
  const says = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
  const position = /at position (\d+)/.exec(says)?.[1];
  const atEnd = says.startsWith("Unexpected end");
  const before = position === undefined ? (atEnd ? text.trimEnd() : "") : text.slice(0, Number(position));
  return { line: before.split("\n").length, text: `this is no JSON: ${says.replace(/ \(line \d+ column \d+\)$/, "")}` };
}
