import { describe, expect, it } from "vitest";
import { parseMechanism, type Senders, spfAgrees, spfText } from "./spf.ts";

const HUB: Senders = { host: "kabul.example.org", mechanisms: [] };
const SMART: Senders = { ...HUB, smartHost: "smart.example.net" };
const NAMED: Senders = { ...SMART, mechanisms: ["include:spf.example.net"] };

describe("SPF text", () => {
  it.each([
    ["the hub alone", HUB, "v=spf1 a:kabul.example.org mx -all"],
    ["a smart host, as a guess", SMART, "v=spf1 a:kabul.example.org mx a:smart.example.net ~all"],
    [
      "an address for smart host",
      { ...HUB, smartHost: "192.0.2.9" },
      "v=spf1 a:kabul.example.org mx ip4:192.0.2.9 ~all",
    ],
    [
      "an IPv6 address for smart host",
      { ...HUB, smartHost: "[2001:db8::9]" },
      "v=spf1 a:kabul.example.org mx ip6:2001:db8::9 ~all",
    ],
    ["what was given by hand", NAMED, "v=spf1 a:kabul.example.org mx include:spf.example.net -all"],
  ])("names %s", (_, senders, text) => {
    expect(spfText(senders)).toBe(text);
    expect(spfAgrees(text, senders)).toBe(true);
  });

  it.each([
    ["v=spf1 mx -all", HUB],
    ["V=SPF1  +MX  -ALL", HUB],
    ["v=spf1 a:kabul.example.org ~all", HUB],
    ["v=spf1 mx include:newsletter.example -all", HUB],
    ["v=spf1 mx include:spf.example.net ~all", NAMED],
  ])("agrees: %s", (text, senders) => {
    expect(spfAgrees(text, senders)).toBe(true);
  });

  it.each([
    ["v=spf1 -all", HUB, "the hub may not send"],
    ["v=spf1 -mx -all", HUB, "the hub may not send"],
    ["v=spf1 mx", HUB, "nothing is said about all others"],
    ["v=spf1 mx +all", HUB, "anybody may send"],
    ["v=spf1 mx ?all", HUB, "nothing is said about all others"],
    ["v=spf1 mx -all", SMART, "the smart host may not send"],
    ["v=spf1 mx -all", NAMED, "the smart host may not send"],
  ])("does not agree: %s (%o: %s)", (text, senders) => {
    expect(spfAgrees(text, senders)).toBe(false);
  });
});

describe("an SPF mechanism", () => {
  it.each([
    "include:_spf.example.net",
    "a:smart.example.net",
    "mx:example.net",
    "ip4:192.0.2.0/24",
    "ip6:2001:db8::/32",
  ])("may be %s", (text) => {
    expect(parseMechanism(text.toUpperCase())).toBe(text);
  });

  it.each([
    "",
    "spf.example.net",
    "include:",
    "include:localhost",
    "all",
    "ip4:192.0.2",
    "ip4:192.0.2.0/33",
    "ip4:2001:db8::1",
    "ip6:192.0.2.1",
    'a:x.example" "v=spf1',
    "a:x.example\n",
    "redirect=example.net",
  ])("may not be %j", (text) => {
    expect(parseMechanism(text)).toBeUndefined();
  });
});
