import type { NewAlias } from "#hub/directory/aliases.js";
import type { Directory } from "#hub/directory/directory.js";
import { Refusal } from "#hub/directory/refusal.js";
import { AliasesRefused, type AliasProblem, saveAliases } from "#hub/directory/save-aliases.js";
import { saveInstructions } from "#hub/directory/save-instructions.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { newKey } from "#shared/link/token.js";
import { bad, type Problem } from "#shared/qmail/lines.js";
import type { Change, Plan, PlannedChange } from "./draft-plan.ts";

/** Taken back on purpose. */
class Rehearsed extends Error {}

/** What the directory would refuse; everything is tried in a transaction that is then taken back. */
export function rehearse(directory: Directory, view: DirectoryView, plan: Plan): Problem[] {
  let problems: Problem[] = [];
  try {
    directory.transaction(() => {
      problems = change(directory, view, plan);
      throw new Rehearsed();
    });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
  }
  return problems;
}

/** The whole plan in one transaction; with a problem, which a rehearsal would have found, none of it. */
export function apply(directory: Directory, view: DirectoryView, plan: Plan): Problem[] {
  let problems: Problem[] = [];
  try {
    directory.transaction(() => {
      problems = change(directory, view, plan);
      if (problems.length > 0) throw new Rehearsed();
    });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
  }
  return problems;
}

/** Aliases may lead to everything else, and instructions to aliases. */
function change(directory: Directory, view: DirectoryView, plan: Plan): Problem[] {
  const aliases = plan.changes.flatMap(({ change }): NewAlias[] => (change.kind === "alias" ? [change] : []));
  const carry = (which: (change: Change) => boolean): Problem[] =>
    plan.changes
      .filter((one) => which(one.change))
      .flatMap((one) => refusalOf(one, () => changeOne(directory, view, one)));
  return [
    ...carry(({ kind }) => kind !== "alias" && kind !== "instructions"),
    ...refusedAliases(directory, view, plan, aliases),
    ...carry(({ kind }) => kind === "instructions"),
  ];
}

function refusalOf({ at }: PlannedChange, work: () => void): Problem[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [bad(at, error.message, CURE)];
  }
}

const CURE = "change the line, or the directory, and import again";

/** What is there already stays: an import may be repeated. */
function changeOne(directory: Directory, view: DirectoryView, { change }: PlannedChange): void {
  const { domains, offices, people, routes } = directory;
  switch (change.kind) {
    case "domain":
      if (!domains.has(change.name)) domains.add(change.name);
      break;
    case "office":
      offices.add({ name: change.name, host: change.host, key: newKey() });
      offices.set(change.name, { prefix: change.prefix });
      break;
    case "person":
      if (people.get(change.name)?.office !== change.office) people.add({ name: change.name, office: change.office });
      break;
    case "route":
      routes.set(change.pattern, change.destination, change.accept);
      break;
    case "instructions":
      saveInstructions(directory, view, change.person, change.extension, change.text);
      break;
    case "alias":
      throw new TypeError("Aliases are saved together");
    default:
      change satisfies never;
  }
}

function refusedAliases(
  directory: Directory,
  view: DirectoryView,
  plan: Plan,
  aliases: readonly NewAlias[],
): Problem[] {
  try {
    // Nothing of qmail's says who may write to a list: that stays.
    const kept = aliases.map((alias) => {
      const post = directory.aliases.asList(alias.name)?.post;
      return { ...alias, ...(post === undefined ? {} : { post }) };
    });
    saveAliases(directory, view, kept);
    return [];
  } catch (error) {
    if (!(error instanceof AliasesRefused)) throw error;
    return error.problems.map((problem) => withPlace(plan, problem));
  }
}

function withPlace(plan: Plan, { name, text }: AliasProblem): Problem {
  const found = plan.changes.find(({ change }) => change.kind === "alias" && change.name === name);
  return bad(found?.at ?? { file: "", line: 0, text: name }, text, CURE);
}
