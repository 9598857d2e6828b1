import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_HANDED, readHanded } from "./checkpassword.ts";

const read = (text: string) => readHanded(Buffer.from(text));

describe("readHanded", () => {
  it.each([
    ["with a timestamp", "holly@example.org\0long secret\0Y123\0"],
    ["with more behind it", "holly@example.org\0long secret\0Y123\0more\0and more"],
    ["with an empty timestamp", "holly@example.org\0long secret\0\0"],
    ["without one, as Bernstein's own program takes it", "holly@example.org\0long secret\0"],
  ])("reads login and password %s", (_, text) => {
    expect(read(text)).toEqual({ kind: "login", login: "holly@example.org", password: "long secret" });
  });

  it.each(["", "holly", "holly\0", "holly\0long secret"])("refuses %j", (text) => {
    expect(read(text)).toEqual({ kind: "malformed" });
  });

  it("reads 512 bytes and not one more", () => {
    const text = `holly\0${"x".repeat(MAX_HANDED - 7)}\0`;
    expect(read(text)).toMatchObject({ kind: "login", login: "holly" });
    expect(read(`${text}\0`)).toEqual({ kind: "too-long" });
  });

  it("reads back any pair that has no NUL", () => {
    const word = fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(word, word, (login, password) => {
        expect(read(`${login}\0${password}\0\0`)).toEqual({ kind: "login", login, password });
      }),
    );
  });
});
