import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedMailId, isMailId, mailIdBeginning, mailIdBytes, newMailId } from "./mail-id.ts";

describe("mail ids", () => {
  it("are 16 characters of base32 as RFC 4648 writes it", () => {
    expect(newMailId(Buffer.from("foobarfoob"))).toBe("MZXW6YTBOJTG633C");
    expect(newMailId(new Uint8Array(10))).toBe("AAAAAAAAAAAAAAAA");
    expect(newMailId(new Uint8Array(10).fill(255))).toBe("7777777777777777");
  });

  it("are new each time", () => {
    const ids = Array.from({ length: 1000 }, () => newMailId());
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every(isMailId)).toBe(true);
  });

  it("follow from a cause: same cause, same id", () => {
    expect(derivedMailId("bounce", "A", "b@c")).toBe(derivedMailId("bounce", "A", "b@c"));
    expect(derivedMailId("a", "bc")).not.toBe(derivedMailId("ab", "c"));
    expect(isMailId(derivedMailId())).toBe(true);
  });

  it("are ten bytes where bytes are dear", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (random) => {
        expect(mailIdBytes(newMailId(random))).toEqual(Uint8Array.from(random));
      }),
    );
  });

  it("begin with the characters that their first bytes decide", () => {
    const bytes = mailIdBytes("MZXW6YTBOJTG633C");
    const beginnings = [0, 1, 4, 5, 10].map((length) => mailIdBeginning(bytes.subarray(0, length)));
    expect(beginnings).toEqual(["", "M", "MZXW6Y", "MZXW6YTB", "MZXW6YTBOJTG633C"]);
  });

  it("are told from other words", () => {
    for (const text of [
      "",
      "ABCDEFGHIJKLMNO",
      "ABCDEFGHIJKLMNOPQ",
      "abcdefghijklmnop",
      "ABCDEFGHIJKLMNO1",
      "ABCDEFGHIJKLMNOP\n",
    ]) {
      expect(isMailId(text)).toBe(false);
    }
  });
});
