import { describe, expect, it } from "vitest";
import { type Expected, type Found, judge } from "./judge.ts";

const SENT = "From: holly@example.org\nSubject: Pump\nMessage-ID: <1@example.org>\n\nTwo seals.\n.\n";
const TRACE =
  "Return-Path: <holly@example.org>\nDelivered-To: yusuf@herat.example.org\n" +
  "Received: from a\n  by b id X; now\nReceived: from c\n\tby d id Y; then\n";

const LETTER: Expected = {
  id: "1@example.org",
  from: "holly",
  to: "yusuf",
  subject: "Pump",
  where: "herat/yusuf",
  text: Buffer.from(SENT),
};

function found(where: string, text: string): Found {
  return { where, text: Buffer.from(text) };
}

const COPY = found("herat/yusuf", TRACE + SENT);

function states(expected: readonly Expected[], copies: readonly Found[]) {
  const { rows, strays, ok } = judge(expected, copies);
  return { states: rows.map(({ state }) => state), copies: rows.map((row) => row.copies), strays: strays.length, ok };
}

describe("the demo's verdict", () => {
  it("is good when every letter is there once, whole, below the lines of the relays", () => {
    expect(states([LETTER], [COPY])).toEqual({ states: ["arrived"], copies: [1], strays: 0, ok: true });
  });

  it("sees a lost letter", () => {
    expect(states([LETTER], [])).toMatchObject({ states: ["missing"], copies: [0], ok: false });
  });

  it("sees a doubled letter", () => {
    expect(states([LETTER], [COPY, COPY])).toMatchObject({ states: ["doubled"], copies: [2], ok: false });
  });

  it("sees a letter in the wrong mailbox as lost there and strange here", () => {
    const astray = found("farah/zahra", TRACE + SENT);
    expect(states([LETTER], [astray])).toMatchObject({ states: ["missing"], strays: 1, ok: false });
  });

  it("sees one copy too many for a member of a list", () => {
    const other = { ...LETTER, to: "zahra", where: "farah/zahra" };
    expect(states([LETTER, other], [COPY, COPY])).toMatchObject({ states: ["doubled", "missing"], ok: false });
  });

  it.each([
    ["a byte changed", TRACE + SENT.replace("seals", "seal5")],
    ["the end cut off", (TRACE + SENT).slice(0, -1)],
    ["a line added", `${TRACE}${SENT}more\n`],
    ["a header field added above", `${TRACE}X-Spam: no\n${SENT}`],
    ["CRLF line ends", (TRACE + SENT).replaceAll("\n", "\r\n")],
  ])("sees %s", (_title, text) => {
    const verdict = judge([LETTER], [found("herat/yusuf", text)]);
    expect(verdict.ok).toBe(false);
  });

  it("sees what nobody sent, such as a bounce too many", () => {
    const bounce = found("mazar/holly", "Return-Path: <>\nSubject: failed\n\nx\n");
    const verdict = judge([LETTER], [COPY, bounce]);
    expect(verdict).toMatchObject({ ok: false, strays: [{ where: "mazar/holly", subject: "failed" }] });
  });

  it("sees a letter between colleagues that left the office", () => {
    const stays = { ...LETTER, stays: true as const };
    expect(states([stays], [COPY])).toMatchObject({ states: ["left its office"], ok: false });
    const inside = found("herat/yusuf", TRACE.replace(/Received: from c\n.*\n/, "") + SENT);
    expect(states([stays], [inside])).toMatchObject({ states: ["arrived"], ok: true });
  });

  it("wants the bounce of the very letter and recipient", () => {
    const bounces = { ...LETTER, where: "mazar/holly", bounceOf: "nobody@example.org" };
    const report = (sender: string, recipient: string, id: string) =>
      found("mazar/holly", `Return-Path: <${sender}>\n\nFinal-Recipient: rfc822;${recipient}\nIn-Reply-To: <${id}>\n`);
    const right = report("", "nobody@example.org", LETTER.id);
    expect(states([bounces], [right])).toMatchObject({ states: ["bounced, as it must"], ok: true });
    expect(states([bounces], [right, right])).toMatchObject({ states: ["doubled"], ok: false });
    for (const wrong of [
      report("x@y", "nobody@example.org", LETTER.id),
      report("", "other@example.org", LETTER.id),
      report("", "nobody@example.org", "2@example.org"),
    ]) {
      expect(states([bounces], [wrong])).toMatchObject({ states: ["missing"], strays: 1, ok: false });
    }
  });
});
