/**
 * Where a recipient goes from this office (pure). `name@office` is final here; the organisation's other
 * addresses go to the hub unless the person is here; nothing that the hub sent goes back to it, but to the members elsewhere
 * of an alias of this office, and what is sent on to who has moved, once. ROUTING.md has the order.
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
import { type Decision, givesSomething, hidden, isPlain, refuse, step, toHub, type Walk } from "./decisions.ts";
import type { HeldNames } from "./known-name.ts";
import { hiddenAlias, type RoutedAlias, toAlias } from "./office-alias.ts";
import { routeOrganisation, routeOwnPeople } from "./organisation.ts";
import { personHere } from "./person-here.ts";
import { POSTMASTER, ROLES, toPostmaster } from "./roles.ts";
import { fullAddress, sendOn } from "./send-on.ts";
import { routePerson } from "./to-person.ts";

/** What a decision needs to know of this office. Domains and hosts in lower case. */
export interface SpokeView {
  /** The office's host: `name@host` is final here. */
  readonly host: string;
  /** The machine's own name, which its cron and its daemons write. */
  readonly machine: string;
  /** The organisation's domains; they are synonyms. */
  readonly domains: readonly string[];
  person(name: string): { readonly suspended: boolean } | undefined;
  /** She was here until lately, and headquarters knows where her mail goes. */
  movedAway(name: string): boolean;
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

const LOOPBACK_NAMES = new Set(["localhost", "localhost.localdomain"]);

export function routeAtSpoke(view: SpokeView, address: string, client: Client): Decision {
  return routeOn(view, address, client, walkOf(view, false));
}

/** The same, and its steps also name the records that would have decided had another not come first. */
export function explainAtSpoke(view: SpokeView, address: string, client: Client): Decision {
  return routeOn(view, address, client, walkOf(view, true));
}

function walkOf(view: SpokeView, hidden: boolean): Walk {
  const walk: Walk = {
    circles: new Circles(givesSomething),
    // What a record here names is the administrator's word, or a colleague's: it may be anywhere.
    follow: (address) => routeOn(view, fullAddress(view, address), { relay: true }, walk),
    hidden,
    depth: 0,
    targets: 0,
  };
  return walk;
}

function routeOn(view: SpokeView, address: string, client: Client, walk: Walk): Decision {
  const { local, domain } = splitAddress(address);
  const problem = syntaxProblem(address, local, domain);
  if (problem !== undefined) return refuse([], "5.1.3", problem, { rule: "syntax", record: address });
  if (isNodeLocal(addressKey(local)))
    return refuse([], "5.1.1", `"${local}" is how nodes speak to each other`, { rule: "node", record: local });
  if (isHere(view, domain)) return routeHere(view, local, domain, walk);
  if (isOwnDomain(view, domain)) return routeOrganisation(view, local, domain, client, walk);
  return routeOwnPeople(view, local, domain, client, walk) ?? routeElsewhere(local, domain, client);
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
  const person = isPlain(name) ? personHere(view, name) : undefined;
  const alias = view.alias(name);
  const isRole = ROLES.has(name);
  if (person !== undefined)
    return routePerson(view, person, name, [here, ...hiddenAlias(walk, name, alias, `the person ${person.name}`)]);
  if (isPlain(name) && view.movedAway(name))
    return sendOn(view, name, joinAddress(local, view.host), [
      here,
      ...hiddenAlias(walk, name, alias, "somebody who has moved"),
    ]);
  if (alias !== undefined)
    return toAlias(view, name, alias, [here, ...(isRole ? hidden(walk, name, "the role", "the alias") : [])], walk);
  if (isRole) return toPostmaster(view, [here], name);
  return refuse([here], "5.1.1", `Nobody here has the name "${local}"`, { rule: "person", record: name });
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
