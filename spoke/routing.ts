/**
 * Where a recipient goes from this office (pure). `name@office` is final here; the organisation's other
 * addresses go to the hub unless the person is here; nothing that the hub sent goes back to it, but to the members elsewhere
 * of an alias of this office, once. ROUTING.md has the order.
 */
import { isNodeLocal } from "#shared/link/node-address.js";
import {
  addressKey,
  addressProblem,
  canonicalDomain,
  isDomain,
  joinAddress,
  splitAddress,
} from "#shared/mail/address.js";
import { Circles } from "#shared/mail/circles.js";
import {
  type Decision,
  givesSomething,
  hidden,
  refuse,
  type Step,
  step,
  toHub,
  toMailbox,
  type Walk,
} from "./decisions.ts";
import { followInstructions } from "./follow-instructions.ts";
import { type HeldNames, knownName, listInWords, ownerInWords, unknownInWords } from "./known-name.ts";
import { hiddenAlias, type RoutedAlias, toAlias } from "./office-alias.ts";
import { type PersonHere, personHere } from "./person-here.ts";
import { extensionStep, routePerson } from "./to-person.ts";

/** What a decision needs to know of this office. Domains and hosts in lower case. */
export interface SpokeView {
  /** The office's host: `name@host` is final here. */
  readonly host: string;
  /** The machine's own name, which its cron and its daemons write. */
  readonly machine: string;
  /** The organisation's domains; they are synonyms. */
  readonly domains: readonly string[];
  person(name: string): { readonly suspended: boolean } | undefined;
  /** What a person here wants done with mail for her name (record "") or for an extension. */
  instructions(person: string, record: string): string | undefined;
  /** The names that exist in the organisation, where this office holds the list. */
  names(): HeldNames | undefined;
  /** An alias of this office; `name` is lower case and NFC. */
  alias(name: string): RoutedAlias | undefined;
}

/** Who hands the message over. */
export interface Client {
  /** May send anywhere. */
  readonly relay: boolean;
  /** It is the hub, over the authenticated link. */
  readonly hub?: boolean;
}

/** The mailbox that gets the mail of all roles. It exists from `join` on. */
export const POSTMASTER = "postmaster";

/** RFC 2142 §5 and the senders of a machine's own mail. */
const ROLES = new Set([POSTMASTER, "abuse", "root", "mailer-daemon"]);

/** Mail to these, written by the machine's cron or as answers to bounces, never pays for the link. */
const MACHINE_ROLES = new Set(["root", "mailer-daemon"]);

const LOOPBACK_NAMES = new Set(["localhost", "localhost.localdomain"]);

export function routeAtSpoke(view: SpokeView, address: string, client: Client): Decision {
  return routeOn(view, address, client, walkFrom(false));
}

/** The same, and its steps also name the records that would have decided had another not come first. */
export function explainAtSpoke(view: SpokeView, address: string, client: Client): Decision {
  return routeOn(view, address, client, walkFrom(true));
}

function walkFrom(hidden: boolean): Walk {
  return { circles: new Circles(givesSomething), hidden, depth: 0, targets: 0 };
}

function routeOn(view: SpokeView, address: string, client: Client, walk: Walk): Decision {
  const { local, domain } = splitAddress(address);
  const problem = syntaxProblem(address, local, domain);
  if (problem !== undefined) return refuse([], "5.1.3", problem, { rule: "syntax", record: address });
  if (isNodeLocal(addressKey(local)))
    return refuse([], "5.1.1", `"${local}" is how nodes speak to each other`, { rule: "node", record: local });
  if (isHere(view, domain)) return routeHere(view, local, domain, walk);
  if (isOwnDomain(view, domain)) return routeOrganisation(view, local, domain, client, walk);
  return routeElsewhere(local, domain, client);
}

/** Inside: the organisation's domains and the hosts of its offices and hub below them. */
export function isInside(view: Pick<SpokeView, "domains">, domain: string): boolean {
  return view.domains.some((own) => domain === own || domain.endsWith(`.${own}`));
}

function syntaxProblem(address: string, local: string, domain: string): string | undefined {
  if (local === "") return "The address has no local part";
  if (address.includes("@") && !isDomain(domain)) return `"${domain}" is no domain`;
  // RFC 5321 §4.1.1.3 lets us refuse source routes; the part before the last @ is never looked into otherwise.
  if (/^@[^:]*:/.test(local)) return "Source routes are not followed";
  const problem = addressProblem(address);
  return problem === undefined ? undefined : `Bad address: ${problem}`;
}

function isHere(view: SpokeView, domain: string): boolean {
  if (domain === "" || domain === canonicalDomain(view.host) || LOOPBACK_NAMES.has(domain)) return true;
  return domain === canonicalDomain(view.machine) && !isOwnDomain(view, domain);
}

function isOwnDomain(view: SpokeView, domain: string): boolean {
  return view.domains.includes(domain);
}

/** The local part is taken literally: `user%elsewhere@here` is nobody here, not a way through. */
function routeHere(view: SpokeView, local: string, domain: string, walk: Walk): Decision {
  const name = addressKey(local);
  const here = step("office", domain === "" ? view.host : domain, "This office is final for the address");
  // RFC 5321 §4.5.1: postmaster is always accepted, suspended or not.
  if (name === POSTMASTER) return toPostmaster(view, [here], name);
  const person = personHere(view, name);
  const alias = view.alias(name);
  const isRole = ROLES.has(name);
  if (person !== undefined)
    return routePerson(view, person, name, [here, ...hiddenAlias(walk, name, alias, `the person ${person.name}`)]);
  if (alias !== undefined)
    return routeAlias(view, name, alias, [here, ...(isRole ? hidden(walk, name, "the role", "the alias") : [])], walk);
  if (isRole) return toPostmaster(view, [here], name);
  return refuse([here], "5.1.1", `Nobody here has the name "${local}"`, { rule: "person", record: name });
}

function routeOrganisation(view: SpokeView, local: string, domain: string, client: Client, walk: Walk): Decision {
  const name = addressKey(local);
  const own = step("domain", domain, "The domain is the organisation's own");
  if (client.hub === true) return organisationFromHub(view, local, name, own);
  const alias = view.alias(name);
  if (MACHINE_ROLES.has(name)) return toPostmaster(view, [own, ...hiddenAlias(walk, name, alias, "the role")], name);
  // Headquarters answers for the organisation's own postmaster.
  const person = ROLES.has(name) ? undefined : personHere(view, name);
  if (person === undefined) return organisationFromHere(view, local, domain, alias, [own], walk);
  const before = [own, ...hiddenAlias(walk, name, alias, `the person ${person.name}`)];
  return routeColleague(view, person, name, joinAddress(local, domain), before, walk);
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
  const names = ROLES.has(name) ? undefined : view.names();
  if (names === undefined) {
    const isRole = ROLES.has(name);
    const first = isRole ? "headquarters, which answers it," : "headquarters, which may have the name,";
    const before = [...own, ...(isRole ? [] : noList(walk)), ...hiddenAlias(walk, name, alias, first)];
    return toHub(before, local, domain, last);
  }
  const list = `Headquarters' list (${listInWords(names)})`;
  const known = knownName(names, name, domain);
  const asked = step(
    "names",
    name,
    known === undefined ? `${list} does not have it` : `${list} has ${ownerInWords(known)}`,
  );
  if (known !== undefined)
    return toHub([...own, asked, ...hiddenAlias(walk, name, alias, "the organisation's name")], local, domain, last);
  if (alias !== undefined) return routeAlias(view, name, alias, [...own, asked], walk);
  const refused = refuse(own, "5.1.1", unknownInWords(names, joinAddress(local, domain)), asked);
  return { ...refused, steps: [...own, asked] };
}

function organisationFromHub(view: SpokeView, local: string, name: string, own: Step): Decision {
  const person = ROLES.has(name) || view.person(name) === undefined ? undefined : personHere(view, name);
  if (person !== undefined) return routePerson(view, person, name, [own]);
  if (ROLES.has(name)) return toPostmaster(view, [own], name);
  const text = `Nobody here has the name "${local}"`;
  return refuse([own, step("link", "hub", "It came from the hub and may not go back")], "5.1.1", text, {
    rule: "person",
    record: name,
  });
}

function routeElsewhere(local: string, domain: string, client: Client): Decision {
  if (client.hub === true) {
    return refuse([], "5.7.1", `"${domain}" is not served here`, { rule: "link", record: "hub" });
  }
  if (!client.relay) {
    return refuse([], "5.7.1", `This client may not send to "${domain}"`, { rule: "relay", record: "no" });
  }
  return toHub([], local, domain, step("outbound", "hub", "Not ours: the hub carries it on"));
}

/** For people who wonder why a typing error is not refused. */
function noList({ hidden: told }: Walk): Step[] {
  return told ? [step("names", "none", "This office holds no list of the organisation's names")] : [];
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
    route: (to) => routeOn(view, fullAddress(view, to), { relay: true }, walk),
  });
}

/** What its targets are is the administrator's word: they may be anywhere, whoever writes to the alias. */
function routeAlias(view: SpokeView, name: string, alias: RoutedAlias, before: readonly Step[], walk: Walk): Decision {
  return toAlias(view, name, alias, before, walk, (to) => routeOn(view, to, { relay: true }, walk));
}

/** A bare name is one of the organisation's, as at headquarters. */
function fullAddress(view: SpokeView, address: string): string {
  return address.includes("@") ? address : joinAddress(address, view.domains[0] ?? view.host);
}

function toPostmaster(view: SpokeView, before: readonly Step[], role: string): Decision {
  return toMailbox(view, POSTMASTER, [...before, step("role", role, "The office's postmaster reads it")]);
}
