import { describe, expect, it } from "vitest";
import { dnsText } from "#shared/mail/dns-data.js";
import { canonicalAddress, hubNames, starRecords } from "./records.ts";
import { ADDRESSES, STAR } from "./test-star.ts";

const lines = (star: Parameters<typeof starRecords>[0]): string[] =>
  starRecords(star).map((record) => `${record.name} ${record.type} ${dnsText(record)}`);

describe("records of the star", () => {
  it("are addresses, exchangers, SPF and services, in that order", () => {
    expect(lines({ ...STAR, addresses: ADDRESSES })).toEqual([
      "kabul.example.org A 192.0.2.1",
      "kabul.example.org AAAA 2001:db8::1",
      "mailhub.example.org A 192.0.2.1",
      "mailhub.example.org AAAA 2001:db8::1",
      "mailhub.example.net A 192.0.2.1",
      "mailhub.example.net AAAA 2001:db8::1",
      "example.org MX 10 kabul.example.org",
      "example.net MX 10 kabul.example.org",
      "kabul.example.org MX 10 kabul.example.org",
      "herat.example.org MX 10 kabul.example.org",
      "mazar.example.com MX 10 kabul.example.org",
      "example.org TXT v=spf1 a:kabul.example.org mx -all",
      "example.net TXT v=spf1 a:kabul.example.org mx -all",
      "kabul.example.org TXT v=spf1 a:kabul.example.org mx -all",
      "_submission._tcp.example.org SRV 0 1 587 kabul.example.org",
      "_pop3._tcp.example.org SRV 0 1 110 kabul.example.org",
      "_submission._tcp.example.net SRV 0 1 587 kabul.example.org",
      "_pop3._tcp.example.net SRV 0 1 110 kabul.example.org",
    ]);
  });

  it("have no address that nobody gave, and no service that is off", () => {
    const { submissionPort: _, pop3Port: __, ...off } = STAR;
    expect(starRecords(off).filter(({ type }) => ["A", "AAAA", "SRV"].includes(type))).toEqual([]);
  });

  it("are said once when an office and the hub have one name", () => {
    const all = lines({ ...STAR, domains: ["example.org", "kabul.example.org"], offices: ["kabul.example.org"] });
    expect(new Set(all).size).toBe(all.length);
    expect(hubNames({ ...STAR, host: "mailhub.example.org" })).toEqual(["mailhub.example.org", "mailhub.example.net"]);
  });
});

describe("an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
    ["192.0.2", undefined],
    ["192.0.2.1:25", undefined],
    ["fe80::1%eth0", undefined],
    ["kabul.example.org", undefined],
    ["", undefined],
  ])("%s is %s", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });
});
