import { joinAddress } from "#shared/mail/address.js";
import { knownName } from "./known-name.ts";
import { CIRCLE, meantBy } from "./office-alias.ts";
import { personHere } from "./person-here.ts";
import { routeAtSpoke, type SpokeView } from "./routing.ts";

const HERE = { relay: true };

/**
 * What is wrong with an alias of this office as the directory now stands (pure; ask after writing it, before committing): a way
 * back to itself, or a target that nobody has. What headquarters alone can know is not asked: without its list of names any
 * address of the organisation may exist.
 */
export function aliasProblem(view: SpokeView, name: string): string | undefined {
  const { targets = [], owner } = view.alias(name) ?? {};
  const whole = routeAtSpoke(view, joinAddress(name, view.host), HERE);
  const circle = whole.steps.find(({ rule }) => rule === CIRCLE);
  if (circle !== undefined) return `it would lead back to itself, by way of the alias ${circle.record}`;
  for (const [what, target] of [
    ...targets.map((one) => ["target", one]),
    ...(owner === undefined ? [] : [["owner", owner]]),
  ]) {
    const { destinations, text, problems } = routeAtSpoke(view, meantBy(view, target ?? ""), HERE);
    const bad = destinations.length === 0 ? text : problems?.[0]?.text;
    if (bad !== undefined) return `the ${what} ${target} leads nowhere: ${bad}`;
  }
  return whole.outcome === "deferred" ? whole.text : undefined;
}

/** Who comes first where the alias's name is written; undefined: the alias is asked. */
export function hiddenFrom(view: SpokeView, name: string): string | undefined {
  const person = personHere(view, name);
  if (person !== undefined) return `it is never asked: the person ${person.name} comes first`;
  const names = view.names();
  const domains =
    names === undefined ? [] : view.domains.filter((domain) => knownName(names, name, domain) !== undefined);
  if (domains.length === 0) return undefined;
  const theirs = domains.map((domain) => joinAddress(name, domain)).join(", ");
  return `the organisation has the name too: ${theirs} goes to headquarters, only ${joinAddress(name, view.host)} is this alias`;
}
