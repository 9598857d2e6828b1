import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Recipient } from "#shared/mail/envelope.js";
import { type EntryHead, encodeEntryHead, entryName, MAX_HEAD, parseEntryHead, parseEntryName } from "./entry.ts";

const ID = "ABCDEFGHIJKLMNOP";
const HOST = "hub.example.org";
const HEAD: EntryHead = {
  id: ID,
  born: 1_795_000_000,
  envelope: { sender: "ana@example.net", recipients: [{ address: "maria@example.org" }] },
  fields: {},
};
const NAME = entryName(HEAD, HOST);

function parse(text: string, name = NAME, prefix = "", whole = true) {
  return parseEntryHead(Buffer.from(text), name, prefix, whole);
}

/** What a door lets through: any text but control characters (P5). */
const address = fc.string({ unit: "grapheme", minLength: 1 }).map((text) => text.replace(/\p{Cc}/gu, "") || "x");
const recipient: fc.Arbitrary<Recipient> = fc
  .record({ address, notify: fc.constantFrom(undefined, "NEVER", "SUCCESS,DELAY"), orcpt: fc.option(address) })
  .map(({ address: to, notify, orcpt }) => ({
    address: to,
    ...(notify === undefined ? {} : { notify }),
    ...(orcpt === null ? {} : { orcpt }),
  }));
const head: fc.Arbitrary<EntryHead> = fc
  .record({
    born: fc.nat(),
    sender: fc.oneof(fc.constant(""), fc.constant("#@[]"), address),
    recipients: fc.array(recipient, { minLength: 1, maxLength: 5 }),
    envid: address,
    fields: fc.dictionary(fc.stringMatching(/^later-[a-z]{1,8}$/), fc.string({ unit: "grapheme" }), {
      noNullPrototype: true,
    }),
  })
  .map(({ born, sender, recipients, envid, fields }) => ({
    id: ID,
    born,
    envelope: { sender, recipients, envid, ret: "HDRS", smtputf8: true },
    fields,
  }));

describe("the head of an entry", () => {
  it("is read as it was written, fields of later versions included, and the message begins behind it", () => {
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 40 }), (written, message) => {
        const bytes = encodeEntryHead(written);
        const parsed = parseEntryHead(
          Buffer.concat([bytes, Buffer.from("Received: x\n"), message]),
          entryName(written, HOST),
        );
        expect(parsed).toEqual({ kind: "head", head: written, offset: bytes.length });
      }),
      { numRuns: 300 },
    );
  });

  it("asks for more at every length that is too short, and never gives a half head", () => {
    const bytes = encodeEntryHead({
      ...HEAD,
      envelope: { sender: "", recipients: [{ address: "m@x", notify: "NEVER" }] },
    });
    for (let length = 0; length < bytes.length; length += 1)
      expect(parseEntryHead(bytes.subarray(0, length), NAME)).toEqual({ kind: "more" });
  });

  it("stays readable with line separators that only Unicode knows", () => {
    const strange = { sender: "a\u2028b@x", recipients: [{ address: "c\u2029d\u0085@y" }] };
    const bytes = encodeEntryHead({ ...HEAD, envelope: strange });
    expect(parseEntryHead(Buffer.concat([bytes, Buffer.from("x\n")]), NAME)).toMatchObject({
      head: { envelope: strange },
    });
  });

  it("does not take Delivered-To lines of the message for recipients", () => {
    const text = `${Buffer.from(encodeEntryHead(HEAD))}Delivered-To: list@example.org\nReceived: x\n`;
    expect(parse(text)).toMatchObject({ kind: "head", head: { envelope: HEAD.envelope } });
  });

  it("refuses to write a line end or NUL", () => {
    for (const bad of ["a\nb", "a\rb", "a\0b"]) {
      expect(() => encodeEntryHead({ ...HEAD, envelope: { sender: bad, recipients: [] } })).toThrow(TypeError);
      expect(() => encodeEntryHead({ ...HEAD, envelope: { sender: "", recipients: [{ address: bad }] } })).toThrow(
        TypeError,
      );
    }
  });

  it.each([
    ["nothing at all", "", "it has no complete first line"],
    ["no Return-Path", "Received: x\n", "its first line is not Return-Path"],
    ["no recipient", "Return-Path: <a@b>\nSubject: x\n", "its second line is not Delivered-To"],
    ["no entry line", "Return-Path: <a@b>\nDelivered-To: c@d\n\nhello\n", "X-Qrelay-Entry line is missing"],
    ["a cut", "Return-Path: <a@b>\nDelivered-To: c@d\n", "its envelope does not end"],
    ["another's id", `Return-Path: <a@b>\nDelivered-To: c@d\nX-Qrelay-Entry: id=${"B".repeat(16)}\n\n`, "its id"],
    [
      "a recipient too many",
      `Return-Path: <a@b>\nDelivered-To: c@d\nX-Qrelay-Entry: id=${ID}\nX-Qrelay-Rcpt: 2 notify=NEVER\n\n`,
      "recipient 2",
    ],
  ])("with %s is unreadable and says why", (_what, text, reason) => {
    expect(parse(text)).toEqual({ kind: "unreadable", reason: expect.stringContaining(reason) });
  });

  it("gives up on a line without end at the limit", () => {
    expect(parseEntryHead(Buffer.alloc(MAX_HEAD, "x"), NAME)).toMatchObject({ kind: "unreadable" });
  });

  it("takes the birth from the name where the field is damaged", () => {
    for (const born of ["abc", "NaN", "-5", "1e99", ""])
      expect(parse(`Return-Path: <a@b>\nDelivered-To: c@d\nX-Qrelay-Entry: id=${ID} born=${born}\n\n`)).toMatchObject({
        head: { born: HEAD.born },
      });
  });
});

describe("an entry that qmail-local wrote", () => {
  const name = "1795000000.1234.herat";

  it("has its prefix stripped, its Return-Path unquoted and only one Delivered-To", () => {
    const text =
      'Return-Path: <"a b"@example.net>\nDelivered-To: alias-herat-maria@example.org\n' +
      "Delivered-To: old@example.org\nSubject: x\n\n";
    expect(parse(text, name, "alias-herat-")).toMatchObject({
      kind: "head",
      head: {
        born: 1_795_000_000,
        envelope: { sender: "a b@example.net", recipients: [{ address: "maria@example.org" }] },
        fields: {},
      },
      offset: text.indexOf("Delivered-To: old"),
    });
  });

  it("is unreadable without the prefix, so that it stays where it is", () => {
    expect(parse("Return-Path: <>\nDelivered-To: maria@example.org\n\n", name, "alias-")).toMatchObject({
      kind: "unreadable",
    });
  });

  it("is not believed when its message begins with an X-Qrelay-Entry line", () => {
    const text = `Return-Path: <>\nDelivered-To: m@example.org\nX-Qrelay-Entry: id=${ID} born=1 link=herat\nSubject: x\n`;
    const parsed = parse(text, name);
    expect(parsed).toMatchObject({ kind: "head", head: { fields: {}, born: 1_795_000_000 } });
    expect(parsed.kind === "head" && text.slice(parsed.offset)).toMatch(/^X-Qrelay-Entry/);
    expect(parsed.kind === "head" && parsed.head.id).not.toBe(ID);
  });

  it("has the same id whenever it is read, flags or not, and another than its neighbour", () => {
    const text = "Return-Path: <>\nDelivered-To: m@example.org\nSubject: x\n";
    const idOf = (file: string) => {
      const parsed = parse(text, file);
      return parsed.kind === "head" ? parsed.head.id : "";
    };
    expect(idOf(name)).toBe(idOf(`${name}:2,S`));
    expect(idOf(name)).not.toBe(idOf("1795000001.1234.herat"));
  });

  it("has birth 0 when its name does not begin with a believable time", () => {
    const text = "Return-Path: <>\nDelivered-To: m@example.org\nSubject: x\n";
    for (const odd of ["message", `${"9".repeat(400)}.x`, `${"9".repeat(16)}.x`])
      expect(parse(text, odd)).toMatchObject({ head: { born: 0 } });
  });
});

describe("the name of an entry", () => {
  it("tells birth and id, and is read back", () => {
    expect(parseEntryName(NAME)).toEqual({ id: ID, born: HEAD.born });
    expect(parseEntryName(`${NAME}:2,S`)).toEqual({ id: ID, born: HEAD.born });
    expect(NAME).toMatch(/\.hub\.example\.org$/);
  });

  it("is the same for the same people in any order and case, and another for others", () => {
    const named = (...addresses: string[]) =>
      entryName({ ...HEAD, envelope: { sender: "", recipients: addresses.map((one) => ({ address: one })) } }, HOST);
    expect(named("a@x", "b@x")).toBe(named("B@X", "A@x"));
    expect(named("a@x")).not.toBe(named("b@x"));
    expect(named("a@x", "b@x")).not.toBe(named("a@x"));
  });

  it("is not seen in names of other programs", () => {
    for (const other of ["1795000000.M1P2.host", "1795000000.Qabc.host", `x.Q${ID}.host`, `1.Q${ID}`])
      expect(parseEntryName(other)).toBeUndefined();
  });
});
