import { describe, expect, it } from "vitest";
import { tell } from "./story.ts";

const LETTERS = new Map([["M", { from: "holly", to: "yusuf", subject: "Pump" }]]);

function told(event: string, fields: Record<string, unknown> = {}): string | undefined {
  return tell("herat", { time: "2026-11-21T05:56:12Z", event, mail: "M", ...fields }, LETTERS)?.slice(10);
}

describe("the demo's story", () => {
  it.each([
    ["mailbox/yusuf", 'herat  holly → yusuf "Pump": in yusuf\'s mailbox'],
    ["outbound", 'herat  holly → yusuf "Pump": waits for our window to kabul'],
    ["office/herat", 'herat  holly → yusuf "Pump": waits for herat\'s window'],
    ["sorting", undefined],
  ])("says where a letter in %s is", (queue, says) => {
    expect(told("accepted", { queue, recipients: ["yusuf@herat.example.org"] })).toBe(says);
  });

  it("follows what the sorter does for each member of a list", () => {
    const line = { queue: "sorting", recipient: "yusuf@herat.example.org", text: "to queue office/herat" };
    expect(told("delivered", line)).toContain("waits for herat's window");
    expect(told("delivered", { ...line, queue: "office/herat" })).toBeUndefined();
  });

  it("shows outside addresses whole and bounces as such", () => {
    expect(
      told("accepted", { mail: "N", sender: "", queue: "mailbox/holly", recipients: ["holly@example.org"] }),
    ).toContain("bounce → holly: in");
    expect(told("delivered", { queue: "internet", recipient: "a@elsewhere.example" })).toContain(
      'holly → a@elsewhere.example "Pump": out on the Internet',
    );
  });

  it("shows trouble it does not know and hides other details", () => {
    expect(told("internal-error", { level: "error", text: "x" })).toContain("!!! internal-error: x");
    expect(told("pop3-login", { level: "info" })).toBeUndefined();
  });
});
