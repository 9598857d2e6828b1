import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLASSES, type ParcelHeader } from "#shared/link/parcel.js";
import { knownAddresses, MAX_KNOWN } from "./address-reference.ts";
import { MalformedFrameError } from "./bytes.ts";
import { CODECS, type Intro, parcelId, readIntro, writeIntro } from "./parcel-head.ts";

const HEADER: ParcelHeader = {
  kind: "mail",
  mailId: "ABCDEFGHIJKLMNOP",
  sender: "maria@example.org",
  recipients: [{ address: "holly@herat.example.org", orcpt: "rfc822;holly@example.org" }],
  class: "small",
  fields: {},
  size: 3000,
  checksum: "0123456789abcdef",
};

function intro(header: ParcelHeader): Intro {
  return {
    kind: "fresh",
    header,
    encoding: { codec: "mixing", unwrapped: false },
    encodedLength: 700,
    assumed: { completed: 3 },
  };
}

const state = fc.stringMatching(/^[0-9a-f]{16}$/);
const address = fc
  .string({ minLength: 1, maxLength: 30, unit: "grapheme-ascii" })
  .map((text) => `${text.replace(/\s/g, "_")}@example.org`);
const recipient = fc.record(
  {
    address,
    notify: fc.constantFrom("NEVER", "SUCCESS,FAILURE"),
    orcpt: fc.oneof(fc.constantFrom("rfc822;a+2Bb@example.org", "x400;+2FC=x", "rfc822;"), fc.constant("utf-8;weird")),
  },
  { requiredKeys: ["address"] },
);
const mail: fc.Arbitrary<ParcelHeader> = fc
  .record({
    mailId: fc.stringMatching(/^[A-Z2-7]{16}$/),
    sender: fc.oneof(fc.constant(""), address),
    recipients: fc.array(recipient, { minLength: 1, maxLength: 5 }),
    class: fc.constantFrom(...CLASSES),
    size: fc.nat(),
    checksum: state,
    fields: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), fc.string({ maxLength: 20 }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    dsn: fc.record(
      {
        ret: fc.constantFrom("FULL" as const, "HDRS" as const),
        envid: fc.string(),
        smtputf8: fc.constant(true as const),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ dsn, ...rest }) => ({ kind: "mail", ...rest, ...dsn }) as ParcelHeader);
const fresh: fc.Arbitrary<Intro> = fc.record({
  kind: fc.constant("fresh" as const),
  header: mail,
  encoding: fc.record({ unwrapped: fc.boolean(), codec: fc.constantFrom(...CODECS) }),
  encodedLength: fc.nat(),
  assumed: fc.oneof(
    fc.record({ completed: fc.nat(1000) }),
    fc.record({ base: fc.record({ own: state, other: state }), completed: fc.constant(0) }),
  ),
});

describe("a parcel's header", () => {
  it("comes out as it went in, whatever addresses are known", () => {
    fc.assert(
      fc.property(fresh, fc.array(address, { maxLength: 5 }), (one, more) => {
        const own = one.kind === "fresh" ? one.header.recipients.map((recipient) => recipient.address) : [];
        const known = knownAddresses([more, own.slice(1)]);
        expect(readIntro(writeIntro(one, known), () => known)).toEqual(one);
      }),
    );
  });

  it("costs few bytes when its people were in an earlier one", () => {
    const known = knownAddresses([["maria@example.org", "holly@herat.example.org", "holly@example.org"]]);
    // Flags, assumes, two lengths, checksum, mail id, sender, count, recipient, extras with the recipient's first name.
    expect(writeIntro(intro(HEADER), known).length).toBe(1 + 1 + 2 + 2 + 8 + 10 + 1 + 1 + 1 + 3);
  });

  it("of a resumed parcel is its id, the offset and the length", () => {
    const resumed: Intro = { kind: "resumed", id: "00112233445566ff", offset: 5000, encodedLength: 90_000 };
    expect(readIntro(writeIntro(resumed, []), () => undefined)).toEqual(resumed);
  });

  it("cannot be read without the history that it assumes, but says how much to throw away", () => {
    expect(readIntro(writeIntro(intro(HEADER), []), () => undefined)).toEqual({
      kind: "history-unknown",
      encodedLength: 700,
    });
  });

  it("that names people whom the history does not know is refused", () => {
    const head = writeIntro(intro(HEADER), ["maria@example.org", "holly@herat.example.org"]);
    expect(() => readIntro(head, () => [])).toThrow(MalformedFrameError);
  });

  it("with an address that no envelope may hold is refused (P5)", () => {
    for (const bad of ["a\nb@example.org", "a\0@example.org", `${"x".repeat(1000)}@example.org`]) {
      const head = writeIntro(intro({ ...HEADER, recipients: [{ address: bad }] }), []);
      expect(() => readIntro(head, () => [])).toThrow(MalformedFrameError);
    }
  });

  it("cut short, or garbage, never does worse than be refused", () => {
    const whole = writeIntro(intro(HEADER), []);
    for (let length = 0; length < whole.length; length += 1)
      expect(() => readIntro(whole.subarray(0, length), () => [])).toThrow(MalformedFrameError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (garbage) => {
        try {
          readIntro(garbage, () => ["a@b"]);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrameError);
        }
      }),
    );
  });

  it("has an id that follows from mail id and people alone", () => {
    const id = parcelId(HEADER);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(parcelId({ ...HEADER, checksum: "ffffffffffffffff" })).toBe(id);
    expect(parcelId({ ...HEADER, recipients: [{ address: "HOLLY@herat.example.org" }] })).toBe(id);
    expect(parcelId({ ...HEADER, recipients: [{ address: "ali@herat.example.org" }] })).not.toBe(id);
  });
});

describe("known addresses", () => {
  it("are the newest, each once, in a list with an end", () => {
    expect(
      knownAddresses([
        ["a", "b"],
        ["b", "c"],
      ]),
    ).toEqual(["a", "b", "c"]);
    const many = Array.from({ length: 500 }, (_one, index) => [`p${index}`]);
    expect(knownAddresses(many)).toHaveLength(MAX_KNOWN);
  });
});
