import type { AliasTarget } from "./alias-text.ts";
import { bad, type Line, linesOf, type Problem, place, type Read, type Source, told } from "./lines.ts";

/** One instruction of a dot-qmail file. */
export interface Instruction extends Line {
  readonly does:
    | AliasTarget
    /** A path that ends in a slash. */
    | { readonly kind: "maildir"; readonly path: string };
}

/** Instructions in their order; no record at all means the account's default delivery. */
export function readDotQmail(source: Source): Read<Instruction> {
  const { lines, problems } = linesOf(source);
  const said: Problem[] = [...problems];
  const records: Instruction[] = [];
  const first = lines[0];
  if (first?.line === 1 && first.text.trim() === "") {
    said.push(bad(first, "the first line is blank: qmail defers all mail for it", "take the line out"));
  }
  for (const line of lines.map((one) => ({ ...one, text: one.text.replace(/[ \t]+$/, "") }))) {
    if (line.text === "" || line.text.startsWith("#")) continue;
    // +list: only forwards may follow; any other + is ignored.
    if (line.text.startsWith("+")) {
      if (line.text !== "+list") said.push(told(line, "qmail ignores it", "take the line out"));
      continue;
    }
    records.push({ ...place(line), does: instructionOf(line.text) });
  }
  return { records, problems: said };
}

function instructionOf(text: string): Instruction["does"] {
  if (text.startsWith("|")) return { kind: "program", command: text.slice(1).trim() };
  if (/^\.?\//.test(text)) return { kind: text.endsWith("/") ? "maildir" : "file", path: text };
  return { kind: "address", address: text.replace(/^&/, "").trim() };
}

/** `.qmail-a:b-default` says for which names it speaks. */
export interface DotQmailName {
  /** The name, with `.` where the file has `:`; empty for `.qmail` and `.qmail-default`. */
  readonly name: string;
  /** It answers for everything that begins with the name and has no file of its own. */
  readonly wildcard: boolean;
}

/** undefined for a file that is no dot-qmail file. */
export function dotQmailName(fileName: string): DotQmailName | undefined {
  if (fileName === ".qmail") return { name: "", wildcard: false };
  if (!fileName.startsWith(".qmail-")) return undefined;
  const ext = fileName.slice(".qmail-".length).replaceAll(":", ".");
  if (ext === "default") return { name: "", wildcard: true };
  return ext.endsWith("-default")
    ? { name: ext.slice(0, -"-default".length), wildcard: true }
    : { name: ext, wildcard: false };
}

/** The Maildir of a file that writes into one, and into no second one. */
export function maildirOf(instructions: readonly Instruction[]): string | undefined {
  const found = instructions.flatMap(({ does }) => (does.kind === "maildir" ? [does.path] : []));
  return found.length === 1 ? found[0] : undefined;
}
