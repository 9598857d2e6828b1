import { addressKey, addressProblem, isDomain, splitAddress } from "#shared/mail/address.js";
import { Circles } from "#shared/mail/circles.js";
import { type Decision, decide, deferred, type Found, refused, to } from "./decision.ts";
import { atHome } from "./home.ts";
import { homeDomain, isPlain, isStock, placeOf } from "./places.ts";
import { extensionOf, fillTemplate, type TemplateParts } from "./recipient-template.ts";
import { ROLES } from "./roles.ts";
import { type FoundRoute, findRoute, parseDestination } from "./route-table.ts";
import { toPerson } from "./to-person.ts";
import { toProgram } from "./to-program.ts";
import { unlisted } from "./unlisted.ts";
import type { DirectoryView, RoutedOffice } from "./view.ts";
import { MAX_DEPTH, note, type Walk } from "./walk.ts";

/** Who hands the message over, as far as routing cares. */
export interface RoutingClient {
  /** May send anywhere. */
  readonly relay: boolean;
  /** Counts as that office, which may send anywhere. */
  readonly office?: string;
  /** Envelope sender, for lists that not everybody may write to. */
  readonly sender?: string;
  /** It was accepted before, and what is left of a list is being tried again. */
  readonly sorted?: true;
}

/**
 * Where a recipient goes, and why. Pure: the same view gives the same decision. Every recipient, and every
 * target of an alias, ends in a destination or a problem: nothing vanishes. Local parts are literal (`%`, `!`
 * and quotes mean nothing) and blind to case.
 */
export function routeRecipient(view: DirectoryView, address: string, client: RoutingClient): Decision {
  return routed(view, address, client, false);
}

/** The same, and its steps also name the records that would have decided had another not come first. */
export function explainRecipient(view: DirectoryView, address: string, client: RoutingClient): Decision {
  return routed(view, address, client, true);
}

function routed(view: DirectoryView, address: string, client: RoutingClient, hidden: boolean): Decision {
  const problem = address === "" ? "the address is empty" : addressProblem(address);
  if (problem !== undefined) return decide(refused(address, "5.1.3", problem), []);
  const walk: Walk = {
    view,
    relay: client.relay || client.office !== undefined,
    circles: new Circles(({ destinations, problems }) => destinations.length + problems.length > 0),
    sender: client.sender,
    sorted: client.sorted === true,
    steps: [],
    hidden,
    follow,
    followRoute,
    targets: 0,
  };
  return decide(follow(walk, address, 0), walk.steps);
}

function follow(walk: Walk, address: string, depth: number): Found {
  const { local, domain } = splitAddress(address);
  // RFC 5321 §4.1.1.3 lets us ignore a source route; refusing it never routes by a stranger's wish.
  if (local === "" || local.startsWith("@")) return refused(address, "5.1.3", `bad address: ${address}`);
  const place = placeOf(walk.view, domain);
  if (place.kind === "elsewhere") return elsewhere(walk, local, domain, depth);
  if (place.kind === "office") return atOffice(walk, place.office, local, depth);
  note(walk, place.rule, domain || local, place.says);
  return atHome(walk, { name: addressKey(local), local, domain: homeDomain(walk.view, place, domain) }, depth);
}

/** `name@office.host` is final there: its people and role addresses, nobody else. */
function atOffice(walk: Walk, office: RoutedOffice, local: string, depth: number): Found {
  const { view } = walk;
  const name = addressKey(local);
  const queued = office.paused ? `queue of ${office.name} (paused: it waits)` : `queue of ${office.name}`;
  if (isStock(office)) {
    note(walk, "office-host", office.host, `a qmail office, which knows its own people: ${queued}`);
    // As written: the extension in qmail's local part keeps its case.
    return to({ kind: "office", name: office.name, recipient: `${local}@${office.host}` });
  }
  const recipient = `${name}@${office.host}`;
  if (ROLES.includes(name)) {
    note(walk, "role", name, `every office answers ${name}: ${queued}`);
    return to({ kind: "office", name: office.name, recipient });
  }
  const person = isPlain(name) ? view.person(name) : undefined;
  if (person !== undefined && person.office !== office.name && view.wasAt(name, office.name)) {
    note(walk, "transfer", name, `was posted at ${office.name} until lately: goes on to where she is now`);
    return toPerson(walk, person);
  }
  if (person === undefined && view.wasAt(name, office.name) && view.leaver(name) !== undefined) {
    note(walk, "transfer", name, `was posted at ${office.name} until lately: the same as ${name}@${view.domain}`);
    return atHome(walk, { name, local: name, domain: view.domain }, depth);
  }
  const posted = person !== undefined && person.office === office.name;
  const isAlias = (!posted || walk.hidden) && view.officeName(office.name, name);
  if (isAlias && !posted) {
    note(walk, "office-alias", name, `${office.name} has an alias of that name and expands it: ${queued}`);
    return to({ kind: "office", name: office.name, recipient });
  }
  if (isAlias)
    note(walk, "hidden", name, `the office's alias of that name is not asked: the person ${name} comes first`);
  if (!posted) {
    const hint = person === undefined ? "" : `: posted at ${person.office} now, write to ${name}@${view.domain}`;
    note(walk, "office-host", office.host, `${name} is not at ${office.name}${hint}`);
    return refused(recipient, "5.1.1", `no such person at ${office.name}: ${recipient}${hint}`);
  }
  if (person.suspended) {
    note(walk, "person", name, "suspended: takes no mail");
    return refused(recipient, "5.2.1", `the mailbox of ${recipient} is suspended`);
  }
  note(walk, "office-host", office.host, `${name} is posted there: ${queued}`);
  return to({ kind: "office", name: office.name, recipient });
}

/** Not ours. Targets that the administrator wrote into an alias may be anywhere, whoever writes to it. */
function elsewhere(walk: Walk, local: string, domain: string, depth: number): Found {
  const recipient = `${local}@${domain}`;
  if (!isDomain(domain)) {
    note(walk, "elsewhere", domain, "not a domain name");
    return refused(recipient, "5.1.2", `bad domain name: ${recipient}`);
  }
  const route = findRoute(local, domain, walk.view);
  if (!walk.relay && depth === 0 && route?.accept !== true) {
    note(walk, "relay", domain, "not ours, and this client may not send elsewhere");
    return refused(recipient, "5.7.1", `relaying denied: ${domain} is not served here; log in to send`);
  }
  if (route !== undefined) return followRoute(walk, route, local, domain, depth);
  note(walk, "internet", domain, "not ours: Internet queue, its MX records decide");
  return to({ kind: "internet", name: "internet", recipient });
}

function followRoute(walk: Walk, route: FoundRoute, local: string, domain: string, depth: number): Found {
  const recipient = `${local}@${domain}`;
  const next = parseDestination(route.destination);
  note(walk, "route", route.pattern, `goes to ${inWords(route)}`);
  const nobody = unlisted(walk, route, local, domain);
  if (nobody !== undefined) return nobody;
  switch (next?.kind) {
    case "smtp": {
      const name = `${next.host}:${next.port}`;
      if (route.check !== "probe") return to({ kind: "smtp", name, recipient });
      note(walk, "probe", route.pattern, `${name} is asked at RCPT whether it takes ${recipient}`);
      return to({ kind: "smtp", name, recipient, probe: route.pattern });
    }
    case "mx":
      return to({ kind: "internet", name: "internet", recipient });
    case "program": {
      const instructions = [{ kind: "program", command: next.command } as const];
      return toProgram(walk, route.pattern, recipient, {
        instructions,
        extension: extensionOf(local),
        rest: route.rest,
      });
    }
    case "to":
      return followTemplate(walk, route, next.template, { local, host: domain, rest: route.rest }, depth);
    case undefined:
      return deferred(recipient, "4.3.5", `the route ${route.pattern} cannot be used: ask the postmaster`);
    default:
      return next satisfies never;
  }
}

function inWords({ destination, tls, login }: FoundRoute): string {
  const words = [tls && `TLS ${tls}`, login && `login ${login}`].filter((part) => part !== undefined);
  return words.length === 0 ? destination : `${destination} (${words.join(", ")})`;
}

function followTemplate(
  walk: Walk,
  { pattern }: FoundRoute,
  template: string,
  parts: TemplateParts,
  depth: number,
): Found {
  const address = fillTemplate(template, parts);
  const problem = addressProblem(address);
  // At the beginning it is the stranger's fault; what routes have made of it is ours.
  if (problem !== undefined && depth === 0) return refused(`${parts.local}@${parts.host}`, "5.1.3", problem);
  note(walk, "rewrite", pattern, `makes ${address} of it`);
  if (problem === undefined && depth < MAX_DEPTH) return follow(walk, address, depth + 1);
  note(walk, "rewrite", pattern, problem ?? `more than ${MAX_DEPTH} levels deep`);
  return deferred(address, "4.3.5", `the route ${pattern} leads too far: ask the postmaster`);
}
