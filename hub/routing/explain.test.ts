import { describe, expect, it } from "vitest";
import { explanation, explanationLines } from "./explain.ts";

const STEPS = [{ rule: "person", record: "holly", says: "posted at mazar: queue of mazar" }];

describe("explanation", () => {
  it("gives the document of explain --json", () => {
    const destinations = [{ kind: "office", name: "mazar", recipient: "holly@mazar.example.org" }] as const;
    const decision = { outcome: "office", destinations, problems: [], steps: STEPS } as const;
    expect(explanation("holly@example.org", "a@example.net", decision)).toEqual({
      address: "holly@example.org",
      outcome: "office",
      sender: "a@example.net",
      destinations: [{ kind: "office", name: "mazar", recipient: "holly@mazar.example.org" }],
      steps: STEPS,
    });
  });

  it("says verdict, destinations, problems and steps to people", () => {
    const decision = {
      outcome: "several",
      destinations: [{ kind: "mailbox", name: "bob", recipient: "bob@example.org" }],
      problems: [{ recipient: "x@example.org", outcome: "refused", status: "5.1.1", text: "no such person" }],
      steps: STEPS,
    } as const;
    expect(explanationLines(explanation("all@example.org", "", decision))).toEqual([
      "all@example.org: several",
      "  to bob@example.org (mailbox bob)",
      "  refused x@example.org: 5.1.1 no such person",
      "  1. person holly: posted at mazar: queue of mazar",
    ]);
  });

  it("has status and reason when refused", () => {
    const decision = {
      outcome: "refused",
      status: "5.1.1",
      text: "no such person",
      destinations: [],
      problems: [],
      steps: [],
    } as const;
    const explained = explanation("x@example.org", "", decision);
    expect(explained.status).toBe("5.1.1");
    expect(explanationLines(explained)[0]).toBe("x@example.org: refused 5.1.1 no such person");
  });
});
