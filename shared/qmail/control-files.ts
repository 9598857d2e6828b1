import { cdbRecords } from "./cdb.ts";
import { bad, type Line, linesOf, type Problem, place, type Read, type Source, told, utf8 } from "./lines.ts";

/**
 * The files of qmail's `control/`, read as qmail reads them: blanks at the end of a line are nothing, at its beginning
 * they count; a comment is a line that begins with `#`; an empty line says nothing.
 */
export function readControlList(source: Source): Read<Line> {
  const { lines, problems } = linesOf(source);
  const records = lines
    .map((line) => ({ ...line, text: line.text.replace(/[ \t]+$/, "") }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
  return { records, problems };
}

/** A file of one value, such as `me`: its first line, and nothing else of it. */
export function readControlWord(source: Source): Read<Line> {
  const { lines, problems } = linesOf(source);
  const [first] = lines;
  const word = first?.text.replace(/[ \t]+$/, "") ?? "";
  const broken = problems.filter(({ line }) => line === 1);
  if (first === undefined || first.line !== 1 || word === "") return { records: [], problems: broken };
  return { records: [{ ...first, text: word }], problems: broken };
}

export interface Pair extends Line {
  /** Lower case: qmail compares keys blind to case. */
  readonly key: string;
  /** To the end of the line, with the blanks at its beginning. */
  readonly value: string;
}

/** `key:value` lines. Of several for one key the last one counts; the others, and lines without a colon, are told. */
export function readControlMap(source: Source): Read<Pair> {
  const { records: lines, problems } = readControlList(source);
  const said: Problem[] = [...problems];
  const last = new Map<string, Pair>();
  for (const line of lines) {
    const colon = line.text.indexOf(":");
    if (colon < 0) {
      said.push(told(line, "a line without a colon, which qmail ignored", "write KEY:VALUE, or take the line out"));
      continue;
    }
    const key = line.text.slice(0, colon).toLowerCase();
    const before = last.get(key);
    if (before !== undefined)
      said.push(told(before, `line ${line.line} has the same key, and the last one counts`, "take one of them out"));
    last.set(key, { ...place(line), key, value: line.text.slice(colon + 1) });
  }
  return { records: [...last.values()].sort((a, b) => a.line - b.line), problems: said };
}

/** What qmail-newmrh made of `morercpthosts`: the hosts are its keys. The line of a record is its number. */
export function readHostsCdb({ file, bytes }: Source): Read<Line> {
  const found = cdbRecords(bytes);
  const cure = "run qmail-newmrh again";
  if (typeof found === "string")
    return { records: [], problems: [bad({ file, line: 1, text: "" }, `no cdb: ${found}`, cure)] };
  const hosts = found.map(({ key }, index) => ({ file, line: index + 1, text: utf8(key) }));
  return {
    records: hosts.flatMap(({ text, ...at }) => (text === undefined ? [] : [{ ...at, text }])),
    problems: hosts.flatMap(({ text, ...at }) =>
      text === undefined ? [bad({ ...at, text: "" }, "not UTF-8", cure)] : [],
    ),
  };
}
