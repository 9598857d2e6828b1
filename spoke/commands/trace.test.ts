import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSpokeDirectory } from "#spoke/directory/directory.js";
import { TestOffice, TOKEN } from "./test-support.ts";

const AT = Date.UTC(2026, 10, 27, 9, 12);
const ID = "ABCDEFGHIJKLMNOP";

let office: TestOffice;
beforeEach(async () => {
  office = new TestOffice();
  await office.spoke(["join", TOKEN]);
  const directory = openSpokeDirectory(join(office.dir, "spoke.db"));
  directory.trace.accepted({
    mailId: ID,
    messageId: "<1@\u009bexample.org>",
    sender: "ali@example.org",
    from: "127.0.0.1",
    origin: {},
    recipients: [{ named: "omid@example.org", stays: [{ recipient: "omid@example.org", place: "outbound" }] }],
    at: AT,
  });
  directory.close();
});
afterEach(() => office.remove());

describe("spoke trace", () => {
  it("tells people in their own time what is known", async () => {
    const { exit, out } = await office.spoke(["trace", "OMID@example.org"]);
    const date = new Date(AT);
    const clock = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
    expect(exit).toBe(0);
    expect(out.split("\n")).toEqual([
      `${ID}  from ali@example.org  <1@\ufffdexample.org>`,
      expect.stringMatching(
        new RegExp(`^ {2}2026-11-2\\d ${clock} {2}taken from 127\\.0\\.0\\.1 for omid@example\\.org$`),
      ),
      expect.stringMatching(/ {2}omid@example\.org: waits in the queue outbound$/),
      "",
    ]);
  });

  it("gives scripts the document", async () => {
    const document = await office.json(["trace", ID]);
    expect(document).toMatchObject({
      mails: [{ id: ID, at: "2026-11-27T09:12:00.000Z", recipients: [{ outcome: "waits", place: "outbound" }] }],
    });
  });

  it("exits 65 for what is not known, and shows nothing of a name that a terminal would obey", async () => {
    const { exit, out, err } = await office.spoke(["trace", "\u001b[2Jnobody@example.org"]);
    expect([exit, out]).toEqual([65, ""]);
    expect(err).toMatch(/^qrelay: Nothing is known here of "nobody@example.org"/);
  });
});
