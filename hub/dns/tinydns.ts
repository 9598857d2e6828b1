import { isIPv6 } from "node:net";
import type { DnsRecord } from "./records.ts";

/** Types for which tinydns-data has no letter of its own. */
const TYPE_NUMBER = { AAAA: 28, SRV: 33 } as const;

/** Lines for tinydns's `data`; NS and SOA are there already, in the `.` line of each domain. */
export function tinydnsText(records: readonly DnsRecord[], hubHost: string): string {
  return records.map((record) => `${tinydnsLine(record, hubHost)}\n`).join("");
}

/** One record as a line, without a line end. */
export function tinydnsLine(record: DnsRecord, hubHost: string): string {
  const { name, ttl } = record;
  switch (record.type) {
    case "A":
      // `=` makes the reverse name too. An address has one name there: the hub's own.
      return `${name === hubHost ? "=" : "+"}${name}:${record.address}:${ttl}`;
    case "AAAA":
      return generic(name, TYPE_NUMBER.AAAA, addressBytes(record.address).map(octal).join(""), ttl);
    case "MX":
      return `@${name}::${fullName(record.exchange)}:${record.preference}:${ttl}`;
    case "TXT":
      return `'${name}:${escaped(record.text)}:${ttl}`;
    case "SRV":
      return generic(name, TYPE_NUMBER.SRV, serviceField(record), ttl);
    default:
      return record satisfies never;
  }
}

function generic(name: string, type: number, field: string, ttl: number): string {
  return `:${name}:${type}:${field}:${ttl}`;
}

/** RFC 2782. Numbers are octal, names can be read. */
function serviceField({ priority, weight, port, target }: DnsRecord & { type: "SRV" }): string {
  const numbers = [priority, weight, port].flatMap((number) => [number >> 8, number & 0xff]);
  const labels = target.split(".").map((label) => octal(label.length) + label);
  return `${numbers.map(octal).join("")}${labels.join("")}${octal(0)}`;
}

/** tinydns-data takes a name without a dot as the first label of `x.mx.FQDN`. */
function fullName(name: string): string {
  return name.includes(".") ? name : `${name}.`;
}

/** A colon would end the field, and a backslash begins an octal number. */
function escaped(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return byte > 0x20 && byte < 0x7f && !":\\".includes(char) ? char : byte === 0x20 ? " " : octal(byte);
    })
    .join("");
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, "0")}`;
}

/** The 16 bytes of an address in its canonical spelling, which has no dotted end. */
function addressBytes(address: string): number[] {
  if (!isIPv6(address)) throw new Error(`"${address}" is no IPv6 address`);
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const groups = [...before, ...(tail === undefined ? [] : zeros), ...after];
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((number) => [number >> 8, number & 0xff]);
}
