import { describe, expect, it } from "vitest";
import { type DnsAnswer, type DnsData, type DnsQuestion, dnsText } from "#shared/mail/dns-data.js";
import { compareStar, type DnsFinding, questionsFor } from "./compare.ts";
import { type DnsRecord, type Star, starRecords } from "./records.ts";
import { STAR as STAR_WITHOUT } from "./test-star.ts";
import { zoneLine } from "./zone.ts";

type Published = DnsData & { readonly name: string };

const STAR: Star = { ...STAR_WITHOUT, addresses: ["192.0.2.1"] };
const ALL = starRecords(STAR);

/** What a resolver says that knows these records. */
function answersFrom(records: readonly Published[], star = STAR): (readonly [DnsQuestion, DnsAnswer])[] {
  return questionsFor(star).map((question) => {
    const data = records.filter(({ name, type }) => name === question.name && type === question.type);
    return [question, { kind: "found", data }] as const;
  });
}

function wrong(findings: readonly DnsFinding[]): string[] {
  return findings.filter(({ state }) => state !== "ok").map((f) => `${f.state} ${f.name} ${f.type}: ${f.says}`);
}

const compare = (records: readonly Published[], star = STAR): string[] =>
  wrong(compareStar(star, answersFrom(records, star), zoneLine));

const without = (name: string, type: string): DnsRecord[] =>
  ALL.filter((record) => record.name !== name || record.type !== type);

describe("wanted against found", () => {
  it("is right, record by record, when all are there", () => {
    const findings = compareStar(STAR, answersFrom(ALL), zoneLine);
    expect(wrong(findings)).toEqual([]);
    const seen = findings.map(({ name, type, wanted }) => `${name} ${type} ${wanted}`);
    expect(new Set(seen)).toEqual(new Set(ALL.map((record) => `${record.name} ${record.type} ${dnsText(record)}`)));
    expect(findings).toHaveLength(ALL.length);
  });

  it.each(ALL.map((record) => [`${record.name} ${record.type}`, record] as const))("misses %s", (what, record) => {
    const [one, ...more] = compare(ALL.filter((other) => other !== record));
    expect(more).toEqual([]);
    expect(one).toMatch(new RegExp(`^missing ${what}: .*: add `));
    expect(one).toContain(`add "${zoneLine(record)}"`);
  });

  it("is blind to case, order, preference and priority", () => {
    const other = ALL.map((record): Published => {
      if (record.type === "MX") return { ...record, preference: 0, exchange: "Kabul.Example.ORG." };
      return record.type === "SRV" ? { ...record, priority: 7, weight: 3 } : record;
    });
    expect(compare(other.reverse())).toEqual([]);
  });

  it("finds another exchanger in place of the hub, and one beside it", () => {
    const other: Published = { name: "example.org", type: "MX", preference: 5, exchange: "mx.provider.example" };
    expect(compare([...without("example.org", "MX"), other])).toEqual([
      'different example.org MX: found 5 mx.provider.example: put "example.org. 86400 IN MX 10 kabul.example.org." in its place',
    ]);
    expect(compare([...ALL, other])).toEqual([
      'extra example.org MX: mail also goes to mx.provider.example, past the hub: take the MX "5 mx.provider.example" away unless that is meant',
    ]);
  });

  it("finds that a domain takes no mail (null MX)", () => {
    const none: Published = { name: "example.org", type: "MX", preference: 0, exchange: "" };
    expect(compare([...without("example.org", "MX"), none])).toEqual([
      expect.stringContaining("different example.org MX: found 0 .: put"),
    ]);
  });

  it("finds an address that leads elsewhere, of either kind", () => {
    const name = "kabul.example.org";
    expect(compare([...ALL, { name, type: "AAAA", address: "2001:db8:0:0::9" }])).toEqual([
      `extra ${name} AAAA: 2001:db8::9 is not one of the hub's addresses: take it away, or give it with --address`,
    ]);
    expect(compare([...without(name, "A"), { name, type: "A", address: "192.0.2.9" }])).toEqual([
      `different ${name} A: found 192.0.2.9: put "${name}. 86400 IN A 192.0.2.1" in its place`,
    ]);
  });

  it("finds a service that leads elsewhere", () => {
    const other: Published = {
      name: "_pop3._tcp.example.org",
      type: "SRV",
      priority: 0,
      weight: 1,
      port: 1110,
      target: "kabul.example.org",
    };
    expect(compare([...without(other.name, "SRV"), other])).toEqual([
      expect.stringContaining("different _pop3._tcp.example.org SRV: found 0 1 1110 kabul.example.org: put"),
    ]);
    expect(compare([...ALL, other])).toEqual([
      expect.stringContaining(
        "extra _pop3._tcp.example.org SRV: programs are also sent to kabul.example.org port 1110",
      ),
    ]);
  });

  it("reads SPF texts among others, and wants one", () => {
    const name = "example.org";
    const text = (text: string): Published => ({ name, type: "TXT", text });
    const rest = without(name, "TXT");
    expect(compare([...rest, text("site-verification=1"), text("v=spf1 mx include:news.example ~all")])).toEqual([]);
    expect(compare([...rest, text("site-verification=1")])).toEqual([
      expect.stringContaining("missing example.org TXT: there is no SPF text"),
    ]);
    expect(compare([...rest, text("v=spf1 ip4:192.0.2.9 -all")])).toEqual([
      expect.stringContaining("different example.org TXT: found v=spf1 ip4:192.0.2.9 -all: put"),
    ]);
    expect(compare([...ALL, text("v=spf1 -all")])).toEqual([
      expect.stringContaining("different example.org TXT: with 2 SPF texts none counts"),
    ]);
  });

  it("takes no answer for neither right nor wrong", () => {
    const silent = questionsFor(STAR).map(
      (question) => [question, { kind: "no-answer", reason: "late" } as const] as const,
    );
    const findings = compareStar(STAR, silent, zoneLine);
    expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(["no-answer"]));
    expect(findings.map(({ wanted }) => wanted).filter((wanted) => wanted !== undefined)).toHaveLength(ALL.length);
    expect(findings[0]?.says).toBe("late: try again, or ask another resolver with --server");
  });
});

describe("without the hub's address", () => {
  const star: Star = { ...STAR, addresses: [] };

  it("takes the found one for right and wants it for mailhub too", () => {
    expect(compare(ALL, star)).toEqual([]);
    expect(compare(without("mailhub.example.org", "A"), star)).toEqual([
      'missing mailhub.example.org A: it is not there: add "mailhub.example.org. 86400 IN A 192.0.2.1"',
    ]);
  });

  it("says once for each name that it has none", () => {
    const says = "the hub's address is not known: give it with --address IP to see what to add";
    expect(
      compare(
        ALL.filter(({ type }) => type !== "A"),
        star,
      ),
    ).toEqual(
      ["kabul.example.org", "mailhub.example.org", "mailhub.example.net"].map((name) => `missing ${name} A: ${says}`),
    );
  });

  it.each(["A", "AAAA"])("calls nothing missing or extra that cannot be known: no answer about %s", (type) => {
    const more: Published = { name: "mailhub.example.org", type: "AAAA", address: "2001:db8::1" };
    const records = type === "A" ? ALL : [...ALL, more];
    const answers = answersFrom(records, star).map(([question, answer]) =>
      question.name === star.host && question.type === type
        ? ([question, { kind: "no-answer", reason: "late" }] as const)
        : ([question, answer] as const),
    );
    const findings = compareStar(star, answers, zoneLine);
    expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(["ok", "no-answer"]));
  });
});
