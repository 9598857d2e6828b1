import { describe, expect, it } from "vitest";
import { linksFor } from "./choose-link.ts";
import type { Link } from "./config.ts";

const COMMON = { protocol: "qrelay", duplex: "full", order: "both", windows: [], history: true, listen: [] } as const;
const CAFE: Link = { ...COMMON, name: "cafe", connect: { scheme: "tls", host: "kabul.example.org", port: 6209 } };
const MODEM: Link = { ...COMMON, name: "modem", connect: { scheme: "exec", command: ["/usr/lib/modem"] } };
const BUDGETED: Link = { ...CAFE, name: "sat", budget: { window: { bytes: 9000 } } };

const names = (links: readonly Link[]) => links.map(({ name }) => name);

describe("the links of a flush", () => {
  it("are all of them in order of preference, or the one that is named", () => {
    expect(names(linksFor([CAFE, MODEM, BUDGETED], {}))).toEqual(["cafe", "modem", "sat"]);
    expect(linksFor([CAFE, MODEM], { link: "modem" })).toEqual([MODEM]);
  });

  it("speak QMTP when asked, without those that run a command", () => {
    const plain = linksFor([MODEM, CAFE], { plain: true });
    expect(plain).toEqual([
      { ...CAFE, protocol: "qmtp", connect: { scheme: "qmtp", host: "kabul.example.org", port: 6209 } },
    ]);
  });

  it.each([
    ["192.0.2.9:7000", { scheme: "tls", host: "192.0.2.9", port: 7000 }],
    ["tls://kabul:1", { scheme: "tls", host: "kabul", port: 1 }],
    ["[2001:db8::1]:209", { scheme: "tls", host: "2001:db8::1", port: 209 }],
  ])("lead to another address, with the limits of the link: %s", (connect, to) => {
    expect(linksFor([BUDGETED, CAFE], { connect })).toEqual([{ ...BUDGETED, connect: to }]);
  });

  it("need not be configured where an address is given", () => {
    expect(linksFor([], { connect: "192.0.2.9:209", plain: true })).toMatchObject([
      { name: "command-line", protocol: "qmtp", connect: { scheme: "qmtp", host: "192.0.2.9", port: 209 } },
    ]);
  });

  it.each([
    [[], {}, 78, "No link is configured: add a [[link]] to spoke.toml, or give --connect HOST:PORT"],
    [[], { link: "hf" }, 64, 'There is no link "hf": spoke.toml has none'],
    [[CAFE, MODEM], { link: "hf" }, 64, 'There is no link "hf": spoke.toml has cafe, modem'],
    [[MODEM], { plain: true }, 64, 'Cannot flush "modem" with --qmtp: it runs a command'],
    [[CAFE], { connect: "kabul" }, 64, 'Cannot connect to "kabul": give HOST:PORT'],
  ])("are refused with the cure: %j %j", (links, request, exit, message) => {
    expect(() => linksFor(links, request)).toThrow(expect.objectContaining({ exit, message }));
  });
});
