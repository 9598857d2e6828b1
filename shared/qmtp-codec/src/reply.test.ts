import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeReply, ReplyDecoder, type ReplyEvent, type ReplyLetter } from "./index.ts";

const letters = fc.constantFrom<ReplyLetter>("K", "Z", "D");

describe("encodeReply", () => {
  it("writes letter and text as one netstring", () => {
    expect(text(encodeReply("D", "no such user (#5.1.1)"))).toBe("22:Dno such user (#5.1.1),");
    expect(text(encodeReply("K", ""))).toBe("1:K,");
  });

  it("changes what a client might trip over", () => {
    expect(text(encodeReply("Z", "  later\r\nor never\0"))).toBe("17:Zlater??or never?,");
  });

  it("cuts long text at the end of a character", () => {
    const reply = encodeReply("D", "x".repeat(999) + "é".repeat(10));
    expect(text(reply)).toBe(`1000:D${"x".repeat(999)},`);
    expect(text(encodeReply("D", "x".repeat(1001)))).toBe(`1001:D${"x".repeat(1000)},`);
  });

  it("comes back from the decoder, for any text and any cutting", () => {
    const replies = fc.array(fc.tuple(letters, fc.string({ unit: "grapheme", maxLength: 30 })), { maxLength: 5 });
    fc.assert(
      fc.property(replies, fc.integer({ min: 1, max: 40 }), (sent, step) => {
        const stream = Buffer.concat(sent.map(([letter, words]) => encodeReply(letter, words)));
        const decoder = new ReplyDecoder();
        const events: ReplyEvent[] = [];
        for (let at = 0; at < stream.length; at += step) events.push(...decoder.feed(stream.subarray(at, at + step)));
        const expected = sent.map(([letter, words]) => ({ kind: "reply", letter, text: safe(words) }));
        expect(events).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe("ReplyDecoder", () => {
  it("says in words what it found", () => {
    const reasons = ["0:", "2:k", "1:K;", "200001:", "x"].map((input) => new ReplyDecoder().feed(Buffer.from(input)));
    expect(reasons).toEqual(
      [
        "Reply is empty: it must begin with K, Z or D",
        "Reply begins with 0x6b: it must begin with K, Z or D",
        "Comma missing after the reply: found 0x3b",
        "Reply length is 200001 bytes, more than the limit of 200000",
        "Reply length has 0x78 where a digit or a colon belongs",
      ].map((reason) => [{ kind: "error", reason }]),
    );
  });

  it("never throws on any bytes, and an error is the last event", () => {
    const chunk = fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.array(fc.constantFrom(...Buffer.from("012:,KZD\xff"))));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
        const decoder = new ReplyDecoder({ maxText: 4, maxReply: 12 });
        const events = chunks.flatMap((piece) => decoder.feed(Uint8Array.from(piece)));
        const error = events.findIndex((event) => event.kind === "error");
        expect(error === -1 || error === events.length - 1).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("does not keep what it will not show", () => {
    const decoder = new ReplyDecoder({ maxReply: 9_999_999_999 });
    const noise = new Uint8Array(1_000_000).fill(0x61);
    const before = process.memoryUsage().arrayBuffers;
    decoder.feed(Buffer.from("9999999999:D"));
    for (let fed = 0; fed < 64; fed++) expect(decoder.feed(noise)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });

  it("refuses limits that would limit nothing", () => {
    expect(() => new ReplyDecoder({ maxText: Number.NaN })).toThrow(RangeError);
  });
});

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

/** What encodeReply promises to make of a text, said another way. */
function safe(words: string): string {
  const chars = Array.from(words.replace(/^ +/, ""), (char) => (/^[\p{Cc}\p{Zl}\p{Zp}]$/u.test(char) ? "?" : char));
  return chars.join("");
}
