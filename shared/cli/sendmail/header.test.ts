import { describe, expect, it } from "vitest";
import { completeHeader, HeaderReader, recipientsOf } from "./header.ts";

const DATE = new Date("2026-11-21T05:56:12Z");

function read(text: string, piece = text.length || 1) {
  const reader = new HeaderReader();
  let body = "";
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) {
    const part = bytes.subarray(at, at + piece);
    body += Buffer.from(reader.done ? part : reader.feed(part)).toString();
  }
  if (!reader.done) body += Buffer.from(reader.end()).toString();
  return { fields: reader.fields, body, problem: reader.problem };
}

function complete(text: string, hideBcc = false): string {
  const { fields, body } = read(text);
  const sender = { address: "root@herat.example.org", fullName: "Cron, Daemon" };
  return (
    Buffer.from(completeHeader(fields, { hideBcc, sender, messageId: "x@example.org", date: DATE })).toString() + body
  );
}

describe("sendmail's header", () => {
  it("adds From, Date and Message-ID when they are missing", () => {
    const text = complete("Subject: x\n\nbody\n");
    expect(text).toMatch(
      /^Subject: x\nFrom: "Cron, Daemon" <root@herat\.example\.org>\nDate: \w+, \d+ Nov 2026 .*\nMessage-ID: <x@example\.org>\n\nbody\n$/,
    );
  });

  it("leaves what is there as it is, byte for byte", () => {
    const given = "FROM : a@b\nDate: then\nMessage-Id: <1@2>\nX-Folded: a\n\tb\n\nbody\n";
    expect(complete(given)).toBe(given);
  });

  it("makes a header for text without one", () => {
    expect(complete("hello world\n: not a field\n")).toMatch(/^From: (?:.*\n){3}\nhello world\n: not a field\n$/);
    expect(complete("")).toMatch(/^From: (?:.*\n){3}\n$/);
    expect(complete("\nhello\n")).toMatch(/^From: (?:.*\n){3}\nhello\n$/);
  });

  it("drops the line of an mbox", () => {
    expect(complete("From root Sat Nov 21\nSubject: x\n\nb\n")).toMatch(/^Subject: x\n/);
  });

  it("removes Bcc only with -t, folded ones whole", () => {
    expect(complete("Bcc: a@b,\n c@d\nTo: e@f\n\nx\n", true)).not.toMatch(/bcc|a@b|c@d/i);
    expect(complete("Bcc: a@b\nTo: e@f\n\nx\n")).toMatch(/^Bcc: a@b\n/);
  });

  it("reads the same however the text is cut", () => {
    const text = "To: a@b,\n  c@d\nSubject: é\n\nbody\n\nmore\n";
    for (const piece of [1, 2, 7]) expect(read(text, piece)).toEqual(read(text));
  });

  it("takes one endless line as text and an endless header as a mistake", () => {
    expect(read("x".repeat(400_000), 65_536).body).toHaveLength(400_000);
    expect(read("X-Many: y\n".repeat(40_000), 65_536).problem).toMatch(/larger than 256 KB/);
  });

  it("finds recipients in To, Cc and Bcc, groups and bare names included", () => {
    const { fields } = read(
      'To: "Short, Holly" <holly@example.org>, root\nCc: staff: a@b.example, c@d.example;, undisclosed-recipients:;\nBcc: e@f.example\nSubject: x\n\n',
    );
    expect(recipientsOf(fields)).toEqual({
      addresses: ["holly@example.org", "root", "a@b.example", "c@d.example", "e@f.example"],
      wrong: [],
    });
  });

  it("takes the Resent fields instead when there are any", () => {
    const { fields } = read("To: a@b.example\nResent-To: c@d.example\n\n");
    expect(recipientsOf(fields).addresses).toEqual(["c@d.example"]);
  });

  it("reports words that are no address", () => {
    expect(recipientsOf(read("To: Holly Short\n\n").fields).wrong).toEqual(["Holly Short"]);
  });
});
