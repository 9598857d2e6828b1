import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubCommands } from "../../test/support/hub-commands.ts";

let hub: HubCommands;
beforeEach(async () => {
  hub = await HubCommands.make();
  await hub.init();
  await hub.json("person", "add", "holly", "--office", "kabul");
});
afterEach(() => hub[Symbol.asyncDispose]());

const ALL = [
  ...["--account", "Holly@Example.org", "--listener", "qmtp", "--sender-domain", "News.Example.org"],
  ...["--sender-domain", ".example.org", "--lifetime", "10d", "--delay-notice", "off", "--max-message", "5m"],
  ...["--bounce-from", "bounces@example.org", "--double-bounce-to", "lost@example.org", "--concurrency", "2"],
  ...["--source-address", "192.0.2.5", "--relay", "smtp://relay.example:2525"],
];

const DOCUMENT = {
  name: "news",
  accounts: ["holly"],
  listeners: ["qmtp"],
  senderDomains: [".example.org", "news.example.org"],
  lifetime: 864_000,
  delayNotice: "off",
  maxMessage: 5_000_000,
  bounceFrom: "bounces@example.org",
  doubleBounceTo: "lost@example.org",
  concurrency: 2,
  sourceAddress: "192.0.2.5",
  relay: "smtp://relay.example:2525",
};

describe("hub policy", () => {
  it("sets, shows, lists and removes", async () => {
    expect(await hub.json("policy", "set", "news", ...ALL)).toEqual(DOCUMENT);
    expect(await hub.json("policy", "show", "news")).toEqual(DOCUMENT);
    expect(await hub.json("policy", "list")).toEqual({ policies: [DOCUMENT] });
    expect((await hub.run(["policy", "show", "news"])).out).toMatch(/^lifetime +10d$/m);
    expect((await hub.run(["policy", "list"])).out).toMatch(
      /news +the account holly, .* lifetime 10d, delay notice off/,
    );
    await hub.json("policy", "remove", "news");
    expect(await hub.json("policy", "list")).toEqual({ policies: [] });
    expect((await hub.run(["policy", "show", "news"])).code).toBe(65);
    expect((await hub.run(["policy", "remove", "news"])).code).toBe(65);
  });

  it("replaces the whole of a policy, and may keep what was its own", async () => {
    await hub.json("policy", "set", "news", ...ALL);
    expect(await hub.json("policy", "set", "news", "--listener", "qmtp", "--delay-notice", "4h")).toEqual({
      name: "news",
      accounts: [],
      listeners: ["qmtp"],
      senderDomains: [],
      delayNotice: 14_400,
    });
    expect(await hub.json("policy", "set", "other", "--account", "holly")).toMatchObject({ accounts: ["holly"] });
  });

  it.each([
    ["--account", "holly@kabul.example.org", "the account holly"],
    ["--listener", "QMTP", "the listener qmtp"],
    ["--sender-domain", "NEWS.example.org.", "the sender domain news.example.org"],
  ])("refuses %s %s, which another policy has, and changes nothing", async (option, value, words) => {
    await hub.json("policy", "set", "news", ...ALL);
    const said = await hub.run(["policy", "set", "second", "--sender-domain", "free.example", option, value]);
    expect(said).toMatchObject({ code: 73, err: expect.stringContaining(`${words} has the policy news already`) });
    expect(await hub.json("policy", "list")).toEqual({ policies: [DOCUMENT] });
  });

  it.each<[words: string[], reason: RegExp]>([
    [["a/b"], /lower-case letters/],
    [["news", "--account", "a b@example.org"], /the account is "a b/],
    [["news", "--listener", "pop3"], /the listener is "pop3", wanted smtp, submission, qmtp, link/],
    [["news", "--sender-domain", "a b"], /the sender domain is "a b"/],
    [["news", "--sender-domain", "*"], /the sender domain is "\*"/],
    [["news", "--lifetime", "soon"], /the lifetime is "soon", wanted a duration/],
    [["news", "--lifetime", "0s"], /the lifetime is "0s"/],
    [["news", "--delay-notice", "never"], /wanted a duration like 4h or 10d, or off/],
    [["news", "--max-message", "-1"], /the largest message is "-1"/],
    [["news", "--concurrency", "0"], /the concurrency is "0"/],
    [["news", "--bounce-from", "nobody"], /the sender of bounces is "nobody"/],
    [["news", "--bounce-from", "a@b.example\nBcc: x@y.example"], /the sender of bounces/],
    [["news", "--bounce-from", `${"x".repeat(250)}@example.org`], /the sender of bounces/],
    [["news", "--double-bounce-to", "@example.org"], /the address for double bounces/],
    [["news", "--source-address", "here"], /the source address is "here"/],
    [["news", "--relay", "mx"], /the relay is "mx", wanted smtp:/],
  ])("refuses %j", async (words, reason) => {
    expect(await hub.run(["policy", "set", ...words])).toMatchObject({ code: 65, err: expect.stringMatching(reason) });
    expect(await hub.json("policy", "list")).toEqual({ policies: [] });
  });

  it("is told by explain, by account and by sender", async () => {
    await hub.json("policy", "set", "news", ...ALL);
    const explain = (...words: string[]) => hub.json("explain", "x@far.example", ...words);
    expect(await explain("--from", "a@news.example.org")).toMatchObject({
      policy: { name: "news", says: "chosen by the sender domain news.example.org" },
    });
    expect(await explain("--account", "holly@example.org")).toMatchObject({
      policy: { name: "news", says: "chosen by the account holly" },
    });
    expect(await explain("--from", "a@far.example")).not.toHaveProperty("policy");
    const { out } = await hub.run(["explain", "x@far.example", "--from", "a@news.example.org"]);
    expect(out).toMatch(/^ {2}policy news: chosen by the sender domain news\.example\.org$/m);
  });
});
