import { describe, expect, it } from "vitest";
import { type DnsRecord, starRecords } from "./records.ts";
import { ADDRESSES, STAR } from "./test-star.ts";
import { zoneLine, zoneText } from "./zone.ts";

/** The reverse, by RFC 1035 §5.1, for what the room writes. */
function readZone(text: string): DnsRecord[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !/^[;$]/.test(line))
    .map(readLine);
}

function readLine(line: string): DnsRecord {
  const [, owner = "", ttl, type, rest = ""] = /^(\S+)\. (\d+) IN (\S+) (.*)$/.exec(line) ?? [];
  const head = { name: owner, ttl: Number(ttl) };
  const words = rest.split(" ");
  const name = (word = ""): string => {
    expect(word).toMatch(/\.$/);
    return word.slice(0, -1);
  };
  if (type === "A" || type === "AAAA") return { ...head, type, address: rest };
  if (type === "MX") return { ...head, type, preference: Number(words[0]), exchange: name(words[1]) };
  if (type === "TXT") return { ...head, type, text: strings(rest).join("") };
  if (type !== "SRV") throw new Error(line);
  const [priority = 0, weight = 0, port = 0] = words.map(Number);
  return { ...head, type, priority, weight, port, target: name(words[3]) };
}

function strings(text: string): string[] {
  const all = [...text.matchAll(/"((?:[^"\\]|\\\d{3}|\\.)*)"/g)].map(([, inner = ""]) => {
    const bytes = [...inner.matchAll(/\\(\d{3})|\\(.)|(.)/g)].map(([, number, escaped, plain]) =>
      number === undefined ? (escaped ?? plain ?? "").charCodeAt(0) : Number(number),
    );
    expect(bytes.length).toBeLessThanOrEqual(255);
    return Buffer.from(bytes);
  });
  return [Buffer.concat(all).toString()];
}

describe("zone text", () => {
  it("is one part for each domain, every name in full", () => {
    const star = { ...STAR, addresses: ["192.0.2.1"] };
    expect(zoneText(starRecords(star), star.domains)).toBe(`$ORIGIN example.org.
kabul.example.org. 86400 IN A 192.0.2.1
mailhub.example.org. 86400 IN A 192.0.2.1
example.org. 86400 IN MX 10 kabul.example.org.
kabul.example.org. 86400 IN MX 10 kabul.example.org.
herat.example.org. 86400 IN MX 10 kabul.example.org.
example.org. 86400 IN TXT "v=spf1 a:kabul.example.org mx -all"
kabul.example.org. 86400 IN TXT "v=spf1 a:kabul.example.org mx -all"
_submission._tcp.example.org. 86400 IN SRV 0 1 587 kabul.example.org.
_pop3._tcp.example.org. 86400 IN SRV 0 1 110 kabul.example.org.

$ORIGIN example.net.
mailhub.example.net. 86400 IN A 192.0.2.1
example.net. 86400 IN MX 10 kabul.example.org.
example.net. 86400 IN TXT "v=spf1 a:kabul.example.org mx -all"
_submission._tcp.example.net. 86400 IN SRV 0 1 587 kabul.example.org.
_pop3._tcp.example.net. 86400 IN SRV 0 1 110 kabul.example.org.

; outside the organisation's domains
mazar.example.com. 86400 IN MX 10 kabul.example.org.
`);
  });

  it("reads back as what was written", () => {
    const records = starRecords({ ...STAR, addresses: ADDRESSES });
    const read = readZone(zoneText(records, STAR.domains));
    expect(read).toHaveLength(records.length);
    expect(read).toEqual(expect.arrayContaining(records));
  });

  it.each([
    ["a long one", `v=spf1 ${"ip4:192.0.2.1 ".repeat(40)}-all`],
    ["exactly one string", "x".repeat(255)],
    ["quotes and backslashes", String.raw`a "b" \c; d`],
    ["other scripts and control characters", "کابل\tä\u0000"],
    ["an empty one", ""],
  ])("splits and quotes a text: %s", (_, text) => {
    const record: DnsRecord = { name: "example.org", ttl: 60, type: "TXT", text };
    expect(zoneLine(record)).toMatch(/^[\x20-\x7e]*$/);
    expect(readZone(zoneLine(record))).toEqual([record]);
  });

  it("puts a name into the closest of two domains that hold it", () => {
    const star = { ...STAR, domains: ["example.org", "herat.example.org"] };
    const text = zoneText(starRecords(star), star.domains);
    expect(text.slice(text.indexOf("$ORIGIN herat.example.org."))).toContain("\nherat.example.org. 86400 IN MX");
  });
});
