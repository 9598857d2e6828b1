import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressKey,
  addressProblem,
  canonicalDomain,
  isDomain,
  joinAddress,
  quoteAddress,
  splitAddress,
  unquoteAddress,
} from "./address.ts";

describe("splitAddress and joinAddress", () => {
  it("split at the last @ and lower the domain only", () => {
    expect(splitAddress("Bob@Example.ORG.")).toEqual({ local: "Bob", domain: "example.org" });
    expect(splitAddress("a@b@c")).toEqual({ local: "a@b", domain: "c" });
    expect(splitAddress("bob")).toEqual({ local: "bob", domain: "" });
    expect(splitAddress("")).toEqual({ local: "", domain: "" });
    expect(joinAddress("bob", "")).toBe("bob");
    expect(joinAddress("bob", "example.org")).toBe("bob@example.org");
  });

  it("are each other's reverse for canonical domains", () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (local, name) => {
        const domain = canonicalDomain(name);
        expect(splitAddress(joinAddress(local, domain))).toEqual({ local, domain });
      }),
    );
  });
});

describe("addressKey", () => {
  it("is the same for case and for composed and decomposed letters", () => {
    expect(addressKey("RENE\u0301@Example.org")).toBe(addressKey("rené@example.ORG"));
  });
});

describe("addressProblem", () => {
  it("refuses control characters and length over the limit in bytes", () => {
    for (const bad of ["a\nb@c", "a\rb", "a\0b", "a\tb", "a\x7fb"]) expect(addressProblem(bad)).toContain("control");
    expect(addressProblem("é".repeat(500))).toContain("999 bytes");
    expect(addressProblem("x".repeat(999))).toBeUndefined();
    expect(addressProblem("x".repeat(65), 64)).toContain("64 bytes");
    expect(addressProblem("")).toBeUndefined();
  });
});

describe("isDomain", () => {
  it.each([
    "example.org",
    "EXAMPLE.org",
    "a",
    "xn--bcher-kva.example",
    "bücher.example",
    "[192.0.2.1]",
    "[IPv6:::1]",
    "[ipv6:2001:db8::1]",
    "[::1]",
  ])("takes %s", (name) => expect(isDomain(name)).toBe(true));

  it.each([
    "",
    ".",
    "a..b",
    "[1.2.3]",
    "[1.2.3.400]",
    "[::::]",
    "[]",
    "-a.org",
    "a-.org",
    "a b",
    "a/b",
    "a\nb",
    "a@b",
    `${"x".repeat(64)}.org`,
    "x.".repeat(130),
    "[x]",
    "é é",
    "é/x",
  ])("refuses %j", (name) => expect(isDomain(name)).toBe(false));
});

describe("quoteAddress and unquoteAddress", () => {
  it("quote only where RFC 5321 wants it", () => {
    expect(quoteAddress("bob@example.org")).toBe("bob@example.org");
    expect(quoteAddress("bob smith@example.org")).toBe('"bob smith"@example.org');
    expect(quoteAddress('a"b\\c@example.org')).toBe('"a\\"b\\\\c"@example.org');
    expect(quoteAddress(".bob@example.org")).toBe('".bob"@example.org');
    expect(quoteAddress("a..b@example.org")).toBe('"a..b"@example.org');
    expect(quoteAddress("a@b@example.org")).toBe('"a@b"@example.org');
    expect(quoteAddress("")).toBe("");
  });

  it("are each other's reverse", () => {
    const local = fc.string({
      unit: fc.oneof(fc.constantFrom('"', "\\", ".", "@", "\n"), fc.string({ minLength: 1, maxLength: 1 })),
    });
    fc.assert(
      fc.property(local, (name) => {
        const address = `${name}@example.org`;
        expect(unquoteAddress(quoteAddress(address))).toBe(address);
      }),
    );
  });
});
