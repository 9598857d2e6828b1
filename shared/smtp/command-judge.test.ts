import { describe, expect, it } from "vitest";
import { judgeCommand, type SessionFacts } from "./command-judge.ts";

const STRANGER: SessionFacts = {
  pipelined: false,
  pipeliningOffered: true,
  lenient: false,
  kind: "smtp",
  authOffered: false,
  relay: false,
};
const SUBMITTER: SessionFacts = { ...STRANGER, lenient: true, kind: "submission" };

function judge(line: string, facts: Partial<SessionFacts> = {}, base = STRANGER): string {
  const judgement = judgeCommand(Buffer.from(line, "latin1"), { ...base, ...facts });
  if (judgement.kind === "run") return "run";
  return `${judgement.kind} ${judgement.refusal?.code ?? "silently"} ${judgement.refusal?.status ?? ""}`.trim();
}

describe("judgeCommand", () => {
  it("wants encryption before a password comes from outside (S19)", () => {
    expect(judge("AUTH PLAIN AAAA", {}, SUBMITTER)).toBe("refuse 538 5.7.11");
    expect(judge("AUTH PLAIN AAAA", { authOffered: true }, SUBMITTER)).toBe("run");
    expect(judge("AUTH PLAIN AAAA")).toBe("refuse 502 5.5.1");
  });

  it("wants a login before MAIL on the submission port, unless the client may relay anyway", () => {
    expect(judge("MAIL FROM:<a@b>", {}, SUBMITTER)).toBe("refuse 530 5.7.0");
    expect(judge("MAIL FROM:<a@b>", { relay: true }, SUBMITTER)).toBe("run");
  });

  it("holds each command to its length", () => {
    expect(judge(`MAIL FROM:<a@b> ENVID=${"x".repeat(1_076)}`)).toBe("run");
    expect(judge(`MAIL FROM:<a@b> ENVID=${"x".repeat(1_100)}`)).toBe("refuse 500 5.5.2");
    expect(judge(`AUTH PLAIN ${"x".repeat(12_000)}`, { authOffered: true })).toBe("run");
    expect(judge(`NOOP ${"x".repeat(512)}`)).toBe("refuse 500 5.5.2");
  });

  it("lets nothing stand behind DATA and STARTTLS, from nobody", () => {
    for (const verb of ["DATA", "STARTTLS"]) {
      expect(judge(verb, { pipelined: true })).toBe("hang-up 554 5.5.0");
      expect(judge(verb, { pipelined: true, relay: true }, SUBMITTER)).toBe("hang-up 554 5.5.0");
    }
    expect(judge("MAIL FROM:<a@b>", { pipelined: true })).toBe("run");
  });

  it("closes on other protocols without a word", () => {
    for (const line of ["GET / HTTP/1.1", "POST /x HTTP/1.1", "\x16\x03\x01", "SSH-2.0-x"]) {
      expect(judge(line)).toBe("hang-up silently");
    }
  });
});
