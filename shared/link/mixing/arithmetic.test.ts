import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArithmeticDecoder, ArithmeticEncoder } from "./arithmetic.ts";

describe("arithmetic coder", () => {
  it("any bits come back under any probabilities", () => {
    const bit = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 65535 }));
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 2000 }), (bits) => {
        const encoder = new ArithmeticEncoder(0);
        for (const [value, p] of bits) encoder.put(value, p);
        const decoder = new ArithmeticDecoder(encoder.end());
        for (const [value, p] of bits) expect(decoder.get(p)).toBe(value);
      }),
    );
  });

  it("a foreseen bit costs next to nothing, a surprise what it must", () => {
    const length = (bit: number, times: number, p: number): number => {
      const encoder = new ArithmeticEncoder(0);
      for (let i = 0; i < times; i++) encoder.put(bit, p);
      return encoder.end().length;
    };
    expect(length(1, 8000, 65535)).toBeLessThanOrEqual(1);
    expect(length(1, 8000, 32768)).toBeLessThanOrEqual(1001);
    expect(length(0, 100, 65535)).toBeLessThanOrEqual(202);
  });

  it("reads zeros behind the end, as many as are asked for", () => {
    const decoder = new ArithmeticDecoder(new Uint8Array());
    for (let i = 0; i < 1000; i++) expect(decoder.get(32768)).toBe(1);
  });
});
