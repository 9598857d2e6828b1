import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLarge, encodeLarge } from "./large-content.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

const PHOTO = randomBytes(2_500_000);
const MAIL = Buffer.from(`Subject: photo\n\n${PHOTO.toString("base64").replace(/.{76}/g, "$&\n")}\n--end--\n`);

describe("a large content", () => {
  it("comes out as it went in, and its base64 crosses as bytes", async () => {
    const encoded = await all(encodeLarge(pieces(MAIL, 60_000)));
    expect(encoded.length).toBeLessThan(PHOTO.length * 1.01);
    expect((await all(decodeLarge(pieces(encoded, 5000), MAIL.length))).equals(MAIL)).toBe(true);
  });

  it("may have no line ends at all, or nothing else", async () => {
    for (const bytes of [Buffer.alloc(2_300_000, 65), Buffer.alloc(1_200_000, 10), Buffer.from("x"), Buffer.alloc(0)]) {
      const encoded = await all(encodeLarge(pieces(bytes, 64_000)));
      expect((await all(decodeLarge(pieces(encoded, 9000), bytes.length))).equals(bytes)).toBe(true);
    }
  });

  it("that is longer than announced, cut short or garbage is refused", async () => {
    const encoded = await all(encodeLarge(pieces(MAIL, 60_000)));
    await expect(all(decodeLarge(pieces(encoded, 5000), MAIL.length - 1))).rejects.toThrow();
    await expect(all(decodeLarge(pieces(encoded.subarray(0, 900_000), 5000), MAIL.length))).rejects.toThrow();
    const garbage = fc.uint8Array({ minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        const decoded = await all(decodeLarge(pieces(bytes, 50), 1000)).catch((error: unknown) => error);
        if (!(decoded instanceof Error)) expect((decoded as Buffer).length).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
