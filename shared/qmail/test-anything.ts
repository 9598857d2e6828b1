import fc from "fast-check";
import { cdbOf } from "./test-source.ts";

/** Bytes of any kind, and lines made of the signs that mean something to one of the readers. */
export const anything = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .string({ unit: fc.constantFrom(...' \t\n\r:@.,;"\\()<>|/&=+-#[]a1*'.split("")), maxLength: 200 })
    .map((text) => Buffer.from(text)),
  fc
    .tuple(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 }), fc.nat(2300), fc.nat(255))
    .map(([records, at, value]) => {
      const bytes = cdbOf(records);
      bytes[at % bytes.length] = value;
      return bytes;
    }),
);
