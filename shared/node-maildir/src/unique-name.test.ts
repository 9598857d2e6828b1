import { describe, expect, it } from "vitest";
import { Maildir } from "./maildir.ts";
import { MAX_NAME_BYTES } from "./names.ts";

describe("uniqueName", () => {
  it("has seconds, microseconds, pid, count, random bytes and host", () => {
    const maildir = new Maildir("/m", {
      now: () => 1_753_000_000_123,
      host: "h.example",
      random: (n) => new Uint8Array(n),
    });
    const pattern = new RegExp(`^1753000000\\.M123\\d{3}P${process.pid}Q\\d+R0{16}\\.h\\.example$`);
    expect(maildir.uniqueName()).toMatch(pattern);
  });

  it("escapes '/' and ':' in the host and stays within the length of a name", () => {
    expect(new Maildir("/m", { host: "a/b:c" }).uniqueName()).toMatch(/\.a\\057b\\072c$/);
    expect(new Maildir("/m", { host: "" }).uniqueName()).toMatch(/\.localhost$/);
    for (const host of ["é".repeat(900), "/".repeat(900)]) {
      const name = new Maildir("/m", { host }).uniqueName();
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(MAX_NAME_BYTES);
    }
  });

  it("differs, and sorts in order, while the clock stands still", () => {
    const maildir = new Maildir("/m", { now: () => 5000, host: "h" });
    const names = Array.from({ length: 900 }, () => maildir.uniqueName());
    expect(new Set(names).size).toBe(900);
    expect([...names].sort()).toEqual(names);
  });

  it("works while the clock says 1970 or earlier", () => {
    expect(new Maildir("/m", { now: () => -5, host: "h" }).uniqueName()).toMatch(/^0\.M0000/);
  });
});
