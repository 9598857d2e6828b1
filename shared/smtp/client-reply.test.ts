import { describe, expect, it } from "vitest";
import { outcomeOfReply } from "./client-reply.ts";

describe("outcomeOfReply", () => {
  const table: [string, "MAIL" | "RCPT" | "DATA" | "message", string, string?][] = [
    ["250 2.0.0 queued", "message", "delivered"],
    ["550 5.1.1 nobody", "RCPT", "failed", "5.1.1"],
    ["550 nobody", "RCPT", "failed", "5.0.0"],
    ["550 4.2.1 confused", "RCPT", "failed", "5.0.0"],
    ["550-5.7.1 first\n550 5.7.1 second", "message", "failed", "5.7.1"],
    ["451 4.7.1 greylisted", "RCPT", "deferred", "4.7.1"],
    ["552 too many recipients", "RCPT", "deferred", "4.5.0"],
    ["552 5.2.2 mailbox full", "RCPT", "failed", "5.2.2"],
    ["552 5.3.4 too big", "message", "failed", "5.3.4"],
    ["354 go on", "message", "deferred", "4.5.0"],
    ["abc", "message", "deferred", "4.5.0"],
    ["199 what", "message", "deferred", "4.5.0"],
    ["666 what", "message", "deferred", "4.5.0"],
    ["999 what", "RCPT", "deferred", "4.5.0"],
    ["2500 what", "message", "deferred", "4.5.0"],
    ["", "DATA", "deferred", "4.5.0"],
  ];
  for (const [reply, step, kind, status] of table) {
    it(`takes ${JSON.stringify(reply)} at ${step} as ${kind}`, () => {
      expect(outcomeOfReply("mx.example", reply, step)).toMatchObject(
        status === undefined ? { kind } : { kind, status },
      );
    });
  }

  it("names the host and says the code once, in one line", () => {
    const outcome = outcomeOfReply("mx.example", "550-5.7.1 first\0\x1b[31m\n550 5.7.1 second", "message");
    expect(outcome.text).toBe("mx.example said: 550 5.7.1 first [31m second");
  });
});
