import { addressKey } from "#shared/mail/address.js";
import { type AliasWord, aliasWords } from "./alias-words.ts";
import { bad, type Line, linesOf, MAX_LINE, type Problem, place, type Read, type Source } from "./lines.ts";

/** What an alias of the old system may lead to. */
export type AliasTarget =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "program"; readonly command: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "include"; readonly path: string }
  /** Sendmail's `|"cmd args"`, which newaliases took for an empty program and an address. */
  | { readonly kind: "misread"; readonly command: string };

/** One alias, from whichever source. */
export interface AliasRecord extends Line {
  /** `user`, `user@host` or `@host`; lower case. */
  readonly name: string;
  readonly targets: readonly AliasTarget[];
  /** Who gets the bounces, where the source says so itself. */
  readonly owner?: string;
}

export interface TextAlias extends AliasRecord {
  /** A colon follows the name: newaliases does without, `alias import` does not. */
  readonly colon: boolean;
  /** The last line of the file, without its line end: newaliases drops it without a word. */
  readonly unfinished: boolean;
}

/** newaliases' limit for one recipient, in bytes. */
const MAX_TARGET = 800;

/** `/etc/aliases` as newaliases reads it. Every alias is given, also a second one of the same name. */
export function readAliasText(source: Source): Read<TextAlias> {
  const { lines, problems, unfinished } = linesOf(source);
  const said: Problem[] = [...problems];
  const records: TextAlias[] = [];
  const broken = new Set(problems.map(({ line }) => line));
  for (const { first, text, last } of logicalLines(lines, broken)) {
    const read = aliasOf(first, text);
    if ("says" in read) said.push(read);
    else records.push({ ...read, unfinished: unfinished && last === lines.at(-1)?.line });
  }
  return { records, problems: said };
}

interface Logical {
  readonly first: Line;
  text: string;
  last: number;
}

/** Lines with what continues them. Comments go with their continuations, as newaliases has it. */
function logicalLines(lines: readonly Line[], broken: ReadonlySet<number>): Logical[] {
  const found: Logical[] = [];
  for (const line of lines) {
    const before = found.at(-1);
    if (line.text.trim() === "") continue;
    const continues = /^[ \t]/.test(line.text) && before !== undefined && !broken.has(line.line - 1);
    if (!continues) found.push({ first: line, text: line.text.trim(), last: line.line });
    else {
      before.text += ` ${line.text.trim()}`;
      before.last = line.line;
    }
  }
  return found.filter(({ text }) => !text.startsWith("#"));
}

function aliasOf(line: Line, text: string): Omit<TextAlias, "unfinished"> | Problem {
  const shown = { ...place(line), text };
  if (text.length > MAX_LINE) return bad(shown, `longer than ${MAX_LINE} characters`, "make a list of it");
  const words = aliasWords(text);
  if (typeof words === "string") return bad(shown, words, "write NAME: TARGET, TARGET");
  const [first, second] = words;
  if (first?.kind !== "word" || first.text === "")
    return bad(shown, "wanted NAME: TARGET, TARGET", "begin with a name");
  const name = addressKey(first.text);
  const targets = words.slice(1).flatMap(targetOf);
  if (targets.length === 0) return bad(shown, `${name} has no target`, "give it one, or take the line out");
  const long = targets.find((target) => Buffer.byteLength(textOf(target)) > MAX_TARGET);
  if (long !== undefined) return bad(shown, `a target longer than ${MAX_TARGET} bytes`, "make it shorter");
  return { ...shown, name, targets, colon: second?.kind === "colon" || second?.kind === "include" };
}

function targetOf(word: AliasWord): AliasTarget[] {
  if (word.kind === "include") return [{ kind: "include", path: word.text }];
  if (word.kind !== "word" || word.text === "") return [];
  const { text } = word;
  if (word.sendmailProgram) return [{ kind: "misread", command: text.slice(1) }];
  if (/^:include:/i.test(text)) return [{ kind: "include", path: text.slice(":include:".length) }];
  if (!word.at && text.startsWith("|")) return [{ kind: "program", command: text.slice(1) }];
  if (!word.at && text.startsWith("/")) return [{ kind: "file", path: text }];
  return [{ kind: "address", address: text }];
}

function textOf(target: AliasTarget): string {
  if (target.kind === "address") return target.address;
  return "path" in target ? target.path : target.command;
}
