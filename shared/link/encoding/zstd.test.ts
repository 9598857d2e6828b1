import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unzstd, zstdWithHistory } from "./zstd.ts";

const LETTER = Buffer.from("Dear Maria,\nthe pump in the third well has been repaired and tested.\n".repeat(3));
const HISTORY = Buffer.from("Dear Maria,\nthe pump in the second well has been tested and repaired.\nBest regards\n");

describe("zstd with a history", () => {
  it("gives back what went in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.uint8Array(), async (plain, history) => {
        const encoded = await zstdWithHistory(plain, history);
        expect(Buffer.from(await unzstd(encoded, history, plain.length))).toEqual(Buffer.from(plain));
      }),
    );
  });

  it("is shorter than without", async () => {
    const without = await zstdWithHistory(LETTER, new Uint8Array());
    expect((await zstdWithHistory(LETTER, HISTORY)).length).toBeLessThan(without.length);
  });

  it("never gives more than was announced: a bomb is refused", async () => {
    const bomb = await zstdWithHistory(Buffer.alloc(1_000_000), new Uint8Array());
    await expect(unzstd(bomb, new Uint8Array(), 1000)).rejects.toThrow();
  });

  it("does not give the plain text with another history", async () => {
    const encoded = await zstdWithHistory(LETTER, HISTORY);
    const other = await unzstd(encoded, Buffer.from(HISTORY).reverse(), LETTER.length).catch(() => new Uint8Array());
    expect(Buffer.from(other)).not.toEqual(LETTER);
  });
});
