import { describe, expect, it } from "vitest";
import { CONTENDERS, type Contender } from "./encoding-codecs.ts";
import { measureContender } from "./encoding-run.ts";
import { sampleMail } from "./sample-mail/sample-mail.ts";

const MAIL = sampleMail(1, 40).filter(({ text }) => text.length < 30_000);
const BEFORE = MAIL.slice(0, 15);
const MEASURED = MAIL.slice(15, 25);

function contender(name: string): Contender {
  const found = CONTENDERS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`No contender is called "${name}"`);
  return found;
}

describe("a codec in the bench", () => {
  it.each(CONTENDERS.map(({ name }) => [name]))("brings back what went in: %s", (name) => {
    const { all } = measureContender(contender(name), BEFORE, MEASURED, true);
    expect(all.messages).toBe(MEASURED.length);
    expect(all.raw).toBe(MEASURED.reduce((sum, { text }) => sum + text.length, 0));
    expect(all.encoded).toBeLessThan(all.raw / 2);
  });

  it.each([["brotli 11"], ["mixing"]])("needs fewer bytes with a history: %s", (codec) => {
    const size = (name: string): number => measureContender(contender(name), BEFORE, MEASURED, true).all.encoded;
    expect(size(`${codec}, history 1 MB`)).toBeLessThan(0.9 * size(`${codec}, static dictionary`));
  });

  it("that changes a byte ends the run", () => {
    const liar: Contender = {
      name: "liar",
      make: () => ({
        advance: () => undefined,
        encode: (plain) => plain,
        decode: (encoded) => Buffer.from(encoded).fill(0x20, 0, 1),
      }),
    };
    expect(() => measureContender(liar, [], MEASURED, true)).toThrow("came out otherwise");
  });
});
