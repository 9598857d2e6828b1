import { describe, expect, it } from "vitest";
import { approvalAddress, approvalToken, isApprovalToken, readApproval } from "./approval.ts";

const ID = "ABCDEFGHIJKLMN23";
const LIST = "announce@example.org";
const token = approvalToken("secret", LIST, ID);

describe("approval addresses", () => {
  it("carry the mail id and a code, in lower case and within a local part", () => {
    expect(token).toMatch(/^abcdefghijklmn23[a-z2-7]{16}$/);
    const address = approvalAddress(`${"a".repeat(24)}@example.org`, "reject", token);
    expect(address.split("@")[0]).toHaveLength(64);
    expect(readApproval(approvalAddress(LIST, "accept", token).split("@")[0] ?? "")).toEqual({
      list: "announce",
      verdict: "accept",
      mailId: ID,
      token,
    });
  });

  it("are read in any case, the list's own hyphens and verdicts included", () => {
    expect(readApproval(`My-Accept-List-REJECT-${token.toUpperCase()}`)).toMatchObject({
      list: "my-accept-list",
      verdict: "reject",
      mailId: ID,
    });
  });

  it.each([
    "announce",
    `announce-accept-${token.slice(1)}`,
    `announce-accept-a${token}`,
    `announce-approve-${token}`,
    `-accept-${token}`,
    `announce-accept-${token.slice(0, 31)}1`,
    `announce-accept-${token}\n`,
  ])("are not %j", (local) => expect(readApproval(local)).toBeUndefined());

  it("are good for one message of one list of one hub only", () => {
    expect(isApprovalToken("secret", LIST, token)).toBe(true);
    expect(isApprovalToken("secret", "Announce@Example.org", token)).toBe(true);
    expect(isApprovalToken("other", LIST, token)).toBe(false);
    expect(isApprovalToken("secret", "staff@example.org", token)).toBe(false);
    for (let at = 0; at < token.length; at++) {
      const wrong = token.slice(0, at) + (token[at] === "a" ? "b" : "a") + token.slice(at + 1);
      expect(isApprovalToken("secret", LIST, wrong)).toBe(false);
    }
  });
});
