import { addressKey, splitAddress } from "#shared/mail/address.js";
import { chooseAtHome } from "./home-choice.ts";
import { includedAddresses, includeProblems } from "./include-check.ts";
import { isInclude, targetsOf } from "./include-target.ts";
import { homeDomain, type Place, placeOf } from "./places.ts";
import { routeRecipient } from "./route.ts";
import type { DirectoryView } from "./view.ts";

/**
 * What is wrong with an alias as the directory now stands (ask after writing it, before committing):
 * a target here that nobody has, or a way back to itself. The router would survive both; the writers of
 * mail should not have to find out.
 */
export function aliasProblem(view: DirectoryView, name: string): string | undefined {
  const host = splitAddress(name).domain;
  if (host !== "" && !HOMES.includes(placeOf(view, host).kind))
    return `${host} is not one of the organisation's domains`;
  const all = view.alias(name) ?? [];
  const including = all.some(isInclude);
  const [unusable] = including ? includeProblems(view, name) : [];
  if (unusable !== undefined) return `an include cannot be used: ${unusable}`;
  const addresses = all.filter((target) => !target.startsWith("|") && !isInclude(target));
  const targets = [
    ...addresses.map((target) => ({ target, shown: target })),
    ...(including ? includedAddresses(view, name) : []).map(({ target, at }) => ({
      target,
      shown: `${target} (${at})`,
    })),
  ];
  const decided = targets.map((one) => ({ ...one, decision: routeRecipient(view, one.target, { relay: true }) }));
  // Without another alias on the way there is no way back.
  const nested = decided.some(({ decision }) => decision.steps.some(({ rule }) => rule === "alias"));
  const cycle = nested ? cycleFrom(view, name) : undefined;
  if (cycle !== undefined) return `it would lead back to itself: ${cycle.join(" → ")}`;
  for (const { shown, decision } of decided) {
    const bad = decision.destinations.length === 0 ? decision.text : decision.problems[0]?.text;
    if (bad !== undefined) return `the target ${shown} leads nowhere: ${bad}`;
  }
  return undefined;
}

/** Where aliases are asked. */
const HOMES: readonly Place["kind"][] = ["own", "virtual"];

/** The aliases on the way from `name` back to it, itself first and last. */
function cycleFrom(view: DirectoryView, name: string): string[] | undefined {
  const seen = new Set<string>();
  // A stack of our own: a chain of aliases may be longer than the call stack is deep.
  const waiting: string[][] = [[name]];
  for (let way = waiting.pop(); way !== undefined; way = waiting.pop()) {
    for (const target of targetsOf(view, way.at(-1) ?? name)) {
      if (target.startsWith("|")) continue;
      const next = isInclude(target) ? target : aliasKey(view, target);
      if (next === name) return [...way, name];
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      waiting.push([...way, next]);
    }
  }
  return undefined;
}

/** The alias that a target means, if it means one: the same choice as the router's. */
function aliasKey(view: DirectoryView, target: string): string | undefined {
  const { local, domain } = splitAddress(target);
  const place = placeOf(view, domain);
  if (!HOMES.includes(place.kind)) return undefined;
  const own = { name: addressKey(local), local, domain: homeDomain(view, place, domain) };
  const choice = chooseAtHome(view, own);
  return choice?.kind === "alias" ? choice.key : undefined;
}
