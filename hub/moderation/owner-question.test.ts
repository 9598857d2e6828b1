import { describe, expect, it } from "vitest";
import { buildOwnerQuestion, type OwnerQuestion } from "./owner-question.ts";

const HELD = "Received: from a\n  by b\nFrom: x@far.example\nX-Spam: 1\nSubject:\n pumps\n\nhello\n";
const TOKEN = "abcdefghijklmnopabcdefghijklmnop";

function built(held: Partial<OwnerQuestion["held"]> = {}, more: Partial<OwnerQuestion> = {}): string {
  const beginning = Buffer.from(HELD);
  return Buffer.from(
    buildOwnerQuestion({
      list: "news@example.org",
      owner: "zeno@example.org",
      token: TOKEN,
      from: "MAILER-DAEMON@hub.example.org",
      host: "hub.example.org",
      mailId: "ABCDEFGHIJKLMNOP",
      date: new Date(Date.UTC(2026, 10, 21)),
      until: new Date(Date.UTC(2026, 10, 28)),
      again: false,
      boundary: "b",
      held: { sender: "x@far.example", subject: "pumps", size: HELD.length, beginning, ...held },
      ...more,
    }),
  ).toString();
}

describe("the question to a list's owner", () => {
  it("is answered by a reply, and by no machine", () => {
    const [head = ""] = built().split("\n\n");
    expect(head).toContain("Delivered-To: news@example.org\n");
    expect(head).toContain(`Reply-To: <news-accept-${TOKEN}@example.org>\n`);
    expect(head).toContain("Auto-Submitted: auto-generated\n");
    expect(head).toContain("Subject: To approve for news@example.org: pumps\n");
    expect(built({}, { again: true })).toContain("Subject: Still to approve for news@example.org: pumps\n");
  });

  it("says who wrote what, how to decide, and shows the beginning", () => {
    const text = built();
    for (const said of ["x@far.example", "pumps", `${HELD.length} bytes`, `mailto:news-accept-${TOKEN}@example.org`])
      expect(text).toContain(said);
    expect(text).toContain(`\n  mailto:news-reject-${TOKEN}@example.org\n`);
    expect(text).toContain("\nThe message follows.\n");
    expect(text).toContain("\n\nFrom: x@far.example\nSubject:\n pumps\n\nhello\n");
    expect(text).not.toMatch(/Received|X-Spam/);
    expect(built({ size: 100_000 })).toContain("The beginning of the message follows.");
    const long = built({ beginning: Buffer.from(`a: b\n\n${"x\n".repeat(3000)}`), size: 6006 });
    expect(long).toContain("The beginning of the message follows.");
    expect(long.length).toBeLessThan(6500);
    expect(built({ sender: "" })).toContain("nobody (a bounce, or a program)");
  });

  it("lets nothing of a stranger's end a line of the header or a part", () => {
    const subject = "=?utf-8?Q?x=0D=0AReply-To:_evil@far.example?=";
    const beginning = Buffer.from("a: b\n\n--b\nContent-Type: text/html\n\n<b>\r\0\n--b--\n");
    const text = built({ subject, beginning, sender: "a\u2028b@far.example" });
    const [head = ""] = text.split("\n\n");
    expect(head.match(/^Reply-To:/gm)).toHaveLength(1);
    expect(head).toContain("x Reply-To: evil@far.example");
    const boundary = /boundary="(.*)"/.exec(head)?.[1] ?? "";
    expect(boundary).not.toBe("b");
    expect(text.split(`--${boundary}`)).toHaveLength(4);
    expect(text).not.toMatch(/[\r\0]/);
  });

  it("keeps lines short, and says when it is not plain ASCII", () => {
    const text = built({ beginning: Buffer.from(`a: b\n\n${"é".repeat(5000)}\n`) });
    expect(Math.max(...text.split("\n").map((line) => Buffer.byteLength(line)))).toBeLessThan(998);
    expect(text).toContain("Content-Transfer-Encoding: 8bit");
    expect(built({ beginning: Buffer.from([0xff, 0xfe, 0x0a]) })).toContain("\ufffd");
  });
});
