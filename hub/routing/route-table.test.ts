import { describe, expect, it } from "vitest";
import { routesOf } from "../../test/support/routing-view.ts";
import { findRoute, parseDestination, patternKey, patternProblem } from "./route-table.ts";

describe("parseDestination", () => {
  it.each([
    ["smtp://relay.example", { kind: "smtp", host: "relay.example", port: 25 }],
    ["smtp://Relay.Example:2525", { kind: "smtp", host: "relay.example", port: 2525 }],
    ["smtp://127.0.0.1:2525", { kind: "smtp", host: "127.0.0.1", port: 2525 }],
    ["smtp://[2001:db8::1]:26", { kind: "smtp", host: "[2001:db8::1]", port: 26 }],
    ["mx", { kind: "mx" }],
    ["to:{LOCAL}@tw.company.com", { kind: "to", template: "{LOCAL}@tw.company.com" }],
    ["to:sales@example.org", { kind: "to", template: "sales@example.org" }],
    ["to:holly", { kind: "to", template: "holly" }],
    ["to:holly{EXT}", undefined],
    ["to:{USER}@example.org", undefined],
    ["to:{LOCAL}", undefined],
    ["to:a b@example.org", undefined],
    ["to:", undefined],
    ["smtp://[192.0.2.9]", { kind: "smtp", host: "[192.0.2.9]", port: 25 }],
    ["smtp://[192.0.2.9]:26", { kind: "smtp", host: "[192.0.2.9]", port: 26 }],
    ["smtp://192.0.2.9", { kind: "smtp", host: "192.0.2.9", port: 25 }],
    ["smtp://[::1]:26", { kind: "smtp", host: "[::1]", port: 26 }],
    ["smtp://::1", undefined],
    ["smtp://[192.0.2]", undefined],
    ["smtp://[::1", undefined],
    ["smtp://[::1]:", undefined],
    ["smtp://relay.example:", undefined],
    ["smtp://", undefined],
    ["smtp://relay.example:0", undefined],
    ["smtp://relay.example:65536", undefined],
    ["smtp://user@relay.example", undefined],
    ["smtp://relay.example/x", undefined],
    ["smtp://a b", undefined],
    ["relay.example", undefined],
    ["smtp://relay.example\r\n", undefined],
  ])("reads %j", (text, destination) => expect(parseDestination(text)).toEqual(destination));
});

describe("patternProblem", () => {
  it.each([
    "example.net",
    ".example.net",
    "*",
    "a@b.example",
    "sales-*@b.example",
    "*-list@b.example",
    "[192.0.2.1]",
    "a@[ipv6:::1]",
  ])("allows %j", (pattern) => expect(patternProblem(pattern)).toBeUndefined());
  it.each([
    "",
    ".",
    "*.example.net",
    "a b",
    "[192.0.2]",
    ".[192.0.2.1]",
    "*@b.example",
    "a*b@b.example",
    "@b.example",
    "a@",
    "a@*",
  ])("refuses %j", (pattern) => expect(patternProblem(pattern)).toBeDefined());
});

describe("findRoute", () => {
  const table: Record<string, string> = { "a.b.example": "exact", ".b.example": "near", ".example": "far", "*": "all" };
  it.each([
    ["a.b.example", "a.b.example"],
    ["x.b.example", ".b.example"],
    ["y.x.b.example", ".b.example"],
    ["b.example", ".example"],
    ["example", "*"],
    ["example.net", "*"],
  ])("takes for %j the pattern %j", (domain, pattern) => {
    expect(findRoute("x", domain, routesOf(table))?.pattern).toBe(pattern);
  });

  /** qmail-remote(8)'s smtproutes: `r.test:`, `.r.test:`, `[192.0.2.1]:` and the empty pattern. */
  it.each([
    ["r.test", "r.test"],
    ["R.Test.", "r.test"],
    ["a.r.test", ".r.test"],
    ["a.b.r.test", ".r.test"],
    ["xr.test", "*"],
    ["[192.0.2.1]", "[192.0.2.1]"],
    ["[192.0.2.2]", "*"],
    ["[IPv6:::1]", "[ipv6:::1]"],
  ])("takes of smtproutes for %j the pattern %j", (domain, pattern) => {
    const smtproutes = {
      "r.test": "mx",
      ".r.test": "smtp://[192.0.2.9]:26",
      "[192.0.2.1]": "mx",
      "[ipv6:::1]": "mx",
      "*": "mx",
    };
    expect(findRoute("x", domain, routesOf(smtproutes))?.pattern).toBe(pattern);
  });

  it("asks a bounded number of times for the longest of names", () => {
    let asked = 0;
    findRoute("x", "a.".repeat(5000), { route: () => void asked++, wildcardRoutes: () => [] });
    expect(asked).toBeLessThan(150);
  });
});

describe("findRoute, by local part", () => {
  const table = {
    "sales@b.example": "mx",
    "sales-*@b.example": "mx",
    "sales-eu-*@b.example": "mx",
    "*-list@b.example": "mx",
    "b.example": "mx",
  };
  it.each([
    ["sales", "sales@b.example", "sales"],
    ["SALES", "sales@b.example", "SALES"],
    ["sales-Kim", "sales-*@b.example", "Kim"],
    ["sales-eu-kim", "sales-eu-*@b.example", "kim"],
    ["sales-", "b.example", "sales-"],
    ["Staff-list", "*-list@b.example", "Staff"],
    ["-list", "b.example", "-list"],
    ["kim", "b.example", "kim"],
  ])("takes for %j the pattern %j, with %j for its *", (local, pattern, rest) => {
    expect(findRoute(local, "b.example", routesOf(table))).toMatchObject({ pattern, rest });
  });

  it("knows a pattern in any spelling", () => {
    expect(patternKey("Sales-*@B.Example.")).toBe("sales-*@b.example");
    expect(patternKey(".B.Example")).toBe(".b.example");
  });
});
