import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeMessage, OctetCounter, Pop3Encoder, TopCutter } from "./pop3-wire.ts";

async function encoded(pieces: readonly Uint8Array[], bodyLines?: number): Promise<string> {
  const out: Uint8Array[] = [];
  for await (const bytes of encodeMessage(feed(pieces), bodyLines)) out.push(bytes);
  return Buffer.concat(out).toString("latin1");
}

async function* feed(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

/** What a client makes of an answer (RFC 1939 §3). */
function decode(wire: string): string {
  return wire
    .slice(0, -3)
    .split("\r\n")
    .map((line) => line.replace(/^\./, ""))
    .join("\r\n");
}

const message = fc
  .array(fc.constantFrom("a", ".", "..", "\n", "\r\n", "\r", "\n.\n", "text", "\0", "é"), { maxLength: 40 })
  .map((words) => Buffer.from(words.join("")));

describe("encodeMessage", () => {
  it.each([
    ["", ".\r\n"],
    ["a\n", "a\r\n.\r\n"],
    ["a", "a\r\n.\r\n"],
    [".\n..b\n", "..\r\n...b\r\n.\r\n"],
    ["a\r\nb\rc\n", "a\r\nb\rc\r\n.\r\n"],
    ["a\r", "a\r\r\n.\r\n"],
    ["a\r.b", "a\r.b\r\n.\r\n"],
  ])("sends %j as %j", async (text, wire) => {
    expect(await encoded([Buffer.from(text)])).toBe(wire);
  });

  it("gives the client the message whatever the cut, and the octets that were announced", async () => {
    await fc.assert(
      fc.asyncProperty(message, fc.integer({ min: 1, max: 7 }), async (bytes, size) => {
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        const counter = new OctetCounter();
        for (const piece of pieces) counter.add(piece);
        const wire = await encoded(pieces);
        expect(wire).toBe(await encoded([bytes]));
        const got = decode(wire);
        expect(got.length).toBe(counter.octets);
        const wanted = bytes.toString("latin1").replace(/\r?\n/g, "\r\n");
        expect(got).toBe(wanted === "" || wanted.endsWith("\r\n") ? wanted : `${wanted}\r\n`);
      }),
    );
  });
});

describe("TopCutter", () => {
  it.each([
    ["A: b\n\n1\n2\n3\n", 0, "A: b\r\n\r\n.\r\n"],
    ["A: b\n\n1\n2\n3\n", 2, "A: b\r\n\r\n1\r\n2\r\n.\r\n"],
    ["A: b\r\n\r\n1\r\n2", 9, "A: b\r\n\r\n1\r\n2\r\n.\r\n"],
    ["A: b\n", 0, "A: b\r\n.\r\n"],
    ["\n\n1\n", 1, "\r\n\r\n.\r\n"],
  ])("cuts %j after %i lines of body", async (text, lines, wire) => {
    expect(await encoded([Buffer.from(text)], lines)).toBe(wire);
    expect(
      await encoded(
        Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte)),
        lines,
      ),
    ).toBe(wire);
  });

  it("says when nothing more is to be read", () => {
    const cutter = new TopCutter(0);
    expect(Buffer.from(cutter.pass(Buffer.from("A: b\n\nbody"))).toString()).toBe("A: b\n\n");
    expect(cutter.done).toBe(true);
  });
});

describe("Pop3Encoder", () => {
  it("is fast enough for 25 MB", () => {
    const encoder = new Pop3Encoder();
    const piece = Buffer.from("x".repeat(76).concat("\n").repeat(850));
    const start = performance.now();
    for (let bytes = 0; bytes < 25_000_000; bytes += piece.length) encoder.encode(piece);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
