import { brotliCompressSync, constants } from "node:zlib";
import { describe, expect, it } from "vitest";
import { unwrapBase64 } from "#shared/link/encoding/unwrap-base64.js";
import { CLASSES, type MailClass } from "./letter.ts";
import { sampleMail } from "./sample-mail.ts";

const MAIL = sampleMail(1, 250);

function ofClass(kind: MailClass): Buffer[] {
  return MAIL.filter((one) => one.class === kind).map(({ text }) => text);
}

function shareBehindBrotli(texts: readonly Buffer[]): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);
  return sum(texts.map((text) => brotliCompressSync(text, { params }).length)) / sum(texts.map(({ length }) => length));
}

describe("sample mail", () => {
  it("is the same for the same seed, and other mail for another", () => {
    expect(sampleMail(1, 250)).toEqual(MAIL);
    expect(sampleMail(2, 1)[0]?.text).not.toEqual(MAIL[0]?.text);
  });

  it("begins with the same messages however many are made", () => {
    expect(sampleMail(1, 10)).toEqual(MAIL.slice(0, 10));
  });

  // What brotli makes of real mail, each message alone: 0.51, 0.38, 0.26, 0.65 (298 messages of public archives).
  it.each([
    ["tiny", 0.47, 0.56],
    ["text", 0.37, 0.43],
    ["html", 0.22, 0.3],
    ["attachment", 0.55, 0.75],
  ] as const)(
    "is as hard to compress as real mail: %s",
    (kind, least, most) => {
      const share = shareBehindBrotli(ofClass(kind));
      expect(share).toBeGreaterThan(least);
      expect(share).toBeLessThan(most);
    },
    60_000,
  );

  it.each([
    ["tiny", 600, 2000],
    ["text", 2000, 20_500],
    ["html", 13_000, 75_000],
    ["attachment", 90_000, 460_000],
  ] as const)("has real mail's sizes: %s", (kind, least, most) => {
    const sizes = ofClass(kind).map(({ length }) => length);
    expect(Math.min(...sizes)).toBeGreaterThan(least);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
  });

  it("has classes in real mail's shares, senders and recipients, and no bytes that a mail server would refuse", () => {
    expect(Math.abs(ofClass("text").length / MAIL.length - 0.71)).toBeLessThan(0.1);
    for (const kind of CLASSES) expect(ofClass(kind).length).toBeGreaterThan(5);
    for (const { text, sender, recipients } of MAIL) {
      expect(sender).toMatch(/^[a-z.]+@([a-z]+\.)*example\.(org|com)$/);
      expect(recipients.length).toBeGreaterThan(0);
      expect(/[\0\r]|[^\n]{999}/.test(text.toString("latin1"))).toBe(false);
    }
  });

  it("carries attachments whose base64 can be unwrapped", () => {
    for (const text of ofClass("attachment")) expect(unwrapBase64(text)?.length).toBeLessThan(text.length * 0.8);
  });
});
