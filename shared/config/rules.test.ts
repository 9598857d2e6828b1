import { describe, expect, it } from "vitest";
import { compileRules, interfaceNetworks, permit, type Rule } from "./rules.ts";

const HUB = { allow: true, relay: false };

describe("permit", () => {
  const rules: Rule[] = [
    { from: "10.0.0.0/8", relay: true },
    { from: "10.1.0.0/16", office: "herat" },
    { from: "10.1.9.0/24", allow: false },
    { from: "10.1.9.7", allow: true, relay: false },
    { from: "2001:db8::/32", relay: true },
  ];
  it.each([
    ["192.0.2.1", { allow: true, relay: false }],
    ["10.9.9.9", { allow: true, relay: true }],
    ["10.1.2.3", { allow: true, relay: true, office: "herat" }],
    ["10.1.9.1", { allow: false, relay: true, office: "herat" }],
    ["10.1.9.7", { allow: true, relay: false, office: "herat" }],
    ["::ffff:10.1.2.3", { allow: true, relay: true, office: "herat" }],
    ["2001:db8::9", { allow: true, relay: true }],
    ["no address", { allow: true, relay: false }],
  ])("%s may %j, what a narrow rule leaves unsaid coming from wider ones", (ip, may) => {
    expect(permit(compileRules(rules), ip, HUB)).toEqual(may);
    expect(permit(compileRules(rules.toReversed()), ip, HUB)).toEqual(may);
  });

  it("takes the rule written first of two for one network", () => {
    const twice = compileRules([
      { from: "10.0.0.0/8", relay: false },
      { from: "10.0.0.0/8", relay: true, allow: false },
    ]);
    expect(permit(twice, "10.0.0.1", HUB)).toEqual({ allow: false, relay: false });
  });

  it("falls back to the defaults given", () => {
    expect(permit(compileRules([]), "127.0.0.1", { allow: false, relay: true })).toEqual({ allow: false, relay: true });
  });
});

describe("@lan", () => {
  it("is the networks of the interface at the moment of asking", () => {
    const up = { mac: "", internal: false, family: "IPv4", netmask: "", address: "", cidr: "192.168.7.20/24" } as const;
    let interfaces = {};
    const ruleset = compileRules([{ from: "@lan", relay: true }], () => interfaceNetworks("eth0", () => interfaces));
    expect(permit(ruleset, "192.168.7.99", HUB).relay).toBe(false);
    interfaces = { eth0: [up], wlan0: [{ ...up, cidr: "172.16.0.2/16" }] };
    expect(permit(ruleset, "192.168.7.99", HUB).relay).toBe(true);
    expect(permit(ruleset, "172.16.0.9", HUB).relay).toBe(false);
  });
});
