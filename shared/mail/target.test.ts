import { describe, expect, it } from "vitest";
import { storedTarget, targetProblem } from "./target.ts";

describe("targetProblem", () => {
  it.each(["holly", "holly@example.org", "a+b@example.net", "x%y@example.net", "x@[192.0.2.1]", "ä@example.net"])(
    "allows %j",
    (target) => expect(targetProblem(target)).toBeUndefined(),
  );

  it.each([
    ["|/bin/sh", /programs/],
    ['"|cmd"', /programs/],
    ["\\|cmd", /programs/],
    ["/dev/sda", /files/],
    ['"/dev/sda"', /files/],
    ["~/mail", /files/],
    [":include:/etc/passwd", /includes/],
    [":INCLUDE:/etc/passwd", /includes/],
    ["\\root", /backslash/],
    ["a\nb@example.org", /control/],
    ["a\rb", /control/],
    ["a\0b", /control/],
    ["a/../b", /plain address/],
    ["a b", /plain address/],
    ["a,b", /plain address/],
    ["Holly <holly@example.org>", /plain address/],
    ["@example.org", /plain address/],
    ["holly@", /plain address/],
    ["holly@ex ample", /plain address/],
    ["", /empty/],
    ["a".repeat(321), /longer/],
  ])("refuses %j", (target, reason) => expect(targetProblem(target)).toMatch(reason));
});

describe("storedTarget", () => {
  it.each([
    ["Holly", "holly"],
    ["Holly@Example.ORG.", "Holly@example.org"],
  ])("keeps %j as %j", (given, stored) => expect(storedTarget(given)).toBe(stored));
});
