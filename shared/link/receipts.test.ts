import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mailIdBytes } from "#shared/mail/mail-id.js";
import {
  decodeReceipts,
  encodeReceipts,
  isExpected,
  MAX_BATCH,
  MAX_RECEIPTS,
  type Receipt,
  type ReceiptNews,
  recipientTag,
} from "./receipts.ts";

const AT = Date.UTC(2026, 10, 28, 7, 2);
const MAIL = mailIdBytes("ABCDEFGHIJKLMNOP").subarray(0, 4);
const TAG = recipientTag("omid@example.org").subarray(0, 2);

function receipt(news: ReceiptNews, more: Partial<Receipt> = {}): Receipt {
  return { mail: MAIL, recipient: TAG, at: AT, news, ...more };
}

function decoded(content: Uint8Array): Receipt[] {
  const read = decodeReceipts(content);
  if ("problem" in read) throw new Error(read.problem);
  return read.receipts;
}

const DELIVERED: ReceiptNews = { kind: "delivered", reached: "" };
const FAILED: ReceiptNews = { kind: "failed", status: "5.1.1", text: "mx.example.net: no such person", reached: "" };

describe("a batch of receipts", () => {
  const news = fc.oneof(
    fc.record({ kind: fc.constant("delivered" as const), reached: fc.constantFrom("", "x@example.net") }),
    fc.record({
      kind: fc.constantFrom("deferred" as const, "failed" as const),
      status: fc.tuple(fc.nat(999), fc.nat(999)).map(([subject, detail]) => `${subject}.${detail}`),
      text: fc.constantFrom("", "no such person", "\u00e9t\u00e9 \u{1f4ee}"),
      reached: fc.constantFrom("", "x@example.net"),
    }),
    fc
      .tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000))
      .map(([arrived, lost, rest]) => ({ kind: "several" as const, people: arrived + lost + rest, arrived, lost })),
  );
  const any = fc
    .record({
      mail: fc.uint8Array({ minLength: 4, maxLength: 10 }),
      recipient: fc.uint8Array({ minLength: 2, maxLength: 8 }),
      at: fc.nat(50_000_000).map((minutes) => minutes * 60_000),
      news,
    })
    .map((one): Receipt => {
      if (!("status" in one.news)) return one;
      return { ...one, news: { ...one.news, status: `${one.news.kind === "failed" ? 5 : 4}.${one.news.status}` } };
    });

  it("says at the other end what was put in", () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (receipts) => {
        const { content, count } = encodeReceipts(receipts);
        expect(count).toBe(receipts.length);
        expect(decoded(content).map(plain)).toEqual(receipts.map(plain));
      }),
    );
  });

  it("costs a few bytes each: nine for a delivery, five for the next recipient of the same mail", () => {
    const size = (...receipts: Receipt[]): number => encodeReceipts(receipts).content.length;
    const one = receipt(DELIVERED);
    expect(size(one)).toBe(5 + 9);
    expect(size(one, one) - size(one)).toBe(5);
    expect(size(receipt({ ...FAILED, text: "" })) - size(one)).toBe(2);
    expect(size(receipt({ kind: "several", people: 12, arrived: 10, lost: 1 })) - size(one)).toBe(3);
  });

  it("holds what fits into 64 KB and 2,000 receipts, and says how many", () => {
    const many = encodeReceipts(Array.from({ length: MAX_RECEIPTS + 1 }, () => receipt(DELIVERED)));
    expect(many.count).toBe(MAX_RECEIPTS);
    expect(decoded(many.content)).toHaveLength(MAX_RECEIPTS);
    const wordy = receipt({
      kind: "failed",
      status: "5.0.0",
      text: "x".repeat(80),
      reached: `${"x".repeat(60)}@e.org`,
    });
    const full = encodeReceipts(Array.from({ length: MAX_RECEIPTS }, () => wordy));
    expect(full.count).toBeLessThan(MAX_RECEIPTS);
    expect(full.content.length).toBeLessThanOrEqual(MAX_BATCH);
    expect(decoded(full.content)).toHaveLength(full.count);
  });

  it("cuts a refusal's words, and leaves out the status that they repeat", () => {
    const said = (text: string): ReceiptNews | undefined =>
      decoded(encodeReceipts([receipt({ ...FAILED, text })]).content)[0]?.news;
    expect(said("mx.example.net: 550 5.1.1 unknown")).toMatchObject({ text: "mx.example.net: 550 unknown" });
    expect(said("x\n".repeat(5000))).toMatchObject({ text: `${"x ".repeat(39)}x…` });
    expect(said("5.1.1")).toMatchObject({ text: "" });
  });

  it("gives a status that is none as the general one of its class", () => {
    const news = { kind: "deferred" as const, status: "what", text: "", reached: "" };
    expect(decoded(encodeReceipts([receipt(news)]).content)[0]?.news).toMatchObject({ status: "4.0.0" });
  });

  it("takes times that no calendar has, without a wrong one for the others", () => {
    const times = [AT, -5, Number.MAX_SAFE_INTEGER, 0];
    const { content } = encodeReceipts(times.map((at) => receipt(DELIVERED, { at })));
    expect(decoded(content).map(({ at }) => at)).toEqual([AT, 0, 8_640_000_000_000_000, 0]);
  });
});

describe("reading receipts", () => {
  const bytes = (...receipts: number[][]): Uint8Array =>
    Uint8Array.from([1, 10, ...receipts.flatMap((one) => [one.length, ...one])]);
  const ONE = [0, 1, 2, 3, 4, 5, 6, 0];

  it("skips what a later version has added to a receipt, and receipts of a kind it does not know", () => {
    expect(decoded(bytes([...ONE, 7, 7, 7]))).toEqual(decoded(bytes(ONE)));
    expect(decoded(bytes([0x40, ...ONE.slice(1), 7]))).toEqual(decoded(bytes(ONE)));
    // The mail that it names counts for the receipt after it.
    const [known] = decoded(bytes([0x80, 1, 2, 3, 4, 5, 6, 0, 99], [0x04, 5, 6, 0]));
    expect(known).toEqual(decoded(bytes(ONE))[0]);
  });

  it.each([
    ["nothing", []],
    ["another version", [2, 10]],
    ["a receipt that is longer than the batch", [1, 10, 9, ...ONE]],
    ["a receipt that is too short", [1, 10, 4, 0, 1, 2, 3]],
    ["an empty receipt", [1, 10, 0]],
    ["a first receipt of the same mail", [1, 10, 4, 0x04, 5, 6, 0]],
    ["a reference of no length", [1, 10, 9, 0x08, 0x01, 1, 2, 3, 4, 5, 6, 0]],
    ["a time before time", [1, 10, 8, 0, 1, 2, 3, 4, 5, 6, 11]],
    ["more arrived than there are people", [1, 10, 11, 3, 1, 2, 3, 4, 5, 6, 0, 2, 3, 0]],
    ["more lost than are left", [1, 10, 11, 3, 1, 2, 3, 4, 5, 6, 0, 2, 1, 2]],
    ["an address with a line end", [1, 10, 12, 0x20, 1, 2, 3, 4, 5, 6, 0, 3, 0x61, 0x0a, 0x62]],
  ])("has a problem with %s", (_what, content) => {
    expect(decodeReceipts(Uint8Array.from(content))).toEqual({ problem: expect.any(String) });
  });

  it("has a problem with too many bytes and too many receipts", () => {
    expect(decodeReceipts(new Uint8Array(MAX_BATCH + 1))).toEqual({ problem: expect.stringContaining("65537") });
    const many = bytes(ONE, ...Array.from({ length: MAX_RECEIPTS }, () => [0x04, 5, 6, 0]));
    expect(decodeReceipts(many)).toEqual({ problem: expect.stringContaining("2000") });
  });

  it("never throws, whatever comes", () => {
    const noise = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(noise, (rest) => void decodeReceipts(Uint8Array.from([1, 10, ...rest]))),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(noise, (content) => void decodeReceipts(content)));
  });

  it("takes no control characters from the other end's words", () => {
    const { content } = encodeReceipts([receipt({ ...FAILED, text: "abc" })]);
    const at = Buffer.from(content).indexOf("abc");
    const hostile = Uint8Array.from(content).fill(0x1b, at, at + 2);
    expect(decoded(hostile)[0]?.news).toMatchObject({ text: "c" });
  });
});

describe("an address that is to be expected", () => {
  it.each([
    ["omid@example.org", "Omid@mazar.example.org", true],
    ["omid@example.org", "omid@example.org", true],
    ["omid@example.org", "omid@example.net", false],
    ["omid@example.org", "omid@notexample.org", false],
    ["board@example.org", "omid@mazar.example.org", false],
  ])("%s at %s: %s", (named, reached, expected) => {
    expect(isExpected(named, reached)).toBe(expected);
  });
});

/** Bytes compare by value, however they are held. */
function plain({ mail, recipient, ...rest }: Receipt) {
  return { ...rest, mail: Buffer.from(mail).toString("hex"), recipient: Buffer.from(recipient).toString("hex") };
}
