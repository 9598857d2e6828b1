import { describe, expect, it } from "vitest";
import type { Entrance } from "#shared/queue/policies.js";
import { accountKey, choosePolicy } from "./choose-policy.ts";

const TABLE: Record<string, string> = {
  "account press": "press",
  "account ann@partner.example": "partner",
  "listener qmtp": "old-offices",
  "sender-domain news.example.org": "news",
  "sender-domain .example.org": "ours",
  "sender-domain .net": "nets",
};

const look = {
  selected: (kind: string, value: string) => TABLE[`${kind} ${value}`],
  isDomain: (domain: string) => ["example.org", "second.example"].includes(domain),
};

const SMTP: Entrance = { listener: "smtp" };
const by = (account: string): Entrance => ({ listener: "submission", account });

describe("the policy of a message", () => {
  it.each<[what: string, Entrance, sender: string, policy: string | undefined, by?: string]>([
    ["the account's, whatever the sender", by("press@example.org"), "x@news.example.org", "press", "press"],
    ["the account's, in any of our domains and any case", by("PRESS@Second.Example"), "", "press", "press"],
    ["the account's of another domain", by("Ann@partner.example"), "x@far.example", "partner", "ann@partner.example"],
    ["not that of an account of the same name elsewhere", by("press@far.example"), "x@far.example", undefined],
    ["the sender domain's, when the account has none", by("holly@example.org"), "x@news.example.org", "news"],
    ["the listener's before the sender domain's", { listener: "qmtp" }, "x@news.example.org", "old-offices", "qmtp"],
    ["the exact domain's before a suffix's", SMTP, "x@news.example.org", "news", "news.example.org"],
    ["in any case, and with a final dot", SMTP, "x@NEWS.example.org.", "news", "news.example.org"],
    ["a suffix's, for all below it", SMTP, "x@a.b.example.org", "ours", ".example.org"],
    ["not a suffix's for the domain itself", SMTP, "x@example.org", undefined],
    ["the longest suffix's", SMTP, "x@a.net", "nets", ".net"],
    ["of the whole label only", SMTP, "x@badexample.org", undefined],
    ["the domain behind the last @", SMTP, "x@news.example.org@far.example", undefined],
    ["none for a bounce", SMTP, "", undefined],
    ["none for a double bounce", SMTP, "#@[]", undefined],
    ["none for a name without a domain", SMTP, "root", undefined],
    ["an office's by the sender domain", { listener: "link" }, "x@news.example.org", "news", "news.example.org"],
    ["no property of every object", SMTP, "x@constructor", undefined],
  ])("is %s", (_what, entrance, sender, policy, value) => {
    const safe = {
      ...look,
      selected: (kind: string, of: string) =>
        Object.hasOwn(TABLE, `${kind} ${of}`) ? look.selected(kind, of) : undefined,
    };
    const chosen = choosePolicy(safe, entrance, sender);
    expect(chosen?.policy).toBe(policy);
    if (value !== undefined) expect(chosen?.by.value).toBe(value);
  });

  it("asks a bounded number of times, however many labels a sender has", () => {
    let asked = 0;
    const selected = (): undefined => {
      asked += 1;
    };
    const counting = { ...look, selected };
    choosePolicy(counting, SMTP, `x@${"a.".repeat(5000)}example`);
    expect(asked).toBeLessThan(130);
  });
});

describe("an account", () => {
  it.each([
    ["holly@example.org", "holly"],
    ["Holly", "holly"],
    ["Holly@SECOND.example", "holly"],
    ["Holly@Far.example", "holly@far.example"],
  ])("%s is known as %s", (given, key) => {
    expect(accountKey(given, look)).toBe(key);
  });
});
