import { aliasProblem } from "#hub/routing/alias-check.js";
import { includePath, includePathProblem, storedInclude } from "#hub/routing/include-target.js";
import { moderationProblem } from "#hub/routing/moderation-check.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { addressKey } from "#shared/mail/address.js";
import { commandProblem } from "#shared/mail/instructions.js";
import { storedTarget, targetProblem } from "#shared/mail/target.js";
import type { Alias, NewAlias } from "./aliases.ts";
import { makeApprovalSecret } from "./approval-secret.ts";
import type { Directory } from "./directory.ts";
import { Refusal, type RefusalKind, refuse } from "./refusal.ts";
import { programsRefused } from "./save-instructions.ts";

/** Members of one alias; a bigger circle is a mailing list, not an alias. */
export const MAX_ALIAS_TARGETS = 1000;

export interface AliasProblem {
  /** The alias that cannot stand, lower case. */
  readonly name: string;
  readonly text: string;
}

/** None of the aliases was saved; all that is wrong with them, so that a long file is mended in one round. */
export class AliasesRefused extends Refusal {
  readonly problems: readonly AliasProblem[];

  constructor(kind: RefusalKind, problems: readonly AliasProblem[]) {
    super(kind, problems.map(({ text }) => text).join("\n"));
    this.problems = problems;
  }
}

/**
 * The door by which aliases enter the directory: all of them or none, judged together, so that one may name
 * another that comes later. Throws `AliasesRefused`; the old table then stays as it was.
 */
export function saveAliases(directory: Directory, view: DirectoryView, aliases: readonly NewAlias[]): Alias[] {
  return directory.transaction(() => {
    const refusals: { kind: RefusalKind; problem: AliasProblem }[] = [];
    const saved = aliases.flatMap((alias) => {
      try {
        return [saveOne(directory, view, alias)];
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refusals.push({ kind: error.kind, problem: { name: addressKey(alias.name), text: error.message } });
        return [];
      }
    });
    if (saved.some(({ moderate }) => moderate)) makeApprovalSecret(directory);
    for (const { name, moderate } of saved) {
      const problem = aliasProblem(view, name) ?? (moderate ? moderationProblem(view, name) : undefined);
      const text = `Cannot set the alias ${name}: ${problem}`;
      if (problem !== undefined) refusals.push({ kind: "bad", problem: { name, text } });
    }
    const [first] = refusals;
    if (first === undefined) return saved;
    throw new AliasesRefused(
      first.kind,
      refusals.map(({ problem }) => problem),
    );
  });
}

function anyTargetProblem(target: string, programs: boolean): string | undefined {
  const path = includePath(storedInclude(target) ?? "");
  if (path !== undefined) return includePathProblem(path);
  if (!target.startsWith("|")) return targetProblem(target);
  return programs ? commandProblem(target.slice(1).trim()) : programsRefused(target.slice(1).trim());
}

function saveOne(directory: Directory, view: DirectoryView, alias: NewAlias): Alias {
  const name = addressKey(alias.name);
  if (alias.targets.length > MAX_ALIAS_TARGETS) {
    refuse(
      "bad",
      `Cannot set the alias ${name}: ${alias.targets.length} targets, at most ${MAX_ALIAS_TARGETS} are allowed`,
    );
  }
  const problems = [
    ...alias.targets.map((target) => ({ target, problem: anyTargetProblem(target, view.programs) })),
    ...(alias.owner === undefined ? [] : [{ target: alias.owner, problem: targetProblem(alias.owner) }]),
  ];
  for (const { target, problem } of problems) {
    if (problem !== undefined)
      refuse("bad", `Cannot set the alias ${name}: target ${JSON.stringify(target)}: ${problem}`);
  }
  const owner = alias.owner === undefined ? {} : { owner: storedTarget(alias.owner) };
  const post = alias.post === undefined ? {} : { post: alias.post };
  const moderate = alias.moderate ? { moderate: alias.moderate } : {};
  return directory.aliases.put({
    name,
    targets: alias.targets.map((one) => storedInclude(one) ?? storedTarget(one)),
    ...owner,
    ...post,
    ...moderate,
  });
}
