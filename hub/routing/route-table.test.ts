import { describe, expect, it } from "vitest";
import { findRoute, parseDestination, patternProblem } from "./route-table.ts";

describe("parseDestination", () => {
  it.each([
    ["smtp://relay.example", { host: "relay.example", port: 25 }],
    ["smtp://Relay.Example:2525", { host: "relay.example", port: 2525 }],
    ["smtp://127.0.0.1:2525", { host: "127.0.0.1", port: 2525 }],
    ["smtp://[2001:db8::1]:26", { host: "[2001:db8::1]", port: 26 }],
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
  it.each(["example.net", ".example.net", "*"])("allows %j", (pattern) =>
    expect(patternProblem(pattern)).toBeUndefined(),
  );
  it.each(["", ".", "*.example.net", "a b", "[192.0.2.1]"])("refuses %j", (pattern) =>
    expect(patternProblem(pattern)).toBeDefined(),
  );
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
    expect(findRoute(domain, (one) => table[one])?.pattern).toBe(pattern);
  });

  it("asks a bounded number of times for the longest of names", () => {
    let asked = 0;
    findRoute("a.".repeat(5000), () => void asked++);
    expect(asked).toBeLessThan(150);
  });
});
