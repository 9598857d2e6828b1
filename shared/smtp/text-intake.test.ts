import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IntakeRules, TextIntake } from "./text-intake.ts";

const STRANGER: IntakeRules = { bareLineEnds: "refuse", maxMessage: 10_000 };
const RELAY: IntakeRules = { bareLineEnds: "keep", maxMessage: 10_000 };

function run(rules: IntakeRules, chunks: Buffer[]): { text: string; code: number | undefined } {
  const intake = new TextIntake(rules);
  const parts = chunks.map((chunk) => intake.take(chunk));
  parts.push(intake.end());
  return { text: Buffer.concat(parts).toString("latin1"), code: intake.fault?.refusal.code };
}

describe("TextIntake", () => {
  it("turns CRLF into LF and refuses a stranger's bare CR or LF", () => {
    expect(run(STRANGER, [Buffer.from("a\r\nb\r\n")])).toEqual({ text: "a\nb\n", code: undefined });
    for (const bad of ["a\nb\r\n", "a\rb\r\n", "a\r\r\n", "a\r"]) {
      expect(run(STRANGER, [Buffer.from(bad)]).code, JSON.stringify(bad)).toBe(550);
    }
  });

  it("keeps a relay client's bare LF as line end and bare CR as data", () => {
    expect(run(RELAY, [Buffer.from("a\nb\rc\r\r\nd\r")]).text).toBe("a\nb\rc\r\nd\r");
  });

  it("counts received bytes, not the bytes it gives out", () => {
    const rules: IntakeRules = { ...STRANGER, maxMessage: 4 };
    expect(run(rules, [Buffer.from("ab\r\n")]).code).toBeUndefined();
    expect(run(rules, [Buffer.from("ab\r\n"), Buffer.from("c")]).code).toBe(552);
  });

  it("gives the same text and the same fault for every split of the input", () => {
    const alphabet = fc.constantFrom("\r", "\n", "\r\n", ".", "a", "\0", "long line");
    const input = fc.array(alphabet, { maxLength: 30 }).map((parts) => Buffer.from(parts.join("")));
    fc.assert(
      fc.property(input, fc.nat(), fc.nat(), fc.constantFrom(STRANGER, RELAY), (bytes, one, two, rules) => {
        const [first, second] = [one % (bytes.length + 1), two % (bytes.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const whole = run(rules, [bytes]);
        const split = run(rules, [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]);
        expect(split.code).toBe(whole.code);
        if (whole.code === undefined) expect(split.text).toBe(whole.text);
      }),
    );
  });

  it("lets out nothing that contains a bare CR, for strangers", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(run(STRANGER, [Buffer.from(bytes)]).text.includes("\r")).toBe(false);
      }),
    );
  });
});
