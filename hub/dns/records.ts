import { isIP } from "node:net";
import { type DnsData, dnsText } from "#shared/mail/dns-data.js";
import { type Senders, spfText } from "./spf.ts";

/** What the world must be told about the star. Names are lower case, ASCII, without a final dot. */
export interface Star {
  /** The hub's host name. */
  readonly host: string;
  /** The hub's public addresses; none when nobody has said them. */
  readonly addresses: readonly string[];
  /** All that the hub takes mail for. */
  readonly domains: readonly string[];
  /** Those of them that have people of their own: no office sends to their `mailhub`. */
  readonly ownPeople?: readonly string[];
  /** Host names of the offices. */
  readonly offices: readonly string[];
  /** Ports at the hub that people's programs may use from outside; absent when there is none. */
  readonly submissionPort?: number;
  readonly pop3Port?: number;
  readonly smartHost?: string;
  /** See `Senders`. */
  readonly mechanisms: readonly string[];
}

export type DnsRecord = DnsData & {
  /** Lower case, ASCII, without a final dot. */
  readonly name: string;
  /** Seconds that others may remember it. */
  readonly ttl: number;
};

/** A day, as tinydns takes it: these records change when the hub moves, which is planned. */
export const TTL = 86_400;
/** Room below and above for a second host that is preferred or stands by. */
const PREFERENCE = 10;

/**
 * The records, in the order in which they are printed: addresses, mail exchangers, SPF, services. Offices have
 * the hub as exchanger: they are seldom on line, and a stranger's mail host gives up before they are.
 */
export function starRecords(star: Star): DnsRecord[] {
  const { host, domains, offices } = star;
  const mailNames = [...domains, host, ...offices];
  const spf = spfText(sendersOf(star));
  const records = [
    ...hubNames(star).flatMap((name) => star.addresses.map((address) => addressRecord(name, address))),
    ...mailNames.map((name) => record(name, { type: "MX", preference: PREFERENCE, exchange: host })),
    // The hub's own name is judged too: in its greeting, where the sender is empty (RFC 7208 §2.4).
    ...[...domains, host].map((name) => record(name, { type: "TXT", text: spf })),
    ...domains.flatMap((name) => services(star, name)),
  ];
  return once(records);
}

/** Names that must have the hub's addresses: its own, and the one that stock qmail offices send to. */
export function hubNames({ host, domains, ownPeople = [] }: Star): string[] {
  const synonyms = domains.filter((domain) => !ownPeople.includes(domain));
  return [...new Set([host, ...synonyms.map((domain) => `mailhub.${domain}`)])];
}

export function sendersOf({ host, smartHost, mechanisms }: Star): Senders {
  return { host, mechanisms, ...(smartHost === undefined ? {} : { smartHost }) };
}

/** An address in its one spelling, so that it can be compared; undefined when it is none of the Internet's. */
export function canonicalAddress(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  // A zone (fe80::1%eth0) means something on one machine only.
  if (isIP(text) !== 6 || text.includes("%")) return undefined;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** Where mail programs find the hub when they know only an address (RFC 6186). */
function services({ host, submissionPort, pop3Port }: Star, domain: string): DnsRecord[] {
  const ports = [
    ["_submission._tcp", submissionPort],
    ["_pop3._tcp", pop3Port],
  ] as const;
  return ports.flatMap(([service, port]) =>
    port === undefined
      ? []
      : [record(`${service}.${domain}`, { type: "SRV", priority: 0, weight: 1, port, target: host })],
  );
}

function addressRecord(name: string, address: string): DnsRecord {
  return record(name, { type: isIP(address) === 6 ? "AAAA" : "A", address });
}

function record(name: string, data: DnsData): DnsRecord {
  return { name, ttl: TTL, ...data };
}

/** The hub's own office has the hub's name, and a domain may have an office's. */
function once(records: readonly DnsRecord[]): DnsRecord[] {
  return [...new Map(records.map((one) => [`${one.name} ${one.type} ${dnsText(one)}`, one])).values()];
}
