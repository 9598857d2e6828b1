import { includePathProblem, includeTarget, storedInclude } from "#hub/routing/include-target.js";
import type { Included, IncludedEntry } from "#hub/routing/view.js";
import { targetProblem } from "#shared/mail/target.js";
import { type AliasWord, aliasWords } from "#shared/qmail/alias-words.js";
import { linesOf, type Source } from "#shared/qmail/lines.js";

/** Addresses of one file; also what one recipient may meet on its way in all. */
export const MAX_ENTRIES = 10_000;

/**
 * A file of addresses, in the syntax of fastforward's newinclude: one or more addresses or includes a line, `#` begins a comment;
 * no programs, no files. It is used whole or not at all: with half of a list nobody would know who got the mail.
 */
export function readIncludeText(source: Source): Included {
  const { lines, problems } = linesOf(source);
  const [first] = problems;
  if (first !== undefined) return { problem: `${source.file}:${first.line}: ${first.says}` };
  const entries: IncludedEntry[] = [];
  for (const { line, text } of lines) {
    if (/^\s*(#|$)/.test(text)) continue;
    const words = aliasWords(text);
    const read = typeof words === "string" ? [{ wrong: words }] : words.flatMap(entryOf);
    for (const one of read) {
      if ("wrong" in one) return { problem: `${source.file}:${line}: ${one.wrong}` };
      entries.push({ target: one.target, line });
    }
    if (entries.length > MAX_ENTRIES) return { problem: `${source.file}:${line}: more than ${MAX_ENTRIES} addresses` };
  }
  if (entries.length === 0) return { problem: `${source.file}: there is no address in it` };
  return { entries };
}

function entryOf(word: AliasWord): ({ target: string } | { wrong: string })[] {
  if (word.kind === "comma") return [];
  if (word.kind === "colon") return [{ wrong: "a colon that means nothing here" }];
  if (word.text === "") return [];
  const path = word.kind === "include" ? word.text : storedInclude(word.text)?.slice(includeTarget("").length);
  const wrong = path === undefined ? targetProblem(word.text) : includePathProblem(path);
  if (wrong !== undefined) return [{ wrong: `${JSON.stringify(word.text)}: ${wrong}` }];
  return [{ target: path === undefined ? word.text : includeTarget(path) }];
}
