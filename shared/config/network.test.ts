import { describe, expect, it } from "vitest";
import { contains, isLoopback, networkOf, parseIp, parseNetwork } from "./network.ts";

describe("parseNetwork", () => {
  it.each([
    "10.1.0.0/16",
    "0.0.0.0/0",
    "192.0.2.7",
    "192.0.2.7/32",
    "2001:db8::/32",
    "::/0",
    "::1",
    "::ffff:10.0.0.0/104",
  ])("takes %s", (text) => expect(parseNetwork(text)).toBeDefined());

  it.each([
    "10.1.2.0/16",
    "10.0.0.0/33",
    "2001:db8::1/32",
    "::/129",
    "10.0.0",
    "10.0.0.0/",
    "kabul",
    "",
    "10.0.0.0/8/8",
    "@lan",
  ])("refuses %j", (text) => expect(parseNetwork(text)).toBeUndefined());
});

describe("contains", () => {
  it.each([
    ["10.1.0.0/16", "10.1.255.255", true],
    ["10.1.0.0/16", "10.2.0.0", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["10.1.0.0/16", "::ffff:10.1.2.3", true],
    ["::ffff:10.0.0.0/104", "10.200.0.1", true],
    ["2001:db8:1::/48", "2001:db8:1:ffff::1", true],
    ["2001:db8:1::/48", "2001:db8:2::1", false],
    ["fe80::/10", "fe80::1%eth0", true],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8", true],
  ])("%s and %s: %s", (network, ip, inside) => {
    const [a, b] = [parseNetwork(network), parseIp(ip)];
    expect(a !== undefined && b !== undefined && contains(a, b)).toBe(inside);
  });
});

describe("networkOf", () => {
  it("clears the host bits of an interface's own address", () => {
    expect(networkOf("192.168.1.7/24")).toEqual(parseNetwork("192.168.1.0/24"));
  });
});

describe("isLoopback", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.8.9.10", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["128.0.0.1", false],
    ["::2", false],
    ["text", false],
  ])("%s: %s", (ip, loopback) => expect(isLoopback(ip)).toBe(loopback));
});
