import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { MAX_OFFICE_ALIASES } from "#shared/link/office-statement.js";
import { addressKey, MAX_LOCAL } from "#shared/mail/address.js";
import { storedTarget, targetProblem } from "#shared/mail/target.js";
import { aliasProblem } from "#spoke/alias-check.js";
import { personHere } from "#spoke/person-here.js";
import { POSTMASTER } from "#spoke/roles.js";
import type { SpokeView } from "#spoke/routing.js";
import type { OfficeAlias } from "./aliases.ts";
import type { SpokeDirectory } from "./directory.ts";

/** Members of one alias; a bigger circle is a mailing list, and headquarters' affair. */
export const MAX_ALIAS_TARGETS = 1000;

export interface AliasProblem {
  /** The alias that cannot stand, lower case. */
  readonly name: string;
  readonly text: string;
}

/** None of the aliases was saved; all that is wrong with them, so that a long file is mended in one round. */
export class AliasesRefused extends Failure {
  readonly problems: readonly AliasProblem[];

  constructor(exit: ExitCode, problems: readonly AliasProblem[]) {
    super(exit, problems.map(({ text }) => text).join("\n"));
    this.problems = problems;
  }
}

/**
 * The door by which aliases enter the office's directory: all of them or none, judged together, so that one may name
 * another that comes later.
 *
 * @param now ms since 1970
 * @throws AliasesRefused; the old table then stays as it was
 */
export function saveAliases(
  directory: SpokeDirectory,
  view: SpokeView,
  aliases: readonly OfficeAlias[],
  now: number,
): OfficeAlias[] {
  return directory.transaction(() => {
    const refused: { exit: ExitCode; problem: AliasProblem }[] = [];
    const note = (exit: ExitCode, name: string, text: string): void =>
      void refused.push({ exit, problem: { name, text: `Cannot set the alias ${name}: ${text}` } });
    const saved: OfficeAlias[] = [];
    for (const given of aliases) {
      const alias = stored(given);
      const problem = aliasNameProblem(alias.name) ?? targetsProblem(alias);
      const person = directory.people.get(alias.name);
      if (problem !== undefined) note(EXIT.badData, alias.name, problem);
      else if (person !== undefined) note(EXIT.cannotCreate, alias.name, "there is a person of that name here");
      else {
        directory.aliases.put(alias, now);
        saved.push(alias);
      }
    }
    for (const { name } of saved) {
      const problem = aliasProblem(view, name);
      if (problem !== undefined) note(EXIT.badData, name, problem);
    }
    if (directory.aliases.names().length > MAX_OFFICE_ALIASES)
      note(EXIT.badData, saved.at(-1)?.name ?? "", `an office has at most ${MAX_OFFICE_ALIASES} aliases`);
    const [first] = refused;
    if (first === undefined) return saved;
    throw new AliasesRefused(
      first.exit,
      refused.map(({ problem }) => problem),
    );
  });
}

/** Takes one away, unless others would then lead nowhere. Another alias that named it may still reach somebody (a role). */
export function removeAlias(directory: SpokeDirectory, view: SpokeView, given: string): OfficeAlias {
  return directory.transaction(() => {
    const alias = directory.aliases.get(given);
    if (alias === undefined) throw noAlias(given);
    directory.aliases.remove(alias.name);
    const spellings = [alias.name, ...[view.host, ...view.domains].map((host) => `${alias.name}@${host}`)];
    // Where nobody here knows, the bare name would now mean somebody of the organisation, who may not be there.
    const unsure = view.names() === undefined && personHere(view, alias.name) === undefined;
    const lost = (name: string): boolean =>
      (unsure && directory.aliases.naming([alias.name]).includes(name)) || aliasProblem(view, name) !== undefined;
    const left = directory.aliases.naming(spellings).filter(lost);
    if (left.length === 0) return alias;
    throw new Failure(
      EXIT.cannotCreate,
      `Cannot remove the alias ${alias.name}: these lead there, change them first: ${left.join(", ")}`,
    );
  });
}

export function noAlias(name: string): Failure {
  return new Failure(EXIT.badData, `There is no alias "${name}" in this office: see \`qrelay spoke alias list\``);
}

function stored({ name, targets, owner }: OfficeAlias): OfficeAlias {
  return {
    name: addressKey(name),
    targets: [...new Set(targets.map(storedTarget))],
    ...(owner === undefined ? {} : { owner: storedTarget(owner) }),
  };
}

/** Why an alias may not have this name. @param name in the form of `addressKey` */
export function aliasNameProblem(name: string): string | undefined {
  if (name.includes("@"))
    return "an office's alias is the part before the @ only: it stands for NAME@HOST of the office";
  if (name === POSTMASTER) return "postmaster is a mailbox, which every office has";
  if (Buffer.byteLength(name) > MAX_LOCAL) return `the name is longer than ${MAX_LOCAL} bytes (RFC 5321 §4.5.3.1.1)`;
  if (/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+=-]*$/u.test(name) && !/\.\.|\.$/.test(name)) return undefined;
  return "wanted the part before the @, of letters, digits and . _ + = -, starting with a letter or digit";
}

function targetsProblem({ targets, owner }: OfficeAlias): string | undefined {
  if (targets.length === 0) return "it has no target";
  if (targets.length > MAX_ALIAS_TARGETS) return `${targets.length} targets, at most ${MAX_ALIAS_TARGETS} are allowed`;
  for (const target of [...targets, ...(owner === undefined ? [] : [owner])]) {
    const problem = targetProblem(target);
    if (problem !== undefined) return `target ${JSON.stringify(target)}: ${problem}`;
  }
  return undefined;
}
