import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildDsn, type DsnInput } from "./dsn.ts";
import { deferred, failed } from "./outcome.ts";

const date = new Date("2026-11-21T05:56:12Z");

const noSuchUser = failed("5.1.1", "550 5.1.1 No such user", "mx.example.com");
const noLine = deferred("4.4.1", "The line to Herat is down");
if (noSuchUser.kind !== "failed" || noLine.kind !== "deferred") throw new Error("outcome of another kind");

const bounce: DsnInput = {
  kind: "failed",
  reportingMta: "hub.example.org",
  from: "MAILER-DAEMON@example.org",
  to: "alice@example.org",
  date,
  messageId: "ABC.bounce@hub.example.org",
  boundary: "b1",
  envid: "QQ+2B1",
  arrival: new Date("2026-11-20T05:56:12Z"),
  original: {
    headers: Buffer.from("From: alice@example.org\r\nSubject: Report\r\n"),
    messageId: "<1@alice.example>",
    subject: "Report",
  },
  recipients: [{ address: "bob@example.com", orcpt: "rfc822;Bob+2Bx@Example.com", outcome: noSuchUser }],
};
const delay: DsnInput = {
  ...bounce,
  kind: "delayed",
  recipients: [
    { address: "zahra@herat.example.org", outcome: noLine, willRetryUntil: new Date("2026-12-20T05:00:00Z") },
  ],
};

/** Reads messages as another program does: headers, parts, and the fields of part 2. */
const READER = `
import sys, json, email, email.policy
out = []
for text in json.load(sys.stdin):
    m = email.message_from_bytes(text.encode("utf-8"), policy=email.policy.compat32)
    parts = m.get_payload() if m.is_multipart() else []
    kinds = [p.get_content_type() for p in parts]
    report = [[list(i) for i in b.items()] for b in parts[1].get_payload()] if len(parts) > 1 else []
    modern = email.message_from_bytes(text.encode("utf-8"), policy=email.policy.default)
    out.append({"type": m.get_content_type(), "report": m.get_param("report-type"), "kinds": kinds,
      "names": [k for k in m.keys()], "subject": str(modern["Subject"]), "to": str(modern["To"]), "rawTo": [l for l in text.split("\\n") if l.startswith("To:")],
      "text": parts[0].get_payload(decode=True).decode("utf-8") if parts else "", "fields": report,
      "defects": [str(d) for p in m.walk() for d in p.defects]})
json.dump(out, sys.stdout)
`;

interface Read {
  type: string;
  report: string;
  kinds: string[];
  names: string[];
  subject: string;
  to: string;
  rawTo: string[];
  text: string;
  fields: [string, string][][];
  defects: string[];
}

function readAll(inputs: readonly DsnInput[]): Read[] {
  const texts = inputs.map((input) => Buffer.from(buildDsn(input)).toString("utf8"));
  const json = execFileSync("python3", ["-c", READER], { input: JSON.stringify(texts), maxBuffer: 64 << 20 });
  return JSON.parse(json.toString()) as Read[];
}

function read(input: DsnInput): Read {
  const [message] = readAll([input]);
  if (message === undefined) throw new Error("python3 read nothing");
  return message;
}

describe("buildDsn", () => {
  it("is a report that python's parser reads part by part", () => {
    const message = read(bounce);
    expect(message).toMatchObject({
      type: "multipart/report",
      report: "delivery-status",
      kinds: ["text/plain", "message/delivery-status", "text/rfc822-headers"],
      subject: "Your message could not be delivered: Report",
      to: "alice@example.org",
      defects: [],
    });
    expect(message.fields).toEqual([
      [
        ["Reporting-MTA", "dns; hub.example.org"],
        ["Original-Envelope-Id", "QQ+1"],
        ["Arrival-Date", expect.stringMatching(/ Nov 2026 /)],
      ],
      [
        ["Original-Recipient", "rfc822;Bob+x@Example.com"],
        ["Final-Recipient", "rfc822;bob@example.com"],
        ["Action", "failed"],
        ["Status", "5.1.1"],
        ["Remote-MTA", "dns; mx.example.com"],
        ["Diagnostic-Code", "smtp; 550 5.1.1 No such user"],
        ["Last-Attempt-Date", expect.stringMatching(/ Nov 2026 /)],
      ],
    ]);
  });

  it("answers in the thread, as a machine, and with LF lines only", () => {
    const text = Buffer.from(buildDsn(bounce)).toString();
    expect(text).toContain("\nIn-Reply-To: <1@alice.example>\nReferences: <1@alice.example>\n");
    expect(text).toContain("\nAuto-Submitted: auto-replied\n");
    expect(text).toContain("\nMessage-ID: <ABC.bounce@hub.example.org>\n");
    expect(text).toMatch(/^From: Mail system <MAILER-DAEMON@example.org>\n/);
    expect(text).not.toContain("\r");
    expect(text.endsWith("\n--b1--\n")).toBe(true);
  });

  it("says in plain words who was not reached, why, and what to do", () => {
    const { text } = read(bounce);
    expect(text.replace(/\s+/g, " ")).toContain('Your message "Report" of ');
    expect(text).toContain("\n  bob@example.com\n    Answer of mx.example.com: 550 5.1.1 No such user\n");
    expect(text).toContain("Check the address for typing mistakes");
    for (const line of text.split("\n")) expect(line.length).toBeLessThan(79);
  });

  it("says for a delay that nothing is to be done and until when it is tried", () => {
    const message = read(delay);
    expect(message.text).toContain("There is nothing to do for you");
    expect(message.text.replace(/\s+/g, " ")).toMatch(/tried again until \w{3}, (19|20) Dec 2026/);
    expect(message.subject).toBe("Your message is delayed: Report");
    expect(message.fields[1]).toContainEqual(["Action", "delayed"]);
    expect(message.fields[1]).toContainEqual(["Status", "4.4.1"]);
    expect(message.fields[1]).toContainEqual(["Will-Retry-Until", expect.stringMatching(/Dec 2026/)]);
    expect(message.fields[1]).toContainEqual(["Diagnostic-Code", "x-qrelay; The line to Herat is down"]);
  });

  it("lets the caller explain in other words", () => {
    const recipients = delay.recipients.map((one) => ({ ...one, explanation: "Goes at the next contact with Herat" }));
    expect(read({ ...delay, recipients }).text).toContain("    Goes at the next contact with Herat\n");
  });

  it("leaves out what is unknown or badly written", () => {
    const { envid: _envid, arrival: _arrival, ...less } = bounce;
    const recipients = [{ address: "b@c", orcpt: "rfc822;bad+2b", outcome: noSuchUser }];
    const message = read({ ...less, reportingMta: "herat", original: { headers: new Uint8Array() }, recipients });
    expect(message.fields[0]).toEqual([["Reporting-MTA", "x-local-hostname; herat"]]);
    expect(message.fields[1]?.[0]).toEqual(["Final-Recipient", "rfc822;b@c"]);
    expect(message.names).not.toContain("In-Reply-To");
    expect(message.subject).toBe("Your message could not be delivered");
  });

  it("carries addresses, subjects and headers of other scripts", () => {
    const recipients = [{ address: "rené@exämple.org", orcpt: "utf-8;ren\\x{E9}@example.org", outcome: noSuchUser }];
    const headers = Buffer.from("Subject: Grüße\n");
    const message = read({ ...bounce, recipients, original: { headers, subject: "Grüße aus Köln" } });
    expect(message.kinds[2]).toBe("message/global-headers");
    expect(message.subject).toBe("Your message could not be delivered: Grüße aus Köln");
    expect(message.text).toContain("rené@exämple.org");
    expect(message.fields[1]).toContainEqual(["Final-Recipient", "utf-8;ren\\x{E9}@ex\\x{E4}mple.org"]);
    expect(message.fields[1]).toContainEqual(["Original-Recipient", "utf-8;ren\\x{E9}@example.org"]);
    expect(message.defects).toEqual([]);
  });

  it("reads an encoded subject", () => {
    const original = { ...bounce.original, subject: "=?iso-8859-1?Q?caf=E9?=" };
    expect(read({ ...bounce, original }).subject).toBe("Your message could not be delivered: café");
  });

  it("gives a status of the class of its action", () => {
    const recipients = [
      { address: "b@c", outcome: { ...noSuchUser, status: "4.4.7" } },
      { address: "d@e", outcome: { ...noSuchUser, status: "x" } },
    ];
    const { fields } = read({ ...bounce, recipients });
    expect(fields[1]).toContainEqual(["Status", "5.4.7"]);
    expect(fields[2]).toContainEqual(["Status", "5.0.0"]);
  });

  it("does not let the original forge a part by guessing the boundary", () => {
    const headers = Buffer.from("--b1: x\n--b1.1: y\nSubject: s\n");
    const message = read({ ...bounce, original: { headers } });
    expect(message.kinds).toHaveLength(3);
  });

  it("throws for the null sender", () => {
    expect(() => buildDsn({ ...bounce, to: "" })).toThrow("null sender");
  });

  it("keeps its shape whatever strangers write (P5)", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom(
        "a\r\nX-Evil: 1",
        "a\n\n--b1\n",
        "x>\r\nBcc: <evil@example.org",
        "a@b>, <c@d",
        "a@é/>,<c",
        "\u2028X-Evil: 1",
        "\u0085X-Evil: 2",
      ),
      fc.string({ unit: "grapheme", maxLength: 1200 }),
    );
    const input = fc
      .record({
        to: hostile.filter((text) => text !== ""),
        a: hostile,
        b: hostile,
        c: hostile,
        d: hostile,
        headers: fc.uint8Array({ maxLength: 200 }),
      })
      .map(
        ({ to, a, b, c, d, headers }): DsnInput => ({
          ...bounce,
          to,
          reportingMta: a,
          messageId: b,
          boundary: c,
          envid: d,
          original: { headers, messageId: a, subject: b },
          recipients: [
            {
              address: c,
              orcpt: `rfc822;${d}`,
              outcome: { ...noSuchUser, status: a, text: b, remote: d },
              explanation: c,
            },
          ],
        }),
      );
    const samples = fc.sample(input, 150);
    const plain = read(bounce).names.filter((name) => !["In-Reply-To", "References"].includes(name));
    readAll(samples).forEach((message, index) => {
      const evidence = JSON.stringify(samples[index]);
      expect(
        message.names.filter((name) => !["In-Reply-To", "References"].includes(name)),
        evidence,
      ).toEqual(plain);
      expect(message.kinds, evidence).toHaveLength(3);
      expect(message.fields, evidence).toHaveLength(2);
      expect(message.rawTo, evidence).toHaveLength(1);
      expect(message.rawTo[0]?.replace(/"([^"\\]|\\.)*"/, "quoted"), evidence).toMatch(/^To: <[^<>,\s]*>$/);
      const known = /^(Original-Recipient|Final-Recipient|Action|Status|Remote-MTA|Diagnostic-Code|Last-Attempt-Date)$/;
      for (const [name] of message.fields[1] ?? []) expect(name, evidence).toMatch(known);
    });
  });
});
