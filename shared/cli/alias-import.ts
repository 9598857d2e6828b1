import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { answer, type Globals, type Io } from "./program.ts";

/** What is wrong with one line of a file of aliases. */
export interface LineProblem {
  /** From 1; 0 for what belongs to no line. */
  readonly line: number;
  readonly text: string;
}

export interface Imported {
  /** How many aliases were set; 0 when there were problems that were not to be skipped. */
  readonly saved: number;
  /** In order of lines. */
  readonly problems: readonly LineProblem[];
}

/**
 * All aliases of a file at once; the old ones serve until it is complete.
 *
 * @param trySave saves all of them in one transaction, or none, and tells what is wrong
 */
export function importLines<A extends { readonly line: number }>(
  file: { readonly aliases: readonly A[]; readonly problems: readonly LineProblem[] },
  skipBad: boolean,
  trySave: (aliases: readonly A[]) => readonly LineProblem[],
): Imported {
  const problems = [...file.problems];
  let left = file.aliases;
  if (problems.length > 0 && !skipBad) return { saved: 0, problems };
  // Leaving one out may leave another without its target, so it is tried again; each round has fewer.
  for (;;) {
    const found = trySave(left);
    problems.push(...found);
    const inOrder = problems.toSorted((a, b) => a.line - b.line);
    if (found.length === 0) return { saved: left.length, problems: inOrder };
    const bad = new Set(found.map(({ line }) => line));
    const good = left.filter((alias) => !bad.has(alias.line));
    // What no line is to blame for, leaving lines out cannot mend.
    if (!skipBad || good.length === left.length) return { saved: 0, problems: inOrder };
    left = good;
  }
}

/** The answer of `alias import`. @throws Failure when something is wrong and is not to be skipped */
export function reportImport(io: Io, globals: Globals, file: string, imported: Imported, skipBad: boolean): void {
  const { saved, problems } = imported;
  const said = problems.map(({ line, text }) => `${file}:${line}: ${text}`);
  if (problems.length > 0 && !skipBad)
    throw new Failure(EXIT.badData, [`Cannot import ${file}: nothing was changed`, ...said].join("\n"));
  for (const line of said) io.err(`qrelay: left out ${line}\n`);
  const human = `Set ${saved} aliases${problems.length === 0 ? "" : `, left out ${problems.length}`}`;
  answer(io, globals, human, { set: saved, problems });
}
