import { describe, expect, it } from "vitest";
import type { QueuePolicy } from "./policy.ts";
import { type PolicyFacts, policyProblems } from "./policy-problems.ts";

const FACTS: PolicyFacts = {
  listeners: new Set(["smtp", "submission", "link"]),
  maxMessage: 25_000_000,
  accountProblem: (account) => (account === "holly" ? undefined : "nobody has that name"),
  nowhere: (address) => (address.startsWith("nobody") ? "no such person" : undefined),
  sourceProblem: (address) => (address === "192.0.2.77" ? "which is no address of this machine" : undefined),
};

const policy = (more: Partial<QueuePolicy>): QueuePolicy => ({
  name: "press",
  accounts: [],
  listeners: [],
  senderDomains: [],
  ...more,
});

const DOMAIN = { senderDomains: ["press.example.org"] };

describe("what is wrong with policies", () => {
  it.each<[what: string, Partial<QueuePolicy>, reason: RegExp | undefined]>([
    ["nothing", { ...DOMAIN, accounts: ["holly"], listeners: ["smtp"] }, undefined],
    ["nobody's mail", {}, /can never be chosen/],
    ["an account that nobody has", { accounts: ["eve"] }, /never chosen for the account eve, nobody has that name/],
    ["a listener that is off", { listeners: ["qmtp"] }, /never chosen for the listener qmtp, qmtp\.listen is off/],
    ["a source address of another machine", { ...DOMAIN, sourceAddress: "192.0.2.77" }, /no address of this machine/],
    ["double bounces to nobody", { ...DOMAIN, doubleBounceTo: "nobody@example.org" }, /leads nowhere: no such person/],
    ["a size that never comes in", { ...DOMAIN, maxMessage: 50_000_000 }, /limits\.message lets 25000000 in/],
  ])("is %s", (_what, more, reason) => {
    const says = policyProblems([policy(more)], FACTS).map((one) => one.says);
    expect(says).toEqual(reason === undefined ? [] : [expect.stringMatching(reason)]);
  });

  it("is a sender domain behind listeners that all have a policy", () => {
    const listeners = policy({ name: "doors", listeners: ["smtp", "submission", "link"] });
    const says = policyProblems([listeners, policy(DOMAIN)], FACTS);
    expect(says).toMatchObject([
      { what: "policy press", says: expect.stringContaining("every listener has a policy") },
    ]);
  });

  it("is an account where nobody can log in", () => {
    const facts = { ...FACTS, listeners: new Set(["smtp"] as const) };
    const [found] = policyProblems([policy({ accounts: ["holly"] })], facts);
    expect(found?.says).toContain("submission.listen is off");
  });
});
