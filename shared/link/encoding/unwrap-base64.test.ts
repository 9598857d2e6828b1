import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rewrapBase64, unwrapBase64 } from "./unwrap-base64.ts";

const HEAD = "Subject: picture\nContent-Transfer-Encoding: base64\n\n";
const BYTES = Buffer.from(Array.from({ length: 500 }, (_one, index) => (index * 7919) % 256));

function wrapped(content: Buffer, lineLength = 76, eol = "\n"): string {
  return (content.toString("base64").match(new RegExp(`.{1,${lineLength}}`, "g")) ?? []).join(eol);
}

function thereAndBack(text: string | Uint8Array): Uint8Array | undefined {
  const plain = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  const unwrapped = unwrapBase64(plain);
  if (unwrapped !== undefined) expect(Buffer.from(rewrapBase64(unwrapped, plain.length))).toEqual(Buffer.from(plain));
  return unwrapped;
}

describe("base64 in a message", () => {
  it.each([
    ["lines of 76 and LF", 76, "\n"],
    ["lines of 72 and CRLF", 72, "\r\n"],
    ["lines of 60", 60, "\n"],
    ["one line", 1000, "\n"],
  ])("becomes its bytes: %s", (_what, length, eol) => {
    const unwrapped = thereAndBack(`${HEAD}${wrapped(BYTES, length, eol)}${eol}--boundary--${eol}`);
    expect(unwrapped?.length).toBeLessThan(HEAD.length + BYTES.length + 30);
    expect(Buffer.from(unwrapped ?? []).includes(BYTES)).toBe(true);
  });

  it("is unwrapped at the end of a message without a line end, and twice in one", () => {
    expect(thereAndBack(HEAD + wrapped(BYTES))).toBeDefined();
    const twice = `${HEAD}${wrapped(BYTES)}\n\n--x\n\n${wrapped(BYTES.subarray(3))}\n`;
    expect(thereAndBack(twice)?.length).toBeLessThan(2 * BYTES.length + HEAD.length + 60);
  });

  it.each([
    ["too short to pay", wrapped(BYTES.subarray(0, 90))],
    ["with bits behind the padding", wrapped(BYTES.subarray(0, 499)).replace(/.=$/, "R=").replace(/.==$/, "R==")],
    ["with a character of another alphabet in each line", wrapped(BYTES).replace(/^./gm, "-")],
    ["with blanks behind each line", wrapped(BYTES).replace(/$/gm, " ")],
  ])("stays as it is: %s", (_what, body) => {
    expect(thereAndBack(`${HEAD}${body}\n`)).toBeUndefined();
  });

  it("is never rebuilt otherwise than it was, whatever the bytes", () => {
    const line = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9+/]{1,30}={0,2}$/),
      fc.uint8Array({ minLength: 60, maxLength: 400 }).map((bytes) => wrapped(Buffer.from(bytes))),
      fc.string(),
    );
    const text = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r", "")), { maxLength: 12 });
    fc.assert(
      fc.property(text, (lines) => void thereAndBack(lines.flat().join(""))),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void thereAndBack(bytes)));
  });

  it("takes time in proportion to the message, also when it almost is base64", () => {
    const almost = `${"A".repeat(76)}\n${"B".repeat(75)}\n`.repeat(60_000);
    expect(thereAndBack(almost)).toBeUndefined();
  });
});

describe("an unwrapped message from a peer", () => {
  it("that would become larger than announced is refused before memory is taken", () => {
    const unwrapped = unwrapBase64(Buffer.from(HEAD + wrapped(BYTES))) ?? new Uint8Array();
    expect(() => rewrapBase64(unwrapped, HEAD.length + 600)).toThrow(RangeError);
    // A line of one character a line end each: twice the size of the bytes.
    const bomb = Buffer.concat([Buffer.from([0, 0x90, 0x4e, 3]), Buffer.alloc(10_000)]);
    expect(() => rewrapBase64(bomb, 20_000)).toThrow(RangeError);
  });

  it("that is garbage is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => {
        try {
          expect(rewrapBase64(garbage, 1000).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
