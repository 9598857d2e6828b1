import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeNetstring, encodePackage, PackageDecoder, packageHead, packageSize, packageTail } from "./index.ts";

const bytesOf = (maxLength: number) => fc.uint8Array({ maxLength });

describe("encodePackage", () => {
  it("writes the LF form that every server takes", async () => {
    const pieces = await collect(encodePackage(5, [utf8("Hel"), utf8(""), utf8("lo")], "a@x", ["b@x", utf8("ü@y")]));
    expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual([
      "6:\n",
      "Hel",
      "lo",
      ",3:a@x,13:3:b@x,4:ü@y,,",
    ]);
  });

  it("comes back from the decoder as it was, for any bytes and any cutting", async () => {
    const mail = fc.record({
      pieces: fc.array(bytesOf(30), { maxLength: 4 }),
      sender: bytesOf(20),
      recipients: fc.array(bytesOf(20), { minLength: 1, maxLength: 4 }),
    });
    const run = fc.asyncProperty(
      fc.array(mail, { maxLength: 3 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      check,
    );
    await fc.assert(run, { numRuns: 200 });

    async function check(mails: Mail[], lengths: Iterator<number>): Promise<void> {
      const decoder = new PackageDecoder();
      const stream = Buffer.concat((await Promise.all(mails.map(encode))).flat());
      const decoded: Mail[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = Number(lengths.next().value);
        for (const event of decoder.feed(stream.subarray(at, at + length))) {
          if (event.kind === "message-begin") decoded.push({ pieces: [], sender: utf8("unset"), recipients: [] });
          const mail = decoded.at(-1);
          if (event.kind === "message-data") mail?.pieces.push(event.data);
          if (event.kind === "sender" && mail) mail.sender = event.address;
          if (event.kind === "recipient") mail?.recipients.push(event.address);
          expect(event.kind).not.toBe("error");
        }
        at += length;
      }
      expect(decoded.map(plain)).toEqual(mails.map(plain));
      expect(decoder.idle).toBe(true);
    }
  });

  it("knows the size of the whole package beforehand", async () => {
    const addresses = fc.array(bytesOf(120), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(bytesOf(200), bytesOf(120), addresses, async (text, sender, recipients) => {
        const sent = Buffer.concat(await collect(encodePackage(text.length, [text], sender, recipients)));
        expect(packageSize(text.length, sender, recipients)).toBe(sent.length);
      }),
      { numRuns: 100 },
    );
  });

  it("stops before it sends more than it declared", async () => {
    const sent: string[] = [];
    const sending = collect(encodePackage(4, [utf8("Hel"), utf8("lo")], "a", ["b"]), (piece) => sent.push(piece));
    await expect(sending).rejects.toThrow(new RangeError("Cannot send the message: it is longer than 4 bytes"));
    expect(sent).toEqual(["5:\n", "Hel"]);
  });

  it("does not end a package whose text is too short", async () => {
    const sent: string[] = [];
    const sending = collect(encodePackage(6, [utf8("Hello")], "a", ["b"]), (piece) => sent.push(piece));
    await expect(sending).rejects.toThrow(
      new RangeError("Cannot send the message: it has only 5 of the 6 bytes declared"),
    );
    expect(sent).toEqual(["7:\n", "Hello"]);
  });

  it("closes the message source when it stops early", async () => {
    let closed = false;
    async function* source() {
      try {
        yield utf8("too long");
      } finally {
        closed = true;
      }
    }
    await expect(collect(encodePackage(3, source(), "a", ["b"]))).rejects.toThrow(RangeError);
    expect(closed).toBe(true);
  });

  it("sends nothing when nobody is to have it", async () => {
    const sent: string[] = [];
    await expect(collect(encodePackage(2, [utf8("Hi")], "a", []), (piece) => sent.push(piece))).rejects.toThrow(
      new RangeError("Cannot send a package without recipients: give at least one"),
    );
    expect(sent).toEqual([]);
    expect(() => packageTail("a", [])).toThrow(RangeError);
    expect(() => packageSize(2, "a", [])).toThrow(RangeError);
  });
});

describe("packageHead", () => {
  it("counts the marker byte", () => {
    expect([0, 9, 9_999_999_998].map((size) => Buffer.from(packageHead(size)).toString())).toEqual([
      "1:\n",
      "10:\n",
      "9999999999:\n",
    ]);
  });

  it("refuses what is no size or has more digits than readers take", () => {
    for (const size of [-1, 1.5, Number.NaN, 9_999_999_999, Number.POSITIVE_INFINITY])
      expect(() => packageHead(size)).toThrow(RangeError);
  });
});

describe("encodeNetstring", () => {
  it("writes length, colon, bytes, comma", () => {
    expect(
      ["hello world!", "", "ü", Uint8Array.of(0x31, 0x32)].map((s) => Buffer.from(encodeNetstring(s)).toString()),
    ).toEqual(["12:hello world!,", "0:,", "2:ü,", "2:12,"]);
  });
});

interface Mail {
  pieces: Uint8Array[];
  sender: Uint8Array;
  recipients: Uint8Array[];
}

/** Addresses with NUL come back too, marked with a problem: what to do about them is for the caller. */
function plain(mail: Mail): object {
  const hexes = mail.recipients.map((address) => Buffer.from(address).toString("hex"));
  return { text: Buffer.concat(mail.pieces).toString("hex"), sender: Buffer.from(mail.sender).toString("hex"), hexes };
}

function encode(mail: Mail): Promise<Uint8Array[]> {
  return collect(encodePackage(Buffer.concat(mail.pieces).length, mail.pieces, mail.sender, mail.recipients));
}

async function collect(pieces: AsyncIterable<Uint8Array>, seen?: (piece: string) => void): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) {
    seen?.(Buffer.from(piece).toString());
    all.push(piece);
  }
  return all;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
