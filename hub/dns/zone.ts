import type { DnsRecord } from "./records.ts";

/** A character string of the DNS has one byte for its length (RFC 1035 §3.3). */
const MAX_STRING = 255;

/**
 * Lines for zone files (RFC 1035 §5.1), one part for each of the domains. Every name is written in full, so that a
 * part can be pasted anywhere in its zone; SOA and NS are the zone's own affair.
 */
export function zoneText(records: readonly DnsRecord[], domains: readonly string[]): string {
  const parts = new Map<string | undefined, DnsRecord[]>(domains.map((domain) => [domain, []]));
  for (const record of records) {
    const zone = zoneOf(record.name, domains);
    parts.set(zone, [...(parts.get(zone) ?? []), record]);
  }
  const texts = [...parts].flatMap(([zone, of]) => {
    if (of.length === 0) return [];
    const head = zone === undefined ? "; outside the organisation's domains" : `$ORIGIN ${zone}.`;
    return [[head, ...of.map(zoneLine)].map((line) => `${line}\n`).join("")];
  });
  return texts.join("\n");
}

/** One record as a line, without a line end. */
export function zoneLine(record: DnsRecord): string {
  return `${record.name}. ${record.ttl} IN ${record.type} ${zoneData(record)}`;
}

function zoneData(record: DnsRecord): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return record.address;
    case "MX":
      return `${record.preference} ${record.exchange}.`;
    case "TXT":
      return strings(Buffer.from(record.text)).map(quoted).join(" ");
    case "SRV":
      return `${record.priority} ${record.weight} ${record.port} ${record.target}.`;
    default:
      return record satisfies never;
  }
}

/** The domain with the longest name that holds this one. */
function zoneOf(name: string, domains: readonly string[]): string | undefined {
  return domains
    .filter((domain) => name === domain || name.endsWith(`.${domain}`))
    .sort((a, b) => b.length - a.length)
    .at(0);
}

function strings(bytes: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / MAX_STRING));
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * MAX_STRING, (index + 1) * MAX_STRING));
}

function quoted(bytes: Buffer): string {
  const text = [...bytes].map((byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === "\\") return `\\${char}`;
    return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString().padStart(3, "0")}`;
  });
  return `"${text.join("")}"`;
}
