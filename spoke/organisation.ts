/** Addresses of the organisation, and of domains with people of their own, as an office sees them (pure). */
import { addressKey, joinAddress } from "#shared/mail/address.js";
import { type Decision, isPlain, refuse, type Step, step, toHub, toMailbox, type Walk } from "./decisions.ts";
import { followInstructions } from "./follow-instructions.ts";
import { type HeldNames, hasOwnPeople, knownName, listInWords, ownerInWords, unknownInWords } from "./known-name.ts";
import { hiddenAlias, type RoutedAlias, toAlias } from "./office-alias.ts";
import { type PersonHere, personHere } from "./person-here.ts";
import { MACHINE_ROLES, ROLES, toPostmaster } from "./roles.ts";
import type { Client, SpokeView } from "./routing.ts";
import { sendOn } from "./send-on.ts";
import { extensionStep, routePerson } from "./to-person.ts";

export function routeOrganisation(
  view: SpokeView,
  local: string,
  domain: string,
  client: Client,
  walk: Walk,
): Decision {
  const name = addressKey(local);
  const own = step("domain", domain, "The domain is the organisation's own");
  if (client.hub === true) return organisationFromHub(view, local, name, own);
  const alias = view.alias(name);
  if (MACHINE_ROLES.has(name)) return toPostmaster(view, [own, ...hiddenAlias(walk, name, alias, "the role")], name);
  // Headquarters answers for the organisation's own postmaster.
  const person = ROLES.has(name) || !isPlain(name) ? undefined : personHere(view, name);
  if (person === undefined) return organisationFromHere(view, local, domain, alias, [own], walk);
  const before = [own, ...hiddenAlias(walk, name, alias, `the person ${person.name}`)];
  return routeColleague(view, person, name, joinAddress(local, domain), before, walk);
}

/** A domain with people of its own: who is here has her mailbox here, the others are the hub's. undefined: not known as one. */
export function routeOwnPeople(
  view: SpokeView,
  local: string,
  domain: string,
  client: Client,
  walk: Walk,
): Decision | undefined {
  const name = addressKey(local);
  const address = `${name}@${domain}`;
  const own = step("own-people", domain, "A domain with people of its own");
  // Headquarters writes the address as it lists it.
  const isAsked = client.hub === true ? view.person(address) !== undefined : !ROLES.has(name);
  const person = isAsked ? personHere(view, address) : undefined;
  if (person !== undefined && client.hub !== true) return routeColleague(view, person, address, address, [own], walk);
  if (person !== undefined) return routePerson(view, person, address, [own]);
  if (view.movedAway(address)) return sendOn(view, address, address, [own]);
  const names = view.names();
  if (names === undefined || !hasOwnPeople(names, domain)) return undefined;
  if (client.hub !== true) return organisationFromHere(view, local, domain, undefined, [own], walk);
  return refuse([own], "5.1.1", `Nobody here has the address "${address}"`, { rule: "person", record: address });
}

/**
 * An address that nobody has is refused here and now; without the list it would bounce a day later. An alias of this
 * office never takes what may be a name of the organisation, which must mean the same everywhere.
 */
function organisationFromHere(
  view: SpokeView,
  local: string,
  domain: string,
  alias: RoutedAlias | undefined,
  own: readonly Step[],
  walk: Walk,
): Decision {
  const name = addressKey(local);
  const last = step("outbound", "hub", "Nobody of that name is here: the hub knows where");
  const isRole = ROLES.has(name);
  const names = isRole ? undefined : view.names();
  if (names === undefined) {
    const first = isRole ? "headquarters, which answers it," : "headquarters, which may have the name,";
    const before = [...own, ...(isRole ? [] : noList(walk)), ...hiddenAlias(walk, name, alias, first)];
    return toHub(before, local, domain, last);
  }
  const known = knownName(names, name, domain);
  const asked = askedStep(names, name, known);
  if (known !== undefined)
    return toHub([...own, asked, ...hiddenAlias(walk, name, alias, "the organisation's name")], local, domain, last);
  if (alias !== undefined) return toAlias(view, name, alias, [...own, asked], walk);
  const refused = refuse(own, "5.1.1", unknownInWords(names, joinAddress(local, domain)), asked);
  return { ...refused, steps: [...own, asked] };
}

function askedStep(names: HeldNames, name: string, known: ReturnType<typeof knownName>): Step {
  const says = known === undefined ? "does not have it" : `has ${ownerInWords(known)}`;
  return step("names", name, `Headquarters' list (${listInWords(names)}) ${says}`);
}

/** For people who wonder why a typing error is not refused. */
function noList({ hidden: told }: Walk): Step[] {
  return told ? [step("names", "none", "This office holds no list of the organisation's names")] : [];
}

function organisationFromHub(view: SpokeView, local: string, name: string, own: Step): Decision {
  const isHere = isPlain(name) && !ROLES.has(name) && view.person(name) !== undefined;
  const person = isHere ? personHere(view, name) : undefined;
  if (person !== undefined) return routePerson(view, person, name, [own]);
  if (ROLES.has(name)) return toPostmaster(view, [own], name);
  const text = `Nobody here has the name "${local}"`;
  return refuse([own, step("link", "hub", "It came from the hub and may not go back")], "5.1.1", text, {
    rule: "person",
    record: name,
  });
}

/** Mail that was written here: headquarters does not see it, so what she wants done with it is done here. */
function routeColleague(
  view: SpokeView,
  person: PersonHere,
  name: string,
  address: string,
  before: readonly Step[],
  walk: Walk,
): Decision {
  const { instructions } = person;
  if (person.suspended || instructions === undefined) return routePerson(view, person, name, before);
  return followInstructions(person.name, instructions, address, [...before, ...extensionStep(person, name)], {
    circles: walk.circles,
    mailbox: (steps) => toMailbox(view, person.name, [...steps, step("person", person.name, "The mailbox is here")]),
    route: walk.follow,
  });
}
