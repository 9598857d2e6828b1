import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

const KNOWN = ["smtp.listen", "limits.message", "limits.connections", "pop3.listen", "office"];

describe("nearest", () => {
  it.each([
    ["smpt.listen", "smtp.listen"],
    ["offise", "office"],
    ["limit.message", "limits.message"],
    ["message", "limits.message"],
    ["colour", undefined],
    ["x.listen", undefined],
  ])("takes %s for %s", (word, meant) => expect(nearest(word, KNOWN)).toBe(meant));
});
