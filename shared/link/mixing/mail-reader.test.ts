import { describe, expect, it } from "vitest";
import { Arena } from "./arena.ts";
import { MailReader } from "./mail-reader.ts";

function reading(text: string): MailReader {
  const reader = new MailReader(new Arena(1024));
  for (const byte of new TextEncoder().encode(text)) reader.take(byte);
  return reader;
}

describe("mail reader", () => {
  it("a field goes on over folded lines and ends with the next line, whatever the case of its name", () => {
    const field = reading("\nReceived: from").field;
    expect(field).not.toBe(0);
    expect(reading("\nreceived: by").field).toBe(field);
    expect(reading("\nReceived: from\n\tby hub").field).toBe(field);
    expect(reading("\nSubject: x").field).not.toBe(field);
    for (const ended of ["\nReceived: from\nb", "\nnot a name: x"]) expect(reading(ended).field).toBe(0);
  });

  it("words are letters alone, in either case", () => {
    expect(reading("a Clinic").word).toBe(reading("the clinic").word);
    expect(reading("clinic.").word).toBe(0);
    expect(reading("clinic.").wordBefore).toBe(reading("clinic").word);
    expect(reading("the clinic is ").wordBeforeThat).toBe(reading("clinic").word);
  });

  it("a mark of quoting is a line of > and spaces so far", () => {
    expect(["\n", "\n> ", "\n> > "].map((text) => reading(text).inMark)).toEqual([true, true, true]);
    expect(["\n> a", "\nx> "].map((text) => reading(text).inMark)).toEqual([false, false]);
  });

  it("a long run of base64 is opaque, also over folds, until something else comes", () => {
    const key = "MIGfMA0GCSqGSIb3DQEB";
    expect(reading(key).opaque).toBe(true);
    expect(reading(`${key}\n\t `).opaque).toBe(true);
    for (const text of ["thirty doses of BCG vaccine", `${key};`, `${key} x`]) expect(reading(text).opaque).toBe(false);
  });

  it("a date has the shape of another date", () => {
    expect(reading("03 Aug 2026 10:00").shape).toBe(reading("17 Sep 2025 23:59").shape);
    expect(reading("10.0.0.1").shape).not.toBe(reading("10:00:01").shape);
  });

  it("knows the place in the line and the length of the one above", () => {
    const reader = reading("four\nabc");
    expect([reader.column, reader.lineAbove]).toEqual([3, 4]);
  });
});
