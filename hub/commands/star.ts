import { domainToASCII } from "node:url";
import { hubNames, type Star } from "#hub/dns/records.js";
import { parseDestination } from "#hub/routing/route-table.js";
import type { Listen } from "#shared/config/listen.js";
import type { Hub } from "./open-hub.ts";

/** The star as the DNS is to know it, from configuration, directory and what the command line adds. */
export function starOf(
  hub: Hub,
  given: { readonly addresses: readonly string[]; readonly mechanisms: readonly string[] },
): Star {
  const { config, directory } = hub;
  const { domains, offices, everything } = directory.read(() => ({
    domains: directory.domains.list().sort((one, two) => (one.name < two.name ? -1 : 1)),
    offices: directory.offices
      .list()
      .map(({ host }) => host)
      .sort(),
    everything: parseDestination(directory.routes.get("*")?.destination ?? ""),
  }));
  const smartHost = everything?.kind === "smtp" ? everything.host : undefined;
  const submissionPort = outsidePort(config.listen.submission);
  const pop3Port = outsidePort(config.listen.pop3);
  return {
    host: ascii(config.host),
    addresses: given.addresses,
    mechanisms: given.mechanisms,
    domains: [config.domain, ...domains.map(({ name }) => name).filter((name) => name !== config.domain)].map(ascii),
    ownPeople: domains.filter(({ ownPeople }) => ownPeople).map(({ name }) => ascii(name)),
    offices: offices.map(ascii),
    ...(submissionPort === undefined ? {} : { submissionPort }),
    ...(pop3Port === undefined ? {} : { pop3Port }),
    ...(smartHost === undefined ? {} : { smartHost: ascii(smartHost) }),
  };
}

/** What the records alone do not say, each with its cure. */
export function dnsNotes(hub: Hub, star: Star, check: boolean): string[] {
  const notes: string[] = [];
  if (star.addresses.length === 0) {
    const therefore = check ? "those found are taken for right" : `${hubNames(star).join(", ")} have none here`;
    notes.push(
      `the hub's public address stands nowhere in its settings, so ${therefore}: give --address IP, once for each address`,
    );
  }
  if (star.smartHost !== undefined && star.mechanisms.length === 0) {
    notes.push(
      `mail for the Internet leaves by ${star.smartHost}, and what addresses that sends from is a guess: ask its operator for the SPF mechanism and give it with --spf, such as --spf include:NAME`,
    );
  }
  if (hub.config.listen.smtp.length === 0)
    notes.push("smtp.listen is off in hub.toml: nobody can deliver to the host that the MX records name");
  return notes;
}

/** Port 0 is another one at each start, and on loopback nobody from outside arrives. */
function outsidePort(addresses: readonly Listen[]): number | undefined {
  return addresses.find(({ host, port }) => port > 0 && !/^(127\.|::1$)/.test(host))?.port;
}

/** The DNS knows names of other scripts only in their ASCII form (RFC 5891); an address in brackets stays. */
function ascii(name: string): string {
  return domainToASCII(name) || name;
}
