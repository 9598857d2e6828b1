import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MixingModel } from "./model.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Mail of our own, large enough that each kind of context has something to say. */
const LETTER = bytesOf(`Received: from spoke.kabul.example.org by hub.example.org with QMTP id abcdefghijklmnop;
\tMon, 3 Aug 2026 10:00:00 +0000
From: Dr. Amina Example <amina@example.org>
To: stock@example.org
Subject: Vaccine stock, week 32

Dear all,
the stock of BCG is down to 120 doses, that of measles to 300. We need the next delivery before Thursday.
Regards, Amina
`);
const ANSWER = bytesOf(`Received: from hub.example.org by spoke.kabul.example.org with QMTP id ponmlkjihgfedcba;
\tMon, 3 Aug 2026 11:30:00 +0000
From: stock@example.org
To: Dr. Amina Example <amina@example.org>
Subject: Re: Vaccine stock, week 32

> the stock of BCG is down to 120 doses, that of measles to 300. We need the next delivery before Thursday.

<p>It leaves <b>on Wednesday</b>.</p>
`);

/** Two models are enough for all: priming is what costs, and encode and decode leave them as they were. */
const fresh = new MixingModel();
const primed = new MixingModel();
primed.prime(LETTER);

describe("mixing model", () => {
  it("any bytes come back, whatever it was primed with and whatever the tail", () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(bytes, bytes, fc.constantFrom(fresh, primed), (plain, tail, model) => {
        expect(model.decode(model.encode(plain, tail), plain.length, tail)).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it("mail comes back", () => {
    for (const model of [fresh, primed]) expect(model.decode(model.encode(ANSWER), ANSWER.length)).toEqual(ANSWER);
  });

  it("a message comes back that follows more than is remembered, and the format is what it was", () => {
    const model = new MixingModel();
    const line = bytesOf("Stock list of the store, to be counted once a month\n");
    const long = new Uint8Array(2_150_000);
    for (let i = 0; i < long.length; i++) long[i] = (line[i % line.length] as number) ^ (i % 7919 === 0 ? 1 : 0);
    model.prime(long);
    const encoded = model.encode(line);
    expect(encoded.length).toBeLessThan(8);
    expect(model.decode(encoded, line.length)).toEqual(line);
    // A second guard of the format: here most bytes were learned without weighing.
    expect(hash("sha256", model.encode(ANSWER), "hex")).toBe(
      "7c8a23193f250cded872b0defb32d306e7780212b201e58d56c0ba9b3467f813",
    );
  });

  it("mail that answers known mail is much smaller than without it", () => {
    const warm = primed.encode(ANSWER).length;
    expect(warm).toBeLessThan(0.55 * fresh.encode(ANSWER).length);
    expect(primed.encode(ANSWER, ANSWER).length).toBeLessThan(0.2 * warm);
  });

  it("two models primed with the same bytes code alike however these were split", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(LETTER.length), { maxLength: 5 }), (cuts) => {
        const split = new MixingModel();
        const at = [0, ...cuts.toSorted((a, b) => a - b), LETTER.length];
        for (let i = 1; i < at.length; i++) split.prime(LETTER.subarray(at[i - 1], at[i]));
        expect(split.encode(ANSWER)).toEqual(primed.encode(ANSWER));
      }),
      { numRuns: 5 },
    );
  });

  it("a message leaves nothing behind", () => {
    const before = primed.encode(ANSWER);
    primed.encode(bytesOf("something else altogether"), bytesOf("and a tail"));
    primed.decode(Uint8Array.of(1, 2, 3), 500);
    expect(primed.encode(ANSWER)).toEqual(before);
  });

  it("the wrong history or the wrong tail gives other bytes of the same length", () => {
    const encoded = primed.encode(ANSWER, bytesOf("tail"));
    for (const wrong of [
      fresh.decode(encoded, ANSWER.length, bytesOf("tail")),
      primed.decode(encoded, ANSWER.length),
    ]) {
      expect(wrong.length).toBe(ANSWER.length);
      expect(wrong).not.toEqual(ANSWER);
    }
  });

  it("any bytes decode to something of the length asked for", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(600), (garbage, length) => {
        expect(primed.decode(garbage, length).length).toBe(length);
      }),
      { numRuns: 40 },
    );
  });

  it("the format is what it was: field laptops are upgraded last", () => {
    const text = bytesOf("The road to the clinic is open again.");
    const encoded = "b875abfaee45932496018a5d96b5563065b933711d5d16790de227";
    expect(Buffer.from(fresh.encode(text)).toString("hex")).toBe(encoded);
    expect(fresh.decode(Buffer.from(encoded, "hex"), text.length)).toEqual(text);
    expect(hash("sha256", primed.encode(ANSWER, LETTER), "hex")).toBe(
      "0e6fb920d0fa3b8357c879a7caf294bfdab93eb7a0ad72076d7120ab19496067",
    );
  });

  it("nothing is nothing", () => {
    expect(primed.encode(new Uint8Array())).toEqual(new Uint8Array());
    expect(primed.decode(new Uint8Array(), 0)).toEqual(new Uint8Array());
    expect(primed.decode(Uint8Array.of(9, 9), 0)).toEqual(new Uint8Array());
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 40])("a length of %d is refused", (length) => {
    expect(() => primed.decode(new Uint8Array(), length)).toThrow(RangeError);
  });
});
