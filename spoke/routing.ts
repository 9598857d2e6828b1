/**
 * Where a recipient goes from this office (pure). `name@office` is final here; the organisation's other
 * addresses go to the hub unless the person is here; nothing that the hub sent goes back to it.
 */
import {
  addressKey,
  addressProblem,
  canonicalDomain,
  isDomain,
  joinAddress,
  splitAddress,
} from "#shared/mail/address.js";
import { Circles } from "#shared/mail/circles.js";
import { isPlain, refuse, step, toHub, toMailbox } from "./decisions.ts";
import { followInstructions, givesSomething } from "./follow-instructions.ts";
import { type HeldNames, hasOwnPeople, knownName, listInWords, ownerInWords, unknownInWords } from "./known-name.ts";
import { personHere } from "./person-here.ts";

/** What a decision needs to know of this office. Domains and hosts in lower case. */
export interface SpokeView {
  /** The office's host: `name@host` is final here. */
  readonly host: string;
  /** The machine's own name, which its cron and its daemons write. */
  readonly machine: string;
  /** The organisation's domains; they are synonyms. */
  readonly domains: readonly string[];
  /** By local part, or by the address in a domain with people of its own. */
  person(name: string): { readonly suspended: boolean } | undefined;
  /** She was here until lately, and headquarters knows where her mail goes. */
  movedAway(name: string): boolean;
  /** What a person here wants done with mail for her name (record "") or for an extension. */
  instructions(person: string, record: string): string | undefined;
  /** The names that exist in the organisation, where this office holds the list. */
  names(): HeldNames | undefined;
}

/** Who hands the message over. */
export interface Client {
  /** May send anywhere. */
  readonly relay: boolean;
  /** It is the hub, over the authenticated link. */
  readonly hub?: boolean;
}

export interface Destination {
  readonly kind: "mailbox" | "outbound";
  /** Name of the mailbox, or `outbound`, the queue for the hub. */
  readonly name: string;
  readonly recipient: string;
}

/** One rule that was met on the way, for `explain`. */
export interface Step {
  readonly rule: string;
  readonly record: string;
  readonly says: string;
}

export interface Decision {
  /** `several`: more than one place, or some places and some problems. */
  readonly outcome: "mailbox" | "outbound" | "several" | "refused";
  /** Enhanced status code (RFC 3463) and one line for people; only when refused. */
  readonly status?: string;
  readonly text?: string;
  readonly destinations: readonly Destination[];
  /** Addresses of instructions that lead nowhere while something else does. */
  readonly problems?: readonly { readonly recipient: string; readonly status: string; readonly text: string }[];
  /** Instructions were followed: the address, which the copies carry against loops. */
  readonly expanded?: string;
  /** It is sent on as a message of its own: it may go back where it came from. */
  readonly renewed?: true;
  /** Nothing by itself: instructions that are being followed, or were, answer for it. */
  readonly backTo?: number;
  readonly steps: readonly Step[];
}

/** The mailbox that gets the mail of all roles. It exists from `join` on. */
export const POSTMASTER = "postmaster";

/** RFC 2142 §5 and the senders of a machine's own mail. */
const ROLES = new Set([POSTMASTER, "abuse", "root", "mailer-daemon"]);

/** Mail to these, written by the machine's cron or as answers to bounces, never pays for the link. */
const MACHINE_ROLES = new Set(["root", "mailer-daemon"]);

const LOOPBACK_NAMES = new Set(["localhost", "localhost.localdomain"]);

export function routeAtSpoke(view: SpokeView, address: string, client: Client): Decision {
  return routeOn(view, address, client, new Circles(givesSomething));
}

function routeOn(view: SpokeView, address: string, client: Client, circles: Circles<Decision>): Decision {
  const { local, domain } = splitAddress(address);
  const problem = syntaxProblem(address, local, domain);
  if (problem !== undefined) return refuse([], "5.1.3", problem, { rule: "syntax", record: address });
  if (isHere(view, domain)) return routeHere(view, local, domain);
  if (isOwnDomain(view, domain)) return routeOrganisation(view, local, domain, client, circles);
  return routeOwnPeople(view, local, domain, client, circles) ?? routeElsewhere(local, domain, client);
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
function routeHere(view: SpokeView, local: string, domain: string): Decision {
  const name = addressKey(local);
  const here = step("office", domain === "" ? view.host : domain, "This office is final for the address");
  // RFC 5321 §4.5.1: postmaster is always accepted, suspended or not.
  if (name === POSTMASTER) return toPostmaster(view, [here], name);
  const known = isPlain(name) ? routePerson(view, name, [here]) : undefined;
  if (known !== undefined) return known;
  if (view.movedAway(name)) return sendOn(view, name, joinAddress(local, view.host), [here]);
  if (ROLES.has(name)) return toPostmaster(view, [here], name);
  return refuse([here], "5.1.1", `Nobody here has the name "${local}"`, { rule: "person", record: name });
}

function routeOrganisation(
  view: SpokeView,
  local: string,
  domain: string,
  client: Client,
  circles: Circles<Decision>,
): Decision {
  const name = addressKey(local);
  const own = step("domain", domain, "The domain is the organisation's own");
  // Headquarters answers for the organisation's own postmaster, unless it sends the mail here itself.
  const known =
    ROLES.has(name) || !isPlain(name)
      ? undefined
      : client.hub === true
        ? routePerson(view, name, [own])
        : routeColleague(view, name, joinAddress(local, domain), [own], circles);
  if (known !== undefined) return known;
  if (client.hub === true) return organisationFromHub(view, local, name, own);
  if (MACHINE_ROLES.has(name)) return toPostmaster(view, [own], name);
  return organisationFromHere(view, local, domain, [own]);
}

/** A domain with people of its own: who is here has her mailbox here, the others are the hub's. undefined: not known as one. */
function routeOwnPeople(
  view: SpokeView,
  local: string,
  domain: string,
  client: Client,
  circles: Circles<Decision>,
): Decision | undefined {
  const address = `${addressKey(local)}@${domain}`;
  const own = step("own-people", domain, "A domain with people of its own");
  const name = addressKey(local);
  const known =
    client.hub === true
      ? routePerson(view, address, [own])
      : ROLES.has(name)
        ? undefined
        : routeColleague(view, address, address, [own], circles);
  const names = view.names();
  if (known !== undefined || names === undefined || !hasOwnPeople(names, domain)) return known;
  if (client.hub !== true) return organisationFromHere(view, local, domain, [own]);
  return refuse([own], "5.1.1", `Nobody here has the address "${address}"`, { rule: "person", record: address });
}

/** An address that nobody has is refused here and now; without the list it would bounce a day later. */
function organisationFromHere(view: SpokeView, local: string, domain: string, before: readonly Step[]): Decision {
  const name = addressKey(local);
  const last = step("outbound", "hub", "Nobody of that name is here: the hub knows where");
  const names = ROLES.has(name) ? undefined : view.names();
  if (names === undefined) return toHub(before, local, domain, last);
  const list = `Headquarters' list (${listInWords(names)})`;
  const known = knownName(names, name, domain);
  if (known !== undefined)
    return toHub([...before, step("names", name, `${list} has ${ownerInWords(known)}`)], local, domain, last);
  const refused = refuse(before, "5.1.1", unknownInWords(names, joinAddress(local, domain)), {
    rule: "names",
    record: name,
  });
  return { ...refused, steps: [...before, step("names", name, `${list} does not have it`)] };
}

function organisationFromHub(view: SpokeView, local: string, name: string, own: Step): Decision {
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

function routePerson(view: SpokeView, name: string, before: readonly Step[]): Decision | undefined {
  const person = view.person(name);
  if (person === undefined) return undefined;
  if (person.suspended) {
    return refuse(before, "5.2.1", `The mailbox of "${name}" is suspended`, { rule: "person", record: name });
  }
  return toMailbox(view, name, [...before, step("person", name, "The mailbox is here")]);
}

/** Mail that was written here: headquarters does not see it, so what she wants done with it is done here. */
function routeColleague(
  view: SpokeView,
  name: string,
  address: string,
  before: readonly Step[],
  circles: Circles<Decision>,
): Decision | undefined {
  const person = personHere(view, name);
  const wishes = person?.instructions;
  if (person === undefined || person.suspended || wishes === undefined)
    return person && routePerson(view, person.name, before);
  return followInstructions(person.name, wishes, address, before, {
    circles,
    mailbox: (steps) => toMailbox(view, person.name, [...steps, step("person", person.name, "The mailbox is here")]),
    route: (to) => routeOn(view, fullAddress(view, to), { relay: true }, circles),
  });
}

/** A bare name is one of the organisation's, as at headquarters. */
function fullAddress(view: SpokeView, address: string): string {
  return address.includes("@") ? address : joinAddress(address, view.domains[0] ?? view.host);
}

/** Stale copies of her address here: one forward, which is marked, so that it does not come round (decisions: finality). */
function sendOn(view: SpokeView, name: string, address: string, before: readonly Step[]): Decision {
  const last = step("moved", name, "Was here until lately: the hub knows where she is now");
  const { local, domain } = splitAddress(fullAddress(view, name));
  return { ...toHub(before, local, domain, last), expanded: address, renewed: true };
}

function toPostmaster(view: SpokeView, before: readonly Step[], role: string): Decision {
  return toMailbox(view, POSTMASTER, [...before, step("role", role, "The office's postmaster reads it")]);
}
