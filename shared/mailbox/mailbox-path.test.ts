import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mailboxName, mailboxPath } from "./mailbox-path.ts";

describe("mailboxName", () => {
  it.each([
    ["Holly", "", "holly"],
    ["a.b_c+d=e-1", "", "a.b_c+d=e-1"],
    ["Ü", "", "%C3%BC"],
    ["..", "", "%2E."],
    [".hidden", "", "%2Ehidden"],
    ["a/../b", "", "a%2F..%2Fb"],
    ["a%2fb", "", "a%252fb"],
    ["a\0b", "", "a%00b"],
    ["x@y.example", "", "x%40y.example"],
    ["X", "Y.Example", "x@y.example"],
  ])("makes of %j at %j the folder %j", (local, domain, name) => expect(mailboxName(local, domain)).toBe(name));

  it("refuses the empty name, which would be the folder of all mailboxes", () => {
    expect(() => mailboxName("")).toThrow(RangeError);
  });

  it("gives one plain path component, and the same one only to the same name", () => {
    const text = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(mailboxName(one)).toMatch(/^(?!\.)[a-z0-9._+=%A-F-]+$/);
        const same = one.normalize("NFC").toLowerCase() === other.normalize("NFC").toLowerCase();
        expect(mailboxName(one) === mailboxName(other)).toBe(same);
        expect(mailboxName(one, "x.example")).not.toBe(mailboxName(`${one}@x.example`));
      }),
    );
  });
});

describe("mailboxPath", () => {
  it("is a Maildir below the node's folder", () => {
    expect(mailboxPath("/srv/hub", "holly")).toBe("/srv/hub/mailboxes/holly/Maildir");
  });
});
