import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PackageDecoder, type PackageEvent } from "./index.ts";

const PACKAGE = "3:\nHi,3:a@x,6:3:b@x,,";

describe("PackageDecoder", () => {
  it("says in words what it found and where", () => {
    const reasons = [
      "-1:",
      ":",
      "12345678901",
      "100000001:",
      "0:",
      "2:x",
      "2:\nxy",
      "1:\n,0:,2:33:",
      "1:\n,0:,1:0",
    ].map((input) => new PackageDecoder().feed(bytes(input)).at(-1));
    expect(reasons).toEqual(
      [
        "Message length has 0x2d where a digit or a colon belongs",
        "Message length is empty: at least one digit belongs before the colon",
        "Message length has more than 10 digits",
        "Message length is 100000001 bytes, more than the limit of 100000000",
        "Message is empty: its first byte must tell the line ends, LF or CR",
        "Message begins with 0x78: its first byte must tell the line ends, LF or CR",
        "Comma missing after the message: found 0x79",
        "Recipient list ends inside a length",
        "Recipient list ends inside a length",
      ].map((reason) => ({ kind: "error", reason })),
    );
  });

  it("ends three pipelined packages only at their last commas, wherever the line is cut", () => {
    const batch = bytes(PACKAGE.repeat(3));
    for (let cut = 0; cut <= batch.length; cut++) {
      const decoder = new PackageDecoder();
      const ended = decoder.feed(batch.subarray(0, cut)).filter((event) => event.kind === "package-end");
      expect(ended).toHaveLength(Math.floor(cut / PACKAGE.length));
      expect(decoder.idle).toBe(cut % PACKAGE.length === 0);
    }
  });

  it("hands on LF text as views of the chunk, without copying", () => {
    const chunk = bytes("6:\nHello,");
    const data = new PackageDecoder().feed(chunk).find((event) => event.kind === "message-data")?.data;
    expect(data?.buffer).toBe(chunk.buffer);
  });

  it("gives addresses memory of their own", () => {
    const chunk = bytes(PACKAGE);
    const events = new PackageDecoder().feed(chunk);
    chunk.fill(0);
    const addresses = events.flatMap((event) => ("address" in event ? [text(event.address)] : []));
    expect(addresses).toEqual(["a@x", "b@x"]);
  });

  it("refuses limits that would limit nothing", () => {
    expect(() => new PackageDecoder({ maxMessage: Number.NaN })).toThrow(
      new RangeError('Cannot use maxMessage "NaN" as a limit: give a number, 0 or more'),
    );
    expect(() => new PackageDecoder({ maxAddress: -1 })).toThrow(RangeError);
  });

  it("never throws on any bytes, and an error is the last event", () => {
    const protocolBytes = fc.constantFrom(...bytes("0123:,\n\r\x00a"));
    const chunk = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.array(protocolBytes, { maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), fc.boolean(), (chunks, afterHead) => {
        const decoder = new PackageDecoder({ maxAddress: 5, maxRecipients: 2, maxMessage: 8, maxDiscard: 50 });
        if (afterHead) decoder.feed(bytes("1:\n,0:,"));
        const events = chunks.flatMap((piece) => decoder.feed(Uint8Array.from(piece)));
        const error = events.findIndex((event) => event.kind === "error");
        expect(error === -1 || error === events.length - 1).toBe(true);
        if (error !== -1) expect(decoder.idle).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe("memory of PackageDecoder", () => {
  const MEGABYTE = 1_000_000;
  const noise = new Uint8Array(MEGABYTE).fill(0x61);

  const endless: [string, string, Partial<{ maxMessage: number; maxAddress: number }>][] = [
    ["a text", "9999999999:\n", {}],
    ["an oversize text", "9999999999:\n", { maxMessage: 10 }],
    ["an oversize text with CR marker", "9999999999:\r", { maxMessage: 10 }],
    ["a sender", "1:\n,9999999999:", {}],
    ["a recipient", "1:\n,0:,9999999999:9999999000:", {}],
  ];
  for (const [what, head, limits] of endless)
    it(`does not grow with ${what} of ten gigabytes`, () => {
      const infinite = { maxMessage: Number.POSITIVE_INFINITY, maxDiscard: Number.POSITIVE_INFINITY, ...limits };
      const decoder = new PackageDecoder(infinite);
      const before = process.memoryUsage().arrayBuffers;
      expect(decoder.feed(bytes(head)).map(kind)).not.toContain("error");
      for (let fed = 0; fed < 64; fed++) expect(decoder.feed(noise).map(kind)).not.toContain("error");
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MEGABYTE);
    });
});

function bytes(ascii: string): Uint8Array {
  return Uint8Array.from(Buffer.from(ascii, "latin1"));
}

function text(address: Uint8Array): string {
  return Buffer.from(address).toString("latin1");
}

function kind(event: PackageEvent): string {
  return event.kind;
}
