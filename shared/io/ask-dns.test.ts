import { createSocket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DnsQuestion } from "#shared/mail/dns-data.js";
import { type FakeDns, type ServedRecord, startFakeDns } from "../../test/support/fake-dns.ts";
import { askDns } from "./ask-dns.ts";

const RECORDS: ServedRecord[] = [
  { name: "kabul.example.org", type: "A", address: "192.0.2.1" },
  { name: "kabul.example.org", type: "A", address: "192.0.2.2" },
  { name: "kabul.example.org", type: "AAAA", address: "2001:db8::1" },
  { name: "example.org", type: "MX", preference: 10, exchange: "Kabul.example.org" },
  { name: "example.org", type: "TXT", text: `v=spf1 ${"x".repeat(300)}` },
  { name: "_submission._tcp.example.org", type: "SRV", priority: 0, weight: 1, port: 587, target: "kabul.example.org" },
];

let dns: FakeDns;
beforeEach(async () => {
  dns = await startFakeDns(RECORDS);
});
afterEach(() => dns.close());

const ask = (questions: DnsQuestion[], timeoutMs = 5000) => askDns(questions, { server: dns.address, timeoutMs });

describe("askDns", () => {
  it("brings each kind of data, in the order of the questions", async () => {
    const questions = [...new Set(RECORDS.map(({ name, type }) => `${name} ${type}`))].map((text) => {
      const [name = "", type] = text.split(" ");
      return { name, type } as DnsQuestion;
    });
    const { servers, answers } = await ask(questions);
    expect(servers).toEqual([dns.address]);
    const expected = questions.map(({ name, type }) => ({
      kind: "found",
      data: RECORDS.filter((one) => one.name === name && one.type === type).map(({ name: _, ...data }) => data),
    }));
    expect(answers).toEqual(expected);
  });

  it("finds nothing where the name or the type is not", async () => {
    const { answers } = await ask([
      { name: "nowhere.example.org", type: "A" },
      { name: "example.org", type: "SRV" },
    ]);
    expect(answers).toEqual([
      { kind: "found", data: [] },
      { kind: "found", data: [] },
    ]);
  });

  it.each([
    ["servfail", "the resolver could not find out (SERVFAIL)"],
    ["refused", "the resolver refuses to answer (REFUSED)"],
  ] as const)("takes %s for no answer", async (trouble, reason) => {
    dns.trouble.set("*", trouble);
    const { answers } = await ask([{ name: "example.org", type: "MX" }]);
    expect(answers).toEqual([{ kind: "no-answer", reason }]);
  });

  it("ends in time with a silent resolver and asks nothing more", async () => {
    dns.trouble.set("*", "silent");
    const offices = Array.from({ length: 100 }, (_, n) => ({ name: `office${n}.example.org`, type: "MX" as const }));
    const begun = performance.now();
    const { answers } = await ask(offices, 500);
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(answers).toHaveLength(100);
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ kind: "no-answer", reason: "the resolver does not answer in time" })]),
    );
    expect(dns.asked.length).toBeLessThan(100);
  });

  it("says when no resolver listens", async () => {
    const free = createSocket("udp4");
    await new Promise<void>((resolve) => free.bind(0, "127.0.0.1", resolve));
    const server = `127.0.0.1:${free.address().port}`;
    await new Promise<void>((resolve) => free.close(() => resolve()));
    const { answers } = await askDns([{ name: "example.org", type: "A" }], { server, timeoutMs: 5000 });
    expect(answers).toEqual([{ kind: "no-answer", reason: "no resolver listens there" }]);
  });
});
