import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { verifyPassword } from "./passwords.ts";
import { readPasswordHash } from "./read-password.ts";

describe("readPasswordHash", () => {
  it.each([[["long enough\nmore\n"]], [["long ", "enough\r\n"]], [["long enough"]]])(
    "takes the first line of %j",
    async (chunks) => {
      expect(await verifyPassword("long enough", await readPasswordHash(Readable.from(chunks)))).toBe(true);
    },
  );

  it.each([[["short\n"]], [[""]], [["x".repeat(2000)]]])("refuses %j with 65", async (chunks) => {
    await expect(readPasswordHash(Readable.from(chunks))).rejects.toMatchObject({ exit: 65 });
  });

  it("does not read on for ever", async () => {
    let read = 0;
    const endless = (function* () {
      for (;;) {
        read++;
        yield "x".repeat(500);
      }
    })();
    await expect(readPasswordHash(Readable.from(endless, { highWaterMark: 1 }))).rejects.toMatchObject({ exit: 65 });
    expect(read).toBeLessThan(20);
  });
});
