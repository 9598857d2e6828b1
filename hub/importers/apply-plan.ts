import type { NewAlias } from "#hub/directory/aliases.js";
import type { Directory } from "#hub/directory/directory.js";
import { Refusal } from "#hub/directory/refusal.js";
import { AliasesRefused, type AliasProblem, saveAliases } from "#hub/directory/save-aliases.js";
import { saveInstructions } from "#hub/directory/save-instructions.js";
import { judgeRoute } from "#hub/directory/save-route.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { newKey } from "#shared/link/token.js";
import { addressKey } from "#shared/mail/address.js";
import type { PlannedChange } from "#shared/qmail/draft-plan.js";
import { bad, type Problem } from "#shared/qmail/lines.js";
import type { Change, HubPlan } from "./change.ts";

/** Taken back on purpose. */
class TakenBack extends Error {}

/**
 * The whole plan in one transaction. What the directory would refuse; with a problem, or as a rehearsal, everything is
 * taken back.
 */
export function applyPlan(directory: Directory, view: DirectoryView, plan: HubPlan, rehearsal: boolean): Problem[] {
  let problems: Problem[] = [];
  try {
    directory.transaction(() => {
      problems = change(directory, view, plan);
      if (rehearsal || problems.length > 0) throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  return problems;
}

/**
 * Aliases, routes and instructions may lead to each other, so all are written before any is judged: a second time through
 * the door that judges, which finds them written.
 */
function change(directory: Directory, view: DirectoryView, plan: HubPlan): Problem[] {
  const aliases = plan.changes.flatMap(({ change }): NewAlias[] => (change.kind === "alias" ? [change] : []));
  const written = plan.changes.map((one) => ({ one, problems: refusalOf(one, () => write(directory, one)) }));
  const sound = written.flatMap(({ one, problems }) => (problems.length === 0 ? [one] : []));
  return [
    ...written.flatMap(({ problems }) => problems),
    ...refusedAliases(directory, view, plan, aliases),
    ...sound.flatMap((one) => refusalOf(one, () => judge(directory, view, one))),
  ];
}

function refusalOf({ at }: PlannedChange<Change>, work: () => void): Problem[] {
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
function write(directory: Directory, { change }: PlannedChange<Change>): void {
  const { domains, offices, people } = directory;
  switch (change.kind) {
    case "domain":
      if (domains.get(change.name) === undefined) domains.add(change.name, { ownPeople: change.ownPeople === true });
      break;
    case "office":
      offices.add({ name: change.name, host: change.host, key: newKey() });
      offices.set(change.name, { prefix: change.prefix });
      break;
    case "person":
      if (people.get(change.name)?.office !== change.office) people.add(change);
      break;
    case "route":
      if (!isThere(directory, change)) directory.routes.set(change.pattern, change.destination, change.accept);
      break;
    case "instructions":
      directory.instructions.set(change.person, change.extension, change.text);
      break;
    case "alias":
      // Saved and judged together.
      break;
    default:
      change satisfies never;
  }
}

function judge(directory: Directory, view: DirectoryView, { change }: PlannedChange<Change>): void {
  if (change.kind === "route") judgeRoute(view, change);
  if (change.kind === "instructions") saveInstructions(directory, view, change.person, change.extension, change.text);
}

/** What the administrator has added to a route since (a login, a list of names) stays. */
function isThere({ routes }: Directory, { pattern, destination, accept }: Change & { kind: "route" }): boolean {
  const there = routes.get(pattern);
  return there?.destination === destination && there.accept === accept;
}

function refusedAliases(
  directory: Directory,
  view: DirectoryView,
  plan: HubPlan,
  aliases: readonly NewAlias[],
): Problem[] {
  try {
    // Nothing of qmail's says who may write to a list: that stays, and who approves the rest.
    const kept = aliases.map((alias) => {
      const { post, moderate, owner } = directory.aliases.asList(alias.name) ?? {};
      const moderated = moderate ? { moderate, ...(owner === undefined ? {} : { owner }) } : {};
      return { ...moderated, ...alias, ...(post === undefined ? {} : { post }) };
    });
    saveAliases(directory, view, kept);
    return [];
  } catch (error) {
    if (!(error instanceof AliasesRefused)) throw error;
    return error.problems.map((problem) => withPlace(plan, problem));
  }
}

function withPlace(plan: HubPlan, { name, text }: AliasProblem): Problem {
  const found = plan.changes.find(({ change }) => change.kind === "alias" && addressKey(change.name) === name);
  return bad(found?.at ?? { file: "", line: 0, text: name }, text, CURE);
}
